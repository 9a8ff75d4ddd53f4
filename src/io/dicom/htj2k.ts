import type { OpenJphModule } from "@cornerstonejs/codec-openjph";
import type { NumericArray } from "../../core/dtype.js";
import { SamlabError, throwIfCanceled } from "../../core/errors.js";
import { type DicomFile, tags, wrongElement } from "./object.js";

/** High-throughput JPEG 2000: lossless, lossless with RPCL order, and lossy. GDCM cannot decode it. */
const syntaxes: readonly string[] = ["1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203"];

export const isHtj2k = (file: DicomFile): boolean => syntaxes.includes(file.transferSyntax);

interface FrameShape {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly samples: number;
}

/**
 * The stored numbers of all frames, colors interleaved as red, green and blue.
 * @throws {SamlabError} `format-invalid`, `format-unsupported` (more than 16 bits), `canceled`, `environment`
 */
export async function decodeHtj2k(file: DicomFile, shape: FrameShape, signal?: AbortSignal): Promise<NumericArray> {
  const { HTJ2KDecoder } = await loadOpenJph();
  const { rows, columns, frames, samples } = shape;
  const perFrame = rows * columns * samples;
  let out: NumericArray | null = null;
  for (const [n, bytes] of codestreams(file, frames).entries()) {
    throwIfCanceled(signal, `Reading ${file.name}`);
    const decoder = new HTJ2KDecoder();
    try {
      decoder.getEncodedBuffer(bytes.length).set(bytes);
      decoder.decode();
      const { width, height, bitsPerSample, componentCount, isSigned } = decoder.getFrameInfo();
      // Damaged data decode to a size of 0.
      if (width !== columns || height !== rows || componentCount !== samples) {
        throw wrongElement(
          file,
          "PixelData",
          `${width}×${height}`,
          `of frame ${n} does not decode to ${columns}×${rows}`,
        );
      }
      if (bitsPerSample > 16) throw wrongElement(file, "BitsStored", bitsPerSample, "may be at most 16 here");
      const { buffer } = decoder.getDecodedBuffer().slice();
      const [Unsigned, Signed] =
        bitsPerSample <= 8 ? ([Uint8Array, Int8Array] as const) : ([Uint16Array, Int16Array] as const);
      const numbers = new (isSigned ? Signed : Unsigned)(buffer);
      if (numbers.length !== perFrame) throw wrongElement(file, "PixelData", numbers.length, "decodes to another size");
      out ??= new (numbers.constructor as new (length: number) => NumericArray)(perFrame * frames);
      out.set(numbers, n * perFrame);
    } finally {
      decoder.delete();
    }
  }
  if (!out) throw wrongElement(file, "PixelData", null, "is missing");
  return out;
}

/** One buffer per frame; the fragments of a single-frame image are joined. */
function codestreams(file: DicomFile, frames: number): Uint8Array[] {
  const pieces = file
    .values(tags.pixels)
    .flatMap((value) => (value instanceof ArrayBuffer ? new Uint8Array(value) : []));
  if (frames === 1 && pieces.length > 0) return [Buffer.concat(pieces)];
  if (pieces.length === frames) return pieces;
  throw wrongElement(file, "PixelData", pieces.length, `has not one piece for each of ${frames} frames`);
}

let loaded: Promise<OpenJphModule> | null = null;

function loadOpenJph(): Promise<OpenJphModule> {
  // What the library prints about a damaged file is already in the error.
  const quiet = { print: () => undefined, printErr: () => undefined };
  loaded ??= import("@cornerstonejs/codec-openjph")
    .then(({ default: openjph }) => openjph(quiet))
    .catch((cause: unknown) => {
      loaded = null;
      throw new SamlabError("environment", "The image library @cornerstonejs/codec-openjph could not be loaded.", {
        field: "@cornerstonejs/codec-openjph",
        remedy: "Run npm install again.",
        cause,
      });
    });
  return loaded;
}
