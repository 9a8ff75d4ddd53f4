const places = { running: 0, ended: 1 } as const;

/**
 * Whether a worker thread is in native code, shared with the thread that started it. A process that exits while ONNX
 * Runtime runs on a worker would abort: the results of the run can no longer be handed to JavaScript.
 */
export class ThreadActivity {
  readonly shared: SharedArrayBuffer;
  readonly #state: Int32Array;

  constructor(shared = new SharedArrayBuffer(8)) {
    this.shared = shared;
    this.#state = new Int32Array(shared);
  }

  /** On the worker: does the work, unless the process is about to exit. */
  async during(work: () => Promise<void>): Promise<void> {
    Atomics.store(this.#state, places.running, 1);
    try {
      if (Atomics.load(this.#state, places.ended) === 0) await work();
    } finally {
      Atomics.store(this.#state, places.running, 0);
      Atomics.notify(this.#state, places.running);
    }
  }

  /** On the other thread: lets nothing else begin, and blocks until the work at hand is done. */
  end(milliseconds: number): void {
    Atomics.store(this.#state, places.ended, 1);
    Atomics.wait(this.#state, places.running, 1, milliseconds);
  }
}
