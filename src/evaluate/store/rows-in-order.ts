import type { ResultSink } from "../run/schedule.js";
import type { EvaluationRow } from "../types.js";
import { unitKey } from "./store-file.js";

/**
 * All rows in the order case, slice, model, whatever the order in which they were made. Rows of a unit keep their
 * order.
 */
export function rowsInOrder(
  cases: readonly string[],
  models: readonly string[],
  { cases: records, units }: Pick<ResultSink, "cases" | "units">,
): EvaluationRow[] {
  return cases.flatMap((id) => {
    const record = records.get(id);
    if (!record) return [];
    const ofSlices = record.slices.flatMap(({ slice }) =>
      models.flatMap((model) => units.get(unitKey({ case: id, slice, model }))?.rows ?? []),
    );
    return [...record.rows, ...ofSlices];
  });
}
