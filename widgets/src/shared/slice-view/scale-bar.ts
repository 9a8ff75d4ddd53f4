/** The longest round length (1, 2 or 5 times a power of ten, in mm) whose bar is at most `most` CSS pixels long. */
export function scaleBar(pixelsPerMm: number, most: number): { length: number; pixels: number; label: string } {
  const longest = most / pixelsPerMm;
  const power = 10 ** Math.floor(Math.log10(longest));
  const length =
    [5, 2, 1].map((digit) => digit * power).find((candidate) => candidate <= longest * (1 + 1e-9)) ?? power;
  return { length, pixels: length * pixelsPerMm, label: lengthLabel(length) };
}

function lengthLabel(mm: number): string {
  if (mm >= 10) return mm % 100 === 0 ? `${mm / 10} cm` : `${mm} mm`;
  return mm >= 0.1 ? `${Number(mm.toPrecision(1))} mm` : `${Number((mm * 1000).toPrecision(1))} µm`;
}
