import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { afterAll, expect } from "vitest";
import { type ErrorCode, SamlabError } from "../../src/core/errors.js";

/** Values made by `test/golden/io/make.py`. */
export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../golden/io/${name}`, import.meta.url), "utf8")) as T;
}

export const bytesOfBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));

/** A folder of its own for one test file, gone afterwards. */
export function scratchFolder(): {
  path: (name: string) => string;
  put: (name: string, bytes: Uint8Array | string) => string;
} {
  const folder = mkdtempSync(join(tmpdir(), "samlab-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string) => join(folder, name);
  const put = (name: string, bytes: Uint8Array | string) => {
    writeFileSync(path(name), bytes);
    return path(name);
  };
  return { path, put };
}

/** The SamlabError that the work fails with; fails the test if it does not. */
export async function failure(work: Promise<unknown> | (() => unknown), code: ErrorCode): Promise<SamlabError> {
  const error = await (async () => (typeof work === "function" ? work() : work))().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SamlabError)) throw error ?? new Error(`expected ${code}, but nothing was thrown`);
  expect({ code: error.code, message: error.message }).toMatchObject({ code });
  return error;
}

/** Bytes of a little-endian NIfTI-1 file with a sform; the header can be spoilt before the voxels are appended. */
export function niftiBytes(
  init: { dims: readonly number[]; datatype?: number; bitpix?: number; voxels: Uint8Array },
  edit: (header: DataView) => void = () => undefined,
): Uint8Array {
  const bytes = new Uint8Array(352 + init.voxels.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 348, true);
  [init.dims.length, ...init.dims].forEach((length, n) => {
    view.setInt16(40 + 2 * n, length, true);
  });
  view.setInt16(70, init.datatype ?? 2, true);
  view.setInt16(72, init.bitpix ?? 8, true);
  [1, 1, 1, 1].forEach((size, n) => {
    view.setFloat32(76 + 4 * n, size, true);
  });
  view.setFloat32(108, 352, true);
  view.setInt16(254, 1, true);
  [0, 5, 10].forEach((n) => {
    view.setFloat32(280 + 4 * n, 1, true);
  });
  bytes.set([0x6e, 0x2b, 0x31, 0], 344);
  edit(view);
  bytes.set(init.voxels, 352);
  return bytes;
}

/** Noise that does not zip, the same on every run. */
export function seededBytes(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let n = 0; n < length; n++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[n] = state >>> 24;
  }
  return bytes;
}

/** A gray PNG of 1, 2 or 4 bits with these numbers as they are stored. */
export function lowBitPng(width: number, height: number, bits: 1 | 2 | 4, values: readonly number[]): Uint8Array {
  const rowBytes = Math.ceil((width * bits) / 8);
  const rows = new Uint8Array(height * (1 + rowBytes));
  values.forEach((value, n) => {
    const [x, y] = [n % width, Math.floor(n / width)];
    rows[y * (1 + rowBytes) + 1 + Math.floor((x * bits) / 8)] |= value << (8 - bits - ((x * bits) % 8));
  });
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = bits;
  const chunk = (name: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
    const [length, sum] = [data.length, crc32(body)].map((number) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(number);
      return bytes;
    });
    return Buffer.concat([length, body, sum]);
  };
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  return Buffer.concat([
    signature,
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
