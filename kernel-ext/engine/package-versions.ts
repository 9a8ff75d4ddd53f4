import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A package that has another version now than it had when it was added. */
export interface ReplacedPackage {
  readonly name: string;
  /** Its version when it was added. */
  readonly first: string;
  /** Its version now. */
  readonly now: string;
}

type Manifest = Pick<ReplacedPackage, "name" | "now">;

/**
 * The versions of packages when they were first used. Node keeps the code that it has loaded, and the compiler the
 * types that it has read, also after another version has taken their place on disk.
 */
export class PackageVersions {
  /** By folder; undefined for a package without a version. */
  readonly #first = new Map<string, string | undefined>();

  /** Notes the version of the package in a folder, unless that was done before. */
  add(folder: string): void {
    if (!this.#first.has(folder)) this.#first.set(folder, manifestIn(folder)?.now);
  }

  /** The package in a folder if it was added and has changed since. */
  replaced(folder: string): ReplacedPackage | undefined {
    const first = this.#first.get(folder);
    const found = first === undefined ? undefined : manifestIn(folder);
    return first === undefined || !found || found.now === first ? undefined : { ...found, first };
  }
}

/** The folder of the package that a file belongs to; undefined for a file of no package. */
export function packageFolder(file: string): string | undefined {
  return /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file)?.[0];
}

function manifestIn(folder: string): Manifest | undefined {
  try {
    const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, unknown>;
    return typeof name === "string" && typeof version === "string" ? { name, now: version } : undefined;
  } catch {
    // Just being installed, or none: the import itself says what is wrong.
    return undefined;
  }
}
