/** JupyterLab's colors for plotly, and a text measure. */
export interface Theme {
  readonly text: string;
  readonly soft: string;
  readonly grid: string;
  readonly surface: string;
  readonly font: string;
  readonly isDark: boolean;
  /** Width of a text in CSS pixels at a font size. */
  measure(text: string, size: number): number;
}

export const fontSize = { name: 12, tick: 11, small: 10 } as const;

/** Opacity of single objects: overlapping symbols stay visible on white; on a dark theme, blue would be too faint. */
export function pointOpacity({ isDark }: Theme): number {
  return isDark ? 1 : 0.65;
}

/** Converts `#rrggbb` to rgba(). */
export function faint(hex: string, alpha: number): string {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return `rgba(${r}, ${g}, ${b}, ${alpha})`;
}
