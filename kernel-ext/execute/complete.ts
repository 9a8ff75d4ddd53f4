import type { CompletionInfo } from "tslab/dist/converter.js";

export interface Match {
  readonly text: string;
  /** The compiler's word for what it is: function, property, class, keyword … */
  readonly kind: string;
}

export interface Completion {
  readonly matches: readonly Match[];
  /** The text that a match replaces, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/**
 * The completions that begin with what stands before the cursor; those that differ in case only when nothing else does. (tslab also
 * offers names that merely contain the text.)
 */
export function filterCompletions(info: CompletionInfo, code: string, cursor: number): Completion {
  const start = Math.min(info.start, cursor);
  const prefix = code.slice(start, cursor);
  const entries = (info.original?.entries ?? []).toSorted(
    (a, b) => a.sortText.localeCompare(b.sortText) || a.name.localeCompare(b.name),
  );
  const exact = entries.filter((entry) => entry.name.startsWith(prefix));
  const lower = prefix.toLowerCase();
  const found = exact.length > 0 ? exact : entries.filter((entry) => entry.name.toLowerCase().startsWith(lower));
  const matches = found.map((entry) => ({ text: entry.name, kind: entry.kind }));
  return { matches, start, end: Math.max(info.end, cursor) };
}
