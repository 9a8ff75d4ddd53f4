import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

interface PackageFile {
  readonly name: string;
  readonly version: string;
}

function findPackage(): { root: string; version: string } {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    try {
      const found = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageFile;
      if (found.name === "samlab") return { root: folder, version: found.version };
    } catch (error) {
      if (folder === dirname(folder)) throw error;
    }
  }
}

/** Where this package lies on disk and which version it is, found from the compiled files and from the sources alike. */
export const samlabPackage = findPackage();
