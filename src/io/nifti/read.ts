import { bytesOf } from "../../core/dtype.js";
import { SamlabError, throwIfCanceled } from "../../core/errors.js";
import { affineSpacing } from "../../core/geometry.js";
import { isBzip2 } from "../files/bunzip2.js";
import { ByteStream } from "../files/byte-stream.js";
import { ignoredBytes, tooLong, tooShort } from "../files/data-length.js";
import { fileSize, readHead } from "../files/read-file.js";
import { headBytes, headerSize, sniff, unsupportedFile } from "../files/sniff.js";
import { chooseFrame } from "../image/frame.js";
import { grayNote, luminance } from "../image/luminance.js";
import { settleNonFinite } from "../image/non-finite.js";
import type { VoxelImage, VoxelReadOptions } from "../image/voxel-image.js";
import { unitOf } from "./form.js";
import { type NiftiHeader, niftiHeaderBytes, parseNiftiHeader } from "./header.js";
import { decodeLabelTable, type LabelTable } from "./label-table.js";
import { decodeVoxels } from "./voxels.js";

export interface NiftiImage extends VoxelImage {
  readonly header: NiftiHeader;
  /** Names and colors of labels in the header's extensions; null if there are none. */
  readonly labelTable: LabelTable | null;
}

/** Maximum compression ratio of deflate (1032 to 1, zlib); a header that implies more is invalid. */
const bestDeflate = 1040;

/**
 * Reads a .nii, .nii.gz or .nii.bz2 file (detected by content, not by name), NIfTI-1 or -2, either byte order; or a
 * NIfTI or Analyze 7.5 pair of .hdr and .img, given the path of either.
 * @throws {SamlabError} `file-missing`, `file-unreadable`, `file-truncated`, `format-unknown`, `format-unsupported`,
 * `format-invalid`, `image-not-finite`, `argument-invalid` (frame), `canceled`
 */
export async function readNifti(path: string, options: VoxelReadOptions = {}): Promise<NiftiImage> {
  const { signal, name = path } = options;
  throwIfCanceled(signal, `Reading ${name}`);
  const { header: headerPath, voxels: voxelPath } = await pairOf(path, name);
  const start = await readHead(headerPath, headBytes, name);
  const isBzipped = isBzip2(start);
  let stream = isBzipped ? new ByteStream(headerPath, { compression: "bzip2", signal, name }) : null;
  try {
    const head = (await stream?.peek(headBytes)) ?? start;
    const { kind, gzip: isHeaderZipped } = await sniff(head);
    // A pair would need both halves unpacked.
    if (isBzipped && (kind !== "nifti" || isHeaderZipped)) throw notInside(name);
    if (kind !== "nifti" && kind !== "nifti-pair" && kind !== "analyze") throw unsupportedFile(name, kind, head);
    const isPair = kind !== "nifti";
    if (isPair && voxelPath === headerPath) throw halfMissing(name);
    const gzip = isPair ? isGzip(await readHead(voxelPath, 2, voxelPath)) : isHeaderZipped;
    const isCompressed = gzip || isBzipped;
    const bytesOnDisk = await fileSize(voxelPath, name);

    stream ??= new ByteStream(headerPath, { compression: isHeaderZipped ? "gzip" : null, signal, name });
    const header = await readHeader(stream, kind);
    const labelTable = isPair ? null : await readLabelTable(stream, header);
    const frame = chooseFrame(header.frames, options.frame, name);
    if (isPair) {
      stream.close();
      stream = new ByteStream(voxelPath, { compression: gzip ? "gzip" : null, signal, name });
    }
    const frameBytes = header.size[0] * header.size[1] * header.size[2] * header.channels * bytesOf(header.dtype);
    const end = header.dataOffset + frameBytes * header.frames;
    if (!isCompressed && bytesOnDisk < end) throw tooShort(name, bytesOnDisk, end, describe(header));
    if (gzip && bytesOnDisk * bestDeflate < end) {
      // Do not allocate for an invalid header. If the stream is just truncated, this reports it.
      await stream.skip(Number.POSITIVE_INFINITY);
      throw promisesTooMuch(stream, header, end);
    }
    await stream.skip(header.dataOffset + frame * frameBytes - stream.position);
    const buffer = allocate(frameBytes, header, name);
    await stream.read(new Uint8Array(buffer));
    await stream.skip(end - stream.position);
    if (stream.position < end) throw tooShort(name, stream.position, end, describe(header));
    // Read to the end: the last bytes of a compressed stream are its checksum.
    const extra = isCompressed ? await stream.skip(Number.POSITIVE_INFINITY) : bytesOnDisk - end;
    if (extra >= frameBytes / header.size[2]) throw tooLong(name, extra, describe(header), "dim", header.size);

    const notes = headerNotes(header, frame);
    const colors = header.channels === 1 ? null : withoutAlpha(new Uint8Array(buffer), header.channels);
    const data = colors ? luminance(colors) : decodeVoxels(buffer, header, name);
    if (colors) notes.push(grayNote);
    if (extra > 0) notes.push(ignoredBytes(extra));
    const replaced = settleNonFinite(data, header.size, options.nonFinite ?? "reject", name);
    if (replaced) notes.push(replaced);
    return {
      data,
      colors,
      size: header.size,
      affine: header.placement.affine,
      // Analyze's geometry cannot be stored in these fields.
      form: kind === "analyze" ? null : header.form,
      window: null,
      units: null,
      header,
      labelTable,
      notes,
    };
  } finally {
    stream?.close();
  }
}

function notInside(name: string): SamlabError {
  return new SamlabError(
    "format-unsupported",
    `${name} is compressed with bzip2, and what is inside is no .nii file.`,
    {
      file: name,
      value: "bzip2",
      remedy: "Unpack it first, with bunzip2.",
    },
  );
}

const isGzip = (head: Uint8Array) => head[0] === 0x1f && head[1] === 0x8b;

/** The two files of a pair, if the path is one of them and the other exists; else the same file twice. */
export async function pairOf(path: string, name: string): Promise<{ header: string; voxels: string }> {
  const [, stem, half, zipped = ""] = /^(.*)\.(hdr|img)(\.gz)?$/i.exec(path) ?? [];
  if (half === undefined) return { header: path, voxels: path };
  const isHeader = half.toLowerCase() === "hdr";
  const other = isHeader ? "img" : "hdr";
  const ending = half === half.toUpperCase() ? other.toUpperCase() : other;
  await fileSize(path, name);
  for (const zip of [zipped, zipped ? "" : ".gz"]) {
    const partner = `${stem}.${ending}${zip}`;
    const isThere = await fileSize(partner).catch(() => 0);
    if (isThere > 0) return isHeader ? { header: path, voxels: partner } : { header: partner, voxels: path };
  }
  if (isHeader) return { header: path, voxels: path };
  throw new SamlabError("file-missing", `${name} is the data half of a .hdr/.img pair; its header is not beside it.`, {
    file: name,
    field: "header",
    value: `${stem}.${ending}${zipped}`,
    remedy: `Put ${stem}.${ending}${zipped} beside it.`,
  });
}

function halfMissing(name: string): SamlabError {
  return new SamlabError("file-missing", `${name} is the header of a .hdr/.img pair; its voxels are not beside it.`, {
    file: name,
    field: "voxels",
    remedy: "Put the .img (or .img.gz) file of the same name beside it, and end the header's own name in .hdr.",
  });
}

function withoutAlpha(bytes: Uint8Array, channels: 3 | 4): Uint8Array {
  if (channels === 3) return bytes;
  const out = new Uint8Array((bytes.length / 4) * 3);
  for (let n = 0, at = 0; at < bytes.length; n += 3, at += 4) out.set(bytes.subarray(at, at + 3), n);
  return out;
}

async function readHeader(stream: ByteStream, kind: "nifti" | "nifti-pair" | "analyze"): Promise<NiftiHeader> {
  const bytes = new Uint8Array(niftiHeaderBytes[2]);
  let got = await stream.read(bytes.subarray(0, niftiHeaderBytes[1]));
  const expected = headerSize(bytes) || niftiHeaderBytes[1];
  got += await stream.read(bytes.subarray(got, expected));
  if (got < expected) throw tooShort(stream.name, got, expected, "header");
  return parseNiftiHeader(bytes, stream.name, kind);
}

/** Extensions are small; a header that promises more is not believed. */
const longestExtensions = 1 << 22;

async function readLabelTable(
  stream: ByteStream,
  { dataOffset, littleEndian }: NiftiHeader,
): Promise<LabelTable | null> {
  const length = dataOffset - stream.position;
  if (length <= 4 || length > longestExtensions) return null;
  const bytes = new Uint8Array(length);
  const got = await stream.read(bytes);
  return decodeLabelTable(bytes.subarray(0, got), littleEndian);
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

function promisesTooMuch(stream: ByteStream, header: NiftiHeader, end: number): SamlabError {
  return new SamlabError(
    "format-invalid",
    `${stream.name} has an invalid header: ${describe(header)} end at byte ${end}, but it unzips to ${stream.position} bytes.`,
    {
      file: stream.name,
      field: "dim",
      value: header.size,
      remedy: "Write the file again with the program that made it.",
    },
  );
}

function headerNotes(header: NiftiHeader, frame: number): string[] {
  const { from, rejected, affine, disagreement } = header.placement;
  const notes = [...header.notes];
  for (const form of rejected) {
    notes.push(`The ${form} in the header is singular or not finite; the ${from} was used.`);
  }
  if (disagreement > 0.1 * Math.min(...affineSpacing(affine))) {
    notes.push(
      `The header's sform and qform place the voxels up to ${disagreement.toFixed(2)} mm apart; the sform was used. Other programs may take the qform.`,
    );
  }
  if (from === "pixdim")
    notes.push("The header has no orientation; i is taken to grow to the left, j to the front, k upwards.");
  const unit = unitOf(header.form);
  if (unit !== 1) notes.push(`Lengths in ${unit === 1000 ? "meters" : "micrometers"} were turned into mm.`);
  if (header.frames > 1) notes.push(`Volume ${frame} of ${header.frames}, counted from 0.`);
  return notes;
}
