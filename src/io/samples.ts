import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SamlabError, show } from "../core/errors.js";
import { type LoadedCase, loadCase } from "./case.js";
import { readManifest } from "./manifest.js";
import type { ManifestCase } from "./manifest-types.js";

/** The folder `data-samples/`, which lies beside `src/` in the repository and beside `dist/` in the package. */
export function dataSamplesFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const samples = join(folder, "data-samples");
    if (existsSync(samples)) return samples;
    const parent = dirname(folder);
    if (parent === folder) break;
    folder = parent;
  }
  throw new SamlabError("environment", "The folder data-samples is missing from this installation.", {
    field: "data-samples",
    remedy: "Install samlab again.",
  });
}

/** The sample images that come with samlab; see data-samples/README.md for sources and licences. */
export async function samples(): Promise<readonly ManifestCase[]> {
  return (await readManifest(join(dataSamplesFolder(), "manifest.json"))).cases;
}

/**
 * One sample with its truth.
 *
 * @example
 * const brain = await sampleCase("brain1");
 * if (brain.kind === "volume") console.log(brain.volume.size, brain.names);
 *
 * @throws {SamlabError} `argument-invalid` for an id that is none
 */
export async function sampleCase(id: string, options: { readonly signal?: AbortSignal } = {}): Promise<LoadedCase> {
  const cases = await samples();
  const entry = cases.find((candidate) => candidate.id === id);
  if (entry) return loadCase(entry, options);
  throw new SamlabError("argument-invalid", `There is no sample ${show(id)}.`, {
    field: "id",
    value: id,
    remedy: `Use one of ${cases.map((candidate) => candidate.id).join(", ")}.`,
  });
}
