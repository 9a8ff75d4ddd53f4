/** A view that can contain other widgets. */
export interface WidgetContainer {
  /** Shows the widget of a model inside an element, until the signal aborts. */
  showWidget(model: string, place: HTMLElement, signal: AbortSignal): Promise<void>;
}
