import { readFileSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { dead, never } from "../../execute/cell-guard.js";
import { ownScope, type Scope } from "../../execute/scope.js";
import { installedAt, packageName } from "../missing-module.js";
import { PackageVersions } from "../package-versions.js";
import type { CompiledCode, CompileResult, ImportPlan } from "../protocol.js";
import { importPackage, requireFor } from "./package-loader.js";
import { forgetRequired, requiredFiles } from "./required-files.js";
import { type CodeContext, runCode } from "./run-code.js";
import { Variables } from "./variable.js";

/** What the loader needs from the compiler. */
export interface ModuleCompiler {
  compileModule(file: string): Promise<CompileResult & { readonly source: string }>;
  resolve(specifier: string, from: string): Promise<string | null>;
  /** Registers code that is about to run, for stack traces. */
  remember(url: string, code: CompiledCode, source: string, file: string): void;
  /** Creates the error for a module that does not compile. */
  refuse(result: Exclude<CompileResult, { status: "ok" }>, source: string): unknown;
}

type Namespace = Record<string, unknown>;

interface LoadedModule {
  readonly file: string;
  readonly stamp: string;
  readonly namespace: Namespace;
  /** User modules it imports. */
  readonly imports: readonly string[];
  /** For a CommonJS file: the user's files that it requires, with their stamps. */
  required: ReadonlyMap<string, string>;
  /** Modules that this one waits for. */
  readonly waitsFor: Set<LoadedModule>;
  /** The scope that the module loads in; undefined once it has run. */
  loadsIn: Scope | undefined;
  /** Settles when the module has run; never if an interrupt ended it. */
  ready: Promise<void>;
}

/**
 * Loads imports of cells. User modules are compiled here, and reloaded after they or their imports have changed;
 * everything else is loaded by Node.
 */
export class ModuleLoader {
  readonly #compiler: ModuleCompiler;
  readonly #modules = new Map<string, LoadedModule>();
  /** The stamps of the files that CommonJS files have required. */
  readonly #required = new Map<string, string>();
  /** The packages that have been loaded. */
  readonly #packageVersions = new PackageVersions();
  /** The folders of the packages that the cell's user was told about. */
  readonly #told = new Set<string>();

  constructor(compiler: ModuleCompiler) {
    this.#compiler = compiler;
  }

  /** Runs the imports of compiled code and binds their names. */
  async runImports(
    imports: readonly ImportPlan[],
    folder: string,
    variables: Variables,
    importer?: LoadedModule,
  ): Promise<Namespace[]> {
    if (!importer) {
      this.#told.clear();
      this.#dropOutdated();
    }
    const namespaces: Namespace[] = [];
    for (const plan of imports) {
      const namespace = await this.#load(plan.specifier, plan.file, folder, plan.attributes, importer);
      namespaces.push(namespace);
      for (const { name, imported } of plan.bindings) variables.get(name).bind(reader(namespace, imported));
    }
    return namespaces;
  }

  /** `import()` for code in a file. */
  importer(file: string): (specifier: unknown, options?: unknown) => Promise<unknown> {
    return async (specifier, options) => {
      this.#dropOutdated();
      const name = String(specifier);
      const path = name.startsWith("file:") ? fileURLToPath(name) : name;
      const found = isBuiltin(name) ? null : await this.#compiler.resolve(path, file);
      const { with: attributes } = (options ?? {}) as { with?: Record<string, string> };
      return this.#load(name, found ?? undefined, dirname(file), attributes ?? {});
    };
  }

  async #load(
    specifier: string,
    file: string | undefined,
    folder: string,
    attributes: Readonly<Record<string, string>>,
    importer?: LoadedModule,
  ): Promise<Namespace> {
    if (file === undefined) return this.#loadPackage(specifier, folder, attributes);
    const module = this.#modules.get(file) ?? this.#start(file);
    // Circular import: the other module waits for this one and provides what it has so far.
    if (importer && waits(module, importer)) return module.namespace;
    importer?.waitsFor.add(module);
    await module.ready;
    importer?.waitsFor.delete(module);
    return module.namespace;
  }

  async #loadPackage(
    specifier: string,
    folder: string,
    attributes: Readonly<Record<string, string>>,
  ): Promise<Namespace> {
    const options = Object.keys(attributes).length > 0 ? { with: attributes } : undefined;
    const isUserFile = async (path: string, from: string) => (await this.#compiler.resolve(path, from)) !== null;
    const name = packageName(specifier);
    const home = name && installedAt(name, join(folder, "notebook.mjs"));
    const replaced = home && !this.#told.has(home) && this.#packageVersions.replaced(home);
    if (replaced) {
      this.#told.add(home);
      const what = `${replaced.name} ${replaced.first} was imported before ${replaced.now} was installed`;
      process.stderr.write(`${what}, and stays until the kernel is restarted.\n`);
    }
    const namespace = await importPackage(specifier, folder, isUserFile, options);
    if (home) this.#packageVersions.add(home);
    return namespace as Namespace;
  }

  #start(file: string): LoadedModule {
    const namespace = Object.create(null, { [Symbol.toStringTag]: { value: "Module" } }) as Namespace;
    const imports: string[] = [];
    const module: LoadedModule = {
      file,
      stamp: stampOf(file),
      namespace,
      imports,
      required: new Map(),
      waitsFor: new Set(),
      loadsIn: ownScope(),
      ready: Promise.resolve(),
    };
    this.#modules.set(file, module);
    module.ready = this.#run(module, imports).then(
      () => {
        module.loadsIn = undefined;
      },
      (error: unknown) => {
        // The next import retries.
        if (this.#modules.get(file) === module) this.#modules.delete(file);
        throw error;
      },
    );
    return module;
  }

  async #run(module: LoadedModule, imports: string[]): Promise<void> {
    const { file, namespace } = module;
    if (file.endsWith(".json")) {
      const value: unknown = JSON.parse(readFileSync(file, "utf8"));
      Object.assign(namespace, typeof value === "object" && !Array.isArray(value) ? value : {}, { default: value });
      return;
    }
    const result = await this.#compiler.compileModule(file);
    if (result.status !== "ok") throw this.#compiler.refuse(result, result.source);
    const { code, source } = result;
    if (file.endsWith(".cjs") || (file.endsWith(".js") && isCommonJs(code, source))) {
      const value = this.#require(module);
      Object.assign(namespace, typeof value === "object" ? value : {}, { default: value });
      return;
    }
    this.#compiler.remember(file, code, source, file);
    for (const plan of code.imports) if (plan.file !== undefined) imports.push(plan.file);
    const variables = new Variables();
    // Exports may be read before the module has run, if modules import each other.
    const others: Namespace[] = [];
    defineExports(namespace, code, variables, others);
    others.push(...(await this.runImports(code.imports, dirname(file), variables, module)));
    defineAll(namespace, code, others);
    // The interrupt came while it was compiled, or while one of its imports loaded.
    if (dead()) await never();
    await runCode(code, this.#contextOf(file, variables));
  }

  /** Loads a CommonJS file, and what it requires where that has changed. */
  #require(module: LoadedModule): object {
    const { file } = module;
    forgetRequired(file, (each) => this.#required.get(each) !== stampOf(each));
    const value = requireFor(dirname(file))(file) as object;
    module.required = new Map(requiredFiles(file).map((each) => [each, stampOf(each)]));
    for (const [each, stamp] of module.required) this.#required.set(each, stamp);
    return value;
  }

  #contextOf(file: string, variables: Variables): CodeContext {
    const url = pathToFileURL(file).href;
    return {
      variables,
      url: file,
      meta: { url, filename: file, dirname: dirname(file) },
      require: requireFor(dirname(file)),
      filename: file,
      dirname: dirname(file),
      import: this.importer(file),
    };
  }

  /** Drops modules that have changed on disk or will never be ready, and those that import them. */
  #dropOutdated(): void {
    const outdated = new Set<string>();
    for (const { file, stamp, required, loadsIn } of this.#modules.values()) {
      const hasChanged = stampOf(file) !== stamp || [...required].some(([each, old]) => stampOf(each) !== old);
      if (hasChanged || loadsIn?.dead) outdated.add(file);
    }
    this.#drop(outdated);
  }

  /** Drops a module that a cell has defined anew, and those that import it. */
  forget(file: string): void {
    this.#drop(new Set([file]));
  }

  /** Drops these modules and those that import them, directly or indirectly; `files` gets all of them. */
  #drop(files: Set<string>): void {
    if (files.size === 0) return;
    for (let before = -1; before !== files.size; ) {
      before = files.size;
      for (const { file, imports } of this.#modules.values())
        if (imports.some((each) => files.has(each))) files.add(file);
    }
    for (const file of files) this.#modules.delete(file);
  }
}

/** True if one module waits for another, directly or indirectly. */
function waits(one: LoadedModule, other: LoadedModule): boolean {
  return one === other || [...one.waitsFor].some((each) => waits(each, other));
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs}-${stat.size}` : "";
}

function isCommonJs({ imports, exports }: CompiledCode, source: string): boolean {
  return imports.length === 0 && exports.length === 0 && /\b(?:module\.exports|exports\.|require\()/.test(source);
}

/**
 * Returns a function that reads a name of a module. Names that Node does not detect in a CommonJS module are looked up
 * in its exports.
 */
function reader(namespace: Namespace, imported: string): () => unknown {
  if (imported === "*") return () => wholeOf(namespace);
  if (imported === "=") return () => ("default" in namespace ? namespace.default : namespace);
  if (imported === "default") return () => defaultOf(namespace);
  return () => {
    if (imported in namespace) return namespace[imported];
    return (namespace.default as Namespace | null | undefined)?.[imported];
  };
}

const wholes = new WeakMap<Namespace, Namespace>();

/** The whole namespace; for a CommonJS module, whose exports Node has to detect, including those it missed. */
function wholeOf(namespace: Namespace): Namespace {
  const known = wholes.get(namespace);
  if (known) return known;
  const exports = namespace.default as Namespace | null | undefined;
  let whole = namespace;
  if ((typeof exports === "object" && exports !== null) || typeof exports === "function") {
    const names = Object.keys(exports);
    const others = Object.keys(namespace).filter((name) => !NOT_EXPORTED.has(name));
    const isCommonJs = others.every((name) => name in exports);
    if (isCommonJs && names.some((name) => !(name in namespace))) {
      whole = Object.create(null, { [Symbol.toStringTag]: { value: "Module" } }) as Namespace;
      for (const name of new Set([...Object.keys(namespace), ...names])) {
        define(whole, name, () => (name in namespace ? namespace[name] : exports[name]));
      }
    }
  }
  wholes.set(namespace, whole);
  return whole;
}

/** Names that Node adds to those of a CommonJS module. */
const NOT_EXPORTED = new Set(["default", "__esModule", "module.exports"]);

/** The default export, also of CommonJS modules transpiled from ES modules. */
function defaultOf(namespace: Namespace): unknown {
  const value = namespace.default as Namespace | null | undefined;
  const wasModule = namespace.__esModule === true || (typeof value === "object" && value?.__esModule === true);
  if (wasModule && typeof value === "object" && value !== null && "default" in value) return value.default;
  return "default" in namespace ? value : undefined;
}

function defineExports(
  namespace: Namespace,
  code: CompiledCode,
  variables: Variables,
  others: readonly Namespace[],
): void {
  for (const plan of code.exports) {
    if (plan.kind === "local") define(namespace, plan.exported, () => variables.get(plan.variable).ˑ);
    else if (plan.kind === "from") {
      define(namespace, plan.exported, () => {
        const other = others[plan.from];
        return other && reader(other, plan.imported)();
      });
    }
  }
}

/** `export * from "…"`: all names except the default and those the module exports itself. */
function defineAll(namespace: Namespace, code: CompiledCode, others: readonly Namespace[]): void {
  for (const plan of code.exports) {
    if (plan.kind !== "all") continue;
    const other = others[plan.from]!;
    for (const name of Object.keys(other)) {
      if (name !== "default" && !(name in namespace)) define(namespace, name, () => other[name]);
    }
  }
}

function define(namespace: Namespace, name: string, get: () => unknown): void {
  Object.defineProperty(namespace, name, { get, enumerable: true, configurable: true });
}
