import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { built } from "../../support/built.js";

it("has every file that the compiled benchmarks import", () => {
  const folder = built("test");
  const missing = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".js"))
    .flatMap((name) => {
      const imports = readFileSync(join(folder, name), "utf8").matchAll(/(?:from |import\()"(\.[^"]+)"/g);
      return [...imports]
        .filter(([, path]) => !existsSync(join(folder, dirname(name), path!)))
        .map(([, path]) => `${name}: ${path}`);
    });
  expect(missing).toEqual([]);
});
