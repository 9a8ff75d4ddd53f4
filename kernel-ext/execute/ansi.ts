const style = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`;

/**
 * Styles in tracebacks; front ends turn them into colors. JupyterLab shows gray as nearly black in all themes, and bold
 * red as a red that is hard to read on its dark background of errors.
 */
export const ansi = {
  red: style(31, 39),
  yellow: style(33, 39),
  cyan: style(36, 39),
  bold: style(1, 22),
  inverse: style(7, 27),
};
