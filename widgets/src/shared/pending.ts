/** After this long without an answer, in ms, the view says that the kernel is busy. */
export const kernelPatience = 1000;

interface Sent<I> {
  readonly seq: number;
  readonly at: number;
  readonly intent: I;
}

/** The intents that the kernel has not handled yet: shown as if done where that is safe, and sent one at a time where only the last counts. */
export class Pending<I extends { readonly kind: string }> {
  #sent: Sent<I>[] = [];
  #seq = 0;

  /** Notes an intent as sent and returns its number. `now` in ms. */
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

  /** What is on its way, in the order it was sent. */
  get intents(): readonly I[] {
    return this.#sent.map(({ intent }) => intent);
  }

  /** How long the oldest one has been waiting, in ms; 0 without any. */
  age(now: number): number {
    return this.#sent.length === 0 ? 0 : now - this.#sent[0].at;
  }
}
