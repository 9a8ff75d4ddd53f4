import { bytesOf, type Dtype, type NumericArray, type TypedArray, typedArrays } from "../../core/dtype.js";
import { SamlabError } from "../../core/errors.js";
import type { NiftiHeader } from "./header.js";

const hostIsLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Converts the stored bytes of one volume to values in the file's units. Without scaling, the stored type is kept and
 * nothing is copied; 64-bit integers become float64. With scaling the result is float32, or float64 where float32 would
 * lose stored digits (32- and 64-bit integers, float64). May change `buffer`.
 * @param buffer the bytes of the volume only
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
  // Same width, so the floats can overwrite the integers one by one.
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
