/** Collects cleanup functions of a view. One signal serves all event listeners. */
export class Lifecycle {
  readonly #controller = new AbortController();

  /** Aborted when the view is removed: pass it to `addEventListener`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get ended(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Calls `undo` when the view is removed. */
  onEnd(undo: () => void): void {
    this.#controller.signal.addEventListener("abort", undo, { once: true });
  }

  end(): void {
    this.#controller.abort();
  }
}

/** Returns a function that schedules `paint` once before the next frame, however often it is called. */
export function coalesced(paint: () => void, lifecycle: Lifecycle): () => void {
  let frame = 0;
  lifecycle.onEnd(() => cancelAnimationFrame(frame));
  return () => {
    if (frame !== 0 || lifecycle.ended) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      paint();
    });
  };
}
