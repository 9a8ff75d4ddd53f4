/** The bytes of an element in explicit little-endian form, of a VR with a length of 16 bits. */
export function element(group: number, number: number, vr: string, value: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, "latin1");
  head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, value]);
}

/**
 * The bytes of an element with text. Values have an even length; UIDs are padded with a zero byte, other text with a
 * space.
 */
export function text(group: number, number: number, vr: "UI" | "CS" | "IS", value: string): Buffer {
  const padding = value.length % 2 === 0 ? "" : vr === "UI" ? "\0" : " ";
  return element(group, number, vr, Buffer.from(value + padding, "latin1"));
}

/** The bytes of an element with one number of 16 bits. */
export function short(group: number, number: number, value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return element(group, number, "US", bytes);
}
