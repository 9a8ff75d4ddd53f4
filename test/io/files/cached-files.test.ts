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

it("deletes what is above the limit, though nothing fits into it", async () => {
  const folder = await folders();
  await new CachedFiles(folder, () => 100).write("large", bytes(80), 80);
  await new CachedFiles(folder, () => 50).write("other", bytes(60), 60);
  expect(await readdir(folder)).toEqual([]);
});

it("deletes files of the future first, which a wrong clock has made", async () => {
  const folder = await folders();
  for (const name of ["ahead", "old", "new"]) await writeFile(join(folder, name), bytes(60));
  const at = (days: number) => new Date(Date.now() + days * 24 * 3600 * 1000);
  await utimes(join(folder, "ahead"), at(300), at(300));
  await utimes(join(folder, "old"), at(-3), at(-3));
  await sweepFiles(folder, 130, 3600_000);
  expect((await readdir(folder)).sort()).toEqual(["new", "old"]);
});

it("spares what was used of late and what is being written, and deletes what killed processes left", async () => {
  const folder = await folders();
  const names = ["old", "older", "new", ".new.1.tmp", ".old.2.tmp"];
  for (const name of names) await writeFile(join(folder, name), bytes(60));
  const age = async (name: string, days: number) => {
    const at = new Date(Date.now() - days * 24 * 3600 * 1000);
    await utimes(join(folder, name), at, at);
  };
  await age("old", 2);
  await age("older", 3);
  await age(".old.2.tmp", 2);
  await sweepFiles(folder, 130, 3600_000);
  expect((await readdir(folder)).sort()).toEqual([".new.1.tmp", "new", "old"]);
  await sweepFiles(folder, 0, 3600_000);
  expect((await readdir(folder)).sort()).toEqual([".new.1.tmp", "new"]);
});
