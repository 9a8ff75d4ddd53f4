import { describe, expect, it } from "vitest";
import { readPickle } from "../../src/checkpoint/pickle.js";
import { torchPickle } from "../../src/checkpoint/torch-objects.js";

/** Reads opcodes (pickletools.py) between PROTO and STOP. */
const read = (...opcodes: (string | Uint8Array)[]) =>
  readPickle(
    Buffer.concat([
      Buffer.of(0x80, 2),
      ...opcodes.map((one) => Buffer.from(one as string, "latin1")),
      Buffer.from("."),
    ]),
    torchPickle("model.pth"),
  );

/** LONG4 with these bytes, the lowest first. */
function long4(bytes: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeInt32LE(bytes.length);
  return Buffer.concat([Buffer.of(0x8b), length, bytes]);
}

describe("readPickle", () => {
  it.each([
    [[], 0],
    [[0xff, 0x00], 255],
    [[0x00, 0xff], -256],
    [[0xff], -1],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f], 2 ** 53 - 1],
    [[0, 0, 0, 0, 0, 0, 0, 0x80], -(2n ** 63n)],
    [[0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19], 119547037146038801333356n],
  ])("reads the integer of the bytes %j", (bytes, value) => {
    expect(read(long4(Uint8Array.from(bytes)))).toBe(value);
  });

  it("reads an integer of many bytes without copying it for each", () => {
    const value = read(long4(new Uint8Array(1 << 20).fill(1))) as bigint;
    expect(BigInt.asUintN(24, value)).toBe(0x010101n);
    expect(value >> BigInt(8 * ((1 << 20) - 2))).toBe(0x0101n);
  });

  it("reads a tuple of any length", () => {
    expect(read("(", "N".repeat(1_000_000), "t")).toHaveLength(1_000_000);
  });

  it.each([
    ["makes millions of objects", "}".repeat(5_000_000)],
    [
      "copies a long list again and again",
      `ccollections\nOrderedDict\nq\x000](${"(NNt".repeat(1000)}eq\x010${"h\x00h\x01\x85R0".repeat(5000)}N`,
    ],
  ])("refuses a pickle that %s", (_name, opcodes) => {
    expect(() => read(opcodes)).toThrow(expect.objectContaining({ code: "checkpoint-invalid", value: 1 << 22 }));
  });

  it.each([
    ["an integer of 4 MB", long4(new Uint8Array(1 << 22)), /an integer in it has 4194304 bytes/],
    ["a negative length", "\x8b\xff\xff\xff\xff", /a length in it is -1/],
    ["a piece of a text", "X\x05\x00\x00\x00abc", /it ends too early/],
  ])("says what is wrong with %s", (_name, opcodes, message) => {
    expect(() => read(opcodes)).toThrow(expect.objectContaining({ code: "checkpoint-invalid", field: "pickle" }));
    expect(() => read(opcodes)).toThrow(message);
  });
});
