/**
 * Formats a measured value with decimals matching its resolution; whole numbers stay whole. `step` is the distance
 * between stored values.
 */
export function formatValue(value: number, step: number): string {
  if (Number.isInteger(value) && Number.isInteger(step)) return String(value);
  const decimals = Math.min(4, Math.max(0, Math.ceil(-Math.log10(step || 1))));
  return value.toFixed(decimals);
}

/** With thin spaces between thousands, per the SI brochure. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

/** An area in mm² or pixels. */
export function formatArea(area: number, unit: "mm" | "px"): string {
  if (unit === "px") return `${formatCount(area)} px`;
  return area < 10 ? `${area.toFixed(1)} mm²` : `${formatCount(area)} mm²`;
}

/** 8 ms, 412 ms, 2.3 s. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 0.95) return "< 1 ms";
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
