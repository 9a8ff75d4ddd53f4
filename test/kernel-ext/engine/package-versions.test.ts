import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PackageVersions, packageFolder } from "../../../kernel-ext/engine/package-versions.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "samlab-versions-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function save(name: string, manifest: object | undefined): string {
  const home = join(folder, name);
  mkdirSync(home, { recursive: true });
  if (manifest) writeFileSync(join(home, "package.json"), JSON.stringify(manifest));
  else rmSync(join(home, "package.json"));
  return home;
}

describe("the versions of packages", () => {
  it("are compared with those when they were first added", () => {
    const versions = new PackageVersions();
    const home = save("a", { name: "a", version: "1.0.0" });
    versions.add(home);
    expect(versions.replaced(home)).toBeUndefined();
    save("a", { name: "a", version: "2.0.0" });
    versions.add(home);
    expect(versions.replaced(home)).toEqual({ name: "a", first: "1.0.0", now: "2.0.0" });
    save("a", undefined);
    expect(versions.replaced(home)).toBeUndefined();
  });

  it("are not compared for packages that were not added, or had no version", () => {
    const versions = new PackageVersions();
    const home = save("b", { name: "b" });
    versions.add(home);
    save("b", { name: "b", version: "2.0.0" });
    expect(versions.replaced(home)).toBeUndefined();
    expect(versions.replaced(save("c", { name: "c", version: "1.0.0" }))).toBeUndefined();
  });
});

describe("the folder of a package", () => {
  it("is the last one in node_modules that the file is below, with its scope", () => {
    expect(packageFolder("/notebooks/node_modules/a/node_modules/@s/b/lib/index.d.ts")).toBe(
      "/notebooks/node_modules/a/node_modules/@s/b",
    );
    expect(packageFolder("/notebooks/lib.ts")).toBeUndefined();
  });
});
