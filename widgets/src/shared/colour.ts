/** Okabe–Ito, by meaning: the same in every widget and chart. */
export const colour = {
  zeroShot: "#0072b2",
  fineTuned: "#e69f00",
  truth: "#009e73",
  include: "#009e73",
  exclude: "#d55e00",
} as const;

/** `#rrggbb` with an alpha from 0 to 1. */
export function withAlpha(hex: string, alpha: number): string {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return `rgba(${r}, ${g}, ${b}, ${alpha})`;
}
