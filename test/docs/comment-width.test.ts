import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./pages.js";

const widest = 120;
const sources = ["ts", "mts", "cts", "mjs", "cjs", "js", "css"].map((extension) => `*.${extension}`);

/** A line of a comment, or code with a comment behind it. */
const comment = /^\s*(?:\/\/|\/?\*)|\s\/\/\s|\/\*.*\*\//;

it(`has no comment line longer than ${widest} characters`, () => {
  const files = execFileSync("git", ["ls-files", "-z", "--", ...sources], { cwd: root, encoding: "utf8" })
    .split("\0")
    .filter((path) => path !== "" && existsSync(join(root, path)));
  expect(files.length).toBeGreaterThan(1000);
  const tooLong = files.flatMap((path) =>
    readFileSync(join(root, path), "utf8")
      .split("\n")
      .flatMap((line, n) => ([...line].length > widest && comment.test(line) ? [`${path}:${n + 1}`] : [])),
  );
  expect(tooLong).toEqual([]);
});
