import type { NumericArray } from "../core/dtype.js";
import { bytesOf } from "../core/dtype.js";
import { SamlabError, show, throwIfCancelled } from "../core/errors.js";
import type { Affine } from "../core/geometry.js";
import { ByteStream } from "./byte-stream.js";
import { type NiftiHeader, niftiHeaderBytes, parseNiftiHeader } from "./nifti-header.js";
import { decodeVoxels, type NonFinite, settleNonFinite } from "./nifti-voxels.js";
import { fileSize, readHead } from "./read-file.js";
import { headBytes, headerSize, sniff, unsupportedFile } from "./sniff.js";

export interface NiftiReadOptions {
  /** Which volume of a 4D file, from 0. A 4D file is refused without it. */
  readonly frame?: number | undefined;
  readonly nonFinite?: NonFinite | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What to call the file in messages. Default: the path. */
  readonly name?: string | undefined;
}

/** The voxels of one 3D image, i fastest, in the file's units. */
export interface NiftiImage {
  readonly data: NumericArray;
  readonly size: readonly [nx: number, ny: number, nz: number];
  readonly affine: Affine;
  readonly header: NiftiHeader;
  /** What the reader changed or left out, one sentence each. */
  readonly notes: readonly string[];
}

/** Deflate cannot do better than 1032 to 1 (a zlib fact), so a header that promises more is wrong whatever follows. */
const bestDeflate = 1040;

/**
 * Reads a .nii or .nii.gz file (told by its bytes, not its name), NIfTI-1 or -2, either byte order.
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated`, `format-unknown`, `format-unsupported`, `format-invalid`,
 * `image-not-finite`, `argument-invalid` (frame), `cancelled`
 */
export async function readNifti(path: string, options: NiftiReadOptions = {}): Promise<NiftiImage> {
  const { signal, name = path } = options;
  throwIfCancelled(signal, `Reading ${name}`);
  const bytesOnDisk = await fileSize(path, name);
  const head = await readHead(path, headBytes, name);
  const { kind, gzip } = await sniff(head);
  if (kind === "png" || kind === "jpeg") {
    throw new SamlabError("format-unsupported", `${name} is a ${kind.toUpperCase()} picture, not a volume.`, {
      file: name,
      remedy: "Load it with loadImage.",
    });
  }
  if (kind !== "nifti") throw unsupportedFile(name, kind, head);

  const stream = new ByteStream(path, { gzip, signal, name });
  try {
    const header = await readHeader(stream);
    const frame = chooseFrame(header, options.frame, name);
    const frameBytes = header.size[0] * header.size[1] * header.size[2] * bytesOf(header.dtype);
    const end = header.dataOffset + frameBytes * header.frames;
    if (!gzip && bytesOnDisk < end) throw truncated(name, bytesOnDisk, end, describe(header));
    if (gzip && bytesOnDisk * bestDeflate < end) {
      // Nothing is allocated for such a promise; if the stream is merely cut off, this says so.
      await stream.skip(Number.POSITIVE_INFINITY);
      throw promisesTooMuch(stream, header, end);
    }
    await stream.skip(header.dataOffset + frame * frameBytes - stream.position);
    const buffer = allocate(frameBytes, header, name);
    await stream.read(new Uint8Array(buffer));
    await stream.skip(end - stream.position);
    if (stream.position < end) throw truncated(name, stream.position, end, describe(header));
    // To the very end: the checksum of a gzip stream is its last bytes.
    const extra = gzip ? await stream.skip(Number.POSITIVE_INFINITY) : bytesOnDisk - end;
    if (extra >= frameBytes / header.size[2]) throw holdsTooMuch(name, header, extra);

    const data = decodeVoxels(buffer, header, name);
    const notes = headerNotes(header, frame);
    if (extra > 0) notes.push(`${extra} bytes after the last voxel were ignored.`);
    const replaced = settleNonFinite(data, header.size, options.nonFinite ?? "reject", name);
    if (replaced) notes.push(replaced);
    return { data, size: header.size, affine: header.placement.affine, header, notes };
  } finally {
    stream.close();
  }
}

async function readHeader(stream: ByteStream): Promise<NiftiHeader> {
  const bytes = new Uint8Array(niftiHeaderBytes[2]);
  let got = await stream.read(bytes.subarray(0, niftiHeaderBytes[1]));
  const expected = headerSize(bytes) || niftiHeaderBytes[1];
  got += await stream.read(bytes.subarray(got, expected));
  if (got < expected) throw truncated(stream.name, got, expected, "header");
  return parseNiftiHeader(bytes, stream.name);
}

function chooseFrame(header: NiftiHeader, frame: number | undefined, name: string): number {
  if (frame === undefined) {
    if (header.frames === 1) return 0;
    throw new SamlabError("format-unsupported", `${name} is 4D: it holds ${header.frames} volumes.`, {
      file: name,
      field: "dim[4]",
      value: header.frames,
      remedy: `Pick one, counted from 0: { frame: 0 } to { frame: ${header.frames - 1} }.`,
    });
  }
  if (Number.isInteger(frame) && frame >= 0 && frame < header.frames) return frame;
  throw new SamlabError("argument-invalid", `There is no volume ${show(frame)} in ${name}.`, {
    file: name,
    field: "frame",
    value: frame,
    remedy: `It holds ${header.frames}, counted from 0.`,
  });
}

function allocate(bytes: number, header: NiftiHeader, name: string): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes);
  } catch (cause) {
    throw new SamlabError("format-unsupported", `${name} does not fit in memory: ${describe(header)}.`, {
      file: name,
      value: bytes,
      remedy: "Crop or downsample it first.",
      cause,
    });
  }
}

/** e.g. `512×512×300 int16 voxels`. */
function describe(header: NiftiHeader): string {
  return `${[...header.size, ...(header.frames > 1 ? [header.frames] : [])].join("×")} ${header.dtype} voxels`;
}

function truncated(name: string, got: number, expected: number, what: string): SamlabError {
  return new SamlabError("file-truncated", `${name} is cut off: ${got} bytes where its ${what} need ${expected}.`, {
    file: name,
    field: "length",
    value: got,
    remedy: "Copy or download it again.",
  });
}

function promisesTooMuch(stream: ByteStream, header: NiftiHeader, end: number): SamlabError {
  return new SamlabError(
    "format-invalid",
    `${stream.name} has an impossible header: ${describe(header)} end at byte ${end}, but it unzips to ${stream.position} bytes.`,
    {
      file: stream.name,
      field: "dim",
      value: header.size,
      remedy: "Write the file again with the program that made it.",
    },
  );
}

function holdsTooMuch(name: string, header: NiftiHeader, extra: number): SamlabError {
  return new SamlabError("format-invalid", `${name} holds ${extra} bytes more than its header's ${describe(header)}.`, {
    file: name,
    field: "dim",
    value: header.size,
    remedy: "The header or the data is of another image; write the file again.",
  });
}

function headerNotes(header: NiftiHeader, frame: number): string[] {
  const { from, rejected } = header.placement;
  const notes = rejected.map((form) => `The ${form} in the header is singular or not finite; the ${from} was used.`);
  if (from === "pixdim")
    notes.push("The header has no orientation; i is taken to grow to the left, j to the front, k upwards.");
  if (header.unit !== 1)
    notes.push(`Lengths in ${header.unit === 1000 ? "metres" : "micrometres"} were turned into mm.`);
  if (header.frames > 1) notes.push(`Volume ${frame} of ${header.frames}, counted from 0.`);
  return notes;
}
