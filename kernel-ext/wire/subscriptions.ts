/** Maximum time between a client's first request and its subscription. */
const SUBSCRIBE_MS = 300;
/** After a subscription, those of other clients connecting at the same time may arrive this much later. */
const QUIET_MS = 50;

/** Tracks when clients have subscribed. */
export class Subscriptions {
  #last = Number.NEGATIVE_INFINITY;

  /** A client has subscribed. */
  add(): void {
    this.#last = performance.now();
  }

  /** Resolves when clients that have just connected can be expected to have subscribed. */
  async settled(): Promise<void> {
    const asked = performance.now();
    for (;;) {
      const now = performance.now();
      if (now - asked >= SUBSCRIBE_MS || (this.#last >= asked && now - this.#last >= QUIET_MS)) return;
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS / 2));
    }
  }
}
