import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** samlab's version, from its package.json, which stands above `src/` and above `dist/`. */
export const samlabVersion: string = findVersion(dirname(fileURLToPath(import.meta.url)));

function findVersion(folder: string): string {
  try {
    const found = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name?: string; version?: string };
    if (found.name === "samlab" && found.version) return found.version;
  } catch {
    // No package.json here: look further up.
  }
  const parent = dirname(folder);
  return parent === folder ? "unknown" : findVersion(parent);
}
