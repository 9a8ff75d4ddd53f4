import * as nodeModule from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { samlabPackage } from "../../../src/io/files/package.js";

/** Module that `import … from "samlab"` resolves to in a notebook and its imports. */
export const NOTEBOOK_ENTRY = join(samlabPackage.root, "dist", "kernel-ext", "notebook.js");

/** Available since Node 22.15, but missing from Node's types. */
interface Hooks {
  registerHooks?(hooks: {
    resolve(specifier: string, context: object, next: (specifier: string, context: object) => object): object;
  }): void;
}

interface CommonJsLoader {
  _resolveFilename(request: string, ...rest: unknown[]): string;
}

let installed = false;

/**
 * Makes packages that import samlab use the same modules as the kernel: with two copies, state would be duplicated.
 * Called before the first package is loaded. Node 20 has two loaders, and no public hook for the older one.
 */
export function aliasSamlab(): void {
  if (installed) return;
  installed = true;
  const url = pathToFileURL(NOTEBOOK_ENTRY).href;
  const { registerHooks } = nodeModule as Hooks;
  if (registerHooks) {
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === "samlab" ? { url, shortCircuit: true } : next(specifier, context),
    });
    return;
  }
  const hooks = `export const resolve = (specifier, context, next) =>
    specifier === "samlab" ? { url: ${JSON.stringify(url)}, shortCircuit: true } : next(specifier, context);`;
  nodeModule.register(`data:text/javascript,${encodeURIComponent(hooks)}`);
  const loader = nodeModule.createRequire(import.meta.url)("node:module") as CommonJsLoader;
  const resolve = loader._resolveFilename;
  loader._resolveFilename = function (this: unknown, request, ...rest) {
    return request === "samlab" ? NOTEBOOK_ENTRY : resolve.call(this, request, ...rest);
  };
}
