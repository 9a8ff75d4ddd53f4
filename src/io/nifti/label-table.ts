import { channelsOf, colorOf } from "../mask/label-color.js";

/** Names and colors of labels, stored in a NIfTI header extension. */
export interface LabelTable {
  readonly names: ReadonlyMap<number, string>;
  /** `#rrggbb` */
  readonly colors: ReadonlyMap<number, string>;
}

/**
 * Codes of extensions that hold a label table as XML: TotalSegmentator writes 0 and looks at the first extension only;
 * Connectome Workbench takes 30 (NIFTI_ECODE_CARET), whose content nibabel 5.3 does not return.
 */
const tableCodes: readonly number[] = [0, 30];

/** Header extensions that hold a label table, with their sizes and codes: a multiple of 16 bytes. */
export function encodeLabelTable({ names, colors }: LabelTable, littleEndian: boolean): Uint8Array<ArrayBuffer> {
  const numbers = [...new Set([...names.keys(), ...colors.keys()])].sort((a, b) => a - b);
  const lines = numbers.map((number) => {
    const [red, green, blue] = channelsOf(colors.get(number) ?? "#ffffff").map((value) => value.toFixed(6));
    const attributes = `Key="${number}" Red="${red}" Green="${green}" Blue="${blue}" Alpha="1"`;
    return `<Label ${attributes}>${escaped(names.get(number) ?? `object ${number}`)}</Label>`;
  });
  const xml = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<CaretExtension><VolumeInformation Index="0">',
    "<LabelTable>",
    ...lines,
    "</LabelTable>",
    "<VolumeType>Label</VolumeType>",
    "</VolumeInformation></CaretExtension>",
  ].join("\n");
  const text = new TextEncoder().encode(xml);
  const size = Math.ceil((text.length + 8) / 16) * 16;
  // Padded with blanks: a parser of XML rejects zeros.
  const bytes = new Uint8Array(size * tableCodes.length).fill(0x20);
  const view = new DataView(bytes.buffer);
  for (const [n, code] of tableCodes.entries()) {
    view.setInt32(n * size, size, littleEndian);
    view.setInt32(n * size + 4, code, littleEndian);
    bytes.set(text, n * size + 8);
  }
  return bytes;
}

/**
 * Finds the label table among the header extensions of a NIfTI file.
 * @param bytes from the four extension flags to the voxels
 * @returns null if there is none, or none that can be read
 */
export function decodeLabelTable(bytes: Uint8Array, littleEndian: boolean): LabelTable | null {
  if (bytes.length < 4 || bytes[0] === 0) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 4; at + 8 <= bytes.length; ) {
    const size = view.getInt32(at, littleEndian);
    if (size < 16 || at + size > bytes.length) return null;
    if (tableCodes.includes(view.getInt32(at + 4, littleEndian))) {
      const table = parseTable(new TextDecoder().decode(bytes.subarray(at + 8, at + size)));
      if (table) return table;
    }
    at += size;
  }
  return null;
}

function parseTable(xml: string): LabelTable | null {
  const [, ...begun] = xml.split("<LabelTable>");
  const [table, ...after] = begun.join("").split("</LabelTable>");
  if (after.length === 0) return null;
  const names = new Map<number, string>();
  const colors = new Map<number, string>();
  // Each pattern passes over a text once: those of a damaged file can be megabytes long.
  for (const element of table.split("</Label>").slice(0, -1)) {
    const tag = /<Label\s([^<>]*)>/.exec(element);
    if (!tag) continue;
    const values = new Map([...tag[1].matchAll(/\b(\w+)\s*=\s*"([^"]*)"/g)].map(([, name, value]) => [name, value]));
    const number = Number(values.get("Key"));
    if (!values.has("Key") || !Number.isInteger(number) || number < 1) continue;
    names.set(number, unescaped(element.slice(tag.index + tag[0].length)));
    const [red, green, blue] = ["Red", "Green", "Blue"].map((name) => Number(values.get(name)));
    if ([red, green, blue].every(Number.isFinite)) colors.set(number, colorOf([red, green, blue]));
  }
  return { names, colors };
}

const entities: ReadonlyMap<string, string> = new Map(
  Object.entries({ lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" }),
);

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/\p{Cc}+/gu, " ");
}

function unescaped(text: string): string {
  const [, plain] = /^\s*<!\[CDATA\[([\s\S]*)\]\]>\s*$/.exec(text) ?? [];
  return plain ?? text.trim().replace(/&(#\d+|#x[\da-fA-F]+|\w+);/g, (all, name: string) => character(name) ?? all);
}

/** What `&name;` stands for, if it is one of XML 1.0 (4.1, and 2.2 for the numbers). */
function character(name: string): string | undefined {
  if (!name.startsWith("#")) return entities.get(name);
  const code = Number(name[1] === "x" ? `0${name.slice(1)}` : name.slice(1));
  if (code > 0x10ffff) return undefined;
  const one = String.fromCodePoint(code);
  return /[\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(one) ? one : undefined;
}
