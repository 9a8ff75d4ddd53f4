/** JupyterLab's colors as plotly needs them, and how wide its letters are. */
export interface Theme {
  readonly text: string;
  readonly soft: string;
  readonly grid: string;
  readonly surface: string;
  readonly font: string;
  readonly isDark: boolean;
  /** CSS pixels, at a font size. */
  measure(text: string, size: number): number;
}

export const fontSize = { name: 12, tick: 11, small: 10 } as const;

/** Of a single object's symbol: overlapping ones show on white, on dark ground the series' blue would drown. */
export function pointOpacity({ isDark }: Theme): number {
  return isDark ? 1 : 0.65;
}

/** `#rrggbb` as rgba(). */
export function faint(hex: string, alpha: number): string {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return `rgba(${r}, ${g}, ${b}, ${alpha})`;
}
