import type { WidgetOnPage } from "./widget.js";

export type Kind = "" | "both" | "only predicted" | "only truth";

/** Of each pixel, what a mask and the truth say. */
export function kindsOf(mask: Uint8Array, truth: Uint8Array): Kind[] {
  return Array.from(mask, (value, n) =>
    value ? (truth[n] ? "both" : "only predicted") : truth[n] ? "only truth" : "",
  );
}

/**
 * How many pixels of a picture are not of the expected kind. On small pictures, outlines cover the edges, so only inner
 * pixels count.
 */
export async function wrongOn(picture: WidgetOnPage, expected: readonly Kind[], width: number): Promise<number> {
  const seen = kindsSeen(await picture.pixels());
  return seen.filter((kind, n) => kind !== expected[n] && isInner(expected, n, width)).length;
}

/** By the strongest channel: green is both, vermillion only predicted, sky blue only truth. */
function kindsSeen(pixels: readonly (readonly [number, number, number, number])[]): Kind[] {
  return pixels.map(([r, g, b]) => {
    const most = Math.max(r, g, b);
    if (most - Math.min(r, g, b) <= 20) return "";
    return most === r ? "only predicted" : most === b ? "only truth" : "both";
  });
}

/** True if all eight neighbors are of the pixel's kind. */
export function isInner(kinds: readonly Kind[], n: number, width: number): boolean {
  const around = [-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1];
  return around.every((step) => (kinds[n + step] ?? "") === kinds[n]);
}
