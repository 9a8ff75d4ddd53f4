/** A client's subscription follows its first request within this time. */
const PATIENCE_MS = 300;
/** After a subscription, those of other clients that connect at the same time may come this much later. */
const QUIET_MS = 50;

/** When clients have begun to listen. */
export class Subscriptions {
  #last = Number.NEGATIVE_INFINITY;

  /** A client listens from now on. */
  add(): void {
    this.#last = performance.now();
  }

  /** Settles when whoever has just connected can be expected to listen. */
  async settled(): Promise<void> {
    const asked = performance.now();
    for (;;) {
      const now = performance.now();
      if (now - asked >= PATIENCE_MS || (this.#last >= asked && now - this.#last >= QUIET_MS)) return;
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS / 2));
    }
  }
}
