import type { Place } from "../../../src/protocol/slice-prompter.js";
import { samePlace } from "../../../src/protocol/slice-prompter.js";
import type { Intent } from "../../../src/protocol/slice-prompter-intents.js";

interface Sent {
  readonly seq: number;
  readonly at: number;
  readonly intent: Intent;
}

/** The intents that the kernel has not handled yet: shown as if done where that is safe, and sent one at a time where only the last counts. */
export class Pending {
  #sent: Sent[] = [];
  #seq = 0;

  /** Notes an intent as sent and returns its number. `now` in ms. */
  add(intent: Intent, now: number): number {
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

  has(kind: Intent["kind"]): boolean {
    return this.#sent.some(({ intent }) => intent.kind === kind);
  }

  /** Points and boxes on their way to this slice. */
  promptsAt(place: Place): Extract<Intent, { kind: "point" | "box" }>[] {
    return this.#sent
      .map(({ intent }) => intent)
      .filter((intent) => intent.kind === "point" || intent.kind === "box")
      .filter((intent) => samePlace(intent.place, place));
  }

  /** How long the oldest one has been waiting, in ms; 0 without any. */
  age(now: number): number {
    return this.#sent.length === 0 ? 0 : now - this.#sent[0].at;
  }
}
