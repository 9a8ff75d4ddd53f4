import { SamlabError } from "../core/errors.js";
import { bfloat16ToFloat32, float16ToFloat32 } from "../core/half.js";

/** The element types that checkpoints store. */
export type StoredDtype =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "int64"
  | "int32"
  | "int16"
  | "int8"
  | "uint8"
  | "bool";

export const storedBytes: Readonly<Record<StoredDtype, number>> = {
  float64: 8,
  int64: 8,
  float32: 4,
  int32: 4,
  float16: 2,
  bfloat16: 2,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** One tensor of a checkpoint, read when asked for. */
export interface StoredTensor {
  readonly dtype: StoredDtype;
  /** Row-major (C order) dimensions, as in PyTorch. */
  readonly dims: readonly number[];
  /**
   * The elements' bytes, little-endian, contiguous. A view of the file's storage wherever that is contiguous already.
   */
  readonly read: () => Promise<Uint8Array>;
}

/** An opened checkpoint of any format. */
export interface Checkpoint {
  readonly file: string;
  readonly format: "pth" | "safetensors";
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /**
   * Entries that are not tensors of a supported type, by name, and what they are. An error only if the model needs
   * them.
   */
  readonly unread: ReadonlyMap<string, string>;
  /** For people: what of the file is not used. */
  readonly notes: readonly string[];
  /** Free text stored beside the tensors (safetensors metadata). */
  readonly metadata: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * A tensor's elements as float32. float32 storage is viewed, not copied.
 * @throws {SamlabError} `tensor-shape` when it holds no numbers of a floating type
 */
export async function readFloat32(name: string, tensor: StoredTensor): Promise<Float32Array> {
  const bytes = await tensor.read();
  const length = bytes.byteLength / storedBytes[tensor.dtype];
  switch (tensor.dtype) {
    case "float32":
      return new Float32Array(bytes.buffer, bytes.byteOffset, length);
    case "float64":
      return Float32Array.from(new Float64Array(bytes.buffer, bytes.byteOffset, length));
    case "float16":
      return float16ToFloat32(new Uint16Array(bytes.buffer, bytes.byteOffset, length));
    case "bfloat16":
      return bfloat16ToFloat32(new Uint16Array(bytes.buffer, bytes.byteOffset, length));
    default:
      throw new SamlabError(
        "tensor-shape",
        `Tensor ${name} is stored as ${tensor.dtype}; a floating-point type is needed.`,
        {
          field: name,
          value: tensor.dtype,
          remedy: "Save it as float32, float16, or bfloat16.",
        },
      );
  }
}
