import { SamlabError, show } from "../core/errors.js";

/** A pickled object of a class this reader does not build: its name and what it carried. Never executed. */
export class OpaqueObject {
  readonly type: string;
  readonly args: unknown;
  state: unknown = undefined;
  constructor(type: string, args: unknown) {
    this.type = type;
    this.args = args;
  }
}

/** A reference to a class or function by name. */
export class GlobalName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export interface PickleOptions {
  readonly file: string;
  /** Builds the value of a global called with `args`; `undefined` leaves it to {@link OpaqueObject}. */
  readonly reduce: (name: string, args: readonly unknown[]) => unknown;
  /**
   * True for a global that indicates an attack. Any other unknown global is harmless, since it is kept as a name only.
   */
  readonly refuses: (name: string) => boolean;
  /** Resolves a persistent id (PyTorch: a storage). */
  readonly persistent: (id: unknown) => unknown;
}

const mark = Symbol("pickle mark");

/** Opcodes of a pickle, each of which may make an object; a model of 10,000 tensors has half a million. */
const mostSteps = 1 << 22;

/** Bytes of an integer. Those of checkpoints have a few; V8 holds no more than 2^27. */
const longestInteger = 1 << 20;

/**
 * Reads a Python pickle (protocols 2–5) without running anything: a stack machine over an allow-list of opcodes, in
 * which a global is only a name. Dictionaries become `Map`, lists arrays, tuples frozen arrays. Source: CPython
 * Lib/pickletools.py.
 * @throws {SamlabError} `checkpoint-unsafe` for a global that is refused, `checkpoint-invalid` for damage or an unknown
 * opcode
 */
export function readPickle(bytes: Uint8Array, options: PickleOptions): unknown {
  return new PickleReader(bytes, options).run();
}

/** As {@link readPickle}, for pickles that stand one after the other: also tells how many bytes this one took. */
export function readPickleAt(
  bytes: Uint8Array,
  at: number,
  options: PickleOptions,
): { readonly value: unknown; readonly end: number } {
  const reader = new PickleReader(bytes.subarray(at), options);
  const value = reader.run();
  return { value, end: at + reader.position };
}

class PickleReader {
  readonly #view: DataView;
  readonly #options: PickleOptions;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  #at = 0;
  #steps = 0;

  constructor(bytes: Uint8Array, options: PickleOptions) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#options = options;
  }

  get position(): number {
    return this.#at;
  }

  run(): unknown {
    try {
      for (;;) {
        this.#count(1);
        const start = this.#at;
        const opcode = this.uint(1);
        if (opcode === 0x2e) return this.#pop(); // STOP
        const operation = operations[opcode];
        if (!operation) throw this.#damaged(`unknown opcode 0x${opcode.toString(16)} at byte ${start}`);
        operation(this);
      }
    } catch (error) {
      // Of V8: a collection beyond its limit, or calls nested too deeply.
      if (error instanceof RangeError) throw this.#damaged("an object in it is too large to be read");
      throw error;
    }
  }

  uint(bytes: 1 | 2 | 4 | 8): number {
    const at = this.#take(bytes);
    if (bytes === 1) return this.#view.getUint8(at);
    if (bytes === 2) return this.#view.getUint16(at, true);
    if (bytes === 4) return this.#view.getUint32(at, true);
    return Number(this.#view.getBigUint64(at, true));
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8), false);
  }

  /** A little-endian two's complement integer of any length; `bigint` beyond 2^53. */
  long(length: number): number | bigint {
    if (length > longestInteger) throw this.#damaged(`an integer in it has ${length} bytes`);
    const bytes = this.bytes(length);
    if (length === 0) return 0;
    // As text: shifting in one byte after the other would copy the whole integer each time.
    const value = BigInt.asIntN(8 * length, BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`));
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length);
  }

  text(length: number): string {
    return new TextDecoder().decode(this.bytes(length));
  }

  line(): string {
    const start = this.#at;
    while (this.uint(1) !== 0x0a);
    return new TextDecoder().decode(
      new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, this.#at - start - 1),
    );
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  pop(): unknown {
    return this.#pop();
  }

  peek<T>(guard: (value: unknown) => value is T, what: string): T {
    const value = this.#stack.at(-1);
    if (!guard(value)) throw this.#damaged(`expected ${what}`);
    return value;
  }

  popMark(): unknown[] {
    const at = this.#stack.lastIndexOf(mark);
    if (at < 0) throw this.#damaged("a mark is missing");
    const items = this.#stack.splice(at + 1);
    this.#stack.pop();
    return items;
  }

  get(index: number): void {
    if (!this.#memo.has(index)) throw this.#damaged(`memo ${index} is missing`);
    this.push(this.#memo.get(index));
  }

  put(index: number = this.#memo.size): void {
    this.#memo.set(index, this.#stack.at(-1));
  }

  global(module: unknown, name: unknown): void {
    if (typeof module !== "string" || typeof name !== "string") throw this.#damaged("a name is malformed");
    const full = `${module}.${name}`;
    if (this.#options.refuses(full)) {
      throw new SamlabError(
        "checkpoint-unsafe",
        `${this.#options.file} names ${show(full)}, which no checkpoint needs.`,
        {
          file: this.#options.file,
          field: "pickle global",
          value: full,
          remedy:
            "Nothing was run. Use only files you trust, and save the weights alone: torch.save(model.state_dict(), path).",
        },
      );
    }
    this.push(new GlobalName(full));
  }

  reduce(): void {
    const args = this.#pop();
    const callee = this.#pop();
    if (!Array.isArray(args)) throw this.#damaged("a call is malformed");
    // What is built may be a copy of an argument, which other calls may have too.
    this.#count(args.length);
    for (const arg of args) this.#count(Array.isArray(arg) ? arg.length : arg instanceof Map ? arg.size : 0);
    const name = nameOf(callee);
    if (name === null) throw this.#damaged("a call is malformed");
    const built = callee instanceof GlobalName ? this.#options.reduce(name, args) : undefined;
    this.push(built ?? new OpaqueObject(name, args));
  }

  build(): void {
    const state = this.#pop();
    const target = this.#stack.at(-1);
    if (target instanceof OpaqueObject) target.state = state;
  }

  persistent(): void {
    this.push(this.#options.persistent(this.#pop()));
  }

  /** A small file can describe more than memory holds. */
  #count(steps: number): void {
    this.#steps += steps;
    if (this.#steps <= mostSteps) return;
    const { file } = this.#options;
    throw new SamlabError("checkpoint-invalid", `${file}: its pickle has more than ${mostSteps} steps.`, {
      file,
      field: "pickle",
      value: mostSteps,
      remedy: "Save the weights alone: torch.save(model.state_dict(), path).",
    });
  }

  /** Steps over `length` bytes. @returns where they begin */
  #take(length: number): number {
    if (length < 0) throw this.#damaged(`a length in it is ${length}`);
    const at = this.#at;
    if (at + length > this.#view.byteLength) throw this.#damaged("it ends too early", truncated);
    this.#at += length;
    return at;
  }

  #pop(): unknown {
    if (this.#stack.length === 0) throw this.#damaged("its stack is empty");
    return this.#stack.pop();
  }

  #damaged(why: string, value?: string): SamlabError {
    return new SamlabError("checkpoint-invalid", `${this.#options.file}: its pickle is damaged, ${why}.`, {
      file: this.#options.file,
      field: "pickle",
      value,
      remedy: "Download the file again, or save it again with torch.save.",
    });
  }
}

/** The `value` of the error for a pickle that ends too early. */
export const truncated = "truncated";

/** The name of a callee: a global, or the result of calling one (such as a bound method). */
function nameOf(callee: unknown): string | null {
  if (callee instanceof GlobalName) return callee.name;
  return callee instanceof OpaqueObject ? `${callee.type}(…)` : null;
}

type Operation = (reader: PickleReader) => void;

const isMap = (value: unknown): value is Map<unknown, unknown> => value instanceof Map;
const isList = (value: unknown): value is unknown[] | OpaqueObject =>
  (Array.isArray(value) && !Object.isFrozen(value)) || value instanceof OpaqueObject;
const isAny = (_value: unknown): _value is unknown => true;
const isSet = (value: unknown): value is Set<unknown> => value instanceof Set;

function setItems(target: unknown, items: readonly unknown[]): void {
  // Items of opaque objects (dict subclasses) are dropped with them.
  if (!isMap(target)) return;
  for (let i = 0; i + 1 < items.length; i += 2) target.set(items[i], items[i + 1]);
}

const tuple = (items: unknown[]): readonly unknown[] => Object.freeze(items);

const operations: Readonly<Record<number, Operation>> = {
  128: (r) => void r.uint(1), // PROTO
  149: (r) => void r.uint(8), // FRAME
  40: (r) => r.push(mark), // MARK
  48: (r) => void r.pop(), // POP
  50: (r) => r.push(r.peek(isAny, "a value")), // DUP
  49: (r) => void r.popMark(), // POP_MARK
  78: (r) => r.push(null), // NONE
  136: (r) => r.push(true), // NEWTRUE
  137: (r) => r.push(false), // NEWFALSE
  74: (r) => r.push(r.int32()), // BININT
  75: (r) => r.push(r.uint(1)), // BININT1
  77: (r) => r.push(r.uint(2)), // BININT2
  138: (r) => r.push(r.long(r.uint(1))), // LONG1
  139: (r) => r.push(r.long(r.int32())), // LONG4
  71: (r) => r.push(r.float64()), // BINFLOAT
  88: (r) => r.push(r.text(r.uint(4))), // BINUNICODE
  140: (r) => r.push(r.text(r.uint(1))), // SHORT_BINUNICODE
  141: (r) => r.push(r.text(r.uint(8))), // BINUNICODE8
  84: (r) => r.push(r.bytes(r.uint(4))), // BINSTRING
  85: (r) => r.push(r.bytes(r.uint(1))), // SHORT_BINSTRING
  66: (r) => r.push(r.bytes(r.uint(4))), // BINBYTES
  67: (r) => r.push(r.bytes(r.uint(1))), // SHORT_BINBYTES
  142: (r) => r.push(r.bytes(r.uint(8))), // BINBYTES8
  93: (r) => r.push([]), // EMPTY_LIST
  97: (r) => {
    const item = r.pop();
    const list = r.peek(isList, "a list or an object");
    if (Array.isArray(list)) list.push(item);
  }, // APPEND
  101: (r) => {
    const items = r.popMark();
    const list = r.peek(isList, "a list or an object");
    // Items of opaque objects (list subclasses) are dropped with them.
    if (Array.isArray(list)) for (const item of items) list.push(item);
  }, // APPENDS
  41: (r) => r.push(tuple([])), // EMPTY_TUPLE
  116: (r) => r.push(tuple(r.popMark())), // TUPLE
  133: (r) => r.push(tuple([r.pop()])), // TUPLE1
  134: (r) => {
    const b = r.pop();
    r.push(tuple([r.pop(), b]));
  }, // TUPLE2
  135: (r) => {
    const c = r.pop();
    const b = r.pop();
    r.push(tuple([r.pop(), b, c]));
  }, // TUPLE3
  125: (r) => r.push(new Map()), // EMPTY_DICT
  115: (r) => {
    const value = r.pop();
    const key = r.pop();
    setItems(r.peek(isAny, "a dict"), [key, value]);
  }, // SETITEM
  117: (r) => {
    const items = r.popMark();
    setItems(r.peek(isAny, "a dict"), items);
  }, // SETITEMS
  143: (r) => r.push(new Set()), // EMPTY_SET
  144: (r) => {
    const items = r.popMark();
    const set = r.peek(isSet, "a set");
    for (const item of items) set.add(item);
  }, // ADDITEMS
  145: (r) => r.push(new Set(r.popMark())), // FROZENSET
  113: (r) => r.put(r.uint(1)), // BINPUT
  114: (r) => r.put(r.uint(4)), // LONG_BINPUT
  148: (r) => r.put(), // MEMOIZE
  104: (r) => r.get(r.uint(1)), // BINGET
  106: (r) => r.get(r.uint(4)), // LONG_BINGET
  99: (r) => {
    const module = r.line();
    r.global(module, r.line());
  }, // GLOBAL
  147: (r) => {
    const name = r.pop();
    r.global(r.pop(), name);
  }, // STACK_GLOBAL
  82: (r) => r.reduce(), // REDUCE
  129: (r) => r.reduce(), // NEWOBJ
  146: (r) => {
    // Keyword arguments are dropped with the object, which stays opaque.
    r.pop();
    r.reduce();
  }, // NEWOBJ_EX
  150: (r) => r.push(r.bytes(r.uint(8))), // BYTEARRAY8
  98: (r) => r.build(), // BUILD
  81: (r) => r.persistent(), // BINPERSID
};
