import { currentKernel, type KernelContext } from "../../context.js";

/** Widgets whose outputs are followed. */
const followed = new Set<WidgetOutputs>();
const joined = new WeakSet<KernelContext>();

/** At the end of each cell, its earlier outputs are gone. */
function joinCells(kernel: KernelContext): void {
  if (joined.has(kernel)) return;
  joined.add(kernel);
  kernel.beforeEnd?.(() => {
    const { cell } = kernel;
    if (cell) for (const outputs of followed) outputs.ended(cell);
    return undefined;
  });
}

/** The outputs that show a widget, and that of the cell that has made it, which may show it. */
export class WidgetOutputs {
  readonly #onReplaced: () => void;
  /** The last run that showed it, of each cell. */
  readonly #runs = new Map<string, string>();

  /** `onReplaced` is called when each of these cells has run again without showing the widget. */
  constructor(onReplaced: () => void) {
    this.#onReplaced = onReplaced;
  }

  /** The running cell makes or shows the widget. Nothing is known of a front end without cell ids. */
  add(): void {
    const kernel = currentKernel();
    if (!kernel?.cell) return;
    joinCells(kernel);
    this.#runs.set(kernel.cell.id, kernel.cell.run);
    followed.add(this);
  }

  ended({ id, run }: { readonly id: string; readonly run: string }): void {
    const last = this.#runs.get(id);
    if (last === undefined || last === run) return;
    this.#runs.delete(id);
    if (this.#runs.size > 0) return;
    this.end();
    this.#onReplaced();
  }

  /** Follows them no longer. */
  end(): void {
    followed.delete(this);
    this.#runs.clear();
  }
}
