import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { CachedFiles, sweepFiles } from "../../../src/io/files/cached-files.js";
import { temporaryFolders } from "../../support/temporary.js";

const folders = temporaryFolders();
const bytes = (length: number) => new Uint8Array(length).fill(7);

it("gives back what was written; a file of another length counts as missing", async () => {
  const files = new CachedFiles(join(await folders(), "made"), () => 1e6);
  expect(await files.read("a")).toBeNull();
  await files.write("a", bytes(10), 10);
  expect(await files.read("a")).toEqual(bytes(10));
  expect(await files.read("a", 10)).toEqual(bytes(10));
  expect(await files.read("a", 11)).toBeNull();
});

it("deletes the files that were used longest ago", async () => {
  const folder = await folders();
  for (const [name, daysAgo] of [
    ["older", 3],
    ["old", 2],
    ["read again", 4],
  ] as const) {
    await new CachedFiles(folder, () => 100).write(name, bytes(30), 30);
    const at = new Date(Date.now() - daysAgo * 24 * 3600 * 1000);
    await utimes(join(folder, name), at, at);
  }
  await new CachedFiles(folder, () => 100).read("read again");
  await new CachedFiles(folder, () => 100).write("new", bytes(30), 30);
  expect((await readdir(folder)).sort()).toEqual(["new", "old", "read again"]);
});

it("does not write a file above the limit", async () => {
  const folder = await folders();
  await new CachedFiles(folder, () => 100).write("large", bytes(101), 101);
  await new CachedFiles(folder, () => 0).write("none", bytes(1), 1);
  expect(await readdir(folder)).toEqual([]);
});

it("keeps a file that is told, whatever its size, and deletes what killed processes left", async () => {
  const folder = await folders();
  for (const name of ["kept", "other", ".kept.1.tmp", ".kept.2.tmp"]) await writeFile(join(folder, name), bytes(60));
  const before = new Date(Date.now() - 2 * 24 * 3600 * 1000);
  await utimes(join(folder, "kept"), before, before);
  await utimes(join(folder, ".kept.1.tmp"), before, before);
  await sweepFiles(folder, 130, join(folder, "kept"));
  expect((await readdir(folder)).sort()).toHaveLength(2);
  await sweepFiles(folder, 50, join(folder, "kept"));
  expect(await readdir(folder)).toEqual(["kept"]);
});
