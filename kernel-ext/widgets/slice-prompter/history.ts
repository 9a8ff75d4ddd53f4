/**
 * Undo and redo over immutable values: each step stores the value before and after it, and the context needed to show
 * it.
 */
export class UndoHistory<T, Context> {
  readonly #done: { before: T; after: T; context: Context }[] = [];
  #undone: { before: T; after: T; context: Context }[] = [];
  readonly #limit: number;

  constructor(limit = 200) {
    this.#limit = limit;
  }

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  /** Adds a step and clears the redo stack. Drops the oldest step beyond the limit. */
  push(before: T, after: T, context: Context): void {
    this.#done.push({ before, after, context });
    if (this.#done.length > this.#limit) this.#done.shift();
    this.#undone = [];
  }

  undo(): { value: T; context: Context } | null {
    const step = this.#done.pop();
    if (!step) return null;
    this.#undone.push(step);
    return { value: step.before, context: step.context };
  }

  redo(): { value: T; context: Context } | null {
    const step = this.#undone.pop();
    if (!step) return null;
    this.#done.push(step);
    return { value: step.after, context: step.context };
  }
}
