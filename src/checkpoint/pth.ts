import { SamlabError, show } from "../core/errors.js";
import { GlobalName, OpaqueObject, readPickle } from "./pickle.js";
import { RandomAccessFile } from "./random-access.js";
import { type Checkpoint, type StoredDtype, type StoredTensor, storedBytes } from "./tensor-map.js";
import { readZipDirectory, readZipEntry, type ZipEntry } from "./zip.js";

/** PyTorch's storage classes (torch/storage.py) and what they hold. */
const storageDtypes: Readonly<Record<string, StoredDtype>> = {
  FloatStorage: "float32",
  DoubleStorage: "float64",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
};

/** Globals that may stand in a checkpoint. None is ever called: they are names, and those not rebuilt below stay opaque. */
const allowedGlobals = new Set([
  "collections.OrderedDict",
  "collections.defaultdict",
  "_codecs.encode",
  "copyreg._reconstructor",
  "copy_reg._reconstructor",
  "argparse.Namespace",
  ...[
    "set",
    "frozenset",
    "dict",
    "list",
    "tuple",
    "int",
    "float",
    "str",
    "bool",
    "bytearray",
    "complex",
    "object",
    "slice",
  ].flatMap((name) => [`builtins.${name}`, `__builtin__.${name}`]),
]);
const allowedPrefixes = [
  "torch.",
  "numpy.",
  "pathlib.",
  "datetime.",
  "omegaconf.",
  "torch_em.",
  "pytorch_lightning.",
  "lightning.",
];

/** A tensor as the pickle describes it: a strided window into a storage. */
class TensorReference {
  constructor(
    readonly storage: StorageReference,
    readonly offset: number,
    readonly dims: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

class StorageReference {
  constructor(
    readonly key: string,
    readonly dtype: StoredDtype,
  ) {}
}

/** The keys under which training scripts wrap the state dict (sam-facts: SAM-Med2D, Medical SAM Adapter, micro-sam, SAM-Med3D, nnU-Net). */
const wrappers = ["model", "state_dict", "model_state", "model_state_dict", "network_weights"];

/**
 * Opens a PyTorch checkpoint (zip format, torch ≥ 1.6). Only its directory and pickle are read now; tensors are read from the file when asked for,
 * so a file of any size can be opened. Nothing in the file is executed.
 * @throws {SamlabError} `file-missing`, `file-truncated`, `checkpoint-invalid`, `checkpoint-unsafe`
 */
export async function openPth(path: string): Promise<Checkpoint> {
  const file = await RandomAccessFile.open(path);
  try {
    const entries = await readZipDirectory(file);
    const pickle = [...entries.values()].find((entry) => entry.name.endsWith("data.pkl"));
    if (!pickle) {
      throw new SamlabError("checkpoint-invalid", `${path} is a zip archive without data.pkl: no PyTorch checkpoint.`, {
        file: path,
        field: "data.pkl",
      });
    }
    const folder = pickle.name.slice(0, -"data.pkl".length);
    await checkByteOrder(file, entries.get(`${folder}byteorder`));
    const root = readPickle(await readZipEntry(file, pickle), {
      file: path,
      allows: (name) => allowedGlobals.has(name) || allowedPrefixes.some((prefix) => name.startsWith(prefix)),
      reduce: rebuild,
      persistent: (id) => storageOf(path, id),
    });
    const tensors = new Map<string, StoredTensor>();
    for (const [name, reference] of tensorEntries(stateDict(root))) {
      tensors.set(name, storedTensor(file, entries, folder, name, reference));
    }
    if (tensors.size === 0) {
      throw new SamlabError("checkpoint-invalid", `${path} holds no tensors by name.`, {
        file: path,
        remedy: "Save the weights alone: torch.save(model.state_dict(), path).",
      });
    }
    return { file: path, format: "pth", tensors, metadata: {}, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function checkByteOrder(file: RandomAccessFile, entry: ZipEntry | undefined): Promise<void> {
  if (!entry) return;
  const order = new TextDecoder().decode(await readZipEntry(file, entry));
  if (order !== "little") {
    throw new SamlabError("checkpoint-invalid", `${file.path} was saved on a ${order}-endian machine.`, {
      file: file.path,
      field: "byteorder",
      value: order,
      remedy: "Save it again on a little-endian machine.",
    });
  }
}

function rebuild(name: string, args: readonly unknown[]): unknown {
  switch (name) {
    case "collections.OrderedDict":
    case "collections.defaultdict":
      return new Map(Array.isArray(args[0]) ? (args[0] as [unknown, unknown][]) : []);
    case "torch._utils._rebuild_tensor_v2": {
      const [storage, offset, dims, strides] = args as [StorageReference, number, number[], number[]];
      return new TensorReference(storage, offset, dims, strides);
    }
    case "torch._utils._rebuild_parameter":
      return args[0];
    case "torch.Size":
      return args[0];
    default:
      return undefined;
  }
}

function storageOf(path: string, id: unknown): StorageReference {
  const [kind, type, key] = Array.isArray(id) ? id : [];
  const name = type instanceof GlobalName ? (type.name.split(".").at(-1) ?? "") : "";
  const dtype = storageDtypes[name];
  if (kind !== "storage" || typeof key !== "string" || !dtype) {
    throw new SamlabError("checkpoint-invalid", `${path}: storage ${show(key)} has the unknown type ${show(name)}.`, {
      file: path,
      field: "storage",
      value: name,
    });
  }
  return new StorageReference(key, dtype);
}

/** The mapping of names to tensors, out of whatever wrapper it was saved in. */
function stateDict(root: unknown): unknown {
  let value = root;
  for (let depth = 0; depth < 3 && value instanceof Map; depth++) {
    const map: Map<unknown, unknown> = value;
    const key = wrappers.find((wrapper) => map.get(wrapper) instanceof Map);
    if (key === undefined || [...map.values()].some((item) => item instanceof TensorReference)) break;
    value = map.get(key);
  }
  return value;
}

function* tensorEntries(value: unknown): Generator<[string, TensorReference]> {
  if (!(value instanceof Map)) return;
  for (const [key, item] of value) {
    if (typeof key === "string" && item instanceof TensorReference) yield [key, item];
    // nn.Parameter subclasses arrive as opaque objects round the tensor.
    else if (typeof key === "string" && item instanceof OpaqueObject && Array.isArray(item.args)) {
      const inner = item.args.find((argument) => argument instanceof TensorReference);
      if (inner instanceof TensorReference) yield [key, inner];
    }
  }
}

function storedTensor(
  file: RandomAccessFile,
  entries: ReadonlyMap<string, ZipEntry>,
  folder: string,
  name: string,
  { storage, offset, dims, strides }: TensorReference,
): StoredTensor {
  const { dtype } = storage;
  const size = storedBytes[dtype];
  const count = dims.reduce((product, dim) => product * dim, 1);
  const read = async (): Promise<Uint8Array> => {
    const entry = entries.get(`${folder}data/${storage.key}`);
    if (!entry) {
      throw new SamlabError(
        "checkpoint-invalid",
        `${file.path}: the data of ${name} (storage ${storage.key}) is missing.`,
        {
          file: file.path,
          field: name,
        },
      );
    }
    const span = count === 0 ? 0 : dims.reduce((last, dim, axis) => last + (dim - 1) * strides[axis], 0) + 1;
    if ((offset + span) * size > entry.size) {
      throw new SamlabError("checkpoint-invalid", `${file.path}: ${name} reaches past its storage.`, {
        file: file.path,
        field: name,
      });
    }
    const bytes = await readZipEntry(file, entry);
    const own = bytes.subarray(offset * size, (offset + span) * size);
    return isContiguous(dims, strides) ? own : gather(own, size, dims, strides, count);
  };
  return { dtype, dims, read };
}

function isContiguous(dims: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    if (dims[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= dims[axis];
  }
  return true;
}

function gather(bytes: Uint8Array, size: number, dims: readonly number[], strides: readonly number[], count: number) {
  const out = new Uint8Array(count * size);
  const index = new Array<number>(dims.length).fill(0);
  for (let n = 0; n < count; n++) {
    const from = index.reduce((sum, i, axis) => sum + i * strides[axis], 0) * size;
    out.set(bytes.subarray(from, from + size), n * size);
    for (let axis = dims.length - 1; axis >= 0 && ++index[axis] === dims[axis]; axis--) index[axis] = 0;
  }
  return out;
}
