import { SamlabError } from "../../core/errors.js";
import { readPart } from "../files/read-file.js";

/** The fields of a page of a TIFF file that say what it holds. */
export interface TiffPage {
  readonly width: number;
  readonly height: number;
  /** Slices in this page (an extension of SGI). */
  readonly depth: number;
  readonly bits: number;
  /** SampleFormat. */
  readonly kind: number;
  readonly samples: number;
  readonly photometric: number;
  readonly orientation: number;
  /** A smaller copy of another page. */
  readonly isReduced: boolean;
  readonly description: string;
  /** No page follows. */
  readonly isLast: boolean;
}

const tags = {
  subfile: 254,
  width: 256,
  height: 257,
  bits: 258,
  photometric: 262,
  description: 270,
  orientation: 274,
  samples: 277,
  kind: 339,
  depth: 32997,
};
const wanted = new Set(Object.values(tags));

/** Bytes of a description that are read. */
const longestText = 4096;

/**
 * The pages of a TIFF file, from their directories (TIFF 6.0, section 2; BigTIFF).
 * @param most how many to read; default all
 * @throws {SamlabError} `file-truncated`, `format-invalid`, `file-missing`, `file-unreadable`
 */
export async function tiffPages(
  path: string,
  name: string,
  most = Number.POSITIVE_INFINITY,
): Promise<[TiffPage, ...TiffPage[]]> {
  const read = async (start: number, length: number) => {
    const bytes = await readPart(path, start, length, name);
    if (bytes.length === length) return new DataView(bytes.buffer, bytes.byteOffset, length);
    throw new SamlabError("file-truncated", `${name} is cut off: its directory ends early.`, {
      file: name,
      field: "IFD",
      value: start,
      remedy: "Copy or download it again.",
    });
  };
  const head = await read(0, 16);
  const little = head.getUint8(0) === 0x49;
  const isBig = head.getUint16(2, little) === 43;
  const offset = (view: DataView, at: number) =>
    isBig ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
  const [each, inline, countBytes] = isBig ? [20, 8, 8] : [12, 4, 2];

  const pageAt = async (start: number): Promise<{ page: TiffPage; next: number }> => {
    const counted = await read(start, countBytes);
    const count = Math.min(isBig ? offset(counted, 0) : counted.getUint16(0, little), 4096);
    const entries = await read(start + countBytes, count * each);
    const found = new Map<number, number>();
    let description = "";
    for (let at = 0; at < count * each; at += each) {
      const tag = entries.getUint16(at, little);
      if (!wanted.has(tag)) continue;
      const own = at + each - inline;
      const [type, values] = [entries.getUint16(at + 2, little), offset(entries, at + 4)];
      const width = { 3: 2, 4: 4, 16: 8 }[type] ?? 1;
      const length = tag === tags.description ? Math.min(values, longestText) : width;
      const isHere = width * values <= inline;
      const view = isHere ? entries : await read(offset(entries, own), length);
      const from = isHere ? own : 0;
      if (tag === tags.description) {
        description = Buffer.from(view.buffer, view.byteOffset + from, length).toString("latin1");
      } else {
        found.set(
          tag,
          width === 8
            ? Number(view.getBigUint64(from, little))
            : width === 4
              ? view.getUint32(from, little)
              : width === 2
                ? view.getUint16(from, little)
                : view.getUint8(from),
        );
      }
    }
    // Some writers end the file without the offset of the next directory.
    const end = await readPart(path, start + countBytes + count * each, inline, name);
    const next = end.length < inline ? 0 : offset(new DataView(end.buffer, end.byteOffset, inline), 0);
    const fieldOf = (tag: number) => found.get(tag) ?? 1;
    const page = {
      width: fieldOf(tags.width),
      height: fieldOf(tags.height),
      depth: fieldOf(tags.depth),
      bits: fieldOf(tags.bits),
      kind: fieldOf(tags.kind),
      samples: fieldOf(tags.samples),
      photometric: fieldOf(tags.photometric),
      orientation: fieldOf(tags.orientation),
      isReduced: ((found.get(tags.subfile) ?? 0) & 1) === 1,
      description,
      isLast: next === 0,
    };
    return { page, next };
  };

  const start = offset(head, isBig ? 8 : 4);
  let { page, next } = await pageAt(start);
  const pages: [TiffPage, ...TiffPage[]] = [page];
  const seen = new Set([start]);
  while (next !== 0 && pages.length < most) {
    // libtiff, with which ITK reads the file, would follow them without end.
    if (seen.has(next)) {
      throw new SamlabError(
        "format-invalid",
        `${name} is damaged: page ${pages.length} is followed by an earlier one.`,
        {
          file: name,
          field: "IFD",
          value: next,
          remedy: "Copy or download it again.",
        },
      );
    }
    seen.add(next);
    ({ page, next } = await pageAt(next));
    pages.push(page);
  }
  return pages;
}
