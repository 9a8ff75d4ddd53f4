import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeFolderSync } from "../../../src/io/files/make-folder.js";
import { scratchFolder } from "../helpers.js";

const folder = scratchFolder();

it("makes a folder and those above it, and leaves one that exists", () => {
  makeFolderSync(folder.path("a/b/c"));
  makeFolderSync(folder.path("a/b/c"));
  expect(statSync(folder.path("a/b/c")).isDirectory()).toBe(true);
  expect(() => makeFolderSync(join(folder.put("file", "x"), "below"))).toThrow(/ENOTDIR/);
  expect(() => makeFolderSync(folder.put("file", "x"))).toThrow(/EEXIST/);
});

it.runIf(existsSync("/proc/self"))("ends where the system has no such folder, and makes none", () => {
  expect(() => makeFolderSync("/proc/nohome/.cache/samlab")).toThrow(/ENOENT/);
});
