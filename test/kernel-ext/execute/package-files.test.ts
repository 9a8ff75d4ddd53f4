import { describe, expect, it } from "vitest";
import { addPackageFiles, type CompilerFiles } from "../../../kernel-ext/execute/package-files.js";

const watched: string[] = [];

function files(): CompilerFiles {
  const echo: CompilerFiles = {
    readFile: (path) => `text of ${path}`,
    fileExists: (path) => path === "/opt/samlab/dist/kernel-ext/notebook.d.ts",
    directoryExists: (path) => path === "/opt/samlab",
    getDirectories: (path) => [`folder of ${path}`],
    readDirectory: (path) => [path],
    realpath: (path) => path,
    watchFile: (path) => {
      watched.push(path);
      return { close() {} };
    },
    watchDirectory: (path) => {
      watched.push(path);
      return { close() {} };
    },
  };
  addPackageFiles(echo, {
    cwd: "/notes",
    root: "/opt/samlab",
    fallbackTypes: "/opt/samlab/node_modules/tslab/node_modules/@types",
    nodeTypes: "/opt/types",
  });
  return echo;
}

describe("the files of the compiler", () => {
  it("have samlab in the folder of the notebook", () => {
    const all = files();
    expect(all.directoryExists("/notes/node_modules/samlab")).toBe(true);
    expect(all.fileExists("/notes/node_modules/samlab/dist/kernel-ext/notebook.d.ts")).toBe(true);
    expect(all.realpath?.("/notes/node_modules/samlab/x")).toBe("/opt/samlab/x");
    expect(all.readFile("/notes/node_modules/samlab-other/x")).toBe("text of /notes/node_modules/samlab-other/x");
  });

  it("give samlab the entry for notebooks, also from a folder inside the package", () => {
    for (const path of ["/notes/node_modules/samlab/package.json", "/opt/samlab/package.json"]) {
      expect(JSON.parse(files().readFile(path)!)).toEqual({
        name: "samlab",
        main: "dist/kernel-ext/notebook.js",
        types: "dist/kernel-ext/notebook.d.ts",
      });
    }
  });

  it("make only Node's types global, wherever they are installed", () => {
    const all = files();
    const fallback = "/opt/samlab/node_modules/tslab/node_modules/@types";
    expect(all.getDirectories("/opt/samlab/node_modules/@types")).toEqual(["node"]);
    expect(all.getDirectories(fallback)).toEqual(["node"]);
    expect(all.readFile(`${fallback}/node/index.d.ts`)).toBe("text of /opt/types/node/index.d.ts");
    expect(all.getDirectories("/notes/node_modules/@types")).toEqual(["folder of /notes/node_modules/@types"]);
  });

  it("are watched only where the user may change them", () => {
    const all = files();
    watched.length = 0;
    all.watchFile?.("/opt/samlab/node_modules/@types/node/fs.d.ts");
    all.watchFile?.("/opt/samlab/dist/src/index.d.ts");
    all.watchDirectory?.("/home");
    all.watchFile?.("/notes/util.ts");
    expect(watched).toEqual(["/notes/util.ts"]);
  });
});
