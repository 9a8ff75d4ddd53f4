import { belongsToPage, keyName } from "./key-name.js";
import type { Lifecycle } from "./lifecycle.js";

/** Modifier keys that change what a drag does. */
export interface HeldKeys {
  space: boolean;
  window: boolean;
}

export interface KeyboardParts {
  /** The pictures that receive keyboard events. */
  readonly surfaces: readonly HTMLElement[];
  readonly held: HeldKeys;
  /** The action of a key; undefined if there is none. `onPicture`: buttons and sliders need some keys themselves. */
  lookup(name: string, onPicture: boolean): (() => void) | undefined;
}

/** Lumino, which handles the notebook's shortcuts, ignores events on elements with this attribute. */
const suppressShortcuts = "data-lm-suppress-shortcuts";

/**
 * Keyboard events inside a widget. Keys of the widget, and all keys that could change a cell, never reach the notebook,
 * where single letters cut and delete cells. Keys of the page, such as Ctrl S, are passed on.
 *
 * JupyterLab handles keys when they bubble up to the document, Notebook 7 in its capture phase: only a listener on the
 * window runs earlier. It marks each key for Lumino; the key must still reach the fields and sliders it is meant for.
 */
export class Keyboard {
  readonly #root: HTMLElement;
  readonly #parts: KeyboardParts;
  /** Space is down and nothing has been dragged with it yet. */
  #spaceTap = false;

  constructor(root: HTMLElement, parts: KeyboardParts, { signal }: Lifecycle) {
    this.#root = root;
    this.#parts = parts;
    window.addEventListener("keydown", (event) => this.#mark(event), { signal, capture: true });
    root.addEventListener("focusin", ({ target }) => suppress(target, true), { signal });
    root.addEventListener("keydown", (event) => this.#down(event), { signal });
    root.addEventListener("keyup", (event) => this.#up(event), { signal });
    const dragged = () => {
      this.#spaceTap = false;
    };
    for (const surface of parts.surfaces) {
      surface.addEventListener("pointerdown", dragged, { signal });
      surface.addEventListener("blur", () => Object.assign(parts.held, { space: false, window: false }), { signal });
    }
  }

  /** Returns the keyboard to the notebook's cell, where notebook shortcuts work again. */
  leave(): void {
    for (const surface of this.#parts.surfaces) surface.blur();
    this.#root.parentElement?.closest<HTMLElement>("[tabindex]")?.focus({ preventScroll: true });
  }

  /** Tells Lumino whether to handle the key. */
  #mark(event: KeyboardEvent): void {
    if (event.target instanceof Node && this.#root.contains(event.target)) {
      suppress(event.target, this.#isOwn(event));
    }
  }

  #isOwn(event: KeyboardEvent): boolean {
    const { surfaces, lookup } = this.#parts;
    const name = keyName(event);
    if (isField(event.target)) return !belongsToPage(event);
    return (
      !belongsToPage(event) ||
      lookup(
        name,
        surfaces.some((surface) => surface === event.target),
      ) !== undefined
    );
  }

  #down(event: KeyboardEvent): void {
    const { surfaces, held, lookup } = this.#parts;
    const onPicture = surfaces.some((surface) => surface === event.target);
    const name = keyName(event);
    if (isField(event.target)) {
      if (!belongsToPage(event)) event.stopPropagation();
      return;
    }
    if (onPicture && name === " ") {
      if (!event.repeat) this.#spaceTap = true;
      held.space = true;
      swallow(event);
      return;
    }
    if (onPicture && name === "w") {
      held.window = true;
      swallow(event);
      return;
    }
    const run = lookup(name, onPicture);
    if (run) {
      swallow(event);
      run();
    } else if (!belongsToPage(event)) event.stopPropagation();
  }

  #up(event: KeyboardEvent): void {
    const { held, lookup } = this.#parts;
    if (event.key === " " && held.space) {
      held.space = false;
      if (this.#spaceTap) lookup("Enter", true)?.();
      this.#spaceTap = false;
    }
    if (event.key.toLowerCase() === "w") held.window = false;
  }
}

function swallow(event: KeyboardEvent): void {
  event.preventDefault();
  event.stopPropagation();
}

function suppress(target: EventTarget | null, on: boolean): void {
  if (!(target instanceof Element)) return;
  if (on) target.setAttribute(suppressShortcuts, "true");
  else target.removeAttribute(suppressShortcuts);
}

/** Elements that need letter keys themselves. */
function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target.type === "text");
}
