import { createHash } from "node:crypto";
import { isSamlabError, messageOf, throwIfCanceled } from "../../core/errors.js";
import { unseen } from "../../core/long-work.js";
import { type LoadedCase, loadCase } from "../../datasets/case.js";
import type { ManifestCase } from "../../datasets/manifest/types.js";
import { sha256OfImage } from "../../io/image/image-hash.js";
import type { ModelIdentity } from "../plan.js";
import type { CaseRecord } from "../store/store-file.js";
import { type FailedScope, failedRows } from "./rows.js";
import type { UnitSettings } from "./settings.js";
import { type SliceTask, slicesOf, wholeVolume } from "./slices.js";

/** A case with its pixels and its record. `loaded` is `null` if it could not be read. */
export interface OpenCase {
  readonly loaded: LoadedCase | null;
  readonly record: CaseRecord;
}

/**
 * Loads a case and finds its slices. A case that cannot be read, whose grids differ, or whose truth is empty gives
 * failed rows and no slices; a truth value that the label map does not name gives failed rows under that value, and the
 * named labels are evaluated.
 * @throws {SamlabError} `canceled`
 */
export async function openCase(
  entry: ManifestCase,
  models: readonly ModelIdentity[],
  settings: UnitSettings,
  signal?: AbortSignal,
): Promise<OpenCase> {
  const fail = (failure: string, labels?: readonly string[], dataHash = "", scope: FailedScope = "case") =>
    models.flatMap((model) =>
      failedRows(entry, model, settings, scope, failure, { dataHash, ...(labels ? { labels } : {}) }),
    );
  const record = (part: Pick<CaseRecord, "dataHash" | "slices" | "rows" | "notes">): CaseRecord => ({
    kind: "case",
    case: entry.id,
    ...part,
  });
  try {
    const [loaded, dataHash] = await Promise.all([
      loadCase(entry, { signal, onProgress: unseen }),
      hashOfData(entry, signal),
    ]);
    const rows = loaded.unnamed.flatMap((value) => {
      const failure = `The truth holds the value ${value}, which the label map does not name. If that is intended, set "otherLabels": "background".`;
      return fail(failure, [String(value)], dataHash);
    });
    const minPixels = settings.scoring.minPixels ?? entry.slicing.minPixels;
    const slices = tasksOf(loaded, settings, minPixels);
    if (slices.length === 0) {
      rows.push(...fail(emptyReason(loaded, minPixels, settings), undefined, dataHash, askedOf(loaded, settings)));
    }
    return { loaded, record: record({ dataHash, slices, rows, notes: loaded.notes }) };
  } catch (error) {
    throwIfCanceled(signal, "The evaluation");
    if (isSamlabError(error, "canceled")) throw error;
    const slices: SliceTask[] = [];
    return { loaded: null, record: record({ dataHash: "", slices, rows: fail(messageOf(error)), notes: [] }) };
  }
}

/** What of a case is evaluated; of one that has neither, the whole case fails. */
function askedOf({ kind }: LoadedCase, settings: UnitSettings): FailedScope {
  const { strategies, volumeStrategies, slicesOfVolumes } = settings;
  const isSliced = strategies.length > 0 && (kind === "image" || slicesOfVolumes);
  const isFollowed = kind === "volume" && volumeStrategies.length > 0;
  if (isSliced === isFollowed) return "case";
  return isSliced ? "slices" : "volume";
}

/** The slices, then the volume as a whole. */
function tasksOf(loaded: LoadedCase, settings: UnitSettings, minPixels: number): SliceTask[] {
  const { strategies, volumeStrategies, slicesOfVolumes } = settings;
  if (loaded.truth.labels.length === 0) return [];
  const isSliced = strategies.length > 0 && (loaded.kind === "image" || slicesOfVolumes);
  const slices = isSliced ? slicesOf(loaded, minPixels) : [];
  const isFollowed = loaded.kind === "volume" && volumeStrategies.length > 0;
  return isFollowed ? [...slices, wholeVolume(loaded.entry.slicing.plane)] : slices;
}

function emptyReason({ kind, truth }: LoadedCase, minPixels: number, { strategies }: UnitSettings): string {
  if (truth.labels.length === 0) return "The truth is empty.";
  return kind === "image" && strategies.length === 0
    ? "A picture has no slices to go through."
    : `The truth has no slice on which an object has at least ${minPixels} pixels.`;
}

/** sha256 of the sha256 of image and truth, hex. */
export async function hashOfData({ image, truth }: ManifestCase, signal: AbortSignal | undefined): Promise<string> {
  const hashes = await Promise.all([image, truth].map(({ sha256, file }) => sha256 ?? sha256OfImage(file, signal)));
  return createHash("sha256").update(hashes.join(" ")).digest("hex");
}
