/** A size or spacing with at most four significant digits. */
export function numberText(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : "–";
}

/** Numbers as `1 × 1 × 3`. */
export function timesText(values: Iterable<number>): string {
  return [...values].map(numberText).join(" × ");
}

/** An area in mm², or in cm² from 1 cm² on. */
export function areaText(mm2: number): string {
  return mm2 < 100 ? `${numberText(mm2)} mm²` : `${numberText(mm2 / 100)} cm²`;
}

/** A volume in mm³, or in cm³ from 1 cm³ on. */
export function volumeText(mm3: number): string {
  return mm3 < 1000 ? `${numberText(mm3)} mm³` : `${numberText(mm3 / 1000)} cm³`;
}

/** `1 pixel`, `2 345 pixels` */
export function countText(count: number, what: string): string {
  const digits = String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return `${digits} ${what}${count === 1 ? "" : "s"}`;
}
