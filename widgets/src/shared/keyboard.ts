import type { HeldKeys } from "./gestures.js";
import { keyName } from "./key-name.js";
import type { Lifecycle } from "./lifecycle.js";

export interface KeyboardParts {
  /** The pictures that take the keyboard. */
  readonly surfaces: readonly HTMLElement[];
  readonly held: HeldKeys;
  /** What a key does; undefined if nothing. `onPicture`: buttons and sliders need some keys themselves. */
  lookup(name: string, onPicture: boolean): (() => void) | undefined;
}

/**
 * Keyboard events inside a widget. What is the widget's, and every key without Ctrl, Alt or ⌘, never reaches the notebook, whose single letters
 * cut and delete cells. The rest goes on to it: Lumino's `data-lm-suppress-shortcuts` would also keep Ctrl S from saving the notebook.
 */
export class Keyboard {
  readonly #root: HTMLElement;
  readonly #parts: KeyboardParts;
  /** Space was pressed and nothing was dragged with it yet. */
  #spaceTap = false;

  constructor(root: HTMLElement, parts: KeyboardParts, { signal }: Lifecycle) {
    this.#root = root;
    this.#parts = parts;
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

  /** Gives the keyboard back to the notebook's cell, where its own keys work again. */
  leave(): void {
    for (const surface of this.#parts.surfaces) surface.blur();
    this.#root.parentElement?.closest<HTMLElement>("[tabindex]")?.focus({ preventScroll: true });
  }

  #down(event: KeyboardEvent): void {
    const { surfaces, held, lookup } = this.#parts;
    const onPicture = surfaces.some((surface) => surface === event.target);
    const name = keyName(event);
    if (isField(event.target)) {
      event.stopPropagation();
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
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
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

/** Things that need letters themselves. */
function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target.type === "text");
}
