import { basename, dirname } from "node:path";
import { sha256OfPath, sha256OfPaths } from "../files/hash-file.js";
import { readHead } from "../files/read-file.js";
import { headerFields, separateData } from "../formats/text-header.js";
import { pairOf } from "../nifti/read.js";
import { kindOfPath } from "./read-voxels.js";

/** Room for the header of an NRRD or MetaImage file, with a list of data files. */
const headerBytes = 1 << 18;

/**
 * The sha256 of an image or mask with all its voxels: of a file, of a folder, or of a header and the files with its
 * voxels (.hdr and .img, .mhd, .nhdr), as `sha256sum header voxels … | sha256sum` prints it in their folder.
 * @throws {SamlabError} as {@link sha256OfPath}; `format-unknown`
 */
export async function sha256OfImage(path: string, signal?: AbortSignal): Promise<string> {
  const files = await filesOf(path);
  return files.length === 1 ? sha256OfPath(path, signal) : sha256OfPaths(dirname(path), files, signal);
}

/** Names of the header and the files with its voxels, from the header's folder; or one name. */
async function filesOf(path: string): Promise<readonly string[]> {
  const kind = await kindOfPath(path);
  if (kind === "nifti-pair" || kind === "analyze") {
    const { header, voxels } = await pairOf(path, path);
    return [...new Set([basename(header), basename(voxels)])];
  }
  if (kind !== "nrrd" && kind !== "metaimage") return [basename(path)];
  const head = await readHead(path, headerBytes);
  return [basename(path), ...dataFiles(headerFields(head), head)];
}

function dataFiles(fields: ReadonlyMap<string, string>, head: Uint8Array): string[] {
  const said = separateData(fields);
  if (said === null) return [];
  const [pattern = "", ...numbers] = said.split(/\s+/);
  if (/^LIST$/i.test(pattern)) {
    const lines = new TextDecoder("latin1").decode(head).split(/\r?\n/);
    const at = lines.findIndex((line) => /^(data ?file|elementdatafile)\s*[:=]/i.test(line));
    return lines.slice(at + 1).filter((line) => line.trim() !== "");
  }
  const [first, last, step = 1] = numbers.map(Number);
  if (!/%0?\d*d/.test(pattern) || !(step > 0) || !(last >= first)) return [said];
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, n) =>
    pattern.replace(/%(0?)(\d*)d/, (_d, zero: string, width: string) =>
      String(first + n * step).padStart(Number(width), zero || " "),
    ),
  );
}
