/** A user-defined widget. Its code is part of its state, under the same names as in anywidget. */
export const ownWidgetModel = "OwnWidgetModel";
export const ownWidgetView = "OwnWidgetView";

export interface OwnWidgetCode {
  /** The text of an ES module, or the URL of one (`https://…`). */
  readonly _esm: string;
  /** The text of a style sheet, or empty. */
  readonly _css: string;
}

/** True if the value is the URL of a module or style sheet rather than its text. */
export function isAddress(code: string): boolean {
  return /^https?:\/\/\S+$/.test(code.trim());
}
