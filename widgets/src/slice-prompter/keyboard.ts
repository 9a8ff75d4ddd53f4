import type { Lifecycle } from "../shared/lifecycle.js";
import type { Announcer } from "./announcer.js";
import type { Controller } from "./controller.js";
import type { Gestures, HeldKeys } from "./gestures.js";
import { bindingOf, type KeyContext, keyName } from "./keys.js";
import type { Stage } from "./stage.js";

interface Parts {
  readonly controller: Controller;
  readonly stage: Stage;
  readonly announcer: Announcer;
  readonly gestures: Gestures;
  readonly held: HeldKeys;
}

/**
 * Keyboard events inside the widget. What is the widget's, and every key without Ctrl, Alt or ⌘, never reaches the notebook, whose single letters
 * cut and delete cells. The rest goes on to it: Lumino's `data-lm-suppress-shortcuts` would also keep Ctrl S from saving the notebook.
 */
export class Keyboard {
  readonly #root: HTMLElement;
  readonly #parts: Parts;
  readonly #context: KeyContext;
  /** Space was pressed and nothing was dragged with it yet. */
  #spaceTap = false;

  constructor(root: HTMLElement, parts: Parts, { signal }: Lifecycle) {
    this.#root = root;
    this.#parts = parts;
    const { controller, stage, announcer, gestures, held } = parts;
    this.#context = {
      controller,
      stage,
      leave: () => this.#leave(),
      abandon: () => gestures.abandon(),
      sayCursor: () => announcer.sayCursor(),
    };
    root.addEventListener("keydown", (event) => this.#down(event), { signal });
    root.addEventListener("keyup", (event) => this.#up(event), { signal });
    stage.surface.addEventListener(
      "pointerdown",
      () => {
        this.#spaceTap = false;
      },
      { signal },
    );
    stage.surface.addEventListener("blur", () => Object.assign(held, { space: false, window: false }), { signal });
  }

  #down(event: KeyboardEvent): void {
    const onPicture = event.target === this.#parts.stage.surface;
    const name = keyName(event);
    if (isField(event.target)) {
      event.stopPropagation();
      return;
    }
    if (onPicture && name === " ") {
      if (!event.repeat) this.#spaceTap = true;
      this.#parts.held.space = true;
      swallow(event);
      return;
    }
    if (onPicture && name === "w") {
      this.#parts.held.window = true;
      swallow(event);
      return;
    }
    const binding = bindingOf(name, onPicture);
    if (binding) {
      swallow(event);
      binding.run(this.#context);
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  }

  #up(event: KeyboardEvent): void {
    const { held } = this.#parts;
    if (event.key === " " && held.space) {
      held.space = false;
      if (this.#spaceTap) bindingOf("Enter", true)?.run(this.#context);
      this.#spaceTap = false;
    }
    if (event.key.toLowerCase() === "w") held.window = false;
  }

  /** To the notebook's cell, where its own keys work again. */
  #leave(): void {
    this.#parts.stage.surface.blur();
    this.#root.parentElement?.closest<HTMLElement>("[tabindex]")?.focus({ preventScroll: true });
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
