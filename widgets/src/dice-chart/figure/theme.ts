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
