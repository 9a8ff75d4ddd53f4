import { table } from "arquero";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import {
  displayIdOf,
  encodeBinary,
  formatBundle,
  formatValue,
  isMimeBundle,
} from "../../../kernel-ext/display/format.js";
import { DISPLAY } from "../../../kernel-ext/display/own-display.js";

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]);
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

/** A value's content, and what its own display methods did wrong. */
async function shownOf(value: unknown) {
  const faults: unknown[] = [];
  const { data, metadata } = await formatValue(value, (fault) => faults.push(fault));
  return { data: data as Record<string, string>, metadata, faults: faults.map((fault) => (fault as Error).message) };
}

describe("a value is shown", () => {
  it.each<[unknown, string]>([
    [42, "42"],
    ["text", "'text'"],
    [null, "null"],
    [undefined, "undefined"],
    [10n, "10n"],
    [{ a: [1, { b: 2 }] }, "{ a: [ 1, { b: 2 } ] }"],
    [Symbol("s"), "Symbol(s)"],
    [new Map([["a", 1]]), "Map(1) { 'a' => 1 }"],
    [new Set([1]), "Set(1) { 1 }"],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
  ])("as text: %o", (value, text) => {
    expect(formatValue(value)).toEqual({ data: { "text/plain": text }, metadata: {} });
  });

  it("as text when it is an error, without colors", async () => {
    const { data } = await shownOf(new RangeError("too far"));
    expect(data["text/plain"]).toMatch(/^RangeError: too far/);
    expect(data["text/plain"]).not.toContain("\u001b");
  });

  it("in few words when it is huge, and without colors", async () => {
    const text = (await shownOf(new Float32Array(1e6))).data["text/plain"]!;
    expect(text.length).toBeLessThan(2_000);
    expect(text).toContain("more items");
    expect(text).not.toContain("\u001b");
  });

  it("as rows and columns when it is a table of arquero, the first of them where there are many", async () => {
    const { data } = await shownOf(table({ n: Array.from({ length: 50 }, (_, n) => n) }));
    expect(data["text/plain"]!.split("\n").slice(0, 3)).toEqual(["|n|", "|-:|", "|0|"]);
    expect(data["text/html"]!.match(/<tr>/g)).toHaveLength(41);
  });

  it("without the markup in a table's names of columns, which come from data too", async () => {
    const name = '<img src=x onerror="alert(1)">';
    const { data } = await shownOf(table({ [name]: [1], "a & b": ["<b>2</b>"] }));
    expect(data["text/html"]).not.toMatch(/<img|<b>/);
    expect(data["text/html"]).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;</th>");
    expect(data["text/html"]).toContain("a &amp; b</th>");
  });

  it("as markup when it is an element", async () => {
    expect((await shownOf({ outerHTML: "<svg></svg>" })).data).toHaveProperty(["image/svg+xml"], "<svg></svg>");
    expect((await shownOf({ outerHTML: "<p></p>" })).data).toHaveProperty(["text/html"], "<p></p>");
  });
});

describe("a value with a display method", () => {
  it("is shown by it, text beside it, with metadata if it gives some", async () => {
    expect((await shownOf({ [DISPLAY]: () => ({ "text/html": "<b>x</b>" }) })).data).toEqual({
      "text/html": "<b>x</b>",
      "text/plain": expect.any(String),
    });
    const late = { [DISPLAY]: async () => [{ "image/png": png, "text/plain": "mine" }, { "image/png": { width: 3 } }] };
    expect(await shownOf(late)).toEqual({
      data: { "image/png": base64(png), "text/plain": "mine" },
      metadata: { "image/png": { width: 3 } },
      faults: [],
    });
  });

  it.each<[object, object]>([
    [{ toHtml: () => "<i>1</i>" }, { "text/html": "<i>1</i>" }],
    [{ toHTML: async () => "<i>2</i>" }, { "text/html": "<i>2</i>" }],
    [
      { _repr_html_: () => "<i>3</i>", _repr_latex_: () => "$x$" },
      { "text/html": "<i>3</i>", "text/latex": "$x$" },
    ],
    [{ _toPng: () => base64(png) }, { "image/png": base64(png) }],
    [{ toSVG: () => "<svg></svg>" }, { "image/svg+xml": "<svg></svg>" }],
    [{ _repr_mimebundle_: () => [{ "text/markdown": "*m*" }, {}] }, { "text/markdown": "*m*" }],
    [{ _toMime: () => ({ "text/html": "t" }) }, { "text/html": "t" }],
    [{ _repr_html_: () => null }, {}],
    [Object.assign(() => 1, { toHtml: () => "no" }), {}],
  ])("of another convention: %o", async (value, content) => {
    const { data, faults } = await shownOf(value);
    const { "text/plain": text, ...rest } = data;
    expect([rest, faults]).toEqual([content, []]);
    expect(text).toEqual(expect.any(String));
  });

  it("that fails is shown as text, and the fault is told, never thrown", async () => {
    const fail = () => {
      throw new Error("broken");
    };
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    for (const [value, message] of [
      [{ [DISPLAY]: fail }, "broken"],
      [{ [DISPLAY]: () => Promise.reject(new Error("late")) }, "late"],
      [{ [DISPLAY]: () => 7 }, "The display method gave no content by MIME type"],
      [{ toHtml: fail }, "broken"],
      [{ [DISPLAY]: () => ({ "application/json": circular }) }, "contains itself"],
    ] as const) {
      const { data, faults } = await shownOf(value);
      expect(Object.keys(data)).toEqual(["text/plain"]);
      expect(faults).toEqual([expect.stringContaining(message)]);
    }
    const oneOfTwo = await shownOf({ toHtml: fail, toMarkdown: () => "*fine*" });
    expect(oneOfTwo.data).toMatchObject({ "text/markdown": "*fine*" });
    expect(oneOfTwo.faults).toEqual(["broken"]);
    const inspected = { [Symbol.for("nodejs.util.inspect.custom")]: fail };
    expect((await shownOf(inspected)).data["text/plain"]).toBe("[object that cannot be shown: broken]");
    const strict = (name: string | symbol) => (typeof name === "symbol" ? undefined : fail());
    for (const get of [fail, (_: object, name: string | symbol) => strict(name)]) {
      const trapped = new Proxy({ a: 1 }, { get });
      expect(await shownOf(trapped)).toMatchObject({ data: { "text/plain": "{ a: 1 }" }, faults: [] });
      expect(displayIdOf(trapped)).toBeUndefined();
    }
    class Refusing {
      get toSpec(): never {
        return fail();
      }
      get outerHTML(): never {
        return fail();
      }
      get toHTML(): never {
        return fail();
      }
    }
    expect(await shownOf(new Refusing())).toMatchObject({ data: { "text/plain": "Refusing {}" }, faults: [] });
  });
});

describe("encoded media", () => {
  const file = (...parts: (string | number[])[]) =>
    new Uint8Array(parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part)] : part)));
  const bmp = file("BM", [30, 0, 0, 0], [0, 0, 0, 0], new Array(20).fill(1));

  it("are shown as what they are by their first bytes, also through a view", async () => {
    const view = new Uint8Array([0, ...png, 0]).subarray(1, 1 + png.length);
    expect((await shownOf(view)).data).toEqual({ "image/png": base64(png), "text/plain": "image/png, 9 bytes" });
    for (const [bytes, type] of [
      [new Uint8Array([0xff, 0xd8, 0xff, 0xe0]), "image/jpeg"],
      [file("GIF89a"), "image/gif"],
      [file("RIFF", [4, 0, 0, 0], "WEBPVP8 "), "image/webp"],
      [bmp, "image/bmp"],
      [file("%PDF-1.7"), "application/pdf"],
    ] as const) {
      expect(Object.keys((await shownOf(bytes)).data)).toEqual([type, "text/plain"]);
      expect((await shownOf(bytes.buffer.slice(0, bytes.length))).data).toHaveProperty([type]);
    }
    for (const bytes of [file("BM is text, too, and long enough to be a header"), file("RIFF1234WAVE"), file([1, 2])]) {
      expect(Object.keys((await shownOf(bytes)).data)).toEqual(["text/plain"]);
    }
  });

  it("of a kind that no front end knows are shown as PNG", async () => {
    const avif = await sharp({ create: { width: 8, height: 6, channels: 3, background: "#f00" } })
      .avif()
      .toBuffer();
    const { data } = await shownOf(new Uint8Array(avif));
    expect(data["text/plain"]).toBe(`image/avif, ${avif.length} bytes`);
    expect(await sharp(Buffer.from(data["image/png"]!, "base64")).metadata()).toMatchObject({ width: 8, height: 6 });
    const { faults } = await shownOf(new Uint8Array(avif.subarray(0, 40)));
    expect(faults).toEqual(["The picture is damaged."]);
  });

  it("as the text of an SVG are a picture, other texts are text", async () => {
    const svg = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>\n';
    expect((await shownOf(svg)).data["image/svg+xml"]).toBe(svg);
    for (const text of ["<svg", "an <svg></svg> in a text", "<svgs></svgs>"]) {
      expect(Object.keys((await shownOf(text)).data)).toEqual(["text/plain"]);
    }
  });

  it("in a Blob or File are shown by its type", async () => {
    const shownBlob = async (part: string | Uint8Array, type: string) =>
      (await shownOf(new Blob([part], { type }))).data;
    expect(await shownBlob(png, "image/png")).toEqual({
      "image/png": base64(png),
      "text/plain": "Blob: image/png, 9 bytes",
    });
    expect(await shownBlob("<b>1</b>", "text/html")).toMatchObject({ "text/html": "<b>1</b>" });
    expect(await shownBlob('{"a":1}', "application/json")).toMatchObject({ "application/json": { a: 1 } });
    expect(await shownBlob("{", "application/json")).toEqual({ "text/plain": "{" });
    expect(await shownBlob("a,b", "text/csv; charset=utf-8")).toEqual({ "text/plain": "a,b" });
    const named = new File([new Uint8Array(3)], "x.bin");
    expect((await shownOf(named)).data).toEqual({ "text/plain": "File: x.bin, no type, 3 bytes" });
  });
});

describe("a chart", () => {
  it("of Plotly is told by data and layout, with numbers as JSON has them", async () => {
    const figure = {
      data: [{ type: "bar", y: Float32Array.of(1, Number.NaN), x: [10n, new Date(0)] }],
      layout: { title: { text: "T" } },
    };
    expect((await shownOf(figure)).data).toEqual({
      "application/vnd.plotly.v1+json": {
        data: [{ type: "bar", y: [1, null], x: [10, "1970-01-01T00:00:00.000Z"] }],
        layout: { title: { text: "T" } },
      },
      "text/plain": "Plotly figure “T”, 1 trace (bar)",
    });
    for (const other of [{ data: [1], layout: {} }, { data: [{}] }, { layout: {} }, { data: "x", layout: {} }]) {
      expect(Object.keys((await shownOf(other)).data)).toEqual(["text/plain"]);
    }
  });

  it("of Vega or Vega-Lite is told by its schema, in the version it is written for", async () => {
    const spec = (name: string, more = {}) => ({ $schema: `https://vega.github.io/schema/${name}.json`, ...more });
    const lite = (await shownOf(spec("vega-lite/v5", { mark: "bar", title: "T" }))).data;
    expect(lite).toMatchObject({
      "application/vnd.vegalite.v5+json": { mark: "bar" },
      "text/plain": "Vega-Lite 5 chart “T”, bar",
    });
    expect((await shownOf(spec("vega/v5.22"))).data).toHaveProperty(["application/vnd.vega.v5+json"]);
    expect(Object.keys((await shownOf(spec("vega-lite/v4.8.1"))).data)[1]).toBe("text/plain");
    // JupyterLab does not know version 6, but draws it.
    expect(Object.keys((await shownOf(spec("vega-lite/v6"))).data)).toEqual([
      "application/vnd.vegalite.v6+json",
      "application/vnd.vegalite.v5+json",
      "text/plain",
    ]);
    expect((await shownOf({ toSpec: () => spec("vega-lite/v5") })).data).toHaveProperty([
      "application/vnd.vegalite.v5+json",
    ]);
    expect(Object.keys((await shownOf({ $schema: "http://json-schema.org/schema#" })).data)).toEqual(["text/plain"]);
  });
});

describe("a MIME bundle", () => {
  it("is told from other objects", () => {
    expect(isMimeBundle({ "text/html": "x", "application/vnd.jupyter.widget-view+json": {} })).toBe(true);
    for (const other of [{}, { a: 1 }, { "text/html": 1, a: 2 }, [], null, "text/html"]) {
      expect(isMimeBundle(other)).toBe(false);
    }
  });

  it("carries bytes as base64, and has a text", () => {
    expect(encodeBinary({ "image/png": png.subarray(0, 3), "text/plain": "t" })).toEqual({
      "image/png": "iVBO",
      "text/plain": "t",
    });
    expect(formatBundle({ "text/html": "x", "application/json": { a: Float32Array.of(1) } }).data).toEqual({
      "text/html": "x",
      "application/json": { a: [1] },
      "text/plain": "text/html, application/json",
    });
  });
});
