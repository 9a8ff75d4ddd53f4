/**
 * Random numbers in [0, 1), 32 bits each, that depend only on the keys: a hash of the keys seeds xoshiro128** (Blackman
 * and Vigna, "Scrambled linear pseudorandom number generators", 2021). The same keys give the same numbers on every
 * machine.
 */
export function seededRandom(...keys: readonly (string | number)[]): () => number {
  const text = JSON.stringify(keys);
  let [a, b, c, d] = [1, 2, 3, 4].map((stream) => hash32(text, stream));
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return (result >>> 0) / 2 ** 32;
  };
}

/** Normally distributed numbers (Box and Muller 1958). */
export function normal(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** An integer from `low` to `high`, both included. */
export function randomInteger(random: () => number, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** The numbers 0 to count − 1 in random order (Fisher and Yates). */
export function shuffled(random: () => number, count: number): number[] {
  const order = Array.from({ length: count }, (_, n) => n);
  for (let n = count - 1; n > 0; n--) {
    const other = randomInteger(random, 0, n);
    [order[n], order[other]] = [order[other], order[n]];
  }
  return order;
}

/**
 * MurmurHash3 (Appleby), 32 bits, over UTF-16 code units. Never 0 for all streams, because the generator would then
 * only return 0.
 */
function hash32(text: string, seed: number): number {
  let hash = seed;
  for (let n = 0; n < text.length; n++) {
    const mixed = Math.imul(rotateLeft(Math.imul(text.charCodeAt(n), 0xcc9e2d51), 15), 0x1b873593);
    hash = Math.imul(rotateLeft(hash ^ mixed, 13), 5) + 0xe6546b64;
  }
  hash ^= 2 * text.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
