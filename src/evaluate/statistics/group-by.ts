import { appendTo } from "../../core/append-to.js";
/** Groups in the order of first appearance. */
export function groupBy<T>(items: readonly T[], key: (item: T) => readonly (string | number)[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) appendTo(groups, JSON.stringify(key(item)), item);
  return [...groups.values()];
}
