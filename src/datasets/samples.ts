import { join } from "node:path";
import { didYouMean } from "../core/did-you-mean.js";
import { isSamlabError, SamlabError, show } from "../core/errors.js";
import { dataSamplesFolder } from "../io/files/package.js";
import { type ImageCase, type LoadedCase, loadCase, type VolumeCase } from "./case.js";
import { readManifest } from "./manifest/read.js";
import type { ManifestCase } from "./manifest/types.js";

/**
 * The sets of samples by name: `samples` is seven cases of many kinds; `sarcoma` is twelve patients, each in CT, MR and
 * PET, split by patient; `volumes` is scans with every slice, of organs in CT, and of a tumor in PET and CT. These
 * names can be given instead of a manifest.
 */
export const sampleSets = ["samples", "sarcoma", "volumes"] as const;
/** The name of a set of samples: `samples`, `sarcoma`, or `volumes`. */
export type SampleSet = (typeof sampleSets)[number];

/** The sample images that come with samlab; see data-samples/README.md for sources and licenses. */
export async function samples(set: SampleSet = "samples"): Promise<readonly ManifestCase[]> {
  const folder = set === "samples" ? dataSamplesFolder() : join(dataSamplesFolder(), set);
  return (await readManifest(join(folder, "manifest.json"))).cases;
}

/** The cases of a manifest, by its path, or of a set of samples, by its name. Throws as `readManifest`. */
export async function namedCases(data: string, signal?: AbortSignal): Promise<readonly ManifestCase[]> {
  const set = sampleSets.find((name) => name === data);
  if (set) return samples(set);
  try {
    return (await readManifest(data, signal)).cases;
  } catch (error) {
    if (!isSamlabError(error, "file-missing") || /[\\/.]/.test(data)) throw error;
    const what = `There is no set of samples and no file ${show(data)}.${didYouMean(data, sampleSets)}`;
    throw new SamlabError("file-missing", what, {
      file: data,
      remedy: `Give ${sampleSets.join(", ")}, or the path of a manifest.`,
    });
  }
}

/**
 * A sample that is a volume, with its truth.
 *
 * @example
 * const brain = await sampleVolume("brain1");
 * console.log(brain.volume.size, brain.names);
 *
 * @throws {SamlabError} `argument-invalid` for an unknown id, or the id of a 2D image
 */
export async function sampleVolume(id: string, options: { readonly signal?: AbortSignal } = {}): Promise<VolumeCase> {
  const sample = await sampleCase(id, options);
  if (sample.kind === "volume") return sample;
  throw otherKind(id, "a picture", "sampleImage");
}

/** A sample that is a picture, with its truth. Throws as {@link sampleVolume}. */
export async function sampleImage(id: string, options: { readonly signal?: AbortSignal } = {}): Promise<ImageCase> {
  const sample = await sampleCase(id, options);
  if (sample.kind === "image") return sample;
  throw otherKind(id, "a volume", "sampleVolume");
}

function otherKind(id: string, kind: string, remedy: string): SamlabError {
  return new SamlabError("argument-invalid", `The sample ${show(id)} is ${kind}.`, {
    field: "id",
    value: id,
    remedy: `Use ${remedy}.`,
  });
}

/**
 * One sample of any set with its truth, of either kind.
 * @throws {SamlabError} `argument-invalid` for an unknown id
 */
export async function sampleCase(id: string, options: { readonly signal?: AbortSignal } = {}): Promise<LoadedCase> {
  const cases = (await Promise.all(sampleSets.map(samples))).flat();
  const entry = cases.find((candidate) => candidate.id === id);
  if (entry) return loadCase(entry, options);
  const ids = cases.map((candidate) => candidate.id);
  throw new SamlabError("argument-invalid", `There is no sample ${show(id)}.${didYouMean(id, ids)}`, {
    field: "id",
    value: id,
    remedy: `Use one of ${ids.join(", ")}.`,
  });
}
