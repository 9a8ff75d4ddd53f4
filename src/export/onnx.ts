import { join } from "node:path";
import { longWork } from "../core/long-work.js";
import { writeError } from "../io/files/file-errors.js";
import { makeFolder } from "../io/files/make-folder.js";
import { samlabPackage } from "../io/files/package.js";
import { writeFilesAtomic } from "../io/files/write-file.js";
import type { Architecture } from "../models/architecture.js";
import { compileSam, embeddingDims } from "../models/compile.js";
import type { Preprocessing } from "../models/preprocessing.js";
import { withoutUnused } from "../onnx/prune.js";
import { serializeModel, weightsInline } from "../onnx/serialize.js";
import { type LoadedSam, samWeights } from "../predict/loaded-sam.js";
import { requireFloat32 } from "../predict/require-model.js";
import type { WorkOptions } from "../predict/sam.js";
import { provenanceOf } from "./provenance.js";
import { type NotedFile, noted, type WrittenFile } from "./written-file.js";

/** The preprocessing required by programs that run the exported graphs. */
const preparation: Readonly<Record<Preprocessing, string>> = {
  "lite-medsam":
    "RGB of 8 bits (gray repeated); longest side to the input size by area interpolation (OpenCV's INTER_AREA), sides rounded half up; min-max over " +
    "the scaled picture to [0, 1]; zeros to the right and below",
  sam:
    "RGB of 8 bits (gray repeated); longest side to the input size by Pillow's bilinear interpolation, sides rounded half up; minus 123.675, 116.28, 103.53, " +
    "divided by 58.395, 57.12, 57.375; zeros to the right and below",
  medsam:
    "RGB of 8 bits (gray repeated); both sides to the input size by scikit-image's transform.resize (order 3, anti-aliasing, range kept), cut to 8 bits; " +
    "min-max over the scaled picture to [0, 1]. Masks: the logits' sigmoid, bilinear to the picture's size, above 0.5",
  "medical-sam-adapter":
    "RGB of 8 bits (gray repeated); both sides to the input size by Pillow's bilinear interpolation; minus 123.675, 116.28, 103.53, divided by 58.395, " +
    "57.12, 57.375",
  "medical-sam-adapter-until-2025":
    "RGB of 8 bits (gray repeated); both sides to the input size by Pillow's bilinear interpolation; divided by 255",
  samed:
    "gray divided by 255; both sides to 224, then to the input size, by SciPy's ndimage.zoom of order 3; the same in all three channels",
  "auto-sam":
    "min-max to [0, 1]; both sides to 224 by scikit-image's resize of order 1 without smoothing, then bilinearly to the input size; three channels",
  "de-sam":
    "gray of 8 bits; both sides to 256 by scikit-image's transform.resize (order 3, anti-aliasing, mode constant, range kept), cut to 8 bits; three " +
    "channels; to the input size by Pillow's bilinear interpolation; minus 123.675, 116.28, 103.53, divided by 58.395, 57.12, 57.375",
  "micro-sam":
    "RGB of 8 bits (gray repeated); each channel min-max to 0...255, cut to 8 bits; longest side to the input size by Pillow's bilinear interpolation, sides " +
    "rounded half up; minus 123.675, 116.28, 103.53, divided by 58.395, 57.12, 57.375; zeros to the right and below",
  "scribble-prompt":
    "gray; min-max to [0, 1]; both sides bilinearly to the input size, without smoothing; three equal channels. Masks: the logits' sigmoid, bilinear to " +
    "the picture's size, above 0.5",
  samus:
    "gray of 8 bits (0.299, 0.587, 0.114); both sides to the input size by Pillow's bilinear interpolation; divided by 255; the same in all three channels",
  "sam-med2d":
    "RGB of 8 bits (gray repeated); both sides to the input size by the nearest pixel (OpenCV's INTER_NEAREST); minus 123.675, 116.28, 103.53, divided by " +
    "58.395, 57.12, 57.375",
  sam2:
    "RGB divided by 255 (gray repeated); both sides to the input size by torchvision's Resize of tensors (bilinear, anti-aliasing); minus 0.485, 0.456, " +
    "0.406, divided by 0.229, 0.224, 0.225. Prompts: two points for a box, with a padding point after them in any case. Masks: the logits bilinear to " +
    "the picture's size",
  medsam2:
    "RGB of 8 bits (gray repeated); both sides to the input size by Pillow's bicubic interpolation; minus 123.675, 116.28, 103.53, divided by 58.395, " +
    "57.12, 57.375. Prompts: two points for a box, with a padding point after them in any case. Masks: the logits bilinear to the picture's size",
};

/** Which mask is the answer, where it is not mask 0. */
const answers: Readonly<Record<NonNullable<Architecture["answer"]>, string>> = {
  best: "of masks 1 to 3 the one of the highest predicted_iou",
  stable:
    "mask 0 where the pixels above 0.05 are at least 98 % of those above -0.05 or there are none, else of masks 1 to 3 the one of the highest predicted_iou",
};

/** See `sam.exportOnnx`. */
export async function exportOnnx(
  sam: LoadedSam,
  folder: string,
  options: WorkOptions = {},
): Promise<readonly WrittenFile[]> {
  requireFloat32(sam, "Exports");
  return longWork("exporting the model", options, (work) => writeOnnx(sam, folder, { ...options, ...work }));
}

async function writeOnnx(
  sam: LoadedSam,
  folder: string,
  { signal, onProgress }: WorkOptions,
): Promise<readonly WrittenFile[]> {
  onProgress?.("compiling the checkpoint");
  const { encoder, decoder } = compileSam(await samWeights(sam, signal), sam.architecture.imageSize);
  const { imageSize, inputSize, preprocessing, answer, maskPrompt } = sam.architecture;
  const metadata = {
    ...provenanceOf(sam),
    "samlab.prepare": preparation[preprocessing],
    "samlab.inputSize": String(inputSize),
    "samlab.imageSize": String(imageSize),
    "samlab.embedding": embeddingDims(sam.architecture).slice(1).join("×"),
    "samlab.lowResSize": String(sam.lowResSize),
    ...(answer && { "samlab.mask": answers[answer] }),
    ...(maskPrompt && { "samlab.maskInput": "the sigmoid of the logits" }),
  };
  const files: NotedFile[] = [];
  for (const [name, compiled] of Object.entries({ encoder, decoder })) {
    // ONNX Runtime warns about unused constants.
    const graph = withoutUnused(compiled);
    const { model, external } = serializeModel(graph, {
      metadata: { ...metadata, "samlab.part": name },
      producerVersion: samlabPackage.version,
      ...(weightsInline(graph) ? {} : { externalName: `${name}.onnx.data` }),
    });
    if (external) files.push(noted(join(folder, external.name), external.pieces));
    files.push(noted(join(folder, `${name}.onnx`), [model]));
  }
  await makeFolder(folder).catch((error: unknown) => {
    throw writeError(error, folder);
  });
  onProgress?.(`writing ${folder}`);
  await writeFilesAtomic(files, signal);
  return files.map((file) => file.written());
}
