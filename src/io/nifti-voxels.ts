import { bytesOf, type Dtype, type NumericArray, type TypedArray, typedArrays } from "../core/dtype.js";
import { SamlabError } from "../core/errors.js";
import type { NiftiHeader } from "./nifti-header.js";

const hostIsLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Turns the stored bytes of one volume into values in the file's units.
 * Without scaling the stored type stays and no byte is copied; 64-bit integers become float64. With scaling the result is float32, or
 * float64 where float32 would lose stored digits (32- and 64-bit integers, float64). May change `buffer`.
 * @param buffer exactly the volume's bytes
 * @throws {SamlabError} `format-unsupported` when a 64-bit integer is not exact as a float64
 */
export function decodeVoxels(buffer: ArrayBuffer, header: NiftiHeader, file: string): NumericArray {
  const { dtype, scaling } = header;
  if (header.littleEndian !== hostIsLittle) swapBytes(new Uint8Array(buffer), bytesOf(dtype));
  const stored = new typedArrays[dtype](buffer) as TypedArray;
  const values = isBigArray(stored) ? exactFloats(stored, file) : stored;
  if (!scaling) return values;
  const { slope, intercept } = scaling;
  const out = scaledArray(values, dtype);
  for (let n = 0; n < values.length; n++) out[n] = values[n] * slope + intercept;
  return out;
}

/** Floats are scaled in place, integers into a new array. */
function scaledArray(values: NumericArray, stored: Dtype): NumericArray {
  if (values instanceof Float32Array || values instanceof Float64Array) return values;
  return stored === "int32" || stored === "uint32" ? new Float64Array(values.length) : new Float32Array(values.length);
}

/** Reverses the bytes of every `width`-byte number in place. */
function swapBytes(bytes: Uint8Array, width: number): void {
  const swappable = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (width === 2) swappable.swap16();
  else if (width === 4) swappable.swap32();
  else if (width === 8) swappable.swap64();
}

function isBigArray(data: TypedArray): data is BigInt64Array | BigUint64Array {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

function exactFloats(data: BigInt64Array | BigUint64Array, file: string): Float64Array {
  // Same width, so the floats can take the integers' place one by one.
  const floats = new Float64Array(data.buffer);
  for (let n = 0; n < data.length; n++) {
    const integer = data[n];
    const value = Number(integer);
    if (!Number.isSafeInteger(value)) {
      throw new SamlabError("format-unsupported", `${file} holds the 64-bit integer ${integer} at voxel number ${n}.`, {
        file,
        field: "datatype",
        value: integer,
        remedy: "Integers beyond ±2^53 are not exact here; save the volume as float64 or int32.",
      });
    }
    floats[n] = value;
  }
  return floats;
}

/** What stands where a volume has no number. `zero` replaces NaN and infinities; `reject` (the default) refuses the file. */
export type NonFinite = "reject" | "zero";

/**
 * Makes sure every voxel is a finite number.
 * @returns a note for the reader when voxels were replaced, else `null`
 * @throws {SamlabError} `image-not-finite` with the count and the first voxel (i, j, k)
 */
export function settleNonFinite(
  data: NumericArray,
  size: readonly [number, number, number],
  policy: NonFinite,
  file: string,
): string | null {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return null;
  let count = 0;
  let first = -1;
  for (let n = 0; n < data.length; n++) {
    // NaN and ±Infinity are the only numbers that give NaN here, and this is far faster than Number.isFinite.
    if (data[n] - data[n] === 0) continue;
    if (count++ === 0) first = n;
    if (policy === "zero") data[n] = 0;
  }
  if (count === 0) return null;
  const [nx, ny] = size;
  const voxel = [first % nx, Math.floor(first / nx) % ny, Math.floor(first / (nx * ny))];
  const where = `${count} of ${data.length} voxels, first (${voxel.join(", ")})`;
  if (policy === "zero") return `NaN or infinite voxels were set to 0: ${where}.`;
  throw new SamlabError("image-not-finite", `${file} has NaN or infinite voxels: ${where}.`, {
    file,
    field: "voxels",
    value: { count, first: voxel },
    remedy: 'Load it with { nonFinite: "zero" } to set them to 0.',
  });
}
