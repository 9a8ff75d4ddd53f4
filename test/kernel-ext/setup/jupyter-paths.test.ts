import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pythonEnvironment } from "../../../kernel-ext/setup/environment.js";
import { dataFolders, userDataFolder } from "../../../kernel-ext/setup/jupyter-paths.js";
import { samlabPackage } from "../../../src/io/files/package.js";

describe("Jupyter's folders", () => {
  it.each<[NodeJS.Platform, NodeJS.ProcessEnv, string]>([
    ["linux", {}, "/h/.local/share/jupyter"],
    ["linux", { XDG_DATA_HOME: "/x" }, "/x/jupyter"],
    ["linux", { JUPYTER_DATA_DIR: "/d" }, "/d"],
    ["darwin", { XDG_DATA_HOME: "/x" }, "/h/Library/Jupyter"],
    ["win32", { APPDATA: "/a" }, join("/a", "jupyter")],
    ["win32", {}, join("/h", ".jupyter", "data")],
  ])("for the user on %s with %o", (platform, env, folder) => {
    expect(userDataFolder({ platform, env, home: "/h" })).toBe(folder);
  });

  it("are what Jupyter itself says, also without it", async () => {
    const jupyter = pythonEnvironment(samlabPackage.root).bin("jupyter");
    if (!existsSync(jupyter)) throw new Error(`There is no ${jupyter}: npm run setup installs it.`);
    const { VIRTUAL_ENV: _, CONDA_PREFIX: __, ...env } = process.env;
    const environment = { platform: process.platform, home: homedir(), env: { ...env, JUPYTER_PATH: "/one:/two" } };
    const [told, computed] = [await dataFolders(jupyter, environment), await dataFolders(undefined, environment)];
    // Jupyter adds the environment it is installed in.
    const { share } = pythonEnvironment(samlabPackage.root);
    expect(told).toContain(share);
    expect(computed).toEqual(told.filter((folder) => folder !== share));
  });
});
