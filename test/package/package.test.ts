import { execFile, execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkBuilt } from "../support/built.js";
import { temporaryFolders } from "../support/temporary.js";
import { typeProblems } from "./type-problems.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = temporaryFolders();
const run = promisify(execFile);

const place = mkdtempSync(join(tmpdir(), "samlab-package-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The folders of node_modules that npm would install for users: without what only this project or the widgets need. */
function productionFolders(): string[] {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  const found = new Set([""]);
  for (const path of found) {
    const { dependencies, optionalDependencies, peerDependencies } = packages[path]!;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      let from = path;
      let target = posix.join(from, "node_modules", name);
      while (!packages[target] && from !== "") {
        from = from.slice(0, Math.max(0, from.lastIndexOf("/node_modules/")));
        target = posix.join(from, "node_modules", name);
      }
      // Optional ones are for other systems.
      if (existsSync(join(root, target))) found.add(target);
    }
  }
  // The links bring nested ones along.
  return [...found].filter((path) => path !== "" && !path.includes("/node_modules/"));
}

/** What a compiled file imports. */
const importsOf = (file: string) =>
  ts.preProcessFile(readFileSync(file, "utf8"), true, true).importedFiles.map(({ fileName }) => fileName);

/** A compiled file, and those that it imports by their paths. */
function reachedFrom(entry: string): Set<string> {
  const files = new Set([entry]);
  for (const file of files) {
    for (const name of importsOf(file).filter((name) => name.startsWith("."))) {
      const target = join(dirname(file), name);
      files.add(file.endsWith(".d.ts") ? target.replace(/\.js$/, ".d.ts") : target);
    }
  }
  return files;
}

/** What `npm pack` puts together, unpacked, beside the packages that it depends on. */
let tarball = "";
let installed = "";

beforeAll(() => {
  checkBuilt("dist", "labextension");
  const packed = execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", place], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  tarball = join(place, (JSON.parse(packed) as [{ filename: string }])[0].filename);
  execFileSync("tar", ["-xzf", tarball, "-C", place]);
  const modules = join(place, "user", "node_modules");
  mkdirSync(modules, { recursive: true });
  cpSync(join(place, "package"), join(modules, "samlab"), { recursive: true });
  installed = join(modules, "samlab");
  for (const path of productionFolders()) {
    mkdirSync(dirname(join(place, "user", path)), { recursive: true });
    symlinkSync(join(root, path), join(place, "user", path));
  }
}, 120_000);

/** The packed program, in a folder. */
function program(cwd: string, env = process.env) {
  const main = join(installed, "dist", "kernel-ext", "cli", "main.js");
  return (...args: string[]) => run(process.execPath, [main, ...args], { cwd, env });
}

describe("the package", () => {
  it("is small, and holds what runs and nothing else", () => {
    const weights = gzipSync(
      readFileSync(join(installed, "data-samples", "models", "lite-medsam-clicks", "decoder.safetensors")),
    ).length;
    // 8.0 MB of it are the images beside data-samples/manifest.json, 2.6 MB the twelve patients of
    // data-samples/sarcoma, 1.3 MB the scans of data-samples/volumes.
    expect((statSync(tarball).size - weights) / 1e6).toBeLessThan(15.5);
    for (const file of ["dist/kernel-ext/main.js", "widgets/labextension/package.json", "README.md", "LICENSE"]) {
      expect(existsSync(join(installed, file)), file).toBe(true);
    }
    const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
    expect(
      files.filter((file) => /\.map$|\.test\.|(?<!\.d)\.c?ts$|tsbuildinfo|^data-samples.*\.py$/.test(file)),
    ).toEqual([]);
  });

  it("imports only packages that it declares", () => {
    const { dependencies, exports } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    const code = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.c?js$/.test(file))
      .map((file) => join(installed, "dist", file));
    const types = Object.values<{ readonly types?: string }>(exports).flatMap(({ types }) =>
      types ? [...reachedFrom(join(installed, types))] : [],
    );
    const declared = new Set(["samlab", ...Object.keys(dependencies)]);
    const imported = [...code, ...types].flatMap((file) =>
      importsOf(file).map((name) => ({ file, package: /^(?:@[^/]+\/)?[^/]*/.exec(name)![0] })),
    );
    const outside = imported.filter(({ package: name }) => !name.startsWith(".") && !isBuiltin(name));
    expect(outside.length).toBeGreaterThan(10);
    expect(outside.filter(({ package: name }) => !declared.has(name))).toEqual([]);
  });

  it("has no fault that publint knows", async () => {
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    const { messages } = await publint({ pkgDir: installed, pack: false, level: "warning", strict: true });
    expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
  });

  it("has types that ES modules and bundlers resolve", async () => {
    expect(await typeProblems(tarball)).toEqual([]);
  }, 60_000);

  it("is a library of a plain Node project, with types", async () => {
    const user = dirname(dirname(installed));
    const source = [
      'import { dice, type EvaluationResult, type LoadedSam, type Mask2d, type WrittenFile } from "samlab";',
      'import { maskArea } from "samlab/core";',
      'import type { DisplayHandle } from "samlab/notebook";',
      'import { slicePrompterProtocol } from "samlab/protocol";',
      "const mask: Mask2d = { width: 2, height: 1, data: Uint8Array.of(1, 0) };",
      "const area: number = maskArea(mask);",
      'export const exported = (sam: LoadedSam): Promise<WrittenFile> => sam.export("model.safetensors");',
      "export const tuned = async (sam: LoadedSam): Promise<LoadedSam> => (await sam.finetune([])).sam;",
      "export const update = (handle: DisplayHandle): void => handle.update(1);",
      "export const rows = (result: EvaluationResult): number =>",
      "  result.table.join(result.table, 'case').numRows();",
      "console.log(dice(mask, mask), area, typeof slicePrompterProtocol);",
    ].join("\n");
    writeFileSync(join(user, "package.json"), '{ "type": "module" }');
    writeFileSync(join(user, "use.ts"), source);
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const options = ["--module", "nodenext", "--target", "es2022", "--strict", "--types", "node"];
    await run(process.execPath, [tsc, ...options, "--skipLibCheck", "use.ts"], { cwd: user });
    // arquero's declarations have errors of their own.
    const { stdout } = await run(process.execPath, [tsc, ...options, "--noEmit", "use.ts"], { cwd: user }).catch(
      (error: { readonly stdout: string }) => error,
    );
    expect(
      stdout.split("\n").filter((line) => line !== "" && !/node_modules\/(?:arquero|@uwdata)\//.test(line)),
    ).toEqual([]);
    expect((await run(process.execPath, ["use.js"], { cwd: user })).stdout).toBe("1 1 number\n");
  }, 60_000);

  it("reads compressed DICOM also in a module given on the command line", async () => {
    const source = `import { sampleVolume } from "samlab"; console.log((await sampleVolume("sarcoma-ct")).volume.size.join());`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", source], { cwd: join(place, "user") });
    expect(stdout).toBe("154,158,28\n");
  }, 60_000);

  it("has entries for browsers that import nothing of Node", () => {
    for (const entry of ["core", "protocol"]) {
      const files = reachedFrom(join(installed, "dist", "src", entry, "index.js"));
      for (const file of files) for (const name of importsOf(file)) expect(name, file).toMatch(/^\./);
      expect(files.size).toBeGreaterThan(5);
    }
  });

  it("installs kernel and widgets for a Jupyter without Python", async () => {
    const prefix = await folder();
    const samlab = program(prefix);
    const { stdout } = await samlab("kernel", "install", "--prefix", prefix);
    expect(stdout).toContain("JupyterLab extension:");
    const spec = JSON.parse(readFileSync(join(prefix, "share", "jupyter", "kernels", "samlab", "kernel.json"), "utf8"));
    expect(spec.argv.join(" ")).toContain(join(installed, "dist", "kernel-ext", "main.js"));
    expect(existsSync(join(prefix, "share", "jupyter", "labextensions", "samlab-widgets", "package.json"))).toBe(true);
    expect((await samlab("--help")).stdout).toMatch(/setup[\s\S]*kernel[\s\S]*doctor/);
  }, 60_000);

  it("says what a system without Python lacks, and runs its kernel", async () => {
    const empty = await folder();
    const samlab = program(empty, { ...process.env, PATH: empty });
    const [setup, doctor] = await Promise.all([
      samlab("setup", "--help"),
      samlab("doctor").then(
        () => "nothing is wrong",
        (error: { readonly stdout: string }) => error.stdout,
      ),
    ]);
    expect(setup.stdout).toMatch(/^Usage: samlab setup/);
    expect(doctor).toMatch(/^FAIL {2}Jupyter: no program jupyter on the PATH$/m);
    expect(doctor).toMatch(/^ok {4}ONNX Runtime: /m);
    expect(doctor).toMatch(/^ok {4}kernel: starts and answers/m);
  }, 60_000);
});
