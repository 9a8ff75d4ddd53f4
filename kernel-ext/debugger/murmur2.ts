const M = 0x5bd1e995;

/** MurmurHash2 (32 bits, over UTF-8), used by front ends to name the source of a cell for the debugger. */
export function murmur2(text: string, seed: number): number {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(bytes.buffer);
  let hash = seed ^ bytes.length;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    let part = Math.imul(view.getUint32(at, true), M);
    part = Math.imul(part ^ (part >>> 24), M);
    hash = Math.imul(hash, M) ^ part;
  }
  if (at < bytes.length) {
    for (let n = bytes.length - 1; n >= at; n--) hash ^= bytes[n]! << (8 * (n - at));
    hash = Math.imul(hash, M);
  }
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return (hash ^ (hash >>> 15)) >>> 0;
}
