import { randomUUID } from "node:crypto";
import { detached } from "../../../src/core/ambient.js";
import type { WidgetModel } from "../../comm/widget-model.js";
import { currentKernel, type KernelContext, type MimeBundle } from "../../context.js";

/** Delay after the last change, in ms: avoids rendering a picture for every step of a drag. */
const pictureDelay = 500;

/** Longest delay after a change that others follow, in ms: a notebook that is saved during long work shows it. */
const longestDelay = 10_000;

/** Pictures that will be renewed. */
const waiting = new Set<LivePicture>();
const joined = new WeakSet<KernelContext>();

/**
 * Renews the waiting pictures before a cell ends: programs that run notebooks without a page take nothing from a cell
 * after its end.
 */
function joinCells(): void {
  const kernel = currentKernel();
  if (!kernel || joined.has(kernel)) return;
  joined.add(kernel);
  kernel.beforeEnd?.(() =>
    waiting.size > 0 ? Promise.all([...waiting].map((picture) => picture.renew())) : undefined,
  );
}

/**
 * The still picture in the outputs that show a widget. Updated after each change, so that a notebook opened without its
 * kernel shows the widget's last state.
 */
export class LivePicture {
  /** Display id of the widget's output. */
  readonly id = randomUUID();
  readonly #link: Pick<WidgetModel<object>, "closed" | "renewPicture" | "mimeBundle">;
  readonly #make: () => Promise<MimeBundle>;
  #isShown = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the first change came that the picture does not show; undefined if it shows all. */
  #changedAt: number | undefined;
  #making: Promise<void> = Promise.resolve();

  /** `make` renders the content shown alongside the widget. */
  constructor(
    link: Pick<WidgetModel<object>, "closed" | "renewPicture" | "mimeBundle">,
    make: () => Promise<MimeBundle>,
  ) {
    this.#link = link;
    this.#make = make;
  }

  /** The bundle that displays the widget. Starts updating its picture. */
  async shown(): Promise<MimeBundle> {
    this.#follow();
    return this.#link.mimeBundle(await this.#make());
  }

  /** As {@link shown}, with this picture, at once. */
  show(content: MimeBundle): MimeBundle {
    this.#follow();
    return this.#link.mimeBundle(content);
  }

  /** Call after each change that affects the picture. */
  changed(): void {
    if (!this.#isShown) return;
    clearTimeout(this.#timer);
    const now = performance.now();
    this.#changedAt ??= now;
    const delay = Math.max(0, Math.min(pictureDelay, this.#changedAt + longestDelay - now));
    this.#timer = detached(() => setTimeout(() => this.renew(), delay));
    waiting.add(this);
  }

  end(): void {
    clearTimeout(this.#timer);
    waiting.delete(this);
    this.#isShown = false;
  }

  /** Renders the picture now; keeps the previous one if that fails. Resolves when it is sent. */
  renew(): Promise<void> {
    clearTimeout(this.#timer);
    this.#changedAt = undefined;
    waiting.delete(this);
    this.#making = detached(() => this.#renewed());
    return this.#making;
  }

  #follow(): void {
    this.#isShown = true;
    joinCells();
  }

  #renewed(): Promise<void> {
    return this.#making
      .then(async () => {
        const content = await this.#make();
        if (!this.#isShown || this.#link.closed) return;
        currentKernel()?.display(this.#link.mimeBundle(content), { displayId: this.id, update: true });
        this.#link.renewPicture(content);
      })
      .catch(() => {});
  }
}
