import { describe, expect, it } from "vitest";
import { meetsHitCondition } from "../../../kernel-ext/debugger/breakpoints.js";
import { murmur2 } from "../../../kernel-ext/debugger/murmur2.js";
import { nextCodeLine } from "../../../kernel-ext/debugger/sources.js";

describe("the hash that names cells", () => {
  it("is that of ipykernel", () => {
    // From ipykernel.compiler.murmur2_x86(text, 0xc70f6907).
    const known: [string, number][] = [
      ["", 3990065800],
      ["a", 2167009006],
      ["ab", 2805137849],
      ["abc", 3350977461],
      ["const x = 1;\n", 2619397439],
      ["const é = '😀';\nx", 4201883285],
      [
        "print('hello world')print('hello world')print('hello world')print('hello world')print('hello world')print('hello world')print('hello world')",
        3181711536,
      ],
    ];
    for (const [text, hash] of known) expect(murmur2(text, 0xc70f6907)).toBe(hash);
  });
});

describe("the next line of code", () => {
  it("is neither blank nor a comment", () => {
    const source = "// a\n\n/* b\n c */ let x = 1;\n  /* d */ let y;\n/** e\n */\nlet z;\n";
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9].map((line) => nextCodeLine(source, line))).toEqual([4, 4, 4, 4, 5, 8, 8, 8, 9]);
  });
});

describe("a condition on the number of hits", () => {
  it("compares, and is no condition when it is nonsense", () => {
    const hits = (condition: string) => [1, 2, 3, 4].filter((n) => meetsHitCondition(condition, n));
    expect(hits("3")).toEqual([3, 4]);
    expect(hits(">= 3")).toEqual([3, 4]);
    expect(hits("> 3")).toEqual([4]);
    expect(hits("<3")).toEqual([1, 2]);
    expect(hits("<= 3")).toEqual([1, 2, 3]);
    expect(hits("== 2")).toEqual([2]);
    expect(hits("% 2")).toEqual([2, 4]);
    expect(hits("soon")).toEqual([1, 2, 3, 4]);
  });
});
