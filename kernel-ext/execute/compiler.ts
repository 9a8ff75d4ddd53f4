import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import type * as TypeScript from "@tslab/typescript-for-tslab";
import type * as Converters from "tslab/dist/converter.js";
import type * as Executors from "tslab/dist/executor.js";
import type * as Inspect from "tslab/dist/inspect.js";
import type * as Metadata from "tslab/dist/metadata.js";
import { samlabPackage } from "../package.js";
import { withAssignedVariables } from "./assigned-variables.js";
import { liveVariables } from "./live-variables.js";
import { addPackageFiles, findNodeTypes } from "./package-files.js";
import { expandShorthand } from "./shorthand.js";
import { chainSourceMaps, readSourceMap, type SourceMap } from "./source-map.js";

/** tslab's engine and the TypeScript it is built on. */
export interface Compiler {
  readonly ts: typeof TypeScript;
  readonly createConverter: typeof Converters.createConverter;
  readonly createExecutor: typeof Executors.createExecutor;
  readonly getCodeMetadata: typeof Metadata.getCodeMetadata;
  readonly printQuickInfo: typeof Inspect.printQuickInfo;
  /** The maps of the files compiled since the last call, by source file name relative to the notebook's folder. */
  takeSourceMaps(): Map<string, SourceMap>;
}

type ResolvingHost = TypeScript.ModuleResolutionHost &
  Pick<TypeScript.CompilerHost, "resolveModuleNameLiterals" | "hasInvalidatedResolutions">;
type MutableTypeScript = { -readonly [key in keyof typeof TypeScript]: (typeof TypeScript)[key] };

const INLINE_MAP = /\n\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\s*$/;
const MAP_COMMENT = /\n\/\/# sourceMappingURL=\S+\s*$/;

/**
 * Loads tslab with changes to the compiler below it, made before tslab sees it: its files include samlab (see package-files.ts), it finds
 * packages that only have `exports` or come late, its output comes with source maps, shorthand properties find variables of earlier cells, and
 * functions see what later cells assign. tslab offers no option for any of these.
 */
export function loadCompiler(cwd: string): Compiler {
  const require = createRequire(import.meta.url);
  const tslabRoot = dirname(require.resolve("tslab/package.json"));
  const requireFromTslab = createRequire(join(tslabRoot, "package.json"));
  const path = requireFromTslab.resolve("@tslab/typescript-for-tslab");
  const ts = requireFromTslab(path) as typeof TypeScript;

  addPackageFiles(ts.sys as unknown as Parameters<typeof addPackageFiles>[0], {
    cwd,
    root: samlabPackage.root,
    fallbackTypes: join(tslabRoot, "node_modules", "@types"),
    nodeTypes: findNodeTypes(tslabRoot),
  });

  const changed: MutableTypeScript = { ...ts };
  const maps = new Map<string, SourceMap>();
  changed.createWatchCompilerHost = withOptions(ts, cwd);
  changed.transpileModule = withSourceMaps(ts, cwd, maps);
  expandShorthand(ts, changed);
  requireFromTslab.cache[path]!.exports = changed;

  const converter = require("tslab/dist/converter.js") as typeof Converters;
  const executor = require("tslab/dist/executor.js") as typeof Executors;
  const inspect = require("tslab/dist/inspect.js") as typeof Inspect;
  const metadata = require("tslab/dist/metadata.js") as typeof Metadata;
  return {
    ts,
    createConverter: converter.createConverter,
    createExecutor: (...args) => withAssignedVariables(() => executor.createExecutor(...args)),
    getCodeMetadata: metadata.getCodeMetadata,
    printQuickInfo: inspect.printQuickInfo,
    takeSourceMaps() {
      const taken = new Map(maps);
      maps.clear();
      return taken;
    },
  };
}

function withOptions(ts: typeof TypeScript, cwd: string): typeof TypeScript.createWatchCompilerHost {
  const create = ts.createWatchCompilerHost as (...args: unknown[]) => ResolvingHost;
  const changed = (files: unknown, options: TypeScript.CompilerOptions, ...rest: unknown[]) => {
    const changedOptions: TypeScript.CompilerOptions = {
      ...options,
      // Node 20 has what ES2023 added to arrays.
      lib: ["lib.es2023.d.ts"],
      // Node10 does not see the types of a package that has `exports` and no `types`.
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      inlineSourceMap: true,
    };
    return resolveAnew(ts, cwd, create(files, changedOptions, ...rest), changedOptions);
  };
  return changed as typeof TypeScript.createWatchCompilerHost;
}

/** Makes the compiler forget what it did not find, so that a package can be installed after a cell has missed it. */
function resolveAnew(
  ts: typeof TypeScript,
  cwd: string,
  host: ResolvingHost,
  options: TypeScript.CompilerOptions,
): ResolvingHost {
  const newCache = () => ts.createModuleResolutionCache(cwd, (name) => name, options);
  let cache = newCache();
  /** The files of the user that import something that is not there. */
  const wanting = new Set<string>();
  host.hasInvalidatedResolutions = (path) => wanting.has(path);
  host.resolveModuleNameLiterals = (names, file, redirected, fileOptions) => {
    if (wanting.size > 0) cache = newCache();
    const found = names.map(({ text }) => ts.resolveModuleName(text, file, fileOptions, host, cache, redirected));
    const misses = !file.endsWith(".d.ts") && found.some(({ resolvedModule }) => resolvedModule === undefined);
    if (misses) wanting.add(file);
    else wanting.delete(file);
    return found;
  };
  return host;
}

/** tslab compiles in two steps, TypeScript to ES modules and those to CommonJS. This is the second, and sees the map of the first. */
function withSourceMaps(
  ts: typeof TypeScript,
  cwd: string,
  maps: Map<string, SourceMap>,
): typeof TypeScript.transpileModule {
  return (input, options) => {
    const first = INLINE_MAP.exec(input);
    if (!first) return ts.transpileModule(input, options);
    const { code, unshifted } = liveVariables(ts, input.slice(0, first.index));
    const compilerOptions = { ...options.compilerOptions, sourceMap: true };
    const result = ts.transpileModule(code, { ...options, compilerOptions });
    const map = readSourceMap(Buffer.from(first[1]!, "base64").toString());
    // Sources are given relative to tslab's output folder, one below the notebook's.
    const source = relative(cwd, join(cwd, "outDir", map.sources[0] ?? ""));
    maps.set(source, chainSourceMaps(map, unshifted(readSourceMap(result.sourceMapText!))));
    return { ...result, outputText: result.outputText.replace(MAP_COMMENT, "\n") };
  };
}
