/** A view that can hold others. */
export interface WidgetNest {
  /** Shows the widget of a model inside an element, until the signal is aborted. */
  showWidget(model: string, place: HTMLElement, signal: AbortSignal): Promise<void>;
}
