import { seededRandom } from "../../src/core/random.js";

/** How many mutants of each file are tried: so many, or as SAMLAB_TEST_MUTANTS says. */
export const mutantCount = (few: number) => Number(process.env.SAMLAB_TEST_MUTANTS ?? few);

/** Whether a file's mutants are wanted: all are, or those of names that end as SAMLAB_TEST_MUTANTS_OF says. */
export function isMutantWanted(name: string): boolean {
  return name.endsWith(process.env.SAMLAB_TEST_MUTANTS_OF ?? "");
}

/** Prints figures where more than the suite's few were asked for. */
export function reportMutants(name: string, count: number, refused: number, untagged: number): void {
  if (process.env.SAMLAB_TEST_MUTANTS) {
    console.log(`${name}: ${count} mutants, ${refused} refused, ${untagged} untagged`);
  }
}

/**
 * One damaged copy of a file; equal seeds give equal copies. The structure (the ends, and the positions of `marks`) is
 * damaged more often than the rest.
 */
export function mutant(bytes: Uint8Array, seed: number, marks: readonly number[] = []): Uint8Array {
  const random = seededRandom("mutant", seed);
  const whole = (below: number) => Math.floor(random() * below);
  const copy = Buffer.from(bytes);
  const place = (): number => {
    const kind = random();
    if (kind < 0.3) return whole(Math.min(copy.length, 256));
    if (kind < 0.55) return Math.max(0, copy.length - 1 - whole(2048));
    if (kind < 0.85 && marks.length > 0) return Math.min(copy.length - 1, marks[whole(marks.length)] + whole(96));
    return whole(copy.length);
  };
  const extremes = [0, 1, 0x7f, 0x80, 0xff];
  for (let n = 1 + whole(4); n > 0; n--) {
    const at = place();
    switch (whole(7)) {
      case 0:
        copy[at] = whole(256);
        break;
      case 1:
        copy[at] ^= 1 << whole(8);
        break;
      case 2:
        copy[at] = extremes[whole(extremes.length)];
        break;
      case 3:
        // A field of 2, 4 or 8 bytes with an extreme or any value.
        copy.fill(random() < 0.5 ? 0xff : whole(256), at, Math.min(copy.length, at + 2 ** (1 + whole(3))));
        break;
      case 4: {
        const from = place();
        copy.copy(copy, at, from, Math.min(copy.length, from + 1 + whole(64)));
        break;
      }
      case 5:
        return copy.subarray(0, Math.max(1, at));
      default:
        if (at + 4 <= copy.length) copy.writeUInt32LE((copy.readUInt32LE(at) + whole(64) - 32) >>> 0, at);
    }
  }
  return copy;
}

/** Damages a file's bytes in a realistic way: flipped bits, a missing end, or a piece of zeros or other data. */
export function spoilt(bytes: Uint8Array, seed: number): Uint8Array {
  const random = seededRandom("mutant", seed);
  const at = (length: number) => Math.floor(random() * length);
  // Half of the damage goes to the first bytes, where headers are.
  const place = () => (random() < 0.5 ? at(Math.min(bytes.length, 400)) : at(bytes.length));
  const out = Uint8Array.from(bytes);
  switch (at(5)) {
    case 0:
      return out.subarray(0, at(bytes.length));
    case 1: {
      const first = place();
      return out.fill(0, first, first + 1 + at(64));
    }
    case 2: {
      const first = place();
      return Uint8Array.from([...out.subarray(0, first), ...out.subarray(first + 1 + at(8))]);
    }
    case 3: {
      // A digit or a letter of a text, as a slip of a person's would be.
      for (let n = 0; n < 3; n++) out[place()] = "0123456789-. \n:=ax"[at(18)].charCodeAt(0);
      return out;
    }
    default:
      for (let n = 0; n <= at(8); n++) out[place()] = at(256);
      return out;
  }
}

const oddValues = [
  ...[null, true, false, 0, -1, 1, 2, 1.5, 300, 65536, 1e9, 1e300, -1e300, "", " ", "0", "1+2", "auto", "a.png", ".."],
  ...["__proto__", "constructor", "toString", "\u0000", "ü/..\\x", [], [[]], [1], [null], {}, { "0": 0 }, { a: {} }],
  "x".repeat(250),
];

/** A JSON text whose values, keys or bytes are others than they should be; equal seeds give equal texts. */
export function jsonMutant(json: object, seed: number): Uint8Array {
  const random = seededRandom("json", seed);
  const whole = (below: number) => Math.floor(random() * below);
  const copy: object = structuredClone(json);
  const bytes = () => new TextEncoder().encode(JSON.stringify(copy));
  if (random() < 0.15) return spoilt(bytes(), seed);
  for (let n = 1 + whole(3); n > 0; n--) {
    const places = placesIn(copy);
    if (places.length === 0) break;
    const { holder, key } = places[whole(places.length)];
    const { holder: other, key: otherKey } = places[whole(places.length)];
    const kind = random();
    if (kind < 0.6) holder[key] = structuredClone(oddValues[whole(oddValues.length)]);
    else if (kind < 0.75) delete holder[key];
    else if (kind < 0.85) holder[key] = structuredClone(other[otherKey]);
    else if (Array.isArray(holder)) holder.push(structuredClone(holder[0]));
    else holder[`${key}x`] = holder[key];
  }
  return bytes();
}

function placesIn(value: unknown): { holder: Record<string, unknown>; key: string }[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key])]);
}

/** Where a pattern stands in a file. */
export function marksOf(bytes: Uint8Array, patterns: readonly string[]): number[] {
  const file = Buffer.from(bytes);
  const found: number[] = [];
  for (const pattern of patterns) {
    for (let at = file.indexOf(pattern, 0, "latin1"); at >= 0; at = file.indexOf(pattern, at + 1, "latin1"))
      found.push(at);
  }
  return found;
}
