/**
 * Rows of an evaluation, the same each time: three modality–label pairs × box and one and three points, 12 objects
 * each. The Dice of object k is its pair's level + k / 100, minus 0.3 for one point and 0.1 for three.
 */
const plain = {
  part: 0,
  plane: "axial" as const,
  model: "discs",
  policy: "first" as const,
  iou: 0.4,
  precision: 0.5,
  recall: 0.5,
  hd: 5,
  hd95: 4,
  asd: 1,
  assd: 1,
  nsd: 0.7,
  unit: "mm" as const,
  predictedIou: 0.8,
  encodeMs: 1,
  predictMs: 1,
  seconds: Number.NaN,
  propagation: "",
  modelHash: "m",
  adapterHash: "",
  preprocessing: "SAM",
  provider: "CPU",
  seed: 0,
  version: "0",
  failure: "",
};
const levels: [string, string, number][] = [
  ["MR", "tumor", 0.5],
  ["CT", "liver", 0.8],
  ["Endoscopy", "polyp", 0.65],
];

export const rows = ["box", "points:1", "points:3"].flatMap((strategy, s) =>
  levels.flatMap(([modality, label, level]) =>
    Array.from({ length: 12 }, (_, k) => ({
      ...plain,
      case: `${label}-${Math.floor(k / 4)}`,
      subject: `${label}-${Math.floor(k / 4)}`,
      modality,
      label,
      slice: k,
      strategy,
      clicks: [0, 1, 3][s],
      dice: level + k / 100 - [0, 0.3, 0.1][s],
      size: 40 * 2 ** k,
      contrast: 0.1 * k,
      complexity: 3 - 0.1 * k,
      dataHash: label + Math.floor(k / 4),
    })),
  ),
);

/** One more row, which failed. */
export const failed = { ...rows[0], case: "broken", dice: Number.NaN, failure: "the image could not be read" };
