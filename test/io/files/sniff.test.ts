import { describe, expect, it } from "vitest";
import { kindOf } from "../../../src/io/files/sniff.js";

const bytes = (...parts: (string | readonly number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))));

describe("a DICOM file is one whatever its preamble holds", () => {
  it.each([
    ["zeros", []],
    ["the size of an Analyze header", [0x5c, 1, 0, 0]],
    ["a TIFF header", [0x49, 0x49, 42, 0]],
    ["a JPEG marker", [0xff, 0xd8, 0xff]],
  ])("%s", (_, start) => {
    const head = new Uint8Array(400);
    head.set(start);
    head.set(bytes("DICM"), 128);
    expect(kindOf(head)).toBe("dicom");
  });
});

describe("a DICOM file without a preamble is known by its first elements", () => {
  const rest = new Array<number>(20).fill(0);

  it.each([
    [
      "implicit",
      bytes([8, 0, 0, 0, 4, 0, 0, 0, 9, 9, 9, 9], [8, 0, 5, 0, 2, 0, 0, 0], "AB", [8, 0, 8, 0, 2, 0, 0, 0], rest),
    ],
    [
      "explicit",
      bytes(
        [2, 0, 0, 0],
        "UL",
        [4, 0, 9, 9, 9, 9],
        [2, 0, 1, 0],
        "OB",
        [0, 0, 2, 0, 0, 0, 0, 1],
        [2, 0, 2, 0],
        "UI",
        rest,
      ),
    ],
  ])("%s", (_, head) => {
    expect(kindOf(head)).toBe("dicom");
  });

  it.each([
    ["another group", bytes([8, 0, 0, 0, 4, 0, 0, 0, 9, 9, 9, 9], [16, 0, 5, 0, 2, 0, 0, 0], rest)],
    ["a lower element", bytes([8, 0, 8, 0, 4, 0, 0, 0, 9, 9, 9, 9], [8, 0, 5, 0, 2, 0, 0, 0], "AB", rest)],
    ["zeros", bytes(rest, rest)],
    ["a length past the head", bytes([8, 0, 0, 0, 4, 0, 0, 9], rest)],
  ])("but not with %s", (_, head) => {
    expect(kindOf(head)).toBe("unknown");
  });
});

describe("a MetaImage file is known by a field that it must have", () => {
  it.each([
    ["ObjectType = Image\nNDims = 3\n", "metaimage"],
    ["Comment = hello, 1 = 1\r\nCompressedData = False\r\nNDims = 3\r\n", "metaimage"],
    ["Comment = hello\n", "unknown"],
    ["hello\nNDims = 3\n", "unknown"],
  ])("%j", (head, kind) => {
    expect(kindOf(bytes(head))).toBe(kind);
  });
});
