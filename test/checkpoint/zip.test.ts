import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { RandomAccessFile } from "../../src/checkpoint/random-access.js";
import { readZipDirectory, readZipEntry, streamZipEntry } from "../../src/checkpoint/zip.js";
import { temporaryFolders } from "../support/temporary.js";

const folder = temporaryFolders();

/** A sparse archive whose one entry lies behind 5 GB of nothing: offsets need 64 bits, memory must not. */
async function hugeZip(path: string): Promise<void> {
  const at = 5 * 2 ** 30;
  const name = Buffer.from("archive/data/0");
  const data = Buffer.from("behind five gigabytes");
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(BigInt(data.length), 4);
  extra.writeBigUInt64LE(BigInt(data.length), 12);
  extra.writeBigUInt64LE(BigInt(at), 20);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  for (const field of [20, 24, 42]) central.writeUInt32LE(0xffffffff, field);
  central.writeUInt16LE(name.length, 28);
  central.writeUInt16LE(extra.length, 30);
  const body = Buffer.concat([local, name, data]);
  const directory = Buffer.concat([central, name, extra]);
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(1n, 32);
  end64.writeBigUInt64LE(BigInt(directory.length), 40);
  end64.writeBigUInt64LE(BigInt(at + body.length), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(at + body.length + directory.length), 8);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(0xffff, 10);
  end.writeUInt32LE(0xffffffff, 12);
  end.writeUInt32LE(0xffffffff, 16);
  const file = await open(path, "w");
  await file.write(Buffer.concat([body, directory, end64, locator, end]), 0, undefined, at);
  await file.close();
}

it("reads an entry behind 5 GB by random access (zip64)", async () => {
  const path = join(await folder(), "huge.pth");
  await hugeZip(path);
  const file = await RandomAccessFile.open(path);
  expect(file.size).toBeGreaterThan(5 * 2 ** 30);
  const entry = (await readZipDirectory(file)).get("archive/data/0")!;
  expect(Buffer.from(await readZipEntry(file, entry)).toString()).toBe("behind five gigabytes");
  const pieces: Uint8Array[] = [];
  for await (const piece of streamZipEntry(file, entry)) pieces.push(piece);
  expect(Buffer.concat(pieces).toString()).toBe("behind five gigabytes");
  await file.close();
});

it("refuses a read past the end of the file", async () => {
  const path = join(await folder(), "small");
  await writeFile(path, "abc");
  const file = await RandomAccessFile.open(path);
  await expect(file.read(2, 5)).rejects.toMatchObject({ code: "file-truncated", file: path });
  await file.close();
});
