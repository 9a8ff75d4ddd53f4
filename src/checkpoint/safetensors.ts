import { SamlabError, show } from "../core/errors.js";
import { RandomAccessFile } from "./random-access.js";
import { type Checkpoint, type StoredDtype, type StoredTensor, storedBytes } from "./tensor-map.js";

const dtypes: Readonly<Record<string, StoredDtype>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U8: "uint8",
  BOOL: "bool",
};

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** The format's own limit on its header (safetensors README). */
const longestHeader = 100_000_000;

/**
 * Opens a .safetensors file: 8 bytes of header length, a JSON header, then the tensors. Tensors are read when asked
 * for.
 * @throws {SamlabError} `file-missing`, `file-truncated`, `checkpoint-invalid`
 */
export async function openSafetensors(path: string): Promise<Checkpoint> {
  const file = await RandomAccessFile.open(path);
  try {
    const lengthBytes = await file.read(0, 8);
    const length = Number(new DataView(lengthBytes.buffer).getBigUint64(0, true));
    if (length > longestHeader) throw invalid(path, `its header claims ${length} bytes`);
    const { __metadata__: metadata, ...entries } = parse(path, await file.read(8, length));
    const tensors = new Map<string, StoredTensor>();
    const unread = new Map<string, string>();
    for (const [name, entry] of Object.entries(entries)) {
      const { dtype } = headerEntry(path, name, entry);
      if (Object.hasOwn(dtypes, dtype)) tensors.set(name, storedTensor(file, 8 + length, name, entry as HeaderEntry));
      else unread.set(name, `a tensor of the unknown type ${show(dtype)}`);
    }
    if (tensors.size === 0) {
      const [first] = [...unread].map(([name, what]) => `${name} is ${what}`);
      throw invalid(path, `it holds no tensors that can be read${first ? `, ${first}` : ""}`);
    }
    return {
      file: path,
      format: "safetensors",
      tensors,
      unread,
      notes: [],
      metadata: texts(metadata),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function parse(path: string, bytes: Uint8Array): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof header === "object" && header !== null) return header as Record<string, unknown>;
  } catch {
    // Reported below with the file's name.
  }
  throw invalid(path, "its header is not JSON");
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function headerEntry(path: string, name: string, entry: unknown): HeaderEntry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Partial<HeaderEntry>;
  const isShape = Array.isArray(shape) && shape.every(isCount) && isCount(shape.reduce((n, dim) => n * dim, 8));
  if (typeof dtype !== "string" || !isShape || !Array.isArray(offsets) || !offsets.every(isCount)) {
    throw invalid(path, `tensor ${name} has no dtype, shape or offsets`, name);
  }
  return { dtype, shape, data_offsets: offsets };
}

function storedTensor(file: RandomAccessFile, base: number, name: string, entry: HeaderEntry): StoredTensor {
  const dtype = dtypes[entry.dtype];
  const [begin, end] = entry.data_offsets;
  const bytes = entry.shape.reduce((product, dim) => product * dim, storedBytes[dtype]);
  if (end - begin !== bytes)
    throw invalid(file.path, `tensor ${name} has ${end - begin} bytes, its shape needs ${bytes}`, name);
  return { dtype, dims: entry.shape, read: () => file.read(base + begin, bytes) };
}

/** Metadata is text only; anything else is left out. */
function texts(metadata: unknown): Record<string, string> {
  const pairs = typeof metadata === "object" && metadata !== null ? Object.entries(metadata) : [];
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => typeof pair[1] === "string"));
}

function invalid(path: string, why: string, field?: string): SamlabError {
  return new SamlabError("checkpoint-invalid", `${path} is not a valid safetensors file: ${why}.`, {
    file: path,
    field,
    remedy: "Copy or download it again.",
  });
}
