import { SamlabError, show } from "../core/errors.js";
import { samNameCount } from "./layout.js";
import { GlobalName, OpaqueObject, type PickleOptions } from "./pickle.js";
import { type StoredDtype, type StoredTensor, storedBytes } from "./tensor-map.js";

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

/** torch's dtypes, for tensors that name theirs instead of a storage class. */
const torchDtypes: Readonly<Record<string, StoredDtype>> = {
  "torch.float32": "float32",
  "torch.float64": "float64",
  "torch.float16": "float16",
  "torch.bfloat16": "bfloat16",
  "torch.int64": "int64",
  "torch.int32": "int32",
  "torch.int16": "int16",
  "torch.int8": "int8",
  "torch.uint8": "uint8",
  "torch.bool": "bool",
};

/** Bytes of an element of the storage classes that are not read, to step over them. */
const otherStorageBytes: Readonly<Record<string, number>> = {
  ComplexFloatStorage: 8,
  ComplexDoubleStorage: 16,
  QInt8Storage: 1,
  QUInt8Storage: 1,
  QUInt4x2Storage: 1,
  QUInt2x4Storage: 1,
  QInt32Storage: 4,
  UntypedStorage: 1,
};

/** Where the bytes of a tensor stand. */
export class StorageReference {
  constructor(
    readonly key: string,
    /** e.g. `FloatStorage` */
    readonly type: string,
    /** First element, in a file where storages are views of others. */
    readonly viewOffset: number,
  ) {}

  get dtype(): StoredDtype | null {
    return Object.hasOwn(storageDtypes, this.type) ? storageDtypes[this.type] : null;
  }

  /** Bytes of an element; `null` for a class that is not known at all. */
  get elementBytes(): number | null {
    if (this.dtype) return storedBytes[this.dtype];
    return Object.hasOwn(otherStorageBytes, this.type) ? otherStorageBytes[this.type] : null;
  }
}

/** A tensor as the pickle describes it: a strided window into a storage. */
export class TensorReference {
  constructor(
    readonly storage: StorageReference,
    readonly offset: number,
    readonly dims: readonly number[],
    readonly strides: readonly number[],
    /** `null` for a type that is not read. */
    readonly dtype: StoredDtype | null,
    readonly dtypeName: string,
  ) {}
}

/** Modules whose functions act on the machine. No checkpoint needs them; a file that refers to one is rejected. */
const actingModules = new Set(
  "os posix nt subprocess sys shutil socket pty runpy importlib ctypes code webbrowser urllib requests httpx http ftplib smtplib pip commands".split(
    " ",
  ),
);
const actingBuiltins = new Set(
  ["builtins", "__builtin__"].flatMap((module) =>
    ["eval", "exec", "execfile", "compile", "__import__", "open", "input", "breakpoint"].map(
      (name) => `${module}.${name}`,
    ),
  ),
);

/**
 * How a pickle of torch.save is read: tensors and dictionaries are built; anything else is kept as a name with
 * arguments.
 */
export function torchPickle(file: string): PickleOptions {
  return {
    file,
    refuses: (name) =>
      actingBuiltins.has(name) || actingModules.has(name.split(".")[0]) || name.startsWith("torch.hub."),
    reduce: (name, args) => rebuild(file, name, args),
    persistent: (id) => storageOf(file, id),
  };
}

function rebuild(file: string, name: string, args: readonly unknown[]): unknown {
  switch (name) {
    case "collections.OrderedDict":
    case "collections.defaultdict":
    case "collections.Counter":
      return new Map(pairs(args[name.endsWith("defaultdict") ? 1 : 0]));
    case "torch._utils._rebuild_tensor":
    case "torch._utils._rebuild_tensor_v2":
      return isLazy(args[6])
        ? new OpaqueObject("torch._utils._rebuild_tensor_v2, a view that PyTorch negates or conjugates", args)
        : tensorOf(file, args, null);
    case "torch._utils._rebuild_tensor_v3":
      return tensorOf(file, args, args[6]);
    case "torch._utils._rebuild_parameter":
    case "torch._utils._rebuild_parameter_with_state":
      return args[0];
    // (function, class, arguments, state): a tensor of a subclass, whose elements are those of the tensor.
    case "torch._tensor._rebuild_from_type_v2": {
      const [callee, , inner] = args;
      const isTensor = callee instanceof GlobalName && callee.name.startsWith("torch._utils._rebuild_");
      return isTensor && Array.isArray(inner) ? rebuild(file, callee.name, inner) : undefined;
    }
    case "torch.Size":
      return args[0];
    default:
      return undefined;
  }
}

function pairs(given: unknown): [unknown, unknown][] {
  if (given instanceof Map) return [...given];
  const isPair = (item: unknown): item is [unknown, unknown] => Array.isArray(item) && item.length === 2;
  return Array.isArray(given) ? given.filter(isPair) : [];
}

/** Tensors whose elements are stored with another sign: views that PyTorch resolves when they are used. */
const isLazy = (metadata: unknown) =>
  metadata instanceof Map && (metadata.get("neg") === true || metadata.get("conj") === true);

/** Axes of a tensor: PyTorch reduces over no more (dim_bitset_size in ATen/WrapDimUtilsMulti.h). */
const mostAxes = 64;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function tensorOf(file: string, args: readonly unknown[], named: unknown): TensorReference {
  const [storage, offset, dims, strides] = args;
  const isShape = (value: unknown): value is readonly number[] =>
    Array.isArray(value) && value.length <= mostAxes && value.every(isCount);
  if (!(storage instanceof StorageReference) || !isCount(offset) || !isShape(dims) || !isShape(strides)) {
    throw damaged(file, "a tensor's description is malformed");
  }
  const elements = dims.reduce((product, dim) => product * dim, 1);
  if (dims.length !== strides.length || !Number.isSafeInteger(elements)) {
    throw damaged(file, "a tensor's shape is malformed");
  }
  const at = storage.viewOffset + offset;
  if (named instanceof GlobalName) {
    const dtype = Object.hasOwn(torchDtypes, named.name) ? torchDtypes[named.name] : null;
    return new TensorReference(storage, at, dims, strides, dtype, named.name);
  }
  return new TensorReference(storage, at, dims, strides, storage.dtype, storage.type);
}

/** `("storage", class, key, device, elements[, (key, offset, elements)])` */
function storageOf(file: string, id: unknown): StorageReference {
  const [kind, type, key, , , view] = Array.isArray(id) ? id : [];
  if (kind !== "storage" || !(type instanceof GlobalName) || (typeof key !== "string" && !isCount(key))) {
    throw damaged(file, `storage ${show(key)} is malformed`);
  }
  const viewOffset = Array.isArray(view) && isCount(view[1]) ? view[1] : 0;
  return new StorageReference(String(key), type.name.split(".").at(-1) ?? "", viewOffset);
}

/** The model's dictionary in a file, its unreadable entries, and the keys next to it. */
export interface FoundTensors {
  readonly tensors: ReadonlyMap<string, TensorReference>;
  /** Entries that are no tensors of a readable type: their names and what they are. */
  readonly unread: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
}

/**
 * The keys under which training scripts keep the model (SAM-Med2D, Medical SAM Adapter, micro-sam, SAM-Med3D, nnU-Net,
 * Lightning, timm, …). If several dictionaries have equally many of SAM's names, the first of these is chosen; averaged
 * weights (`ema`) come last.
 */
const wrappers = [
  "model",
  "state_dict",
  "model_state",
  "model_state_dict",
  "network_weights",
  "net",
  "module",
  "network",
  "model_dict",
  "weights",
  "sam",
];
const averages = ["ema", "model_ema", "state_dict_ema"];

/** Which of two dictionaries under these keys is the model: the one of the lower number. */
function rank(path: readonly string[]): number {
  const key = path.at(-1);
  if (key === undefined) return -1;
  const at = wrappers.indexOf(key);
  return at >= 0 ? at : averages.includes(key) ? 1000 : 100;
}

/**
 * Finds the model among what a file holds: the dictionary, up to three levels down, with the most of SAM's names, else
 * the one with the most tensors.
 * @throws {SamlabError} `checkpoint-invalid` when there is none, saying what the file is instead
 */
export function findModel(file: string, root: unknown): FoundTensors {
  const order = dictionaries(joined(root))
    .map((one) => ({ ...one, sam: samNameCount(one.entries.keys()), tensors: tensorCount(one.entries) }))
    .filter(({ tensors, entries }) => tensors > 0 || [...entries.values()].some(isUnreadTensor))
    .sort((a, b) => b.sam - a.sam || b.tensors - a.tensors || rank(a.path) - rank(b.path));
  const [best, ...others] = order;
  if (!best) throw noModel(file, root);
  const rivals = others.filter(({ sam, path }) => sam > 0 && sam === best.sam && path.length > 0);
  const notes = rivals.map(
    ({ path }) => `${file} holds the model twice: ${best.path.join(".")} is used, ${path.join(".")} is not.`,
  );
  const tensors = new Map<string, TensorReference>();
  const unread = new Map<string, string>();
  for (const [key, item] of best.entries) {
    if (typeof key !== "string") continue;
    if (item instanceof TensorReference && item.dtype) tensors.set(key, item);
    else if (item instanceof TensorReference) unread.set(key, `a tensor of the unknown type ${show(item.dtypeName)}`);
    else if (item instanceof OpaqueObject) unread.set(key, `an object of ${item.type}`);
  }
  if (tensors.size === 0) {
    const [name, what] = [...unread][0];
    throw new SamlabError("checkpoint-invalid", `${file} holds no tensors that can be read: ${name} is ${what}.`, {
      file,
      field: name,
      remedy: "Save the weights as plain tensors: torch.save(model.float().state_dict(), path).",
    });
  }
  return { tensors, unread, notes };
}

/** SurgicalSAM keeps a model in three dictionaries: their keys, and what stands before the names in each. */
const partsOfModel: Readonly<Record<string, string>> = {
  prototype_prompt_encoder_state_dict: "prototype_prompt_encoder",
  sam_decoder_state_dict: "mask_decoder",
  prototypes_state_dict: "prototypes",
};

/** A model that is kept in several dictionaries as one; any other file as it is. */
function joined(root: unknown): unknown {
  const parts = Object.entries(partsOfModel);
  if (!(root instanceof Map) || !parts.every(([key]) => root.get(key) instanceof Map)) return root;
  return new Map(
    parts.flatMap(([key, prefix]) =>
      [...(root.get(key) as ReadonlyMap<unknown, unknown>)].map(([name, item]) => [`${prefix}.${name}`, item] as const),
    ),
  );
}

const tensorCount = (entries: ReadonlyMap<unknown, unknown>) =>
  [...entries.values()].filter((item) => item instanceof TensorReference && item.dtype).length;

const isUnreadTensor = (item: unknown) =>
  (item instanceof TensorReference && !item.dtype) ||
  (item instanceof OpaqueObject && item.type.startsWith("torch._utils._rebuild_"));

interface FoundDictionary {
  readonly path: readonly string[];
  readonly entries: ReadonlyMap<unknown, unknown>;
}

/** Each dictionary once, although a file may refer to it from many places, or to itself. */
function dictionaries(root: unknown): readonly FoundDictionary[] {
  const seen = new Set<unknown>();
  const found: FoundDictionary[] = [];
  let level: (readonly [path: readonly string[], value: unknown])[] = [[[], root]];
  for (let depth = 0; depth <= 3; depth++) {
    const next: typeof level = [];
    for (const [path, value] of level) {
      if (!(value instanceof Map) || seen.has(value)) continue;
      seen.add(value);
      found.push({ path, entries: value });
      for (const [key, item] of value)
        if (typeof key === "string" && item instanceof Map) next.push([[...path, key], item]);
    }
    level = next.sort(([a], [b]) => rank(a) - rank(b));
  }
  return found;
}

function noModel(file: string, root: unknown): SamlabError {
  const remedy = "Save the weights alone: torch.save(model.state_dict(), path).";
  if (root instanceof OpaqueObject) {
    return new SamlabError(
      "checkpoint-invalid",
      `${file} is a whole Python object (${root.type}), which only the program that wrote it can open.`,
      { file, field: "pickle", value: root.type, remedy: `Open it there. ${remedy}` },
    );
  }
  return new SamlabError("checkpoint-invalid", `${file} holds no tensors by name.`, { file, remedy });
}

/** Reads a piece of a storage: `length` bytes from `begin`. */
export interface StorageReader {
  /** Bytes of the whole storage. */
  readonly size: number;
  read(begin: number, length: number): Promise<Uint8Array>;
}

/**
 * A tensor that is read on demand.
 * @param locate finds the storage with that key; `null` when it is not there
 */
export function storedTensor(
  file: string,
  name: string,
  { storage, offset, dims, strides, dtype }: TensorReference,
  locate: (key: string) => StorageReader | null,
): StoredTensor {
  if (!dtype) throw damaged(file, `${name} has no readable type`);
  const size = storedBytes[dtype];
  const count = dims.reduce((product, dim) => product * dim, 1);
  const read = async (): Promise<Uint8Array> => {
    const found = locate(storage.key);
    if (!found) {
      throw new SamlabError("checkpoint-invalid", `${file}: the data of ${name} (storage ${storage.key}) is missing.`, {
        file,
        field: name,
        remedy: "Download the file again.",
      });
    }
    const span = count === 0 ? 0 : dims.reduce((last, dim, axis) => last + (dim - 1) * strides[axis], 0) + 1;
    // A stride of 0 repeats elements, so a small storage can have a shape of any size.
    if ((offset + span) * size > found.size || count > Math.max(1, span) * 4096) {
      throw new SamlabError("checkpoint-invalid", `${file}: ${name} reaches past its storage.`, {
        file,
        field: name,
        remedy: "Download the file again.",
      });
    }
    const own = await found.read(offset * size, span * size);
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

export function damaged(file: string, why: string): SamlabError {
  return new SamlabError("checkpoint-invalid", `${file}: its pickle is damaged, ${why}.`, {
    file,
    field: "pickle",
    remedy: "Download the file again, or save it again with torch.save.",
  });
}
