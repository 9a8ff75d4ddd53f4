import type { EvaluationRow } from "../../../src/evaluate/types.js";

const blank: Omit<EvaluationRow, "subject"> = {
  case: "case1",
  modality: "CT",
  label: "lung",
  part: 0,
  plane: "axial",
  slice: 0,
  model: "lite-medsam",
  strategy: "box",
  clicks: 0,
  policy: "first",
  dice: 0.5,
  iou: 0.4,
  precision: 0.5,
  recall: 0.5,
  hd: 5,
  hd95: 4,
  asd: 1,
  assd: 1,
  nsd: 0.7,
  unit: "mm",
  predictedIou: 0.8,
  size: 100,
  contrast: 0.3,
  complexity: 1.2,
  encodeMs: 10,
  predictMs: 5,
  seconds: Number.NaN,
  propagation: "",
  modelHash: "m",
  adapterHash: "",
  preprocessing: "SAM",
  provider: "CPU",
  dataHash: "d",
  seed: 0,
  version: "0.1.0",
  failure: "",
};

/** A row with these values, the rest plain. */
export function row(values: Partial<EvaluationRow> = {}): EvaluationRow {
  return { ...blank, subject: values.case ?? blank.case, ...values };
}

/** Reproducible numbers in [0, 1): a linear congruential generator (Numerical Recipes). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const targets = [
  ["Endoscopy", "polyp", 0.93, 18],
  ["CT", "lung nodule", 0.82, 64],
  ["MR", "tumor", 0.7, 41],
  ["Microscopy", "nuclei", 0.61, 120],
  ["MR", "white matter", 0.42, 20],
] as const;

/**
 * A plausible evaluation: five modality–target pairs, each with the given strategies. Larger objects have higher
 * scores.
 */
export function syntheticRows(strategies: readonly string[] = ["box"], model = "lite-medsam"): EvaluationRow[] {
  const random = randomNumbers(7);
  return strategies.flatMap((strategy, s) =>
    targets.flatMap(([modality, label, level, n]) =>
      Array.from({ length: n }, (_, k) => {
        const size = Math.round(10 ** (1.7 + 2.3 * random()));
        const noise = (random() + random() + random() - 1.5) * 0.22;
        const dice = Math.min(1, Math.max(0, level - 0.12 * s + noise + 0.05 * (Math.log10(size) - 2.8)));
        return row({
          case: `${label.replace(" ", "-")}-${1 + Math.floor(k / 6)}`,
          modality,
          label,
          slice: k,
          model,
          strategy,
          clicks: strategy.startsWith("points") ? Number(strategy.slice(7)) : 0,
          dice,
          size,
          contrast: random(),
          complexity: 1 + random() * 2,
          dataHash: `${modality}${label}${Math.floor(k / 6)}`,
        });
      }),
    ),
  );
}
