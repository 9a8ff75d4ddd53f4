import type { CrossedSlices } from "./slice-prompter.js";

/** `axial slices 4 to 7 and sagittal slice 3`. */
export function crossedText(from: readonly CrossedSlices[]): string {
  const parts = from.map(({ plane, first, last }) =>
    first === last ? `${plane} slice ${first}` : `${plane} slices ${first} to ${last}`,
  );
  return parts.join(" and ");
}
