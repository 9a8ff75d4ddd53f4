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
    const scope = askedScope(loaded, settings);
    const rows = loaded.unnamed.flatMap((value) => {
      const failure = `The truth holds the value ${value}, which the label map does not name. If that is intended, set "otherLabels": "background".`;
      return fail(failure, [String(value)], dataHash, scope);
    });
    const minPixels = settings.scoring.minPixels ?? entry.slicing.minPixels;
    const slices = tasksOf(loaded, settings, minPixels);
    if (slices.length === 0) rows.push(...fail(emptyReason(loaded, minPixels, settings), undefined, dataHash, scope));
    return { loaded, record: record({ dataHash, slices, rows, notes: loaded.notes }) };
  } catch (error) {
    throwIfCanceled(signal, "The evaluation");
    if (isSamlabError(error, "canceled")) throw error;
    const slices: SliceTask[] = [];
    return { loaded: null, record: record({ dataHash: "", slices, rows: fail(messageOf(error)), notes: [] }) };
  }
}

/** Whether a case is evaluated slice by slice, and whether as a volume. */
function askedOf({ kind }: LoadedCase, { strategies, volumeStrategies, slicesOfVolumes }: UnitSettings) {
  return {
    slices: strategies.length > 0 && (kind === "image" || slicesOfVolumes),
    volume: kind === "volume" && volumeStrategies.length > 0,
  };
}

/** What fails of a case: what it is asked for, or all where that is nothing. */
function askedScope(loaded: LoadedCase, settings: UnitSettings): FailedScope {
  const { slices, volume } = askedOf(loaded, settings);
  if (slices === volume) return "case";
  return slices ? "slices" : "volume";
}

/** The slices, then the volume as a whole. */
function tasksOf(loaded: LoadedCase, settings: UnitSettings, minPixels: number): SliceTask[] {
  if (loaded.truth.labels.length === 0) return [];
  const asked = askedOf(loaded, settings);
  return [
    ...(asked.slices ? slicesOf(loaded, minPixels) : []),
    ...(asked.volume ? [wholeVolume(loaded.entry.slicing.plane)] : []),
  ];
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
