import { readdir, stat } from "node:fs/promises";
import { bytesView } from "../../core/dtype.js";
import { SamlabError } from "../../core/errors.js";
import { ByteStream } from "../../io/files/byte-stream.js";
import { readError, writeError } from "../../io/files/file-errors.js";
import { makeFolder } from "../../io/files/make-folder.js";
import { readRaster, savePng } from "../../io/formats/raster.js";
import { encodeNifti, type NiftiContent, saveNifti } from "../../io/nifti/write.js";
import type { ImportOptions } from "./types.js";

/**
 * The names of the files in a folder, sorted as people count (`2` before `10`), hidden ones left out; `null` when there
 * is no such folder.
 */
export async function listFiles(folder: string): Promise<string[] | null> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => name)
      .sort(byCount);
  } catch (error) {
    const failed = readError(error, folder);
    if (failed.code === "file-missing") return null;
    throw failed;
  }
}

const collator = new Intl.Collator("en", { numeric: true });
const byCount = (a: string, b: string) => collator.compare(a, b) || (a < b ? -1 : 1);

/** Names of the files that samlab reads as images or masks. A .hdr/.img pair is listed by its header. */
export const readableName = /\.(nii|nii\.gz|nii\.bz2|hdr|hdr\.gz|nrrd|nhdr|mha|mhd|mgh|mgz|dcm|tiff?|png|jpe?g)$/i;

export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}

/**
 * Writes a picture that a data set is converted to, atomically, unless a file of the same pixels is there already.
 * @throws {SamlabError} `argument-invalid` where the file there has others, as of another data set with the same names;
 * as reading and writing it
 */
export async function saveConvertedPicture(
  path: string,
  width: number,
  height: number,
  data: Uint8Array | Uint16Array,
  signal?: AbortSignal,
): Promise<void> {
  if (!(await isFile(path))) return savePng(path, width, height, data, signal);
  const there = await readRaster(path, { signal });
  const isSame = there.width === width && there.height === height && haveSameBytes(there.data, data);
  if (!isSame) throw otherContent(path);
}

/**
 * Writes a volume (.nii.gz) that a data set is converted to, atomically, unless a file of the same voxels is there
 * already. Throws as {@link saveConvertedPicture}.
 */
export async function saveConvertedVolume(path: string, content: NiftiContent, signal?: AbortSignal): Promise<void> {
  if (!(await isFile(path))) return saveNifti(path, content, signal);
  const bytes = encodeNifti(content);
  const stream = new ByteStream(path, { compression: "gzip", name: path, signal });
  try {
    const there = new Uint8Array(bytes.length);
    const length = (await stream.read(there)) + (await stream.skip(1));
    if (length !== bytes.length || !haveSameBytes(there, bytes)) throw otherContent(path);
  } finally {
    stream.close();
  }
}

// Compressed files of the same content differ between versions of the libraries that compress.
function haveSameBytes(a: Uint8Array | Uint16Array, b: Uint8Array | Uint16Array): boolean {
  return Buffer.from(bytesView(a)).equals(bytesView(b));
}

function otherContent(path: string): SamlabError {
  return new SamlabError(
    "argument-invalid",
    `${path} is there already, with another content: a manifest that names it would get another truth.`,
    {
      file: path,
      field: "path",
      value: path,
      remedy:
        "Give each data set a folder of its own. If its own files have changed, delete those made of them before.",
    },
  );
}

/** Removes the extension: `name.nii.gz` becomes `name`. */
export function stemOf(name: string): string {
  return name.replace(/(\.nii)?\.[^.]+$/i, "");
}

/**
 * Images without truth and truths without image: an error, or notes.
 * @param instead a further remedy
 * @throws {SamlabError} `file-missing`
 */
export function settleUnmatched(
  unmatched: readonly string[],
  file: string,
  options: Pick<ImportOptions, "unmatched">,
  instead = "",
): string[] {
  if (options.unmatched === "skip") return unmatched.map((what) => `Left out: ${what}.`);
  if (unmatched.length === 0) return [];
  const listed = unmatched.slice(0, 5).join("; ");
  const more = unmatched.length > 5 ? `; and ${unmatched.length - 5} more` : "";
  throw new SamlabError("file-missing", `${file} has files without partner: ${listed}${more}.`, {
    file,
    field: "unmatched",
    value: unmatched,
    remedy: `${instead} Add what is missing, or leave these out: { unmatched: "skip" }.`.trim(),
  });
}

/** The folder that converted files go to, made if need be. */
export async function outFolder(out: string | undefined, path: string): Promise<string> {
  if (out === undefined) {
    throw new SamlabError("argument-invalid", `${path} is converted to image files, and no folder is given for them.`, {
      file: path,
      field: "out",
      remedy: 'Name a folder: { out: "converted" }.',
    });
  }
  await makeFolder(out).catch((error: unknown) => {
    throw writeError(error, out);
  });
  return out;
}
