import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { environmentHelp } from "../../src/cli/help.js";
import { samlabPackage } from "../../src/io/files/package.js";

it("names every environment variable that the library reads", () => {
  const src = join(samlabPackage.root, "src");
  const texts = readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(src, name), "utf8"));
  const read = texts.flatMap((text) => [...text.matchAll(/process\.env\.(SAMLAB_\w+)/g)].map(([, name]) => name));
  const named = environmentHelp.map((line) => line.trim().split(" ")[0]);
  expect([...new Set(read)].sort()).toEqual([...named].sort());
});
