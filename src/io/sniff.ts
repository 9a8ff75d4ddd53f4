import { createGunzip, constants as zlib } from "node:zlib";
import { SamlabError } from "../core/errors.js";

/** What a file is by its first bytes; a name plays no part. */
export type FileKind = "nifti" | "png" | "jpeg" | Unsupported;

type Unsupported =
  | "nifti-pair"
  | "analyze"
  | "dicom"
  | "nrrd"
  | "metaimage"
  | "minc"
  | "tiff"
  | "gif"
  | "bmp"
  | "webp"
  | "numpy"
  | "zip"
  | "gzip-other"
  | "unknown";

export interface Sniffed {
  readonly kind: FileKind;
  readonly gzip: boolean;
}

/** Enough of a file, before or after unzipping, to tell its kind. */
export const headBytes = 4096;

const text = (head: Uint8Array, at: number, length: number) => String.fromCharCode(...head.subarray(at, at + length));

/** The size a NIfTI header begins with, in whichever byte order it makes sense: 348, 540, or 0 for anything else. */
export function headerSize(head: Uint8Array): 348 | 540 | 0 {
  if (head.length < 4) return 0;
  const view = new DataView(head.buffer, head.byteOffset, 4);
  for (const size of [348, 540] as const) {
    if (view.getInt32(0, true) === size || view.getInt32(0, false) === size) return size;
  }
  return 0;
}

/** The kind of an unzipped file from its first bytes. A file that ends inside a NIfTI header is still `nifti`: its reader says so. */
export function kindOf(head: Uint8Array): FileKind {
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
  if (text(head, 128, 4) === "DICM") return "dicom";
  if (text(head, 0, 4) === "NRRD") return "nrrd";
  if (/^(ObjectType|NDims)\s*=/.test(text(head, 0, 40))) return "metaimage";
  if (text(head, 0, 4) === "\x89HDF" || text(head, 0, 3) === "CDF") return "minc";
  if (["II*\0", "MM\0*", "II+\0", "MM\0+"].includes(text(head, 0, 4))) return "tiff";
  if (text(head, 0, 4) === "GIF8") return "gif";
  if (text(head, 0, 2) === "BM") return "bmp";
  if (text(head, 0, 4) === "RIFF" && text(head, 8, 4) === "WEBP") return "webp";
  if (text(head, 0, 6) === "\x93NUMPY") return "numpy";
  if (text(head, 0, 4) === "PK\x03\x04") return "zip";
  return "unknown";
}

/**
 * The kind of a file from its first {@link headBytes}; looks into gzip.
 * A gzip stream too damaged to look into counts as NIfTI, whose reader says what is wrong with it.
 */
export async function sniff(head: Uint8Array): Promise<Sniffed> {
  if (head[0] !== 0x1f || head[1] !== 0x8b) return { kind: kindOf(head), gzip: false };
  const inside = await unzipHead(head);
  const kind = inside === undefined || inside.length === 0 ? "nifti" : kindOf(inside);
  return { kind: kind === "unknown" || kind === "png" || kind === "jpeg" ? "gzip-other" : kind, gzip: true };
}

/** As many bytes as the start of a gzip stream yields; `undefined` when it is corrupt. */
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

const supported = "samlab reads NIfTI (.nii, .nii.gz), PNG and JPEG.";

/** What to say, and what to do instead, for each kind that is not read. */
const refusals: Record<Unsupported, readonly [what: string, remedy: string]> = {
  "nifti-pair": [
    "a NIfTI header of a .hdr/.img pair",
    "Save it as one .nii or .nii.gz file, e.g. with nibabel or fslchfiletype.",
  ],
  analyze: [
    "an Analyze 7.5 header (.hdr/.img)",
    "It has no orientation; convert it to NIfTI with the program that wrote it.",
  ],
  dicom: ["a DICOM file", "Convert the series to NIfTI, e.g. with dcm2niix."],
  nrrd: ["an NRRD file", "Convert it to NIfTI, e.g. with 3D Slicer or SimpleITK."],
  metaimage: ["a MetaImage file (.mha/.mhd)", "Convert it to NIfTI, e.g. with 3D Slicer or SimpleITK."],
  minc: ["an HDF5 or NetCDF file", "If it is MINC, convert it to NIfTI with mnc2nii."],
  tiff: ["a TIFF image", "Save it as PNG; PNG keeps 8 and 16 bits without loss."],
  gif: ["a GIF image", "Save it as PNG."],
  bmp: ["a BMP image", "Save it as PNG."],
  webp: ["a WebP image", "Save it as PNG."],
  numpy: ["a NumPy array", "Save it as NIfTI with nibabel, so that it has a spacing and an orientation."],
  zip: ["a zip archive", "Unpack it first."],
  "gzip-other": ["gzipped, but not a NIfTI file inside", "Unzip it first; only NIfTI is read from inside gzip."],
  unknown: ["of no known format", supported],
};

/**
 * The error for a file that is not read. `.img` files have no magic bytes: they are known by their name alone.
 */
export function unsupportedFile(file: string, kind: Unsupported, head: Uint8Array): SamlabError {
  if (kind === "unknown" && /\.img(\.gz)?$/i.test(file)) {
    return new SamlabError("format-unsupported", `${file} is the data half of a .hdr/.img pair.`, {
      file,
      remedy: refusals["nifti-pair"][1],
    });
  }
  const [what, remedy] = refusals[kind];
  if (kind === "unknown" || kind === "gzip-other") {
    const first = Array.from(head.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const tail = kind === "unknown" ? "" : ` ${supported}`;
    return new SamlabError("format-unknown", `${file} is ${what} (it starts with ${first}).${tail}`, {
      file,
      value: first,
      remedy,
    });
  }
  return new SamlabError("format-unsupported", `${file} is ${what}. ${supported}`, { file, value: kind, remedy });
}
