/**
 * A writer for protocol buffers' wire format (protobuf.dev/programming-guides/encoding), the part that ONNX needs.
 * Large byte fields are kept as references until {@link ProtoWriter.finish}, so that weights are copied once.
 */
export class ProtoWriter {
  readonly #pieces: Uint8Array[] = [];
  #small: number[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** An integer field. Negative numbers take ten bytes, as int64 does. */
  int(field: number, value: number | bigint): this {
    this.#tag(field, 0);
    this.#varint(BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  float(field: number, value: number): this {
    this.#tag(field, 5);
    const bytes = new Uint8Array(Float32Array.of(value).buffer);
    for (const byte of bytes) this.#byte(byte);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, 2);
    this.#varint(BigInt(value.byteLength));
    this.#flush();
    this.#pieces.push(value);
    this.#length += value.byteLength;
    return this;
  }

  message(field: number, write: (inner: ProtoWriter) => void): this {
    const inner = new ProtoWriter();
    write(inner);
    this.#tag(field, 2);
    this.#varint(BigInt(inner.length));
    this.#flush();
    inner.#flush();
    for (const piece of inner.#pieces) this.#pieces.push(piece);
    this.#length += inner.length;
    return this;
  }

  finish(): Uint8Array {
    this.#flush();
    const out = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      out.set(piece, at);
      at += piece.byteLength;
    }
    return out;
  }

  #tag(field: number, wireType: number): void {
    this.#varint(BigInt((field << 3) | wireType));
  }

  #varint(value: bigint): void {
    let rest = value;
    while (rest > 0x7fn) {
      this.#byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#byte(Number(rest));
  }

  #byte(byte: number): void {
    this.#small.push(byte);
    this.#length += 1;
  }

  #flush(): void {
    if (this.#small.length === 0) return;
    this.#pieces.push(Uint8Array.from(this.#small));
    this.#small = [];
  }
}
