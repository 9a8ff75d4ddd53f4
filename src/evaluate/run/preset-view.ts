import { SamlabError, show } from "../../core/errors.js";
import type { EvaluationPlan } from "../plan.js";
import { cvpr24Laptop, type EvaluationPreset, mazurowski, samSzu } from "../prompts/presets.js";
import type { UnitSettings } from "./settings.js";

/** Values that presets with different windows map to different results. */
const probe = Float32Array.from({ length: 101 }, (_, n) => n);

/** A preset's window and unit of distances, with a name that identifies them in a plan. */
export function viewOf(preset: EvaluationPreset | undefined): {
  readonly name: string;
  readonly unit: "px" | "image";
  readonly window: UnitSettings["window"];
} {
  if (!preset) return { name: "manifest", unit: "image", window: null };
  const { name, window, scores } = preset;
  const unit = scores.unit === "px" ? "px" : "image";
  if (!window) return { name: "manifest", unit, window };
  return { name: `${name} ${JSON.stringify(window(probe))}`, unit, window };
}

/** The preset with which an evaluation was made, with the options that do not change its scores as by default. */
export function presetOfPlan({ scoring }: Pick<EvaluationPlan, "scoring">): EvaluationPreset | undefined {
  if (scoring.nsdRule !== undefined) return cvpr24Laptop();
  return [samSzu(), mazurowski(), mazurowski({ oracle: true })].find(({ name }) =>
    scoring.window.startsWith(`${name} {`),
  );
}

/**
 * The window with such a name, for a worker process, since functions cannot be sent to one.
 * @throws {SamlabError} `argument-invalid` for a modified preset
 */
export function namedWindow(name: string): UnitSettings["window"] {
  const known = [undefined, samSzu(), samSzu({ lowPercentile: 0.5 }), mazurowski(), mazurowski({ oracle: true })];
  const found = known.map(viewOf).find((view) => view.name === name);
  if (found) return found.window;
  throw new SamlabError("argument-invalid", `Worker processes cannot take the preset window ${show(name)}.`, {
    field: "preset",
    remedy: "Use the preset as it is, or workers: 1.",
  });
}
