import type { EvaluationPlan } from "../plan.js";
import { presetOfPlan } from "../run/preset-view.js";
import type { EvaluationRow } from "../types.js";
import { caseKey, objectKey } from "./row-identity.js";

const emptyRules: Readonly<Record<string, string>> = {
  nan: "distances of an empty prediction are undefined (its overlap scores are 0)",
  worst: "distances of an empty prediction are the image's diagonal",
  szu: "distances of an empty prediction are 0, as in SAM-SZU's code",
};

const nsdRules = {
  cvpr24:
    " as in the laptop challenge (pictures as volumes of one slice of 1×1×1 mm voxels; 0 for a case of a mean Dice up to 0.2)",
};

/**
 * The footnote of every table and chart of the rows: how they were scored, by which policy, and how many there are.
 */
export function footnoteOf(rows: readonly EvaluationRow[], plan: EvaluationPlan): string {
  const { scoring, seed, version, models } = plan;
  const preset = presetOfPlan(plan);
  const good = rows.filter(({ failure }) => failure === "");
  const failures = rows.length - good.length;
  const units = [...new Set(good.map(({ unit }) => unit))].sort().join(" or ");
  const policies = [...new Set(rows.map(({ policy }) => policy))].join(", ");
  const cases = new Set(good.map(caseKey)).size;
  const subjects = new Set(good.map((row) => row.subject)).size;
  const objects = new Set(good.map(objectKey)).size;
  return [
    `n = ${good.length} rows: ${objects} objects of ${cases} cases${subjects === cases ? "" : ` of ${subjects} subjects`}${failures > 0 ? `; ${failures} rows failed` : ""}.`,
    `Mask policy: ${policies}${policies.includes("oracle") ? " (oracle chooses with the truth)" : ""}.`,
    `Distances: ${scoring.definition}'s definition; NSD at ${scoring.nsdTolerance} ${units || "mm"}${scoring.nsdRule ? nsdRules[scoring.nsdRule] : ""}; ${emptyRules[scoring.empty] ?? scoring.empty}.`,
    ...(scoring.overlaps ? ["Of overlapping objects the last keeps the pixels."] : []),
    ...(preset ? [`${preset.name}: ${preset.scores.note}`] : []),
    `Models: ${models.map(modelText).join(", ")}; seed ${seed}; samlab ${version}.`,
  ].join(" ");
}

function modelText({ name, hash, adapterHash, preprocessing, quality }: EvaluationPlan["models"][number]): string {
  const adapter = adapterHash ? `, adapter ${adapterHash.slice(0, 8)}` : "";
  return `${name} (${hash.slice(0, 8)}${adapter})${preprocessing ? ` fed as ${preprocessing}` : ""}${quality ? `, masks rated by ${quality}` : ""}`;
}
