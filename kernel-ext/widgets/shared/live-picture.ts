import { randomUUID } from "node:crypto";
import type { WidgetModel } from "../../comm/widget-model.js";
import { currentKernel, type MimeBundle } from "../../context.js";

/** After the last change, ms: a picture is not made for each step of a drag. */
const patience = 500;

/**
 * The still picture in the outputs that show a widget: renewed after each change, so that it is the widget's last state that is seen where the widget
 * cannot live, as in a notebook that is opened without its kernel.
 */
export class LivePicture {
  /** The display that the widget is shown as. */
  readonly id = randomUUID();
  readonly #link: Pick<WidgetModel<object>, "closed" | "isReloaded" | "sendCustom" | "mimeBundle">;
  readonly #make: () => Promise<MimeBundle>;
  #isShown = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #making: Promise<void> = Promise.resolve();

  /** `make` gives the content beside the widget itself. */
  constructor(
    link: Pick<WidgetModel<object>, "closed" | "isReloaded" | "sendCustom" | "mimeBundle">,
    make: () => Promise<MimeBundle>,
  ) {
    this.#link = link;
    this.#make = make;
  }

  /** What shows the widget. From now on its picture is renewed. */
  async shown(): Promise<MimeBundle> {
    this.#isShown = true;
    return this.#link.mimeBundle(await this.#make());
  }

  /** To be called after each change of what the picture shows. */
  changed(): void {
    if (!this.#isShown) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#renew(), patience);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#isShown = false;
  }

  /** A picture that cannot be made leaves the one before. */
  #renew(): void {
    this.#making = this.#making
      .then(async () => {
        const content = await this.#make();
        if (!this.#isShown || this.#link.closed) return;
        currentKernel()?.display(this.#link.mimeBundle(content), { displayId: this.id, update: true });
        if (this.#link.isReloaded) this.#send(content);
      })
      .catch(() => {});
  }

  /** Pages that were loaded again know no display ids: they are told through the widget. */
  #send(content: MimeBundle): void {
    const texts = Object.entries(content).map(([mime, value]) => {
      return [mime, value instanceof Uint8Array ? Buffer.from(value).toString("base64") : String(value)] as const;
    });
    this.#link.sendCustom({ kind: "picture", data: Object.fromEntries(texts) });
  }
}
