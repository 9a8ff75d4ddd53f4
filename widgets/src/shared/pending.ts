/** After this many ms without an answer, the view shows that the kernel is busy. */
export const busyAfter = 1000;

interface Sent<I> {
  readonly seq: number;
  readonly at: number;
  readonly intent: I;
}

/**
 * Intents not yet handled by the kernel: shown as if done where that is safe, and sent one at a time where only the
 * last one counts.
 */
export class Pending<I extends { readonly kind: string }> {
  #sent: Sent<I>[] = [];
  #seq = 0;

  /** Records an intent as sent and returns its number. `now` in ms. */
  add(intent: I, now: number): number {
    this.#seq++;
    this.#sent.push({ seq: this.#seq, at: now, intent });
    return this.#seq;
  }

  /** The kernel has handled everything up to this number. */
  handled(seq: number): void {
    this.#sent = this.#sent.filter((sent) => sent.seq > seq);
  }

  clear(): void {
    this.#sent = [];
  }

  has(kind: I["kind"]): boolean {
    return this.#sent.some(({ intent }) => intent.kind === kind);
  }

  /** Unhandled intents, in the order sent. */
  get intents(): readonly I[] {
    return this.#sent.map(({ intent }) => intent);
  }

  /** Age of the oldest one in ms; 0 if there are none. */
  age(now: number): number {
    return this.#sent.length === 0 ? 0 : now - this.#sent[0].at;
  }
}
