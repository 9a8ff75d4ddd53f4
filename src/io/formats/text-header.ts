/**
 * Fields of an NRRD or MetaImage header: lines of `name: value`, `name:=value` or `name = value`, names are lower-cased
 * except for `:=`.
 */
export type HeaderFields = ReadonlyMap<string, string>;

/** The fields up to the first empty line (NRRD) or `ElementDataFile` (MetaImage). */
export function headerFields(head: Uint8Array): HeaderFields {
  const fields = new Map<string, string>();
  for (const line of Buffer.from(head).toString("latin1").split(/\r?\n/)) {
    if (line.trim() === "") break;
    const pair = /^([^:=]+):=(.*)$/.exec(line);
    const field = pair ?? /^([^:=]+)[:=](.*)$/.exec(line);
    if (!field) continue;
    fields.set(pair ? field[1].trim() : field[1].trim().toLowerCase(), textOf(field[2].trim()));
    if (/^ElementDataFile\s*=/i.test(line)) break;
  }
  return fields;
}

/**
 * Where the data of a file with its own header starts: after an empty line (NRRD) or `ElementDataFile` (MetaImage);
 * `null` when the header does not end.
 */
export function dataStart(head: Uint8Array, kind: "nrrd" | "metaimage"): number | null {
  const end = kind === "nrrd" ? /\n\r?\n/ : /^ElementDataFile[^\n]*\n/im;
  const found = end.exec(Buffer.from(head).toString("latin1"));
  return found ? found.index + found[0].length : null;
}

/**
 * What a header says of voxels in other files: a file, a pattern with `%`, or `LIST`; `null` when they are in its own.
 */
export function separateData(fields: HeaderFields): string | null {
  const said = fields.get("data file") ?? fields.get("datafile") ?? fields.get("elementdatafile") ?? "LOCAL";
  return /^LOCAL$/i.test(said) ? null : said;
}

/** Programs write names as UTF-8; the binary data behind a header need not be. */
function textOf(latin1: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(latin1, "latin1"));
  } catch {
    return latin1;
  }
}

/** The numbers of a field, or `null` if it is missing or not numeric. */
export function numbersIn(fields: HeaderFields, name: string): number[] | null {
  const text = fields.get(name);
  if (text === undefined) return null;
  const values = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number);
  return values.length > 0 && values.every(Number.isFinite) ? values : null;
}
