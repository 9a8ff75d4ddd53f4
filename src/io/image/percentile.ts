import type { NumericArray } from "../../core/dtype.js";
import { SamlabError, show } from "../../core/errors.js";

/** Statistics of a set of values that windows are computed from. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/** Smallest and largest value. Of an empty array: `{ min: Infinity, max: -Infinity }`. */
export function valueRange(data: NumericArray): ValueRange {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let n = 0; n < data.length; n++) {
    const value = data[n];
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

/**
 * Percentiles with linear interpolation between neighbors, as `numpy.percentile`, without sorting or copying: the order
 * statistics are found digit by digit, 16 bits at a time, from histograms. One pass over 8- and 16-bit data, two over
 * 32-bit data, four over float64.
 * @param data finite values
 * @param percents 0 to 100 each
 * @param options.above ignore values that are not greater than this; default: keep all
 * @returns one value per percent; NaN if no value remains
 * @throws {SamlabError} `argument-invalid` (a percent outside 0–100), `image-not-finite` (a NaN in the data)
 */
export function percentiles(
  data: NumericArray,
  percents: readonly number[],
  options: { readonly above?: number } = {},
): number[] {
  for (const percent of percents) {
    if (!(percent >= 0 && percent <= 100)) {
      throw new SamlabError("argument-invalid", `${show(percent)} is not a percentile.`, {
        field: "percentiles",
        value: percent,
        remedy: "Give numbers from 0 to 100.",
      });
    }
  }
  const kept = countAbove(data, options.above ?? Number.NEGATIVE_INFINITY);
  if (kept === 0) return percents.map(() => Number.NaN);
  const ranks = percents.map((percent) => (kept - 1) * (percent / 100));
  const needed = [...new Set(ranks.flatMap((rank) => [Math.floor(rank), Math.ceil(rank)]))].sort((a, b) => a - b);
  // The ignored values are the smallest ones, so they only shift the ranks.
  const values = orderStatistics(
    data,
    needed.map((rank) => rank + data.length - kept),
  );
  const statistic = new Map(needed.map((rank, n) => [rank, values[n]]));
  return ranks.map((rank) => {
    const low = Math.floor(rank);
    return interpolate(statistic.get(low)!, statistic.get(Math.ceil(rank))!, rank - low);
  });
}

/** numpy's `_lerp`: from the nearer end, to get the same rounding. */
function interpolate(low: number, high: number, t: number): number {
  const step = high - low;
  return t >= 0.5 ? high - step * (1 - t) : low + step * t;
}

function countAbove(data: NumericArray, above: number): number {
  let count = 0;
  for (let n = 0; n < data.length; n++) {
    const value = data[n];
    if (value > above) count++;
    else if (Number.isNaN(value)) {
      throw new SamlabError("image-not-finite", `Value number ${n} is NaN, so there are no percentiles.`, {
        field: "data",
        value: n,
      });
    }
  }
  return count;
}

/** The values of the given ranks (from 0, ascending) in sorted order. */
function orderStatistics(data: NumericArray, ranks: readonly number[]): number[] {
  const keys = sortKeys(data);
  let groups: Group[] = [{ digits: [], below: 0, ranks }];
  for (let place = 0; place < keys.places; place++) {
    const counts = countDigits(data.length, keys, place, groups);
    groups = groups.flatMap((group, n) => splitGroup(group, counts[n]));
  }
  return groups.flatMap((group) => group.ranks.map(() => keys.value(group.digits)));
}

/** Ranks whose keys start with the same digits; `below` is the number of values with smaller keys. */
interface Group {
  readonly digits: readonly number[];
  readonly below: number;
  readonly ranks: readonly number[];
}

function countDigits(length: number, keys: SortKeys, place: number, groups: readonly Group[]): Uint32Array[] {
  const counts = groups.map(() => new Uint32Array(65536));
  if (place === 0) {
    const [first] = counts;
    for (let n = 0; n < length; n++) first[keys.digit(n, 0)]++;
    return counts;
  }
  const prefixes = Float64Array.from(groups, (group) => group.digits.reduce((key, digit) => key * 65536 + digit, 0));
  for (let n = 0; n < length; n++) {
    const prefix = keys.prefix(n, place);
    for (let group = 0; group < prefixes.length; group++) {
      if (prefix === prefixes[group]) counts[group][keys.digit(n, place)]++;
    }
  }
  return counts;
}

function splitGroup(group: Group, counts: Uint32Array): Group[] {
  const parts = new Map<number, Group & { ranks: number[] }>();
  let below = group.below;
  let digit = 0;
  for (const rank of group.ranks) {
    while (rank >= below + counts[digit]) below += counts[digit++];
    const part = parts.get(digit);
    if (part) part.ranks.push(rank);
    else parts.set(digit, { digits: [...group.digits, digit], below, ranks: [rank] });
  }
  return [...parts.values()];
}

/** Maps values to unsigned integers with the same order, split into 16-bit digits; place 0 is the most significant. */
interface SortKeys {
  readonly places: 1 | 2 | 4;
  digit(n: number, place: number): number;
  /** The digits before `place`, as one integer. */
  prefix(n: number, place: number): number;
  /** The value whose key has these digits. */
  value(digits: readonly number[]): number;
}

function sortKeys(data: NumericArray): SortKeys {
  if (data instanceof Float64Array) return float64Keys(data);
  if (data instanceof Float32Array) return float32Keys(data);
  if (data instanceof Int32Array || data instanceof Uint32Array) return int32Keys(data);
  const shift = data instanceof Int8Array ? 128 : data instanceof Int16Array ? 32768 : 0;
  return { places: 1, digit: (n) => data[n] + shift, prefix: () => 0, value: ([digit]) => digit - shift };
}

function int32Keys(data: Int32Array | Uint32Array): SortKeys {
  const sign = data instanceof Int32Array ? 0x80000000 : 0;
  return {
    places: 2,
    digit: (n, place) => (place === 0 ? (data[n] ^ sign) >>> 16 : data[n] & 0xffff),
    prefix: (n) => (data[n] ^ sign) >>> 16,
    value: ([first, second]) => first * 65536 + second - (sign >>> 0),
  };
}

/**
 * Maps the bits of an IEEE float to an integer that sorts like the value: negative values inverted, positive ones above
 * them.
 */
const ordered = (high: number) => (high ^ ((high >> 31) | 0x80000000)) >>> 0;
const unordered = (key: number) => (key ^ (key & 0x80000000 ? 0x80000000 : 0xffffffff)) >>> 0;

function float32Keys(data: Float32Array): SortKeys {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  return {
    places: 2,
    digit: (n, place) => (place === 0 ? ordered(bits[n]) >>> 16 : ordered(bits[n]) & 0xffff),
    prefix: (n) => ordered(bits[n]) >>> 16,
    value: ([first, second]) => new Float32Array(Uint32Array.of(unordered(first * 65536 + second)).buffer)[0],
  };
}

function float64Keys(data: Float64Array): SortKeys {
  const words = new Uint32Array(data.buffer, data.byteOffset, 2 * data.length);
  // Which half of a float64 comes first in memory depends on the machine.
  const high = new Uint32Array(Float64Array.of(1).buffer)[1] === 0 ? 0 : 1;
  const low = 1 - high;
  const highKey = (n: number) => ordered(words[2 * n + high]);
  const lowKey = (n: number) => (words[2 * n + high] >>> 31 ? ~words[2 * n + low] : words[2 * n + low]) >>> 0;
  return {
    places: 4,
    digit: (n, place) => {
      const word = place < 2 ? highKey(n) : lowKey(n);
      return place % 2 === 0 ? word >>> 16 : word & 0xffff;
    },
    prefix: (n, place) => {
      if (place === 1) return highKey(n) >>> 16;
      return place === 2 ? highKey(n) : highKey(n) * 65536 + (lowKey(n) >>> 16);
    },
    value: (digits) => {
      const top = unordered(digits[0] * 65536 + digits[1]);
      const rest = digits[2] * 65536 + digits[3];
      const pair = new Uint32Array(2);
      pair[high] = top;
      pair[low] = top >>> 31 ? ~rest : rest;
      return new Float64Array(pair.buffer)[0];
    },
  };
}
