const narrow = new Set("iljtfrI.,:;'|!()[] ·-/");
const wide = new Set("mwMWOQ@%—");

/**
 * Approximate text width in pixels in a sans-serif font of this size; font metrics need a browser. Errs on the wide
 * side.
 */
export function textWidth(content: string, size: number): number {
  let ems = 0;
  for (const sign of content) ems += narrow.has(sign) ? 0.36 : wide.has(sign) ? 0.92 : /[A-Z]/.test(sign) ? 0.7 : 0.58;
  return ems * size;
}

/** Truncates to a width, with an ellipsis. */
export function shorten(content: string, size: number, width: number): string {
  if (textWidth(content, size) <= width) return content;
  let kept = content;
  while (kept.length > 1 && textWidth(`${kept}…`, size) > width) kept = kept.slice(0, -1);
  return `${kept.trimEnd()}…`;
}

/** Wraps at spaces into lines of at most this width; a longer word gets its own line. */
export function wrap(content: string, size: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of content.split(" ")) {
    const longer = lines.length > 0 ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length > 0 && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
