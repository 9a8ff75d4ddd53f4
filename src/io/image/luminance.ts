/** The note on volumes whose colors were converted to gray. */
export const grayNote = "The colors were converted to gray (luminance).";

/** Gray values of RGB (Rec. 601 with OpenCV's weights), rounded. `rgb` is interleaved. */
export function luminance(rgb: Uint8Array): Uint8Array {
  const gray = new Uint8Array(rgb.length / 3);
  for (let n = 0, at = 0; n < gray.length; n++, at += 3) {
    gray[n] = Math.round(0.299 * rgb[at] + 0.587 * rgb[at + 1] + 0.114 * rgb[at + 2]);
  }
  return gray;
}
