import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SamlabError } from "../../core/errors.js";

interface PackageFile {
  readonly name?: string;
  readonly version?: string;
}

/** Searches parent folders, since package.json is above both `src/` and `dist/`. In a bundle there is none. */
function findPackage(): { readonly root: string; readonly version: string } {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    try {
      const found = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageFile;
      if (found.name === "samlab" && found.version) return { root: folder, version: found.version };
    } catch {
      // No package.json here: try the parent folder.
    }
    if (folder === dirname(folder)) return { root: start, version: "unknown" };
  }
}

/** This package's folder and version. Works from the compiled files and from the sources. */
export const samlabPackage = findPackage();

/** The folder `data-samples/` of the package. @throws {SamlabError} `environment` when it is missing */
export function dataSamplesFolder(): string {
  const folder = join(samlabPackage.root, "data-samples");
  if (existsSync(folder)) return folder;
  throw new SamlabError("environment", "The folder data-samples is missing from this installation.", {
    field: "data-samples",
    remedy: "Install samlab again.",
  });
}
