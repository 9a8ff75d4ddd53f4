import { dirname, relative, resolve, sep } from "node:path";
import { SamlabError, show } from "../../core/errors.js";
import { writeFileAtomic } from "../../io/files/write-file.js";
import { manifestProblems } from "./check.js";
import { type Manifest, type ManifestCase, type ManifestFile, manifestFormat } from "./types.js";

/**
 * Writes a manifest, with paths relative to its folder, so that {@link readManifest} gives the same cases again. Whole
 * or not at all.
 * @throws {SamlabError} `manifest-invalid` naming the entry and the field, `disk-full`, `file-write-failed`,
 * `canceled`
 */
export async function saveManifest(path: string, manifest: ManifestContent, signal?: AbortSignal): Promise<void> {
  const json = await manifestJson(path, manifest);
  await writeFileAtomic(path, new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`), signal);
}

/** The content of a manifest's file. */
export type ManifestContent = Pick<Manifest, "name" | "description" | "cases">;

/**
 * The JSON of a manifest to be written to `path`, checked.
 * @throws {SamlabError} `manifest-invalid` naming the entry and the field
 */
export async function manifestJson(path: string, { name, description, cases }: ManifestContent): Promise<object> {
  const folder = dirname(resolve(path));
  const json = {
    format: manifestFormat,
    name,
    ...(description === "" ? {} : { description }),
    cases: cases.map((entry) => entryJson(entry, folder)),
  };
  const [problem] = await manifestProblems(json);
  if (!problem) return json;
  const given = problem.value === undefined ? "" : ` (it is ${show(problem.value)})`;
  throw new SamlabError(
    "manifest-invalid",
    `The manifest ${path} is wrong: ${problem.where} ${problem.what}${given}.`,
    {
      file: path,
      field: problem.where,
      value: problem.value,
      remedy: "Correct the cases that were given; data-samples/manifest.schema.json describes the format.",
    },
  );
}

/** A manifest entry as written to the file, without the fields that {@link readManifest} fills in. */
function entryJson(entry: ManifestCase, folder: string) {
  const { id, title, subject, modality, image, truth, labels, otherLabels, slicing, license, source, split, notes } =
    entry;
  return {
    id,
    ...(title === id ? {} : { title }),
    ...(subject === id ? {} : { subject }),
    modality,
    image: {
      ...fileJson(image, folder),
      ...(image.series === null ? {} : { series: image.series }),
      ...(image.window === "auto" ? {} : { window: image.window }),
      ...(image.nonFinite === "reject" ? {} : { nonFinite: image.nonFinite }),
      ...(image.orientation === null ? {} : { orientation: image.orientation }),
    },
    truth: {
      ...fileJson(truth, folder),
      made: truth.made,
      ...(truth.note === "" ? {} : { note: truth.note }),
      ...(truth.instances ? { instances: true } : {}),
    },
    labels,
    ...(otherLabels === "fail" ? {} : { otherLabels }),
    slicing,
    license,
    ...(source === "" ? {} : { source }),
    split,
    ...(notes === "" ? {} : { notes }),
  };
}

function fileJson({ file, sha256, frame }: ManifestFile, folder: string) {
  return {
    path: relative(folder, file).split(sep).join("/"),
    ...(sha256 === null ? {} : { sha256 }),
    ...(frame === null ? {} : { frame }),
  };
}
