import type { LoadedCase } from "../../datasets/case.js";
import type { ManifestCase } from "../../datasets/manifest/types.js";
import { samlabPackage } from "../../io/files/package.js";
import type { ModelIdentity } from "../plan.js";
import type { EvaluationRow, MaskPolicy, PromptStrategy, RowScores } from "../types.js";
import type { UnitSettings } from "./settings.js";
import { isWholeVolume, type SliceTask } from "./slices.js";

type Measured = RowScores &
  Pick<EvaluationRow, "predictedIou" | "size" | "contrast" | "complexity" | "encodeMs" | "predictMs" | "seconds">;

/** Measured columns of a row without scores. */
export const noScores: Measured = {
  dice: Number.NaN,
  iou: Number.NaN,
  precision: Number.NaN,
  recall: Number.NaN,
  hd: Number.NaN,
  hd95: Number.NaN,
  asd: Number.NaN,
  assd: Number.NaN,
  nsd: Number.NaN,
  predictedIou: Number.NaN,
  size: Number.NaN,
  contrast: Number.NaN,
  complexity: Number.NaN,
  encodeMs: Number.NaN,
  predictMs: Number.NaN,
  seconds: Number.NaN,
};

/**
 * The policies under which a strategy has rows. Automatic masks are matched to the truth, which is the policy `oracle`;
 * classes have no alternatives.
 */
export function policiesOf(strategy: PromptStrategy, policies: readonly MaskPolicy[]): readonly MaskPolicy[] {
  if (strategy.asks === "nothing") return ["first"];
  return strategy.asks === "everything" ? ["oracle"] : policies;
}

/** What failed: slices, the volume as a whole, or the whole case. */
export type FailedScope = "slices" | "volume" | "case";

/** Whether a task uses the strategies for slices or those for volumes. */
export function scopeOf(task: SliceTask): Exclude<FailedScope, "case"> {
  return isWholeVolume(task) ? "volume" : "slices";
}

/**
 * Rows for what could not be evaluated: one for each label × strategy × policy, so that every group counts its
 * failures.
 */
export function failedRows(
  entry: ManifestCase,
  model: ModelIdentity,
  settings: Pick<UnitSettings, "strategies" | "policies" | "volumeStrategies" | "seed">,
  scope: FailedScope,
  failure: string,
  at: Partial<Pick<EvaluationRow, "plane" | "slice" | "dataHash">> & { readonly labels?: readonly string[] } = {},
): EvaluationRow[] {
  const { labels = [...new Set(Object.values(entry.labels))], ...place } = at;
  const ofSlices = settings.strategies.flatMap((strategy) =>
    policiesOf(strategy, settings.policies).map((policy) => ({ strategy: strategy.name, policy })),
  );
  const ofVolumes = settings.volumeStrategies.map(({ name }) => ({ strategy: name, policy: "first" as const }));
  return [...(scope === "volume" ? [] : ofSlices), ...(scope === "slices" ? [] : ofVolumes)].flatMap((asked) =>
    labels.map(
      (label): EvaluationRow => ({
        case: entry.id,
        subject: entry.subject,
        modality: entry.modality,
        label,
        part: 0,
        plane: "",
        slice: -1,
        model: model.name,
        ...asked,
        clicks: 0,
        ...noScores,
        unit: "px",
        propagation: "",
        modelHash: model.hash,
        adapterHash: model.adapterHash ?? "",
        preprocessing: model.preprocessing ?? "",
        provider: model.provider,
        dataHash: "",
        seed: settings.seed,
        version: samlabPackage.version,
        ...place,
        failure,
      }),
    ),
  );
}

/** What one object is: as the evaluation says, otherwise `instance` if the truth has instances, or else `label`. */
export function objectKind(
  { entry }: LoadedCase,
  per: UnitSettings["scoring"]["per"],
): "label" | "component" | "instance" {
  if (per !== "auto") return per;
  return entry.truth.instances ? "instance" : "label";
}
