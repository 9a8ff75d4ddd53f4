import { createRequire, isBuiltin } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { constants, Script } from "node:vm";
import { samlabPackage } from "../../../src/io/files/package.js";
import { connectTslabDisplay } from "../../display/tslab-display.js";
import { inScope } from "../../execute/scope.js";
import { missingModuleRemedy } from "../missing-module.js";
import { aliasSamlab, NOTEBOOK_ENTRY } from "./samlab-alias.js";

type Import = (specifier: string, options?: object) => Promise<object>;

const importers = new Map<string, Import>();

/** Node's own `import()`, resolved from this folder. */
function importerFor(folder: string): Import {
  const known = importers.get(folder);
  if (known) return known;
  const script = new Script("(specifier, options) => import(specifier, options)", {
    filename: join(folder, "notebook.mjs"),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const importer = script.runInThisContext() as Import;
  importers.set(folder, importer);
  return importer;
}

/** Whether a user file can be imported by a path, from a file. */
type IsUserFile = (path: string, from: string) => Promise<boolean>;

/** Imports a package, a Node module or a URL for code in `folder`. */
export function importPackage(
  specifier: string,
  folder: string,
  isUserFile: IsUserFile,
  options?: object,
): Promise<object> {
  // A package belongs to the notebook, not to the cell that first imports it: it must survive that cell's interrupt.
  return inScope(undefined, () => importFor(specifier, folder, isUserFile, options));
}

async function importFor(specifier: string, folder: string, isUserFile: IsUserFile, options?: object): Promise<object> {
  if (specifier === "samlab") return importerFor(folder)(pathToFileURL(NOTEBOOK_ENTRY).href);
  if (!isBuiltin(specifier)) aliasSamlab();
  if (specifier === "tslab") connectTslabDisplay();
  const home = specifier.startsWith("samlab/") ? samlabPackage.root : folder;
  try {
    return await importerFor(home)(specifier, options);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // tslab is bundled with the kernel.
    if (specifier === "tslab" && code === "ERR_MODULE_NOT_FOUND") return importerFor(samlabPackage.root)(specifier);
    if (code === undefined || !NOT_FOUND.has(code)) throw error;
    throw await notFound(error as Error, code, specifier, folder, isUserFile);
  }
}

/** Node's codes for an import that it cannot resolve. All frames of such an error are Node's own. */
const NOT_FOUND = new Set(["ERR_MODULE_NOT_FOUND", "ERR_PACKAGE_PATH_NOT_EXPORTED", "ERR_UNSUPPORTED_DIR_IMPORT"]);

/** Node's error, without its frames and the file that stands for the user's code, see {@link importerFor}. */
async function notFound(
  { message }: Error,
  code: string,
  specifier: string,
  folder: string,
  isUserFile: IsUserFile,
): Promise<Error> {
  const from = join(folder, "notebook.mjs");
  const [what, rest] = message.split(` imported from ${from}`);
  const isOwn = rest !== undefined;
  let text = isOwn ? `${what}.` : message;
  if (isOwn && code === "ERR_MODULE_NOT_FOUND") {
    if (specifier.startsWith(".")) text = `Cannot find module '${specifier}' in ${folder}.`;
    const remedy = missingModuleRemedy(specifier, from, await isUserFile(`./${specifier}`, from));
    if (remedy !== undefined) text += ` ${remedy}`;
  }
  return Object.assign(new Error(text), { code });
}

/** `require` for code in `folder`. */
export function requireFor(folder: string): NodeJS.Require {
  const require = createRequire(join(folder, "notebook.js"));
  const ownRequire = createRequire(join(samlabPackage.root, "package.json"));
  const resolve = (id: string): string | undefined => {
    if (id === "samlab") return NOTEBOOK_ENTRY;
    if (id.startsWith("samlab/")) return ownRequire.resolve(id);
    return undefined;
  };
  const requireHere = (id: string): unknown => {
    const own = resolve(id);
    if (own !== undefined) return ownRequire(own);
    if (!isBuiltin(id)) inScope(undefined, aliasSamlab);
    if (id === "tslab") connectTslabDisplay();
    try {
      return require(id);
    } catch (error) {
      if (id !== "tslab" || (error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
      return ownRequire(id);
    }
  };
  return Object.assign(requireHere, require, {
    resolve: Object.assign(
      (id: string, options?: { paths?: string[] }) => resolve(id) ?? require.resolve(id, options),
      {
        paths: require.resolve.paths,
      },
    ),
  });
}
