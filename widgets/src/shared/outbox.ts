/** A message with the view that sends it, and the view's number for it, which rises. */
interface Numbered {
  readonly view: string;
  readonly seq: number;
}

/**
 * A view's messages that the kernel has not handled. What is sent into a connection that is already broken is lost
 * without an error, so all of them are sent again when there is a new one; the kernel passes over those that it has
 * handled.
 */
export class Outbox<Message extends Numbered> {
  readonly #transmit: (message: Message) => void;
  #unhandled: readonly Message[] = [];
  #isHeld = false;

  constructor(transmit: (message: Message) => void) {
    this.#transmit = transmit;
  }

  /** Sends a message; while the connection is made anew, when that is done, after those before it. */
  send(message: Message): void {
    this.#unhandled = [...this.#unhandled, message];
    if (!this.#isHeld) this.#transmit(message);
  }

  /** The kernel has handled the messages of these views up to these numbers. */
  handled(numbers: { readonly [view: string]: number }): void {
    this.#unhandled = this.#unhandled.filter(({ view, seq }) => seq > (numbers[view] ?? 0));
  }

  /** Call when the connection is being made, and when it is there. */
  follow(isConnecting: boolean): void {
    const isBack = this.#isHeld && !isConnecting;
    this.#isHeld = isConnecting;
    if (isBack) for (const message of this.#unhandled) this.#transmit(message);
  }

  /** The kernel is gone. */
  clear(): void {
    this.#unhandled = [];
  }
}
