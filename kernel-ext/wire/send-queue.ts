/** Takes one multipart message at a time; the promise settles when it has been handed to the transport. */
export interface FrameSink {
  send(frames: Uint8Array[]): Promise<void>;
}

interface Entry {
  readonly frames: Uint8Array[];
  readonly sent: (() => void) | undefined;
}

/**
 * Sends messages over one socket in order and one at a time. zeromq refuses to send while a send is under way ("Socket is busy
 * writing"), and a message that is thrown away is an output that the user never sees.
 */
export class SendQueue {
  readonly #sink: FrameSink;
  readonly #failed: (error: unknown) => void;
  #entries: Entry[] = [];
  #pumping: Promise<void> | undefined;

  constructor(sink: FrameSink, failed: (error: unknown) => void) {
    this.#sink = sink;
    this.#failed = failed;
  }

  /** `sent` is called once for each message, whether it could be sent or not. */
  push(frames: Uint8Array[], sent?: () => void): void {
    this.#entries.push({ frames, sent });
    this.#pumping ??= this.#pump();
  }

  /** Settles when everything pushed so far has been sent. */
  async drained(): Promise<void> {
    while (this.#pumping) await this.#pumping;
  }

  async #pump(): Promise<void> {
    while (this.#entries.length > 0) {
      const batch = this.#entries;
      this.#entries = [];
      for (const { frames, sent } of batch) {
        try {
          await this.#sink.send(frames);
        } catch (error) {
          this.#failed(error);
        }
        sent?.();
      }
    }
    this.#pumping = undefined;
  }
}
