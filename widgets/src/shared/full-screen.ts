import { press, toolButton } from "./controls.js";
import type { Lifecycle } from "./lifecycle.js";

/** A button that toggles full-screen display of its widget. */
export function fullScreenButton(lifecycle: Lifecycle): HTMLButtonElement {
  const widget = () => button.closest<HTMLElement>(".sl");
  const button: HTMLButtonElement = toolButton(
    "full",
    null,
    () => {
      if (document.fullscreenElement) void document.exitFullscreen();
      else void widget()?.requestFullscreen();
    },
    "full screen",
  );
  document.addEventListener(
    "fullscreenchange",
    () => press(button, document.fullscreenElement !== null && document.fullscreenElement === widget()),
    { signal: lifecycle.signal },
  );
  button.hidden = !document.fullscreenEnabled;
  return button;
}
