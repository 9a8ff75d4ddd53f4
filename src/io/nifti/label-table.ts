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
  const table = /<LabelTable>([\s\S]*?)<\/LabelTable>/.exec(xml)?.[1];
  if (table === undefined) return null;
  const names = new Map<number, string>();
  const colors = new Map<number, string>();
  for (const [, attributes = "", text = ""] of table.matchAll(/<Label\s([^>]*)>([\s\S]*?)<\/Label>/g)) {
    const values = new Map([...attributes.matchAll(/(\w+)\s*=\s*"([^"]*)"/g)].map(([, name, value]) => [name, value]));
    const number = Number(values.get("Key"));
    if (!values.has("Key") || !Number.isInteger(number) || number < 1) continue;
    names.set(number, unescaped(text));
    const [red, green, blue] = ["Red", "Green", "Blue"].map((name) => Number(values.get(name)));
    if ([red, green, blue].every(Number.isFinite)) colors.set(number, colorOf([red, green, blue]));
  }
  return { names, colors };
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/\p{Cc}+/gu, " ");
}

function unescaped(text: string): string {
  const [, plain] = /^\s*<!\[CDATA\[([\s\S]*)\]\]>\s*$/.exec(text) ?? [];
  return plain ?? text.trim().replace(/&(\w+);/g, (all, name: string) => entities[name] ?? all);
}
