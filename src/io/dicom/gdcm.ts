import type { NumericArray } from "../../core/dtype.js";
import { SamlabError } from "../../core/errors.js";
import { readAll } from "../files/read-file.js";
import { type ItkImage, readWithItk } from "../formats/itk-worker.js";
import { element, short, text } from "./elements.js";
import { type DicomFile, tags, wrongElement } from "./object.js";

interface FrameShape {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
}

/**
 * The frames of a color image as GDCM decodes them, colors converted to RGB.
 * @throws {SamlabError} `format-unsupported`, `format-invalid`, `canceled`, `environment`
 */
export async function decodeColors(
  file: DicomFile,
  shape: FrameShape,
  signal?: AbortSignal,
): Promise<{ channels: 1 | 3; data: NumericArray }> {
  const whole = shape.frames > 1 ? joinedFrames(file, shape, await readAll(file.path, signal, file.name)) : null;
  const image = await withGdcm(file, whole ?? file.path, shape, signal);
  const channels = image.imageType.components === 3 ? 3 : 1;
  return { channels, data: checked(file, image, shape, channels) };
}

/**
 * The stored numbers of all frames of a compressed grayscale image. GDCM applies the rescaling of the first frame to
 * all frames, and inverts MONOCHROME1, so it gets the compressed frames with no more of the header than it needs.
 * @throws {SamlabError} as {@link decodeColors}; `file-missing`, `file-unreadable`
 */
export async function decodeGray(file: DicomFile, shape: FrameShape, signal?: AbortSignal): Promise<NumericArray> {
  const bytes = await readAll(file.path, signal, file.name);
  const image = await withGdcm(file, bareFile(file, shape, bytes), shape, signal);
  return checked(file, image, shape, 1);
}

async function withGdcm(
  file: DicomFile,
  source: string | Uint8Array,
  { rows, columns, frames }: FrameShape,
  signal: AbortSignal | undefined,
): Promise<ItkImage> {
  const megabytes = (rows * columns * frames * 2) / 1e6;
  const image = await readWithItk("gdcm", source, { megabytes, signal, name: file.name });
  if (!("error" in image)) return image;
  throw new SamlabError(
    "format-unsupported",
    `${file.name} cannot be decoded (transfer syntax ${file.transferSyntax}).`,
    {
      file: file.name,
      field: "TransferSyntaxUID",
      value: file.transferSyntax,
      remedy: "Decompress it first, e.g. with dcmdjpeg, or decompress() of pydicom.",
      cause: new Error(image.error),
    },
  );
}

function checked(file: DicomFile, { data }: ItkImage, shape: FrameShape, channels: 1 | 3): NumericArray {
  const { rows, columns, frames } = shape;
  if (
    !(data instanceof BigInt64Array || data instanceof BigUint64Array) &&
    data.length === rows * columns * frames * channels
  ) {
    return data;
  }
  throw wrongElement(file, "PixelData", data.length, `decodes to another size than ${columns}×${rows}×${frames}`);
}

/** Secondary Capture, and its multi-frame class: images without a rescaling. */
const capture = { single: "1.2.840.10008.5.1.4.1.1.7", multi: "1.2.840.10008.5.1.4.1.1.7.3" };

/** A DICOM file with the compressed frames of `bytes`, their format, and nothing else. */
function bareFile(file: DicomFile, { rows, columns, frames }: FrameShape, bytes: Uint8Array): Uint8Array {
  const bits = file.number(tags.bitsAllocated) ?? 16;
  const stored = file.number(tags.bitsStored) ?? bits;
  const storage = frames > 1 ? capture.multi : capture.single;
  const meta = Buffer.concat([
    text(0x0002, 0x0002, "UI", storage),
    text(0x0002, 0x0003, "UI", "1.2"),
    text(0x0002, 0x0010, "UI", file.transferSyntax),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from("DICM", "latin1"),
    element(0x0002, 0x0000, "UL", length),
    meta,
    text(0x0008, 0x0016, "UI", storage),
    text(0x0008, 0x0018, "UI", "1.2"),
    short(0x0028, 0x0002, 1),
    text(0x0028, 0x0004, "CS", "MONOCHROME2"),
    text(0x0028, 0x0008, "IS", String(frames)),
    short(0x0028, 0x0010, rows),
    short(0x0028, 0x0011, columns),
    short(0x0028, 0x0100, bits),
    short(0x0028, 0x0101, stored),
    short(0x0028, 0x0102, file.number(tags.highBit) ?? stored - 1),
    short(0x0028, 0x0103, file.number(tags.pixelRepresentation) ?? 0),
    (joinedFrames(file, { frames }, bytes) ?? bytes).subarray(compressedStart(file, bytes)),
  ]);
}

/**
 * The bytes of a file of several frames with the fragments of each joined, as GDCM needs them; `null` where each frame
 * is one, and where no offset table says which fragments are whose.
 */
function joinedFrames(file: DicomFile, { frames }: Pick<FrameShape, "frames">, bytes: Uint8Array): Uint8Array | null {
  // dcmjs has joined them by the offset table.
  const pieces = file
    .values(tags.pixels)
    .flatMap((value) => (value instanceof ArrayBuffer ? [Buffer.from(value)] : []));
  if (pieces.length !== frames) return null;
  const start = compressedStart(file, bytes);
  if (fragmentsFrom(bytes, start + 12) === frames) return null;
  const items = pieces.map((piece) => [itemHead(0xe000, piece.length), piece]);
  return Buffer.concat([bytes.subarray(0, start + 12), itemHead(0xe000, 0), ...items.flat(), itemHead(0xe0dd, 0)]);
}

function itemHead(element: number, length: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(0xfffe, 0);
  head.writeUInt16LE(element, 2);
  head.writeUInt32LE(length, 4);
  return head;
}

/** The number of fragments after the offset table. */
function fragmentsFrom(bytes: Uint8Array, start: number): number {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [at, items] = [start, 0];
  while (at + 8 <= all.length && all.readUInt32LE(at) === 0xe000fffe) {
    at += 8 + all.readUInt32LE(at + 4);
    items++;
  }
  return items - 1;
}

/** Where the element with the compressed frames starts. An icon before it has such an element as well. */
function compressedStart(file: DicomFile, bytes: Uint8Array): number {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = Buffer.from([0, 0, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0x00, 0xe0]);
  for (let at = all.lastIndexOf(end); at >= 6; at = all.lastIndexOf(end, at - 1)) {
    if (all.readUInt32LE(at - 6) === 0x00107fe0) return at - 6;
  }
  throw wrongElement(file, "PixelData", null, "is missing, or not compressed as its transfer syntax says");
}
