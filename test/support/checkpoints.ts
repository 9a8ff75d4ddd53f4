/**
 * Builds small PyTorch checkpoints by hand, so that tests can damage them: a zip archive of stored entries with a
 * pickle and raw storages.
 */

/** Bytes of a zip archive without compression. */
export function storedZip(entries: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of Object.entries(entries)) {
    const nameBytes = Buffer.from(name);
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt32LE(data.length, 18);
    header.writeUInt32LE(data.length, 22);
    header.writeUInt16LE(nameBytes.length, 26);
    const record = Buffer.alloc(46);
    record.writeUInt32LE(0x02014b50, 0);
    record.writeUInt32LE(data.length, 20);
    record.writeUInt32LE(data.length, 24);
    record.writeUInt16LE(nameBytes.length, 28);
    record.writeUInt32LE(offset, 42);
    local.push(header, nameBytes, Buffer.from(data));
    central.push(record, nameBytes);
    offset += 30 + nameBytes.length + data.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(entries).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

const text = (value: string) => Buffer.concat([Buffer.from([0x8c, value.length]), Buffer.from(value)]);
const int = (value: number) =>
  Buffer.from([0x4a, value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >> 24]);
const global = (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`);
const tuple = (...items: Buffer[]) => Buffer.concat([Buffer.from("("), ...items, Buffer.from("t")]);
const reduce = Buffer.from("R");

export interface TensorSpec {
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
  readonly storage: string;
  readonly count: number;
  readonly type?: string;
}

/** The pickle of `OrderedDict` with tensors, as torch.save writes it (opcodes of pickletools.py). */
export function stateDictPickle(
  tensors: Readonly<Record<string, TensorSpec>>,
  extra: readonly Buffer[] = [],
): Uint8Array {
  const items = Object.entries(tensors).flatMap(([name, spec]) => {
    const storage = tuple(
      text("storage"),
      global("torch", spec.type ?? "FloatStorage"),
      text(spec.storage),
      text("cpu"),
      int(spec.count),
    );
    const rebuild = Buffer.concat([
      global("torch._utils", "_rebuild_tensor_v2"),
      tuple(
        Buffer.concat([storage, Buffer.from("Q")]),
        int(spec.offset ?? 0),
        tuple(...spec.dims.map(int)),
        tuple(...spec.strides.map(int)),
        Buffer.from([0x89]),
        Buffer.concat([global("collections", "OrderedDict"), Buffer.from(")"), reduce]),
      ),
      reduce,
    ]);
    return [text(name), rebuild];
  });
  return Buffer.concat([Buffer.from([0x80, 2, 0x7d, 0x28]), ...items, ...extra, Buffer.from("u.")]);
}

/** A pickle entry that asks for a call, `name: module.function(argument)`. */
export function callItem(name: string, module: string, callee: string, argument: string): Buffer {
  return Buffer.concat([text(name), global(module, callee), tuple(text(argument)), reduce]);
}
