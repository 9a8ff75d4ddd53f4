import { Readable } from "node:stream";
import { createInflateRaw, inflateRawSync } from "node:zlib";
import { isSamlabError, SamlabError } from "../core/errors.js";
import type { RandomAccessFile } from "./random-access.js";

/**
 * One file in a zip archive and its position. PyTorch stores its entries as they are (method 0); wheels deflate them
 * (method 8).
 */
export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  readonly compressedSize: number;
  readonly method: number;
  readonly headerOffset: number;
  /**
   * CRC from the directory. PyTorch can be configured to write an invalid one, so it is not checked for checkpoints.
   */
  readonly crc32: number;
}

const endOfDirectory = 0x06054b50;
const end64Locator = 0x07064b50;
const end64 = 0x06064b50;
const centralHeader = 0x02014b50;
const localHeader = 0x04034b50;
const stored = 0;
const deflated = 8;

/**
 * The directory of a zip archive, zip64 included, read from the file's end (PKWARE APPNOTE 4.3).
 * @throws {SamlabError} `checkpoint-invalid` when it is no zip, `file-truncated` when the end is missing
 */
export async function readZipDirectory(file: RandomAccessFile): Promise<Map<string, ZipEntry>> {
  const { offset, size, count } = await findDirectory(file);
  const view = dataView(await file.read(offset, size));
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let n = 0; n < count; n++) {
    if (at + 46 > size || view.getUint32(at, true) !== centralHeader) throw broken(file, `directory entry ${n}`);
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const commentLength = view.getUint16(at + 32, true);
    if (at + 46 + nameLength + extraLength + commentLength > size) throw broken(file, `directory entry ${n}`);
    const name = text(view, at + 46, nameLength);
    const wide = widen(view, at, nameLength, extraLength, () => broken(file, `directory entry ${n}`));
    const crc32 = view.getUint32(at + 16, true);
    entries.set(name, { name, method: view.getUint16(at + 10, true), crc32, ...wide });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

/**
 * `length` bytes of an entry from `begin`, without reading the rest where it is stored as it is. Throws as
 * {@link readZipEntry}.
 */
export async function readZipRange(
  file: RandomAccessFile,
  entry: ZipEntry,
  begin: number,
  length: number,
): Promise<Uint8Array> {
  if (entry.method !== stored) return (await readZipEntry(file, entry)).slice(begin, begin + length);
  return file.read((await dataOffset(file, entry)) + begin, length);
}

/** The bytes of an entry. @throws {SamlabError} `checkpoint-invalid` for a compression other than deflate, or damage */
export async function readZipEntry(file: RandomAccessFile, entry: ZipEntry): Promise<Uint8Array> {
  if (entry.method === stored && entry.size !== entry.compressedSize) throw broken(file, entry.name);
  const bytes = await file.read(await dataOffset(file, entry), entry.compressedSize);
  if (entry.method === stored) return bytes;
  if (entry.method !== deflated) throw broken(file, `${entry.name} (compression method ${entry.method})`);
  try {
    const inflated = inflateRawSync(bytes, { maxOutputLength: entry.size });
    return new Uint8Array(inflated.buffer, inflated.byteOffset, inflated.byteLength);
  } catch {
    throw broken(file, entry.name);
  }
}

/** Bytes that {@link streamZipEntry} reads at once. */
const piece = 4 << 20;

/** The bytes of an entry in pieces, for one that is too large for memory. Throws as {@link readZipEntry}. */
export async function* streamZipEntry(file: RandomAccessFile, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  if (entry.method !== stored && entry.method !== deflated) {
    throw broken(file, `${entry.name} (compression method ${entry.method})`);
  }
  const start = await dataOffset(file, entry);
  const packed = async function* () {
    for (let at = 0; at < entry.compressedSize; at += piece) {
      yield file.read(start + at, Math.min(piece, entry.compressedSize - at));
    }
  };
  let size = 0;
  const source = Readable.from(packed(), { objectMode: false });
  const inflated = entry.method === stored ? source : source.pipe(createInflateRaw());
  source.on("error", (error) => inflated.destroy(error));
  try {
    for await (const bytes of inflated) {
      size += bytes.length;
      yield bytes;
    }
  } catch (error) {
    throw isSamlabError(error) ? error : broken(file, entry.name);
  }
  if (size !== entry.size) throw broken(file, entry.name);
}

async function dataOffset(file: RandomAccessFile, { name, headerOffset }: ZipEntry): Promise<number> {
  const header = dataView(await file.read(headerOffset, 30));
  if (header.getUint32(0, true) !== localHeader) throw broken(file, name);
  return headerOffset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
}

async function findDirectory(file: RandomAccessFile): Promise<{ offset: number; size: number; count: number }> {
  // The record stands at the end, followed by a comment of at most 65535 bytes.
  const tailLength = Math.min(file.size, 22 + 65535);
  const tailOffset = file.size - tailLength;
  const tail = dataView(await file.read(tailOffset, tailLength));
  for (let at = tailLength - 22; at >= 0; at--) {
    if (tail.getUint32(at, true) !== endOfDirectory) continue;
    const found = {
      count: tail.getUint16(at + 10, true),
      size: tail.getUint32(at + 12, true),
      offset: tail.getUint32(at + 16, true),
    };
    const isWide = found.count === 0xffff || found.size === 0xffffffff || found.offset === 0xffffffff;
    return isWide ? findDirectory64(file, tail, at) : found;
  }
  const magic = dataView(await file.read(0, Math.min(4, file.size)));
  if (file.size >= 4 && magic.getUint32(0, true) === localHeader) {
    throw new SamlabError("file-truncated", `${file.path} begins as a zip archive but its directory is missing.`, {
      file: file.path,
      remedy: "The download was cut off: download it again.",
    });
  }
  throw new SamlabError("checkpoint-invalid", `${file.path} is not a zip archive.`, {
    file: file.path,
    remedy: "Give a checkpoint saved by torch.save of PyTorch ≥ 1.6, or a .safetensors file.",
  });
}

async function findDirectory64(file: RandomAccessFile, tail: DataView, at: number) {
  if (at < 20 || tail.getUint32(at - 20, true) !== end64Locator) throw broken(file, "zip64 locator");
  const position = Number(tail.getBigUint64(at - 20 + 8, true));
  const record = dataView(await file.read(position, 56));
  if (record.getUint32(0, true) !== end64) throw broken(file, "zip64 directory");
  return {
    count: Number(record.getBigUint64(32, true)),
    size: Number(record.getBigUint64(40, true)),
    offset: Number(record.getBigUint64(48, true)),
  };
}

/** Sizes and offset of a central entry, from its zip64 extra field where the 32-bit ones are saturated. */
function widen(view: DataView, at: number, nameLength: number, extraLength: number, damage: () => SamlabError) {
  let compressedSize = view.getUint32(at + 20, true);
  let size = view.getUint32(at + 24, true);
  let headerOffset = view.getUint32(at + 42, true);
  let extra = at + 46 + nameLength;
  const end = extra + extraLength;
  while (extra + 4 <= end) {
    const id = view.getUint16(extra, true);
    const length = view.getUint16(extra + 2, true);
    if (id === 1) {
      let field = extra + 4;
      const next = () => {
        if (field + 8 > Math.min(end, extra + 4 + length)) throw damage();
        const value = Number(view.getBigUint64(field, true));
        field += 8;
        return value;
      };
      if (size === 0xffffffff) size = next();
      if (compressedSize === 0xffffffff) compressedSize = next();
      if (headerOffset === 0xffffffff) headerOffset = next();
    }
    extra += 4 + length;
  }
  return { size, compressedSize, headerOffset };
}

function broken(file: RandomAccessFile, what: string): SamlabError {
  return new SamlabError("checkpoint-invalid", `${file.path}: the zip archive is damaged at ${what}.`, {
    file: file.path,
    field: what,
    remedy: "Download the file again.",
  });
}

function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function text(view: DataView, offset: number, length: number): string {
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + offset, length));
}
