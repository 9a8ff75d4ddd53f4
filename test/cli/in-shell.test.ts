import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { inShell } from "../../src/cli/in-shell.js";

it.each(["liver", ">=128=tumor", "Crohn's", "a 'b' $c \"d\" \\e", ""])("a shell takes %s as it is", (value) => {
  expect(execFileSync("sh", ["-c", `printf %s ${inShell(value)}`], { encoding: "utf8" })).toBe(value);
});
