import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { once } from "../../../kernel-ext/setup/steps.js";
import { temporaryFolders } from "../../support/temporary.js";

const folder = temporaryFolders();

it("does a step once for each key, and again after a failure", async () => {
  const stamp = join(await folder(), "made", "stamp");
  const done: string[] = [];
  const step = (key: string, fails = false) =>
    once("Step", stamp, key, async () => {
      done.push(key);
      if (fails) throw new Error("no");
    });
  await step("a");
  await step("a");
  expect(done).toEqual(["a"]);
  await expect(step("b", true)).rejects.toThrow("no");
  expect(existsSync(stamp)).toBe(false);
  await step("b");
  await step("b");
  expect(done).toEqual(["a", "b", "b"]);
});
