/** Sends one multipart message at a time; the promise resolves when it has been handed to the transport. */
export interface FrameSink {
  send(frames: Uint8Array[]): Promise<void>;
}

export interface PushOptions {
  /** Called once, whether or not the message could be sent. */
  readonly sent?: (() => void) | undefined;
  /** If the last message in the queue has the same key, it is replaced: only the latest state matters. */
  readonly replaces?: string | undefined;
}

interface Entry {
  frames: Uint8Array[];
  readonly sent: (() => void)[];
  readonly replaces: string | undefined;
}

/**
 * Sends messages over one socket in order, one at a time. zeromq rejects a send while another is in progress ("Socket
 * is busy writing"), and a dropped message would be an output the user never sees.
 */
export class SendQueue {
  readonly #sink: FrameSink;
  readonly #failed: (error: unknown) => void;
  #entries: Entry[] = [];
  #last: Entry | undefined;
  #waiting = 0;
  #pumping: Promise<void> | undefined;

  constructor(sink: FrameSink, failed: (error: unknown) => void) {
    this.#sink = sink;
    this.#failed = failed;
  }

  push(frames: Uint8Array[], { sent, replaces }: PushOptions = {}): void {
    const last = this.#entries.at(-1);
    if (replaces !== undefined && last?.replaces === replaces) {
      this.#waiting += size(frames) - size(last.frames);
      last.frames = frames;
      if (sent) last.sent.push(sent);
      return;
    }
    this.#last = { frames, sent: sent ? [sent] : [], replaces };
    this.#entries.push(this.#last);
    this.#waiting += size(frames);
    this.#pumping ??= this.#pump();
  }

  /** Calls `sent` when everything pushed so far has been sent. */
  afterLast(sent: () => void): void {
    if (this.#last) this.#last.sent.push(sent);
    else sent();
  }

  /** Bytes not yet handed to the transport. */
  get bytes(): number {
    return this.#waiting;
  }

  /** Resolves when everything pushed so far has been sent. */
  async drained(): Promise<void> {
    while (this.#pumping) await this.#pumping;
  }

  async #pump(): Promise<void> {
    while (this.#entries.length > 0) {
      const batch = this.#entries;
      this.#entries = [];
      for (const entry of batch) {
        try {
          await this.#sink.send(entry.frames);
        } catch (error) {
          this.#failed(error);
        }
        this.#waiting -= size(entry.frames);
        if (this.#last === entry) this.#last = undefined;
        for (const done of entry.sent) done();
      }
    }
    this.#pumping = undefined;
  }
}

function size(frames: readonly Uint8Array[]): number {
  return frames.reduce((sum, frame) => sum + frame.byteLength, 0);
}
