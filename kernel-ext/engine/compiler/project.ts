import { statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { PackageVersions, packageFolder } from "../package-versions.js";
import type { CompilerSetup } from "../protocol.js";
import { configTime, findConfig, type NotebookOptions, readOptions } from "./options.js";
import ts from "./typescript.cjs";

/** A source file with the fields required by the language service. */
interface VersionedFile extends ts.SourceFile {
  version: string;
  scriptSnapshot: ts.IScriptSnapshot;
}

/** An in-memory file: a cell, or declarations of the engine. */
interface VirtualFile {
  readonly text: string;
  readonly version: string;
  file: VersionedFile | undefined;
}

interface DiskFile {
  readonly version: string;
  readonly file: VersionedFile;
}

/** Parsed files of packages and their resolved imports. */
export interface PackageFiles {
  readonly disk: readonly (readonly [string, DiskFile])[];
  readonly resolved: readonly (readonly [string, Map<string, ts.ResolvedModuleWithFailedLookupLocations>])[];
}

const PACKAGES = `${sep}node_modules${sep}`;

/**
 * The files of a notebook as seen by the compiler. {@link Project.program} creates one program per cell; programs share
 * everything but the changed file, also with the language service.
 */
export class Project {
  readonly cwd: string;
  readonly #root: string;
  readonly #libFolder: string;
  readonly #virtual = new Map<string, VirtualFile>();
  readonly #disk: Map<string, DiskFile>;
  readonly #resolved: Map<string, Map<string, ts.ResolvedModuleWithFailedLookupLocations>>;
  readonly #typesResolved = new Map<string, ts.ResolvedTypeReferenceDirectiveWithFailedLookupLocations>();
  readonly #exists = new Map<string, boolean>();
  /** The packages whose types have been read. */
  #packageVersions = new PackageVersions();
  /** User files with unresolved imports. */
  readonly #wanting = new Set<string>();
  #settings: NotebookOptions;
  #untoldFaults: readonly string[] = [];
  #resolutionCache: ts.ModuleResolutionCache;
  #program: ts.Program | undefined;
  #versions = 0;

  constructor({ cwd, root, libFolder }: CompilerSetup, files?: PackageFiles) {
    this.cwd = cwd;
    this.#root = root;
    this.#libFolder = libFolder;
    this.#disk = new Map(files?.disk);
    this.#resolved = new Map(files?.resolved);
    this.#settings = this.#readOptions();
    this.#resolutionCache = this.#newResolutionCache();
  }

  #readOptions(): NotebookOptions {
    const settings = readOptions(this.cwd, this.#root);
    this.#untoldFaults = settings.faults;
    return settings;
  }

  /** What is wrong with tsconfig.json, the first time it is asked for after a change. */
  takeFaults(): readonly string[] {
    const faults = this.#untoldFaults;
    this.#untoldFaults = [];
    return faults;
  }

  get options(): ts.CompilerOptions {
    return this.#settings.options;
  }

  /** What has been read of packages; independent of the notebook. */
  get packageFiles(): PackageFiles {
    return {
      disk: [...this.#disk].filter(([path]) => !this.isUserFile(path)),
      resolved: [...this.#resolved].filter(([path]) => !this.isUserFile(path)),
    };
  }

  /** Rereads tsconfig.json if it was changed, added or removed; returns whether it was. */
  refreshOptions(): boolean {
    const { configFile, configTime: time } = this.#settings;
    if (findConfig(this.cwd) === configFile && configTime(configFile) === time) return false;
    this.#settings = this.#readOptions();
    this.#resolutionCache = this.#newResolutionCache();
    this.#resolved.clear();
    this.#typesResolved.clear();
    this.#disk.clear();
    this.#packageVersions = new PackageVersions();
    for (const virtual of this.#virtual.values()) virtual.file = undefined;
    this.#program = undefined;
    return true;
  }

  /** Sets the text of an in-memory file. */
  setVirtual(path: string, text: string): void {
    const known = this.#virtual.get(path);
    if (known?.text === text) return;
    this.#wanting.delete(path);
    this.#virtual.set(path, { text, version: `v${++this.#versions}`, file: undefined });
  }

  /** Removes an in-memory file: its path means the file on disk again, if there is one. */
  removeVirtual(path: string): void {
    this.#virtual.delete(path);
    this.#wanting.delete(path);
  }

  /** The paths of all in-memory files. */
  get virtualFiles(): string[] {
    return [...this.#virtual.keys()];
  }

  isVirtual(path: string): boolean {
    return this.#virtual.has(path);
  }

  /** The text of a file, from memory or from disk. */
  readText(path: string): string | undefined {
    return this.#virtual.get(path)?.text ?? ts.sys.readFile(path);
  }

  /** True for user files, as opposed to files of packages or the compiler. */
  isUserFile(path: string): boolean {
    return !path.includes(PACKAGES) && !path.startsWith(this.#libFolder) && !path.startsWith(join(this.#root, "dist"));
  }

  /** The program of `roots` and their imports. */
  program(roots: readonly string[]): ts.Program {
    const program = ts.createProgram({
      rootNames: roots,
      options: this.options,
      host: this.compilerHost,
      ...(this.#program && { oldProgram: this.#program }),
    });
    this.#program = program;
    return program;
  }

  /** Discards the last program, after the compiler has failed during its work. */
  forgetProgram(): void {
    this.#program = undefined;
  }

  sourceFile(path: string, format?: ts.ResolutionMode): VersionedFile | undefined {
    const virtual = this.#virtual.get(path);
    if (virtual) {
      virtual.file ??= this.parse(path, virtual.text, virtual.version);
      return virtual.file;
    }
    const known = this.#disk.get(path);
    if (known && !this.#isStale(path, known.version)) return known.file;
    const text = ts.sys.readFile(path);
    if (text === undefined) {
      this.#disk.delete(path);
      return undefined;
    }
    const folder = packageFolder(path);
    if (folder !== undefined) this.#packageVersions.add(folder);
    const version = known || this.isUserFile(path) ? fileVersion(path) : "1";
    const file = this.parse(path, text, version, format);
    this.#disk.set(path, { version, file });
    return file;
  }

  /** Changes whenever the content of a file does. */
  versionOf(path: string): string {
    const virtual = this.#virtual.get(path);
    if (virtual) return virtual.version;
    const known = this.#disk.get(path);
    return known && !this.isUserFile(path) ? known.version : fileVersion(path);
  }

  parse(path: string, text: string, version: string, format?: ts.ResolutionMode): VersionedFile {
    const options: ts.CreateSourceFileOptions = { languageVersion: ts.ScriptTarget.Latest };
    // Also a .cts file runs as a module of the engine, so it must not be compiled to CommonJS.
    if (isModule(path)) options.setExternalModuleIndicator = markAsModule;
    else options.impliedNodeFormat = format;
    if (!this.isUserFile(path)) options.jsDocParsingMode = ts.JSDocParsingMode.ParseNone;
    const snapshot = ts.ScriptSnapshot.fromString(text);
    return ts.createLanguageServiceSourceFile(path, snapshot, options, version, this.isUserFile(path)) as VersionedFile;
  }

  /** The packages imported by a file whose types were read before they were replaced by another version's. */
  replacedTypes({ fileName, imports = [] }: ts.SourceFile & { imports?: readonly { text: string }[] }) {
    const targets = imports.map(({ text }) => this.resolve(text, fileName)?.resolvedFileName ?? "");
    const folders = new Set(targets.flatMap((target) => packageFolder(target) ?? []));
    return [...folders].flatMap((folder) => this.#packageVersions.replaced(folder) ?? []);
  }

  resolve(specifier: string, from: string): ts.ResolvedModuleFull | undefined {
    const names = this.#resolved.get(from) ?? new Map<string, ts.ResolvedModuleWithFailedLookupLocations>();
    this.#resolved.set(from, names);
    const known = names.get(specifier);
    if (known) return known.resolvedModule;
    const found = this.#resolveAnew(specifier, from);
    // Imports of user files may be added, removed or moved at any time; unresolved imports of packages are mostly Node
    // modules.
    const target = found.resolvedModule?.resolvedFileName;
    if (!this.isUserFile(from) || (target !== undefined && !this.isUserFile(target))) names.set(specifier, found);
    return found.resolvedModule;
  }

  readonly compilerHost: ts.CompilerHost = {
    getSourceFile: (path, options) =>
      this.sourceFile(path, typeof options === "object" ? options.impliedNodeFormat : undefined),
    getDefaultLibFileName: () => join(this.#libFolder, "lib.d.ts"),
    getDefaultLibLocation: () => this.#libFolder,
    getCurrentDirectory: () => this.cwd,
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    fileExists: (path) => this.#fileExists(path),
    readFile: (path) => this.readText(path),
    directoryExists: (path) => ts.sys.directoryExists(path) || this.#isVirtualFolder(path),
    getDirectories: (path) => [...new Set([...ts.sys.getDirectories(path), ...this.#virtualFolders(path)])],
    realpath: (path) => (this.#virtual.has(path) ? path : (ts.sys.realpath?.(path) ?? path)),
    writeFile: () => {},
    getModuleResolutionCache: () => this.#resolutionCache,
    hasInvalidatedResolutions: (path) => this.#wanting.has(path),
    resolveModuleNameLiterals: (names, from) => {
      const found = names.map(({ text }) => ({ resolvedModule: this.resolve(text, from) }));
      if (this.isUserFile(from) && found.some(({ resolvedModule }) => !resolvedModule)) this.#wanting.add(from);
      else this.#wanting.delete(from);
      return found;
    },
    resolveTypeReferenceDirectiveReferences: (names, from) =>
      names.map((name) => this.#resolveTypes(typeof name === "string" ? name : name.fileName, from)),
  };

  #newResolutionCache(): ts.ModuleResolutionCache {
    return ts.createModuleResolutionCache(this.cwd, (name) => name, this.options);
  }

  #resolveAnew(specifier: string, from: string): ts.ResolvedModuleWithFailedLookupLocations {
    if (specifier === "samlab" || specifier.startsWith("samlab/")) return this.#resolveSamlab(specifier);
    // A missing module may be installed before the next cell.
    const cache = this.isUserFile(from) ? undefined : this.#resolutionCache;
    const found = ts.resolveModuleName(specifier, from, this.options, this.compilerHost, cache);
    if (found.resolvedModule || specifier !== "tslab") return found;
    return ts.resolveModuleName(specifier, join(this.#root, "index.ts"), this.options, this.compilerHost);
  }

  /** In every notebook, and every package that a notebook uses, samlab resolves to the one running this kernel. */
  #resolveSamlab(specifier: string): ts.ResolvedModuleWithFailedLookupLocations {
    if (specifier === "samlab") {
      const resolvedFileName = join(this.#root, "dist", "kernel-ext", "notebook.d.ts");
      return {
        resolvedModule: { resolvedFileName, extension: ts.Extension.Dts, isExternalLibraryImport: true },
      } as unknown as ts.ResolvedModuleWithFailedLookupLocations;
    }
    return ts.resolveModuleName(specifier, join(this.#root, "index.ts"), this.options, this.compilerHost);
  }

  #resolveTypes(name: string, from: string | ts.SourceFile) {
    const file = typeof from === "string" ? from : from.fileName;
    const key = `${name}\0${dirname(file)}`;
    let found = this.#typesResolved.get(key);
    if (!found) {
      found = ts.resolveTypeReferenceDirective(name, file, this.options, this.compilerHost);
      if (!found.resolvedTypeReferenceDirective) {
        const own = join(this.#root, "index.ts");
        found = ts.resolveTypeReferenceDirective(
          name,
          own,
          { ...this.options, typeRoots: undefined! },
          this.compilerHost,
        );
      }
      this.#typesResolved.set(key, found);
    }
    return found;
  }

  /** A cell can define a module in a folder that is not there. */
  #isVirtualFolder(path: string): boolean {
    return this.#virtualBelow(path).length > 0;
  }

  #virtualFolders(path: string): string[] {
    return this.#virtualBelow(path).flatMap((file) => (file.includes(sep) ? file.split(sep, 1) : []));
  }

  /** The in-memory files at any depth below a folder, relative to it. */
  #virtualBelow(path: string): string[] {
    const prefix = path.endsWith(sep) ? path : path + sep;
    return this.virtualFiles.filter((file) => file.startsWith(prefix)).map((file) => file.slice(prefix.length));
  }

  #fileExists(path: string): boolean {
    if (this.#virtual.has(path) || this.#disk.has(path)) return true;
    if (this.isUserFile(path) || !this.#exists.get(path)) {
      const exists = ts.sys.fileExists(path);
      if (exists) this.#exists.set(path, true);
      return exists;
    }
    return true;
  }

  #isStale(path: string, version: string): boolean {
    return this.isUserFile(path) && fileVersion(path) !== version;
  }
}

function fileVersion(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs}-${stat.size}` : "";
}

/** User-written TypeScript files are modules; for other files, their text decides. */
function isModule(path: string): boolean {
  return /\.[mc]?tsx?$/.test(path) && !/\.d\.[mc]?ts$/.test(path) && !path.includes(PACKAGES);
}

function markAsModule(file: ts.SourceFile): void {
  (file as { externalModuleIndicator?: unknown }).externalModuleIndicator ??= true;
}
