import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import { type ErrorCode, SamlabError } from "../../../src/core/errors.js";
import { failure, scratchFolder } from "../helpers.js";

/** What the next write fails with: a full disk cannot be had in a test. */
const fault = vi.hoisted(() => ({ code: null as string | null }));

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const open: typeof real.open = async (...parameters) => {
    const file: FileHandle = await real.open(...parameters);
    const writeFile = file.writeFile.bind(file);
    file.writeFile = async (data, options) => {
      if (fault.code) {
        await writeFile("half of it");
        throw Object.assign(new Error("no more"), { code: fault.code });
      }
      return writeFile(data, options);
    };
    return file;
  };
  return { ...real, open };
});

const { writeFileAtomic, writeFileAtomicSync, writeFilesAtomic } = await import("../../../src/io/files/write-file.js");

const folder = scratchFolder();
const names = () => readdirSync(folder.path("."));

describe("a write that fails", () => {
  it.each([
    ["ENOSPC", "disk-full", "the disk is full"],
    ["EDQUOT", "disk-full", "the disk is full"],
    ["EIO", "file-write-failed", "(EIO)"],
    ["EFBIG", "file-write-failed", "your limit (ulimit -f)"],
    ["EACCES", "file-write-failed", "Choose a folder you may write to."],
  ] as const)("with %s leaves the older file and nothing else", async (code, kind, message) => {
    fault.code = null;
    await writeFileAtomic(folder.path("mask.bin"), Uint8Array.of(1));
    fault.code = code;
    const error = await failure(writeFileAtomic(folder.path("mask.bin"), Uint8Array.of(2)), kind);
    fault.code = null;
    expect(error.message).toContain(message);
    expect(error.file).toBe(folder.path("mask.bin"));
    expect([...readFileSync(folder.path("mask.bin"))]).toEqual([1]);
    expect(names()).toEqual(["mask.bin"]);
  });
});

it("at once leaves nothing where it fails", () => {
  mkdirSync(folder.path("kept"));
  const before = names();
  expect(() => writeFileAtomicSync(folder.path("kept"), "text")).toThrow();
  expect(names()).toEqual(before);
});

it("replaces an older file", async () => {
  await writeFileAtomic(folder.path("mask.bin"), Uint8Array.of(3, 4));
  expect([...readFileSync(folder.path("mask.bin"))]).toEqual([3, 4]);
});

it("needs the folder", async () => {
  const error = await failure(writeFileAtomic(folder.path("none/mask.bin"), Uint8Array.of(1)), "file-write-failed");
  expect(error.remedy).toBe("Create its folder first.");
});

it("does not replace a folder", async () => {
  mkdirSync(folder.path("folder"));
  await failure(writeFileAtomic(folder.path("folder"), Uint8Array.of(1)), "file-write-failed");
  expect(names().filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

it("writes nothing when canceled", async () => {
  await failure(writeFileAtomic(folder.path("late"), Uint8Array.of(1), AbortSignal.abort()), "canceled");
  expect(names()).not.toContain("late");
});

/** Two pieces, and something that happens between them. */
async function* pieces(between: () => void) {
  yield Uint8Array.of(1, 2);
  between();
  yield Uint8Array.of(3);
}

it("writes pieces as they are made", async () => {
  await writeFileAtomic(
    folder.path("pieces"),
    pieces(() => undefined),
  );
  expect([...readFileSync(folder.path("pieces"))]).toEqual([1, 2, 3]);
});

describe("a file that is stopped between two pieces", () => {
  it.each<[string, ErrorCode, (controller: AbortController) => void]>([
    ["by an abort", "canceled", (controller) => controller.abort()],
    [
      "by the maker's own error",
      "checkpoint-invalid",
      () => {
        throw new SamlabError("checkpoint-invalid", "bad");
      },
    ],
    [
      "by another error",
      "file-write-failed",
      () => {
        throw new Error("bad");
      },
    ],
  ])("%s leaves all older files of its group and nothing else", async (_, code, stop) => {
    const names = ["first", "second"].map((name) => folder.path(`group-${code}/${name}`));
    mkdirSync(folder.path(`group-${code}`));
    for (const name of names) await writeFileAtomic(name, Uint8Array.of(9));
    const controller = new AbortController();
    const files = [
      { path: names[0], bytes: Uint8Array.of(1) },
      { path: names[1], bytes: pieces(() => stop(controller)) },
    ];
    const error = await failure(writeFilesAtomic(files, controller.signal), code);
    if (code === "file-write-failed") expect(error.file).toBe(names[1]);
    for (const name of names) expect([...readFileSync(name)]).toEqual([9]);
    expect(readdirSync(folder.path(`group-${code}`)).sort()).toEqual(["first", "second"]);
  });
});
