import { bytesOf, type Dtype, type NumericArray, typedArrays } from "../../core/dtype.js";
import { SamlabError, show } from "../../core/errors.js";
import { float16ToFloat32 } from "../../core/half.js";

/** An array of a .npy file: `data` in C order, the last axis of `shape` fastest, whatever order the file has. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: NumericArray;
}

const types: Readonly<Record<string, Dtype>> = {
  b1: "uint8",
  u1: "uint8",
  i1: "int8",
  u2: "uint16",
  i2: "int16",
  u4: "uint32",
  i4: "int32",
  u8: "uint64",
  i8: "int64",
  f2: "uint16",
  f4: "float32",
  f8: "float64",
};

/**
 * Reads the bytes of a .npy file (NumPy's format 1.0 to 3.0, numpy.lib.format): numbers of any size and byte order,
 * both memory orders. Booleans become 0 and 1, half floats float32, 64-bit integers float64.
 * @param name what messages call it
 * @throws {SamlabError} `format-unsupported` (pickled objects, records, texts, complex numbers), `format-invalid`,
 * `file-truncated`
 */
export function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  const { descr, isFortran, shape, offset } = header(bytes, name);
  const [, order, code] = /^([<>|=])([a-zA-Z][0-9]+)$/.exec(descr) ?? [];
  const dtype = code !== undefined && Object.hasOwn(types, code) ? types[code] : undefined;
  if (dtype === undefined) throw unsupported(name, descr);
  const count = shape.reduce((product, length) => product * length, 1);
  const size = bytesOf(dtype);
  if (!Number.isSafeInteger(count * size)) throw invalid(name, "shape", shape);
  const need = count * size;
  if (bytes.length - offset < need) {
    throw new SamlabError(
      "file-truncated",
      `${name} is cut off: ${bytes.length - offset} bytes where ${shape.join("×")} values of ${descr} need ${need}.`,
      { file: name, field: "length", value: bytes.length - offset, remedy: "Copy or download it again." },
    );
  }
  const raw = bytes.slice(offset, offset + need);
  if (order === ">") swapBytes(raw, size);
  const values = numbers(raw, dtype, code === "f2", count, name);
  return { shape, data: isFortran ? inCOrder(values, shape) : values };
}

/** The header: magic, version, length, and a Python dictionary with descr, fortran_order and shape. */
function header(bytes: Uint8Array, name: string) {
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  if (magic !== "\x93NUMPY") throw invalid(name, "magic", magic);
  const major = bytes[6];
  if (!(major >= 1 && major <= 3)) throw invalid(name, "version", major);
  const start = major === 1 ? 10 : 12;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < start ? Number.NaN : major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (!(bytes.length >= start + length)) {
    throw new SamlabError("file-truncated", `${name} is cut off within its header.`, {
      file: name,
      value: bytes.length,
      remedy: "Copy or download it again.",
    });
  }
  const text = new TextDecoder().decode(bytes.subarray(start, start + length));
  const descr = /'descr'\s*:\s*(?:'([^']*)'|(\[.*?\]\s*,\s*'))/s.exec(text);
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([0-9,\s]*)\)/.exec(text)?.[1];
  if (!descr || fortran === undefined || shape === undefined) throw invalid(name, "header", text.trim());
  if (descr[1] === undefined) throw unsupported(name, "records");
  return {
    descr: descr[1],
    isFortran: fortran === "True",
    shape: shape
      .split(",")
      .filter((part) => part.trim() !== "")
      .map(Number),
    offset: start + length,
  };
}

function swapBytes(raw: Uint8Array, size: number): void {
  for (let at = 0; at < raw.length; at += size) raw.subarray(at, at + size).reverse();
}

function numbers(raw: Uint8Array, dtype: Dtype, isHalf: boolean, count: number, name: string): NumericArray {
  const values = new typedArrays[dtype](raw.buffer as ArrayBuffer, raw.byteOffset, count);
  if (isHalf && values instanceof Uint16Array) return float16ToFloat32(values);
  if (!(values instanceof BigInt64Array) && !(values instanceof BigUint64Array)) return values;
  const wide = Float64Array.from(values as BigInt64Array, Number);
  const lost = wide.find((value) => !Number.isSafeInteger(value));
  if (lost !== undefined) throw invalid(name, "value", lost);
  return wide;
}

/** From first axis fastest to last axis fastest. */
function inCOrder(values: NumericArray, shape: readonly number[]): NumericArray {
  const out = new (values.constructor as new (length: number) => NumericArray)(values.length);
  const steps: number[] = [];
  shape.reduce((step, length, axis) => {
    steps[axis] = step;
    return step * length;
  }, 1);
  const at = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let n = 0; n < out.length; n++) {
    out[n] = values[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++at[axis] < shape[axis]) break;
      from -= steps[axis] * shape[axis];
      at[axis] = 0;
    }
  }
  return out;
}

function unsupported(name: string, descr: string): SamlabError {
  const isObject = /O/.test(descr);
  return new SamlabError(
    "format-unsupported",
    isObject
      ? `${name} holds pickled Python objects, which could run code.`
      : `${name} holds ${descr}, not plain numbers.`,
    {
      file: name,
      field: "descr",
      value: descr,
      remedy: "Save it in Python as an array of numbers: array.astype(numpy.uint8).",
    },
  );
}

function invalid(name: string, field: string, value: unknown): SamlabError {
  return new SamlabError("format-invalid", `${name} is not a valid NumPy array: its ${field} is ${show(value)}.`, {
    file: name,
    field,
    value,
    remedy: "Save it again with numpy.save or numpy.savez.",
  });
}
