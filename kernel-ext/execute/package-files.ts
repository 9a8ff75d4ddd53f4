import { existsSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/** The part of `ts.sys` that finds and watches files. */
export interface CompilerFiles {
  readFile(path: string, encoding?: string): string | undefined;
  fileExists(path: string): boolean;
  directoryExists(path: string): boolean;
  getDirectories(path: string): string[];
  readDirectory(path: string, ...rest: unknown[]): string[];
  realpath?(path: string): string;
  watchFile?(path: string, ...rest: unknown[]): { close(): void };
  watchDirectory?(path: string, ...rest: unknown[]): { close(): void };
}

export interface PackagePaths {
  /** The folder of the notebook. */
  readonly cwd: string;
  /** Where samlab is installed. */
  readonly root: string;
  /** Where the compiler looks for the types of Node when the notebook's folder has none. */
  readonly fallbackTypes: string;
  /** Where those types really are. */
  readonly nodeTypes: string;
}

const NOTEBOOK_MANIFEST = JSON.stringify({
  name: "samlab",
  main: "dist/kernel-ext/notebook.js",
  types: "dist/kernel-ext/notebook.d.ts",
});

const NOTHING_TO_CLOSE = { close() {} };

function inside(folder: string, path: string): string | undefined {
  if (path === folder) return "";
  return path.startsWith(folder + sep) ? path.slice(folder.length + 1) : undefined;
}

/**
 * Changes `files` so that the compiler finds this package as `samlab` from any folder of the disk, with the entry for notebooks,
 * finds the types of Node wherever the package manager has put them, and watches only files of the user.
 */
export function addPackageFiles(files: CompilerFiles, paths: PackagePaths): void {
  const alias = join(paths.cwd, "node_modules", "samlab");
  const ownTypes = join(paths.root, "node_modules", "@types");
  const manifests = [join(alias, "package.json"), join(paths.root, "package.json")];
  const forward = (path: string): string => {
    const own = inside(alias, path);
    if (own !== undefined) return join(paths.root, own);
    const types = inside(paths.fallbackTypes, path);
    return types === undefined ? path : join(paths.nodeTypes, types);
  };

  const { readFile, fileExists, directoryExists, getDirectories, readDirectory, realpath, watchFile } = files;
  files.readFile = (path, encoding) =>
    manifests.includes(path) ? NOTEBOOK_MANIFEST : readFile(forward(path), encoding);
  files.fileExists = (path) => fileExists(forward(path));
  files.directoryExists = (path) => directoryExists(forward(path));
  files.readDirectory = (path, ...rest) => readDirectory(forward(path), ...rest);
  files.realpath = (path) => (realpath ? realpath(forward(path)) : forward(path));
  // Every package of a types folder becomes global in each cell; of those that samlab itself was built with, only Node's should.
  files.getDirectories = (path) =>
    path === ownTypes || path === paths.fallbackTypes ? ["node"] : getDirectories(forward(path));

  const packages = join(paths.root, "node_modules");
  const own = join(paths.root, "dist");
  files.watchFile = (path, ...rest) => {
    const fixed =
      path.endsWith(".d.ts") && (inside(packages, path) ?? inside(own, path) ?? inside(alias, path)) !== undefined;
    return fixed || !watchFile ? NOTHING_TO_CLOSE : watchFile(path, ...rest);
  };
  // The compiler would watch whole trees, from node_modules up to a home folder, and its events trip over tslab's single timer.
  files.watchDirectory = () => NOTHING_TO_CLOSE;
}

/** Finds the folder of `@types` that holds Node's types, starting at the package `from`. */
export function findNodeTypes(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const types = join(folder, "node_modules", "@types");
    if (existsSync(join(types, "node", "package.json")) || relative(dirname(folder), folder) === "") return types;
  }
}
