/** A widget that users write themselves: its code travels in its state, by the names that anywidget gave them. */
export const ownWidgetModel = "OwnWidgetModel";
export const ownWidgetView = "OwnWidgetView";

export interface OwnWidgetCode {
  /** The text of an ES module, or the address of one (`https://…`). */
  readonly _esm: string;
  /** The text of a style sheet, or empty. */
  readonly _css: string;
}

/** True for the address of a module or style sheet, in the place of its text. */
export function isAddress(code: string): boolean {
  return /^https?:\/\/\S+$/.test(code.trim());
}
