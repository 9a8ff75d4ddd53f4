import { createRequire } from "node:module";
import { join } from "node:path";

type Resolve = (request: string, ...rest: unknown[]) => string;

interface ModuleLoader {
  _resolveFilename: Resolve;
}

/**
 * Makes `require("samlab")` in a cell, from any folder, return the very modules that the kernel itself runs: two copies would mean
 * two kernels' worth of state. `entry` is dist/kernel-ext/notebook.js.
 */
export function resolveSamlabTo(entry: string, root: string): void {
  const require = createRequire(join(root, "package.json"));
  const loader = require("node:module") as ModuleLoader;
  const resolve = loader._resolveFilename;
  loader._resolveFilename = function (this: unknown, request, ...rest) {
    if (request === "samlab") return entry;
    if (request.startsWith("samlab/")) return require.resolve(request);
    return resolve.call(this, request, ...rest);
  };
}
