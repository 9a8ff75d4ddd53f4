import type { Parameter, ParameterTable } from "./parameters.js";

/** Parameters that take part in the same steps, so that the optimizer has updated them equally often. */
export interface UpdateGroup {
  /** Ending of the names of the optimizer's scalars for this group. */
  readonly ending: string;
  readonly parameters: readonly Parameter[];
  /** What a step's inputs must have, or else the group takes no part in it; `null` where it always does. */
  readonly needs: string | null;
}

/**
 * Splits a model's parameters by the steps that they take part in. PyTorch leaves a parameter without a gradient as it
 * is, and AdamW corrects the bias of its moments by the number of its own updates.
 * @param usedBy weight → the ways through the model that use it
 * @param needs as in `StepSpec`
 */
export function updateGroups(
  table: ParameterTable,
  usedBy: ReadonlyMap<string, readonly string[]>,
  needs: (weight: string) => string | null,
): readonly UpdateGroup[] {
  const groups = new Map<string, UpdateGroup & { readonly parameters: Parameter[] }>();
  for (const weight of table.parts.keys()) {
    const need = needs(weight);
    const key = JSON.stringify([usedBy.get(weight), need]);
    const group = groups.get(key) ?? {
      ending: groups.size === 0 ? "" : `.${groups.size}`,
      parameters: [],
      needs: need,
    };
    group.parameters.push(...table.ofWeight(weight));
    groups.set(key, group);
  }
  return [...groups.values()];
}
