/**
 * Maximum number of bytes in the ring. Above it the writer blocks, so that a cell that prints endlessly does not
 * exhaust memory.
 */
const CAPACITY = 1 << 22;
const PIECE_CHARS = 1 << 14;
const CHUNK_BYTES = 1 << 16;

/**
 * Indices in the Int32 header. Positions count all bytes ever written or read; they wrap around, and so do their
 * differences.
 */
const WRITTEN = 0;
const READ = 1;
const ANNOUNCED = 2;
/** Values of ANNOUNCED. */
const NOT_YET = 0;
const TEXT = 1;
const MUCH_TEXT = 2;
const HEADER_INTS = 4;

/**
 * Shared memory for text from the main thread to the wire thread. A cell that computes without pause gives the main
 * thread no chance to send what it has printed; the wire thread reads it from here.
 */
export function createTextRing(): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * HEADER_INTS + CAPACITY);
}

export interface TextWriterOptions {
  /** Notifies the reader once when there is text, and once more when the ring is half full. */
  announce(much: boolean): void;
  /** False if nobody is reading any more. */
  isRead(): boolean;
}

/** The main thread's end. */
export class TextWriter {
  readonly #header: Int32Array;
  readonly #ring: Uint8Array;
  readonly #options: TextWriterOptions;
  readonly #encoder = new TextEncoder();
  readonly #piece = new Uint8Array(3 * PIECE_CHARS);

  constructor(memory: SharedArrayBuffer, options: TextWriterOptions) {
    this.#header = new Int32Array(memory, 0, HEADER_INTS);
    this.#ring = new Uint8Array(memory, 4 * HEADER_INTS);
    this.#options = options;
  }

  /** Total bytes written; a message that carries this position comes after that text and before later text. */
  get position(): number {
    return Atomics.load(this.#header, WRITTEN);
  }

  write(text: string): void {
    let from = 0;
    while (from < text.length) {
      let to = Math.min(from + PIECE_CHARS, text.length);
      if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1))) to--;
      this.#writePiece(text.slice(from, to));
      from = to;
    }
  }

  #writePiece(piece: string): void {
    const { written: length } = this.#encoder.encodeInto(piece, this.#piece);
    if (!this.#waitForRoom(length)) return;
    const position = this.position;
    const start = (position >>> 0) % CAPACITY;
    const first = Math.min(length, CAPACITY - start);
    this.#ring.set(this.#piece.subarray(0, first), start);
    this.#ring.set(this.#piece.subarray(first, length), 0);
    // Last step: if an interrupt terminates this before, nothing has been written.
    Atomics.store(this.#header, WRITTEN, (position + length) | 0);
    const much = this.#used() > CAPACITY / 2;
    const known = Atomics.load(this.#header, ANNOUNCED);
    if (known === MUCH_TEXT || (known === TEXT && !much)) return;
    Atomics.store(this.#header, ANNOUNCED, much ? MUCH_TEXT : TEXT);
    this.#options.announce(much);
  }

  #used(): number {
    return (this.position - Atomics.load(this.#header, READ)) >>> 0;
  }

  /** Blocks until there is space. False if nobody is reading any more. */
  #waitForRoom(length: number): boolean {
    for (;;) {
      const read = Atomics.load(this.#header, READ);
      if (CAPACITY - this.#used() >= length) return true;
      if (!this.#options.isRead()) return false;
      // A short timeout, so that an interrupt can pause this thread between two waits.
      Atomics.wait(this.#header, READ, read, 50);
    }
  }
}

/** The wire thread's end. */
export class TextReader {
  readonly #header: Int32Array;
  readonly #ring: Uint8Array;
  readonly #decoder = new TextDecoder();

  constructor(memory: SharedArrayBuffer) {
    this.#header = new Int32Array(memory, 0, HEADER_INTS);
    this.#ring = new Uint8Array(memory, 4 * HEADER_INTS);
  }

  /** Total bytes written; later text is announced again. */
  listen(): number {
    Atomics.store(this.#header, ANNOUNCED, NOT_YET);
    return Atomics.load(this.#header, WRITTEN);
  }

  /** Reads the text up to a position, in chunks of bounded size. */
  *read(upTo: number): Generator<string> {
    for (;;) {
      const position = Atomics.load(this.#header, READ);
      // Negative if a message has already consumed text beyond an earlier position.
      const available = (upTo - position) | 0;
      if (available <= 0) return;
      const bytes = wholeCharacters(this.#copy(position, Math.min(available, CHUNK_BYTES)));
      const text = this.#decoder.decode(bytes);
      Atomics.store(this.#header, READ, (position + bytes.length) | 0);
      Atomics.notify(this.#header, READ);
      yield text;
    }
  }

  #copy(position: number, length: number): Uint8Array {
    const start = (position >>> 0) % CAPACITY;
    const bytes = new Uint8Array(length);
    const first = Math.min(length, CAPACITY - start);
    bytes.set(this.#ring.subarray(start, start + first));
    bytes.set(this.#ring.subarray(0, length - first), first);
    return bytes;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

/** Drops an incomplete UTF-8 sequence at the end. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.subarray(0, -back) : bytes;
  }
  return bytes;
}
