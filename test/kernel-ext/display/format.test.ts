import { table } from "arquero";
import { describe, expect, it } from "vitest";
import { DISPLAY, encodeBinary, formatValue, isMimeBundle } from "../../../kernel-ext/display/format.js";

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]);

describe("a value is shown", () => {
  it.each<[unknown, string]>([
    [42, "42"],
    ["text", "'text'"],
    [null, "null"],
    [undefined, "undefined"],
    [10n, "10n"],
    [{ a: [1, { b: 2 }] }, "{ a: [ 1, { b: 2 } ] }"],
    [Symbol("s"), "Symbol(s)"],
  ])("as text: %o", (value, text) => {
    expect(formatValue(value)).toEqual({ "text/plain": text });
  });

  it("in few words when it is huge, and without colours", () => {
    const text = (formatValue(new Float32Array(1e6)) as { "text/plain": string })["text/plain"];
    expect(text.length).toBeLessThan(2_000);
    expect(text).toContain("more items");
    expect(text).not.toContain("\u001b");
  });

  it("its own way if it has one, text beside it", async () => {
    const own = { [DISPLAY]: () => ({ "text/html": "<b>x</b>" }) };
    expect(formatValue(own)).toMatchObject({ "text/html": "<b>x</b>", "text/plain": expect.any(String) });
    const late = { [DISPLAY]: async () => ({ "image/png": png, "text/plain": "mine" }) };
    expect(await formatValue(late)).toEqual({
      "image/png": Buffer.from(png).toString("base64"),
      "text/plain": "mine",
    });
  });

  it("as a picture when it is one, by its first bytes, also through a view", () => {
    const view = new Uint8Array([0, ...png, 0]).subarray(1, 1 + png.length);
    expect(formatValue(view)).toEqual({
      "image/png": Buffer.from(png).toString("base64"),
      "text/plain": "image/png, 9 bytes",
    });
    expect(formatValue(new Uint8Array([0xff, 0xd8, 0xff, 0xe0]))).toHaveProperty(["image/jpeg"]);
    expect(Object.keys(formatValue(new Uint8Array([1, 2])))).toEqual(["text/plain"]);
  });

  it("as rows and columns when it is a table of arquero, the first of them where there are many", () => {
    const bundle = formatValue(table({ n: Array.from({ length: 50 }, (_, n) => n) })) as Record<string, string>;
    expect(bundle["text/plain"].split("\n").slice(0, 3)).toEqual(["|n|", "|-:|", "|0|"]);
    expect(bundle["text/html"].match(/<tr>/g)).toHaveLength(41);
  });

  it("as markup when it is an element", () => {
    expect(formatValue({ outerHTML: "<svg></svg>" })).toHaveProperty(["image/svg+xml"], "<svg></svg>");
    expect(formatValue({ outerHTML: "<p></p>" })).toHaveProperty(["text/html"], "<p></p>");
  });
});

describe("a MIME bundle", () => {
  it("is told from other objects", () => {
    expect(isMimeBundle({ "text/html": "x", "application/vnd.jupyter.widget-view+json": {} })).toBe(true);
    for (const other of [{}, { a: 1 }, { "text/html": 1, a: 2 }, [], null, "text/html"]) {
      expect(isMimeBundle(other)).toBe(false);
    }
  });

  it("carries bytes as base64", () => {
    expect(encodeBinary({ "image/png": png.subarray(0, 3), "text/plain": "t" })).toEqual({
      "image/png": "iVBO",
      "text/plain": "t",
    });
  });
});
