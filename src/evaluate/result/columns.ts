import type { EvaluationRow, Metric, RowScores } from "../types.js";

type ColumnKind = "text" | "whole" | "number";

/** The columns of a row, in the order of all tables and files. */
export const columns = {
  case: "text",
  subject: "text",
  modality: "text",
  label: "text",
  part: "whole",
  plane: "text",
  slice: "whole",
  model: "text",
  strategy: "text",
  clicks: "whole",
  policy: "text",
  dice: "number",
  iou: "number",
  precision: "number",
  recall: "number",
  hd: "number",
  hd95: "number",
  asd: "number",
  assd: "number",
  nsd: "number",
  unit: "text",
  predictedIou: "number",
  size: "number",
  contrast: "number",
  complexity: "number",
  encodeMs: "number",
  predictMs: "number",
  seconds: "number",
  propagation: "text",
  modelHash: "text",
  adapterHash: "text",
  preprocessing: "text",
  provider: "text",
  dataHash: "text",
  seed: "whole",
  version: "text",
  failure: "text",
} as const satisfies Record<keyof EvaluationRow, ColumnKind>;

export type ColumnName = keyof typeof columns;
export const columnNames = Object.keys(columns) as ColumnName[];

/** Scores in the row's `unit`, or for which it matters: those in mm and those in pixels have no common mean. */
const distances: ReadonlySet<string> = new Set<keyof RowScores>(["hd", "hd95", "asd", "assd", "nsd"]);

/** Unit of a row's metric, where means over rows need it to be the same; else empty. */
export function unitOf({ unit }: Pick<EvaluationRow, "unit">, metric: Metric): "mm" | "px" | "" {
  return distances.has(metric) ? unit : "";
}
