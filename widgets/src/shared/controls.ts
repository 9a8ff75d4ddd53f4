import { h, setAttributes } from "./dom.js";
import { type IconName, icon } from "./icons.js";

/** A toolbar button. A disabled one (see {@link enable}) does nothing. */
export function toolButton(
  name: IconName | null,
  text: string | null,
  act: () => void,
  title?: string,
): HTMLButtonElement {
  const button = h(
    "button.sl-button",
    { type: "button", title, "aria-label": text ? null : title },
    name && icon(name),
    text && h("span.sl-label", {}, text),
  );
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") act();
  });
  return button;
}

export function group(name: string, buttons: readonly HTMLElement[]): HTMLElement {
  return h("div.sl-group", { role: "group", "aria-label": name }, ...buttons);
}

export function press(button: HTMLElement, pressed: boolean): void {
  setAttributes(button, { "aria-pressed": String(pressed) });
}

/**
 * Sets `aria-disabled` rather than `disabled`, so the button keeps its focus and its tooltip, which says why it is
 * disabled.
 */
export function enable(button: HTMLElement, enabled: boolean, title?: string): void {
  setAttributes(button, { "aria-disabled": enabled ? null : "true" });
  if (title !== undefined && button.title !== title) button.title = title;
}
