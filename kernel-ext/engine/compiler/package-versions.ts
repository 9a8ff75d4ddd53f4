import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { installedAt, packageName } from "../missing-module.js";

const FOLDER = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

/**
 * The versions of packages when they were first imported. Node keeps the code that it has loaded, and the compiler the
 * types that it has read, also after another version has taken their place on disk.
 */
export class PackageVersions {
  readonly #first = new Map<string, string>();

  /**
   * What to tell the user about packages that have changed since.
   * @param target the file that the import resolves to; undefined if it does not
   */
  changesFor(specifier: string, from: string, target: string | undefined): string[] {
    const name = packageName(specifier);
    if (name === undefined) return [];
    // The types may be another package's.
    const folders = [installedAt(name, from), FOLDER.exec(target ?? "")?.[0]];
    return [...new Set(folders)].flatMap((folder) => (folder === undefined ? [] : this.#changeOf(folder)));
  }

  #changeOf(folder: string): string[] {
    const found = manifestIn(folder);
    if (!found) return [];
    const { path, name, version } = found;
    const first = this.#first.get(path) ?? version;
    this.#first.set(path, first);
    if (first === version) return [];
    return [`${name} ${first} was imported before ${version} was installed, and stays until the kernel is restarted.`];
  }
}

function manifestIn(folder: string): { path: string; name: string; version: string } | undefined {
  try {
    const path = realpathSync(join(folder, "package.json"));
    const { name, version } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    return typeof name === "string" && typeof version === "string" ? { path, name, version } : undefined;
  } catch {
    // Just being installed, or none: the import itself says what is wrong.
    return undefined;
  }
}
