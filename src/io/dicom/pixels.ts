import type { NumericArray } from "../../core/dtype.js";
import { SamlabError } from "../../core/errors.js";
import { frameGrid, type Rescale, rescaleOf } from "./frames.js";
import { decodeColors, decodeGray } from "./gdcm.js";
import { decodeHtj2k, isHtj2k } from "./htj2k.js";
import { mapped, modalityTable } from "./modality-lut.js";
import { isTurned, turnStored } from "./monochrome1.js";
import { type DicomFile, tags, wrongElement } from "./object.js";

/**
 * The pixels of all frames of a file, one after another, row by row; grayscale values in the file's units after
 * rescaling.
 */
export interface DicomPixels {
  readonly columns: number;
  readonly rows: number;
  readonly frames: number;
  /** 3 for color, interleaved. */
  readonly channels: 1 | 3;
  readonly data: NumericArray;
}

const bigEndian = "1.2.840.10008.1.2.2";
const nativeSyntaxes: readonly string[] = [
  "1.2.840.10008.1.2",
  "1.2.840.10008.1.2.1",
  "1.2.840.10008.1.2.1.99",
  bigEndian,
];

/**
 * Decodes and rescales the frames of an image. Native pixels are read here, HTJ2K by OpenJPH; other compressed ones,
 * and colors other than RGB, by GDCM.
 * @throws {SamlabError} `format-invalid`, `format-unsupported`, `file-truncated`, `canceled`, `environment`
 */
export async function decodePixels(file: DicomFile, signal?: AbortSignal): Promise<DicomPixels> {
  const { rows, columns, frames } = frameGrid(file);
  const photometric = file.text(tags.photometric) ?? "MONOCHROME2";
  const samples = file.number(tags.samplesPerPixel) ?? 1;
  // The numbers of a label map are its labels, whatever the palette.
  const isLabelMap = photometric === "PALETTE COLOR" && file.text(tags.modality) === "SEG";
  const isGray = samples === 1 && (/^MONOCHROME[12]$/.test(photometric) || isLabelMap);
  const isRgb = samples === 3 && photometric === "RGB";
  const isNative = nativeSyntaxes.includes(file.transferSyntax) && (isGray || isRgb);
  const table = isGray ? modalityTable(file) : null;
  const isHighThroughput = isHtj2k(file) && (isGray || (samples === 3 && /^(RGB|YBR_RCT|YBR_ICT)$/.test(photometric)));
  if (!isNative && !isHighThroughput && !isGray) {
    return { rows, columns, frames, ...(await decodeColors(file, { rows, columns, frames }, signal)) };
  }
  const stored = isHighThroughput
    ? await decodeHtj2k(file, { rows, columns, frames, samples }, signal)
    : isNative
      ? storedNumbers(file, rows * columns * frames * samples)
      : await decodeGray(file, { rows, columns, frames }, signal);
  if (isTurned(file)) turnStored(file, stored);
  // The decoder has already undone the color transform and the planar configuration.
  if (isHighThroughput && samples === 3) return { rows, columns, frames, channels: 3, data: stored };
  if (isRgb) return { rows, columns, frames, channels: 3, data: interleaved(file, stored, rows * columns, frames) };
  const data = table ? mapped(stored, table) : rescaled(file, stored, rows * columns, frames);
  return { rows, columns, frames, channels: 1, data };
}

/** The stored values, sign-extended and with unused bits removed. */
function storedNumbers(file: DicomFile, count: number): NumericArray {
  const floats = file.bytes(tags.floatPixels);
  const doubles = file.bytes(tags.doublePixels);
  const bytes = floats ?? doubles ?? file.bytes(tags.pixels);
  const bits = floats ? 32 : doubles ? 64 : file.number(tags.bitsAllocated);
  if (!bytes) throw wrongElement(file, "PixelData", null, "is missing");
  if (bits !== 1 && bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64) {
    throw wrongElement(file, "BitsAllocated", bits, "must be 1, 8, 16 or 32");
  }
  const needed = Math.ceil((count * bits) / 8);
  if (bytes.length < needed) {
    throw new SamlabError(
      "file-truncated",
      `${file.name} is cut off: ${bytes.length} bytes of pixels where ${needed} are needed.`,
      { file: file.name, field: "PixelData", value: bytes.length, remedy: "Copy or download it again." },
    );
  }
  if (bits === 1) return unpackBits(bytes, count);
  // One byte more, because 8-bit values of big-endian files may come in words.
  const own = Buffer.alloc(needed + (needed % 2));
  own.set(bytes.subarray(0, own.length));
  if (file.transferSyntax === bigEndian) swapBytes(own, bits === 8 && file.vr(tags.pixels) === "OW" ? 16 : bits);
  const { buffer } = new Uint8Array(own.subarray(0, needed));
  if (floats) return new Float32Array(buffer);
  if (doubles) return new Float64Array(buffer);
  const isSigned = file.number(tags.pixelRepresentation) === 1;
  const types = { 8: [Uint8Array, Int8Array], 16: [Uint16Array, Int16Array], 32: [Uint32Array, Int32Array] } as const;
  if (bits === 64) throw wrongElement(file, "BitsAllocated", bits, "must be 1, 8, 16 or 32");
  const numbers = new types[bits][isSigned ? 1 : 0](buffer);
  return withoutUnusedBits(file, numbers, bits);
}

function swapBytes(bytes: Buffer, bits: 8 | 16 | 32 | 64): void {
  if (bits === 16) bytes.swap16();
  if (bits === 32) bytes.swap32();
  if (bits === 64) bytes.swap64();
}

/** Bits above the highest stored bit are not part of the value (older files store overlays there). */
function withoutUnusedBits(file: DicomFile, numbers: NumericArray, bits: number): NumericArray {
  const used = file.number(tags.bitsStored) ?? bits;
  const high = file.number(tags.highBit) ?? used - 1;
  if (!(used >= 1 && used <= bits && high >= used - 1 && high < bits)) {
    throw wrongElement(file, "BitsStored", used, `must be 1 to ${bits} with a HighBit to match`);
  }
  if (used === bits) return numbers;
  const isSigned = file.number(tags.pixelRepresentation) === 1;
  const [up, down] = [32 - 1 - high, 32 - used];
  for (let n = 0; n < numbers.length; n++) {
    const shifted = numbers[n] << up;
    numbers[n] = isSigned ? shifted >> down : shifted >>> down;
  }
  return numbers;
}

/** One bit a pixel, the first in the lowest bit. */
export function unpackBits(bytes: Uint8Array, count: number): Uint8Array {
  const out = new Uint8Array(count);
  for (let n = 0; n < count; n++) out[n] = (bytes[n >> 3] >> (n & 7)) & 1;
  return out;
}

function rescaled(file: DicomFile, stored: NumericArray, perFrame: number, frames: number): NumericArray {
  const scales = Array.from({ length: frames }, (_, frame) => rescaleOf(file, frame));
  if (scales.every(({ slope, intercept }) => slope === 1 && intercept === 0)) return stored;
  const out = new (rescaledType(stored, scales))(stored.length);
  for (let frame = 0, n = 0; frame < frames; frame++) {
    const { slope, intercept } = scales[frame];
    for (const end = n + perFrame; n < end; n++) out[n] = stored[n] * slope + intercept;
  }
  return out;
}

/** Whole results stay integers where they fit 32 bits, and are exact in any case. */
function rescaledType(
  stored: NumericArray,
  scales: readonly Rescale[],
): Int32ArrayConstructor | Float32ArrayConstructor | Float64ArrayConstructor {
  if (stored instanceof Float64Array) return Float64Array;
  const isWhole = scales.every(({ slope, intercept }) => Number.isInteger(slope) && Number.isInteger(intercept));
  if (stored instanceof Float32Array || !isWhole) return Float32Array;
  const isSigned = stored instanceof Int8Array || stored instanceof Int16Array || stored instanceof Int32Array;
  const values = 2 ** (8 * stored.BYTES_PER_ELEMENT);
  const range = isSigned ? [-values / 2, values / 2 - 1] : [0, values - 1];
  const ends = scales.flatMap(({ slope, intercept }) => range.map((value) => value * slope + intercept));
  return ends.every((end) => end === (end | 0)) ? Int32Array : Float64Array;
}

/** RGB as red, green, blue pixel by pixel; PlanarConfiguration 1 stores one plane per color. */
function interleaved(file: DicomFile, stored: NumericArray, pixels: number, frames: number): NumericArray {
  if (file.number(tags.planarConfiguration) !== 1) return stored;
  const out = stored.slice();
  for (let frame = 0; frame < frames; frame++) {
    const first = 3 * pixels * frame;
    for (let channel = 0; channel < 3; channel++) {
      for (let n = 0; n < pixels; n++) out[first + 3 * n + channel] = stored[first + channel * pixels + n];
    }
  }
  return out;
}
