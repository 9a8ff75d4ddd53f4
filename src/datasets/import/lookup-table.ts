import { SamlabError } from "../../core/errors.js";
import { readAll } from "../../io/files/read-file.js";

/**
 * A line of FreeSurfer's or 3D Slicer's table: number, name, red, green, blue (and alpha). Blanks are tried once for
 * each row of them: a damaged line can be megabytes long.
 */
const colorLine = /^\s*(\d+)\s+(\S.*?)(?<!\s)\s+\d+\s+\d+\s+\d+(?:\s+\d+)?\s*$/;
/** A line of ITK-SNAP's: number, color, visibility, and the name in quotes. */
const quotedLine = /^\s*(\d+)\s[\d.\s]+"(.*)"\s*$/;

/**
 * Reads the names of label numbers: FreeSurferColorLUT.txt, a .ctbl of 3D Slicer, label descriptions of ITK-SNAP, or a
 * .tsv with the columns index and name (BIDS).
 * @throws {SamlabError} `format-invalid` when no line names a number, `file-missing`, `file-unreadable`,
 * `file-truncated`, `canceled`
 */
export async function readLookupTable(path: string, signal?: AbortSignal): Promise<ReadonlyMap<number, string>> {
  const text = new TextDecoder().decode(await readAll(path, signal));
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const names = columns(lines) ?? new Map<number, string>();
  for (const line of names.size > 0 ? [] : lines) {
    const [, number, name] = quotedLine.exec(line) ?? colorLine.exec(line) ?? [];
    if (number !== undefined && Number(number) > 0) names.set(Number(number), name.trim() || `label ${number}`);
  }
  if (names.size > 0) return names;
  throw new SamlabError("format-invalid", `${path} is not a lookup table: no line holds a number and a name.`, {
    file: path,
    remedy:
      "Give FreeSurferColorLUT.txt, a .ctbl of 3D Slicer, label descriptions of ITK-SNAP, or a .tsv with index and name.",
  });
}

/** A .tsv whose first line names its columns; `null` when it is none. */
function columns([head, ...rows]: readonly string[]): Map<number, string> | null {
  const titles = (head ?? "").split("\t").map((title) => title.trim().toLowerCase());
  const [index, name] = [titles.indexOf("index"), titles.indexOf("name")];
  if (index < 0 || name < 0) return null;
  const cells = rows.map((row) => row.split("\t"));
  return new Map(
    cells.map((row) => [Number(row[index]), row[name]?.trim() ?? ""] as const).filter(([number]) => number > 0),
  );
}
