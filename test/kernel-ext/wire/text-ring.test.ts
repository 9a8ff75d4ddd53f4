import { describe, expect, it } from "vitest";
import { createTextRing, TextReader, TextWriter } from "../../../kernel-ext/wire/text-ring.js";

function ring() {
  const memory = createTextRing();
  const announced: boolean[] = [];
  const writer = new TextWriter(memory, { announce: (much) => void announced.push(much), isRead: () => true });
  const reader = new TextReader(memory);
  return { writer, reader, announced };
}
const all = (reader: TextReader, upTo = reader.listen()) => [...reader.read(upTo)].join("");

describe("the text ring", () => {
  it("gives back what was written, and no more than asked", () => {
    const { writer, reader } = ring();
    writer.write("before");
    const at = writer.position;
    writer.write(" after");
    expect(all(reader, at)).toBe("before");
    expect(all(reader, at)).toBe("");
    expect(all(reader)).toBe(" after");
  });

  it("announces text once until the reader listens again", () => {
    const { writer, reader, announced } = ring();
    writer.write("a");
    writer.write("b");
    expect(announced).toEqual([false]);
    all(reader);
    writer.write("c");
    expect(announced).toEqual([false, false]);
  });

  it("announces much text once more", () => {
    const { writer, announced } = ring();
    for (let i = 0; i < 3; i++) writer.write("z".repeat(1_000_000));
    expect(announced).toEqual([false, true]);
  });

  it("ignores a position that lies behind", () => {
    const { writer, reader } = ring();
    writer.write("one");
    const old = writer.position;
    writer.write("two");
    all(reader);
    expect(all(reader, old)).toBe("");
  });

  it("keeps characters whole, in pieces of any length and around its end", () => {
    const { writer, reader } = ring();
    const text = `x${"😀é".repeat(40_000)}`;
    for (let round = 0; round < 40; round++) {
      writer.write(text);
      const parts = [...reader.read(reader.listen())];
      expect(parts.join("") === text).toBe(true);
      expect(Math.max(...parts.map((part) => Buffer.byteLength(part)))).toBeLessThanOrEqual(1 << 16);
    }
  });

  it("counts on past 2 GiB", () => {
    const { writer, reader } = ring();
    const text = "y".repeat(4_000_000);
    for (let round = 0; round < 550; round++) {
      writer.write(text);
      for (const _ of reader.read(reader.listen()));
    }
    writer.write("end");
    expect(all(reader)).toBe("end");
  });
});
