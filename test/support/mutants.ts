import { seededRandom } from "../../src/core/random.js";

/** One damaged copy of a file; equal seeds give equal copies. Damage falls on the structure (ends, and where `marks` stand) more often than on the rest. */
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
