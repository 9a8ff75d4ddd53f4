import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingModuleRemedy } from "../../../kernel-ext/engine/missing-module.js";

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "samlab-missing-")));
  for (const name of ["esmonly", "@scope/x"]) {
    mkdirSync(join(folder, "node_modules", name), { recursive: true });
    writeFileSync(join(folder, "node_modules", name, "package.json"), "{}");
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const remedy = (specifier: string, options = {}, isBeside = false) =>
  missingModuleRemedy(specifier, join(folder, "a", "b.ts"), isBeside, options);

describe("an import that cannot be resolved", () => {
  it("of a package that is not installed is to be installed, by the name of the package", () => {
    const install = "Install it beside the notebook: npm install";
    expect(remedy("left-pad")).toBe(`${install} left-pad`);
    expect(remedy("left-pad/lib/pad.js")).toBe(`${install} left-pad`);
    expect(remedy("@other/tool")).toBe(`${install} @other/tool`);
    expect(remedy("@other/tool/deep")).toBe(`${install} @other/tool`);
  });

  it("of a package that is installed names its package.json", () => {
    const file = (name: string) => join(folder, "node_modules", name, "package.json");
    expect(remedy("esmonly/sub")).toBe(
      `The package esmonly is installed, but it has no ./sub: see "exports" in ${file("esmonly")}.`,
    );
    expect(remedy("@scope/x/deep/er")).toBe(
      `The package @scope/x is installed, but it has no ./deep/er: see "exports" in ${file("@scope/x")}.`,
    );
    expect(remedy("esmonly")).toBe(
      `The package esmonly is installed, but its main entry cannot be loaded: see "exports" in ${file("esmonly")}.`,
    );
  });

  it("of a package that the kernel brings along names what it has not", () => {
    expect(remedy("samlab/nothing")).toBe("The package samlab has no ./nothing.");
    expect(remedy("tslab/nothing")).toBe("The package tslab has no ./nothing.");
  });

  it("of a path alias names tsconfig.json", () => {
    const configFilePath = join(folder, "tsconfig.json");
    const options = { paths: { "@/*": ["./src/*"], "lib/*": ["./lib/*"], "*": ["./types/*"] }, configFilePath };
    for (const specifier of ["@/util", "lib/util"]) {
      expect(remedy(specifier, options)).toBe(
        `No file is there: see "${specifier.slice(0, -4)}*" in the "paths" of ${configFilePath}.`,
      );
    }
    expect(remedy("left-pad", options)).toContain("npm install left-pad");
    for (const specifier of ["@/util", "~/util"]) {
      expect(remedy(specifier)).toBe(`Such a path needs "paths" in a tsconfig.json: "${specifier}" is no package.`);
    }
  });

  it("of a name that a file or a cell beside it has gives its path", () => {
    for (const name of ["shapes", "lib/shapes"]) {
      expect(remedy(name, {}, true)).toBe(`There is a file or cell of this name: import it as "./${name}".`);
    }
    expect(remedy("./shapes", {}, true)).toBeUndefined();
  });

  it("of a file, of Node or of an address needs no more words", () => {
    for (const specifier of ["./x", "../x", "/x", "#x", "node:fsx", "fs/nope", "https://x.org/y.js", "data:text/x,1"]) {
      expect(remedy(specifier)).toBeUndefined();
    }
  });
});
