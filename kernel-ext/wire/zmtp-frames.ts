// The parts of ZMTP 3 (zeromq's wire protocol, rfc.zeromq.org/spec/23) needed to find message boundaries and to ask a
// peer how far it has read: https://rfc.zeromq.org/spec/37 defines PING and PONG.

const GREETING_BYTES = 64;
/** Flag bits of a frame's first byte. */
const MORE = 1;
const LONG = 2;
const COMMAND = 4;
const MAX_COMMAND_BYTES = 64;
const PING = Buffer.from("\x04PING\0\0", "latin1");
const PONG = Buffer.from("\x04PONG", "latin1");

/** Parses one direction of a connection, regardless of how its bytes are chunked. */
export class FrameFollower {
  readonly #command: (body: Buffer) => void;
  readonly #greeting: Buffer[] = [];
  #greetingBytes = 0;
  #header: number[] = [];
  #bodyLeft = 0;
  #inMessage = false;
  #body: Buffer[] | undefined;

  /** `command` receives the body of each short command. */
  constructor(command: (body: Buffer) => void = () => {}) {
    this.#command = command;
  }

  /** True between two messages. */
  get atBoundary(): boolean {
    return (
      this.#greetingBytes === GREETING_BYTES && this.#header.length === 0 && this.#bodyLeft === 0 && !this.#inMessage
    );
  }

  /** The first bytes of the connection; undefined until complete. */
  get greeting(): Buffer | undefined {
    return this.#greetingBytes === GREETING_BYTES ? Buffer.concat(this.#greeting) : undefined;
  }

  /** Returns the end of the last complete message in the chunk; -1 if none ends there. */
  follow(chunk: Buffer): number {
    let at = 0;
    let boundary = -1;
    if (this.#greetingBytes < GREETING_BYTES) {
      const part = chunk.subarray(0, GREETING_BYTES - this.#greetingBytes);
      this.#greeting.push(Buffer.from(part));
      this.#greetingBytes += part.length;
      at = part.length;
    }
    while (at < chunk.length) {
      if (this.#bodyLeft > 0) {
        const part = chunk.subarray(at, at + this.#bodyLeft);
        this.#body?.push(Buffer.from(part));
        this.#bodyLeft -= part.length;
        at += part.length;
        if (this.#bodyLeft === 0) this.#endFrame();
      } else {
        this.#header.push(chunk[at++]!);
        this.#startFrame();
      }
      if (this.atBoundary) boundary = at;
    }
    return boundary;
  }

  #startFrame(): void {
    const flags = this.#header[0]!;
    const length = this.#header.length;
    if (length < (flags & LONG ? 9 : 2)) return;
    this.#bodyLeft = this.#header.slice(1).reduce((size, byte) => size * 256 + byte, 0);
    if (flags & COMMAND) {
      this.#body = this.#bodyLeft <= MAX_COMMAND_BYTES ? [] : undefined;
    } else {
      this.#body = undefined;
      this.#inMessage = (flags & MORE) !== 0;
    }
    this.#header = [];
    if (this.#bodyLeft === 0) this.#endFrame();
  }

  #endFrame(): void {
    if (this.#body) this.#command(Buffer.concat(this.#body));
    this.#body = undefined;
  }
}

/** True if a peer with this greeting, on an unencrypted connection, answers a {@link ping}: version 3.1 or later. */
export function answersPings(greeting: Buffer): boolean {
  const [major, minor] = [greeting[10]!, greeting[11]!];
  return greeting.toString("latin1", 12, 16) === "NULL" && (major > 3 || (major === 3 && minor >= 1));
}

/** A frame that asks the peer to reply once it has read everything before it; the reply contains the position. */
export function ping(position: number): Buffer {
  const context = Buffer.alloc(8);
  context.writeDoubleBE(position);
  return Buffer.concat([Buffer.of(COMMAND, PING.length + context.length), PING, context]);
}

/** The position in the reply to a {@link ping}; undefined for any other command. */
export function pongPosition(command: Buffer): number | undefined {
  if (command.length !== PONG.length + 8 || !command.subarray(0, PONG.length).equals(PONG)) return undefined;
  return command.readDoubleBE(PONG.length);
}
