import { dirname, resolve } from "node:path";
import { messageOf, SamlabError, show } from "../../core/errors.js";
import { readAll } from "../../io/files/read-file.js";
import { type CompleteCase, isObject, manifestProblems } from "./check.js";
import type { Case, ManifestJson } from "./generated/manifest-json.js";
import type { Manifest, ManifestCase, ManifestFile } from "./types.js";

/**
 * Reads and checks a data set's manifest. The image files are not read; see {@link loadCase}.
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `manifest-invalid` naming the entry and the field; `value`
 * lists all problems
 */
export async function readManifest(path: string, signal?: AbortSignal): Promise<Manifest> {
  const json = withLicense(parseJson(await readAll(path, signal), path));
  const problems = await manifestProblems(json);
  if (problems.length > 0) {
    const [first] = problems;
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
    const given = first.value === undefined ? "" : ` (it is ${show(first.value)})`;
    throw new SamlabError("manifest-invalid", `${path}: ${first.where} ${first.what}${given}${more}.`, {
      file: path,
      field: first.where,
      value: problems,
      remedy: "Correct the entry; data-samples/manifest.schema.json describes the format.",
    });
  }
  const { name, description = "", defaults, cases } = json as ManifestJson;
  const complete = cases.map((entry) => ({ ...defaults, ...entry }) as CompleteCase);
  return { name, description, file: path, cases: complete.map((entry) => settled(entry, path)) };
}

function parseJson(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const reason = messageOf(cause);
    throw new SamlabError("manifest-invalid", `${path} is not JSON: ${reason}.`, {
      file: path,
      cause,
      remedy: "Give a manifest (data-samples/manifest.schema.json describes it), or make one with samlab import.",
    });
  }
}

/** Manifests were first written with `licence`. */
function withLicense(json: unknown): unknown {
  if (!isObject(json)) return json;
  const renamed = (entry: unknown) => {
    if (!isObject(entry) || entry.licence === undefined || "license" in entry) return entry;
    const { licence, ...rest } = entry;
    return { ...rest, license: licence };
  };
  return {
    ...json,
    ...("defaults" in json ? { defaults: renamed(json.defaults) } : {}),
    ...(Array.isArray(json.cases) ? { cases: json.cases.map(renamed) } : {}),
  };
}

function settled(entry: CompleteCase, manifest: string): ManifestCase {
  const {
    id,
    title = id,
    subject = id,
    modality,
    labels,
    otherLabels = "fail",
    license,
    source = "",
    split,
    notes = "",
  } = entry;
  const file = ({ path, sha256, frame }: Case["image"] | Case["truth"]): ManifestFile => ({
    path,
    file: resolve(dirname(manifest), path),
    sha256: sha256 ?? null,
    frame: frame ?? null,
  });
  const { series = null, window = "auto", nonFinite = "reject", orientation = null } = entry.image;
  const { made, note = "", instances = false } = entry.truth;
  return {
    id,
    title,
    subject,
    modality,
    image: { ...file(entry.image), series, window, nonFinite, orientation },
    truth: { ...file(entry.truth), made, note, instances },
    labels,
    otherLabels,
    slicing: { plane: "axial", slices: "truth", minPixels: 1, ...entry.slicing },
    license,
    source,
    split,
    notes,
    manifest,
  };
}
