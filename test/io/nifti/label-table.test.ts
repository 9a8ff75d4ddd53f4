import { describe, expect, it } from "vitest";
import { decodeLabelTable, encodeLabelTable } from "../../../src/io/nifti/label-table.js";

const names = new Map([
  [1, "Leber & <Größe>"],
  [3, "spleen"],
]);
const colors = new Map([
  [1, "#e69f00"],
  [3, "#56b4e9"],
]);

/** The flags that precede the extensions, and the extensions. */
const stored = (...extensions: Uint8Array[]) =>
  Uint8Array.from([1, 0, 0, 0, ...extensions.flatMap((extension) => [...extension])]);

function extension(code: number, text: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((text.length + 8) / 16) * 16);
  new DataView(bytes.buffer).setInt32(0, bytes.length, true);
  new DataView(bytes.buffer).setInt32(4, code, true);
  bytes.set(new TextEncoder().encode(text), 8);
  return bytes;
}

describe("a label table in a NIfTI header", () => {
  it.each([true, false])("comes back as it was written (little-endian: %s)", (littleEndian) => {
    const bytes = encodeLabelTable({ names, colors }, littleEndian);
    expect(bytes.length % 16).toBe(0);
    expect(decodeLabelTable(stored(bytes), littleEndian)).toEqual({ names, colors });
  });

  it("is found among others, and read as TotalSegmentator writes it", () => {
    const label = (key: number, name: string) =>
      `<Label Key="${key}" Red="1.0" Green="0.5" Blue="0" Alpha="1"><![CDATA[${name}]]></Label>\n`;
    const xml = `<CaretExtension><VolumeInformation Index="0"><LabelTable>${label(1, "aorta")}${label(12, "kidney_left")}</LabelTable></VolumeInformation></CaretExtension>`;
    expect(decodeLabelTable(stored(extension(6, "a comment"), extension(0, xml)), true)).toEqual({
      names: new Map([
        [1, "aorta"],
        [12, "kidney_left"],
      ]),
      colors: new Map([
        [1, "#ff8000"],
        [12, "#ff8000"],
      ]),
    });
  });

  it("is read with the characters that XML names or numbers, and no others", () => {
    const name = "a &constructor; b &toString; &#233;&#xE9;&#x1F600; &amp;lt; &#0; &#xD800; &#x110000; &#99999999999;";
    const table = decodeLabelTable(
      stored(extension(0, `<LabelTable><Label Key="1">${name}</Label></LabelTable>`)),
      true,
    );
    expect(table?.names.get(1)).toBe("a &constructor; b &toString; éé😀 &lt; &#0; &#xD800; &#x110000; &#99999999999;");
  });

  it.each([
    ["labels that do not end", `<LabelTable>${'<Label Key="1" >'.repeat(100_000)}</LabelTable>`],
    ["tags that do not end", `<LabelTable>${"<Label ".repeat(200_000)}</Label></LabelTable>`],
    ["an attribute without a value", `<LabelTable><Label ${"a".repeat(1_500_000)}>x</Label></LabelTable>`],
    ["tables that do not end", "<LabelTable>".repeat(120_000)],
  ])("of a damaged file with %s takes no longer than its length asks for", (_name, xml) => {
    const bytes = stored(extension(0, xml));
    const started = performance.now();
    expect(decodeLabelTable(bytes, true)?.names ?? new Map()).toEqual(new Map());
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it("is none where the extensions are broken or something else", () => {
    const broken = extension(30, "<LabelTable>");
    const endless = extension(30, "");
    new DataView(endless.buffer).setInt32(0, 0, true);
    const tooLong = extension(30, "");
    new DataView(tooLong.buffer).setInt32(0, 1 << 30, true);
    for (const bytes of [
      new Uint8Array(),
      new Uint8Array(4),
      ...[broken, endless, tooLong].map((one) => stored(one)),
    ]) {
      expect(decodeLabelTable(bytes, true)).toBeNull();
    }
  });
});
