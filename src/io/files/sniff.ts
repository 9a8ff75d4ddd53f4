import { createGunzip, constants as zlib } from "node:zlib";
import { SamlabError } from "../../core/errors.js";
import { isBzip2 } from "./bunzip2.js";

/** File types, detected by the first bytes and never by name. */
export type FileKind = Supported | Unsupported;

type Supported =
  | "nifti"
  | "nifti-pair"
  | "analyze"
  | "bzip2"
  | "png"
  | "jpeg"
  | "tiff"
  | "dicom"
  | "nrrd"
  | "metaimage"
  | "mgh";

type Unsupported =
  | "lfs-pointer"
  | "web-page"
  | "minc"
  | "gif"
  | "bmp"
  | "webp"
  | "numpy"
  | "zip"
  | "xz"
  | "gzip-other"
  | "unknown";

export interface Sniffed {
  readonly kind: FileKind;
  readonly gzip: boolean;
}

/** Number of bytes, before or after decompression, needed to detect the type. */
export const headBytes = 4096;

const text = (head: Uint8Array, at: number, length: number) => String.fromCharCode(...head.subarray(at, at + length));

/** The size a NIfTI header begins with, in either byte order: 348, 540, or 0 for anything else. */
export function headerSize(head: Uint8Array): 348 | 540 | 0 {
  if (head.length < 4) return 0;
  const view = new DataView(head.buffer, head.byteOffset, 4);
  for (const size of [348, 540] as const) {
    if (view.getInt32(0, true) === size || view.getInt32(0, false) === size) return size;
  }
  return 0;
}

/** FreeSurfer's .mgh has no magic bytes: version 1, four sizes above 0, and a valid data type, all big-endian. */
function isMgh(head: Uint8Array): boolean {
  if (head.length < 284) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const [version, ...sizes] = [0, 4, 8, 12, 16].map((at) => view.getInt32(at, false));
  return version === 1 && sizes.every((size) => size > 0) && [0, 1, 3, 4, 10].includes(view.getInt32(20, false));
}

/** DICOM without a preamble has no magic bytes: its first elements are of group 2 or 8, in ascending order. */
function isBareDicom(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  let [at, last] = [0, -1];
  for (let n = 0; n < 3; n++) {
    if (at + 12 > head.length) return false;
    const tag = view.getUint16(at, true) * 0x10000 + view.getUint16(at + 2, true);
    if (tag <= last || !(tag >>> 16 === 2 || tag >>> 16 === 8)) return false;
    last = tag;
    const vr = text(head, at + 4, 2);
    if (/^(OB|UN|UT)$/.test(vr)) at += 12 + view.getUint32(at + 8, true);
    else if (/^[A-Z]{2}$/.test(vr)) at += 8 + view.getUint16(at + 6, true);
    else at += 8 + view.getUint32(at + 4, true);
  }
  return true;
}

/** Fields, of which one is mandatory; others may precede it. */
const isMetaImage = /^(?:\w+[ \t]*=[^\n]*\n)*?(?:ObjectType|NDims)[ \t]*=/;

/**
 * The kind of an unzipped file from its first bytes. A file truncated inside a NIfTI header still counts as `nifti`, so
 * that its reader reports the truncation.
 */
export function kindOf(head: Uint8Array): FileKind {
  // First, since the 128 bytes before it may be anything: those of a TIFF file, or of an Analyze header.
  if (text(head, 128, 4) === "DICM") return "dicom";
  const size = headerSize(head);
  if (size === 348) {
    if (head.length < 348) return "nifti";
    const magic = text(head, 344, 4);
    if (magic === "n+1\0") return "nifti";
    return magic === "ni1\0" ? "nifti-pair" : "analyze";
  }
  if (size === 540) {
    const magic = text(head, 4, 8);
    if (magic === "n+2\0\r\n\x1a\n") return "nifti";
    if (magic === "ni2\0\r\n\x1a\n") return "nifti-pair";
  }
  if (text(head, 0, 8) === "\x89PNG\r\n\x1a\n") return "png";
  if (text(head, 0, 3) === "\xff\xd8\xff") return "jpeg";
  if (text(head, 0, 4) === "NRRD") return "nrrd";
  if (isMetaImage.test(text(head, 0, head.length))) return "metaimage";
  if (text(head, 0, 4) === "\x89HDF" || text(head, 0, 3) === "CDF") return "minc";
  if (["II*\0", "MM\0*", "II+\0", "MM\0+"].includes(text(head, 0, 4))) return "tiff";
  if (text(head, 0, 4) === "GIF8") return "gif";
  if (text(head, 0, 2) === "BM") return "bmp";
  if (text(head, 0, 4) === "RIFF" && text(head, 8, 4) === "WEBP") return "webp";
  if (text(head, 0, 6) === "\x93NUMPY") return "numpy";
  if (text(head, 0, 4) === "PK\x03\x04") return "zip";
  if (isBzip2(head)) return "bzip2";
  if (text(head, 0, 6) === "\xfd7zXZ\0") return "xz";
  if (isMgh(head)) return "mgh";
  if (isBareDicom(head)) return "dicom";
  if (text(head, 0, 24) === "version https://git-lfs.") return "lfs-pointer";
  if (/^\s*<(!doctype html|html|head|body)/i.test(text(head, 0, 256))) return "web-page";
  return "unknown";
}

/**
 * The kind of a file from its first {@link headBytes}; looks inside gzip, but not inside bzip2, whose blocks are
 * longer. A gzip stream too damaged to decompress counts as NIfTI, whose reader reports the damage.
 */
export async function sniff(head: Uint8Array): Promise<Sniffed> {
  if (head[0] !== 0x1f || head[1] !== 0x8b) return { kind: kindOf(head), gzip: false };
  const inside = await unzipHead(head);
  const kind = inside === undefined || inside.length === 0 ? "nifti" : kindOf(inside);
  return { kind: zippedKinds.includes(kind) ? kind : "gzip-other", gzip: true };
}

/** File types that are supported inside gzip. */
const zippedKinds: readonly FileKind[] = ["nifti", "nifti-pair", "analyze", "mgh"];

/** The bytes decompressed from the start of a gzip stream; `undefined` if it is corrupt. */
async function unzipHead(head: Uint8Array): Promise<Uint8Array | undefined> {
  const gunzip = createGunzip({ finishFlush: zlib.Z_SYNC_FLUSH });
  gunzip.end(head);
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of gunzip) chunks.push(chunk as Uint8Array);
    return Buffer.concat(chunks);
  } catch {
    return undefined;
  }
}

const supported =
  "samlab reads NIfTI (.nii, .nii.gz, .nii.bz2, .hdr/.img), DICOM, NRRD, MetaImage, MGH/MGZ, TIFF, PNG and JPEG.";

/** Message and remedy for each unsupported type. */
const refusals: Record<Unsupported, readonly [what: string, remedy: string]> = {
  "lfs-pointer": ["a Git LFS pointer, not the file itself", "Fetch that with git lfs pull, or from its download link."],
  "web-page": ["a web page: its address returned a page instead of the file", "Download it in a browser."],
  minc: ["an HDF5 or NetCDF file", "If it is MINC, convert it to NIfTI with mnc2nii."],
  gif: ["a GIF image", "Save it as PNG."],
  bmp: ["a BMP image", "Save it as PNG."],
  webp: ["a WebP image", "Save it as PNG."],
  numpy: ["a NumPy array", "Save it as NIfTI with nibabel, so that it has a spacing and an orientation."],
  zip: ["a zip archive", "Unpack it first. For an .npz file of MedSAM see samlab import npz."],
  xz: ["compressed with xz", "Unpack it first, e.g. with unxz."],
  "gzip-other": ["gzipped, but not NIfTI, Analyze, or MGH inside", "Unpack it first, e.g. with gunzip."],
  unknown: ["of an unknown format", supported],
};

/** Display name and reader of each supported type. */
const readKinds: Record<Supported, readonly [what: string, remedy: string]> = {
  nifti: ["a NIfTI volume", "Load it with loadVolume."],
  "nifti-pair": ["a NIfTI header of a .hdr/.img pair", "Load it with loadVolume."],
  analyze: ["an Analyze 7.5 header (.hdr/.img)", "Load it with loadVolume."],
  bzip2: ["compressed with bzip2", "Load it with loadVolume if it is a .nii.bz2; else unpack it first, with bunzip2."],
  png: ["a PNG picture", "Load it with loadImage."],
  jpeg: ["a JPEG picture", "Load it with loadImage."],
  tiff: ["a TIFF file", "Load it with loadImage, or with loadVolume when it has several pages."],
  dicom: ["a DICOM file", "Load it with loadVolume or loadImage."],
  nrrd: ["an NRRD file", "Load it with loadVolume."],
  metaimage: ["a MetaImage file (.mha/.mhd)", "Load it with loadVolume."],
  mgh: ["a FreeSurfer volume (.mgh/.mgz)", "Load it with loadVolume."],
};

/** True for supported types. */
export const isReadable = (kind: FileKind): kind is Supported => kind in readKinds;

/** The error for a file that is unsupported, or not supported by this reader. `wanted` says what the reader expects. */
export function unsupportedFile(
  file: string,
  kind: FileKind,
  head: Uint8Array,
  wanted: "picture" | "volume" = "volume",
): SamlabError {
  if (isReadable(kind)) {
    const [what, remedy] = readKinds[kind];
    return new SamlabError("format-unsupported", `${file} is ${what}, which is no ${wanted} that is read here.`, {
      file,
      value: kind,
      remedy,
    });
  }
  const [what, remedy] = refusals[kind];
  if (kind === "unknown") {
    const first = Array.from(head.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return new SamlabError("format-unknown", `${file} is ${what} (it starts with ${first}).`, {
      file,
      value: first,
      remedy,
    });
  }
  const code = kind === "gzip-other" ? "format-unknown" : "format-unsupported";
  return new SamlabError(code, `${file} is ${what}. ${supported}`, { file, value: kind, remedy });
}
