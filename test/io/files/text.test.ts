import { expect, it } from "vitest";
import { readLines } from "../../../src/io/files/text.js";
import { failure, scratchFolder } from "../helpers.js";

const folder = scratchFolder();

it("reads lines of any length, with the bytes that they end at", async () => {
  // Of three bytes a letter, longer than what is read at once.
  const long = "€".repeat(800_000);
  const file = folder.put("lines.txt", `a\n\n${long}\n${long}\nlast`);
  const lines = [];
  for await (const line of readLines(file)) lines.push(line);
  expect(lines.map(({ end }) => end)).toEqual([2, 3, 2_400_004, 4_800_005, 4_800_009]);
  expect(lines.map(({ isWhole }) => isWhole)).toEqual([true, true, true, true, false]);
  expect(lines.map(({ text }) => text).join("|") === `a||${long}|${long}|last`).toBe(true);
});

it("says what cannot be read", async () => {
  const read = async (path: string, signal?: AbortSignal) => {
    for await (const _ of readLines(path, signal));
  };
  await failure(read(folder.path("none")), "file-missing");
  await failure(read(folder.path(".")), "file-unreadable");
  await failure(read(folder.put("a.txt", "a\n"), AbortSignal.abort()), "canceled");
});
