import { SamlabError } from "../core/errors.js";
import { type Bytes2d, resizeArea, resizeBilinear } from "../core/resize.js";
import { resizeAntialiased, resizePillowBicubic, resizePillowBilinear } from "../core/resize-pillow.js";
import { resizeLinearMirrored, resizeSkimageCubic, zoomCubic } from "../core/resize-spline.js";
import type { Image2d } from "../io/image/image.js";
import { applyWindow } from "../io/image/window.js";
import type { Architecture } from "../models/architecture.js";
import type { Preprocessing } from "../models/preprocessing.js";

/** Placement of an image in the model's square input: scaled into the top left corner, the rest zeros. */
export interface ModelFrame {
  /** The original image. */
  readonly width: number;
  readonly height: number;
  /** Side of the square input. */
  readonly imageSize: number;
  /** The image's size inside the input. */
  readonly scaledWidth: number;
  readonly scaledHeight: number;
  /**
   * True if masks are resized to the image as probabilities in one step (MedSAM, ScribblePrompt), instead of as logits
   * via the input size (SAM).
   */
  readonly scalesProbabilities?: true;
  /** True for SAM 2, whose logits are resized to the image in one step, and whose boxes are points like others. */
  readonly isSam2?: true;
}

/** Preprocessing kinds that stretch both sides to the input size. */
const stretching: ReadonlySet<Preprocessing> = new Set([
  "medsam",
  "sam-med2d",
  "medical-sam-adapter",
  "medical-sam-adapter-until-2025",
  "samed",
  "auto-sam",
  "de-sam",
  "scribble-prompt",
  "samus",
  "sam2",
  "medsam2",
]);

/**
 * Placement of an image of this size: the longest side fills the input (SAM's ResizeLongestSide); with MedSAM,
 * SAM-Med2D and others both sides do.
 */
export function modelFrame(
  width: number,
  height: number,
  imageSize: number,
  preprocessing: Preprocessing = "sam",
): ModelFrame {
  if (stretching.has(preprocessing)) {
    const frame = { width, height, imageSize, scaledWidth: imageSize, scaledHeight: imageSize };
    return preprocessing === "medsam" || preprocessing === "scribble-prompt"
      ? { ...frame, scalesProbabilities: true }
      : frame;
  }
  const scale = imageSize / Math.max(width, height);
  return {
    width,
    height,
    imageSize,
    scaledWidth: Math.floor(width * scale + 0.5),
    scaledHeight: Math.floor(height * scale + 0.5),
  };
}

/** Placement of an image in a model's prompts and masks. */
export function frameOf(
  { width, height }: Pick<Image2d, "width" | "height">,
  { imageSize, preprocessing, head }: Architecture,
): ModelFrame {
  const frame = modelFrame(width, height, imageSize, preprocessing);
  return head === "sam2" ? { ...frame, isSam2: true } : frame;
}

/**
 * The 8-bit image before resizing: windowed, with the original number of channels.
 * @throws {SamlabError} `geometry-mismatch` (too few or many values), `image-not-finite`, `image-empty` (constant,
 * unless `isBlankAllowed`), `argument-invalid` (no window)
 */
export function modelPicture(image: Image2d, { isBlankAllowed = false } = {}): Bytes2d {
  const needed = image.width * image.height * image.channels;
  if (image.data.length !== needed) {
    throw new SamlabError(
      "geometry-mismatch",
      `${image.source} has ${image.data.length} values, but ${image.width}×${image.height} pixels of ${image.channels} need ${needed}.`,
      {
        file: image.source,
        field: "data",
        value: image.data.length,
        remedy: "Give one value for each pixel and channel.",
      },
    );
  }
  const bad = image.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const pixel = Math.floor(bad / image.channels);
    throw new SamlabError(
      "image-not-finite",
      `${image.source} has ${image.data[bad]} at x ${pixel % image.width}, y ${Math.floor(pixel / image.width)}.`,
      {
        file: image.source,
        value: image.data[bad],
        remedy: 'Load it with { nonFinite: "zero" }, or replace the value.',
      },
    );
  }
  const { width, height, channels, data } = applyWindow(image);
  if (!isBlankAllowed && data.every((value) => value === data[0])) {
    throw new SamlabError("image-empty", `${image.source} has the same gray value everywhere${windowed(image)}.`, {
      file: image.source,
      value: data[0],
      remedy: image.window ? "Choose another slice or a window that covers its values." : "Choose another image.",
    });
  }
  return { width, height, channels, data };
}

function windowed(image: Image2d): string {
  return image.window ? ` in the window ${image.window.low} to ${image.window.high}` : "";
}

/** The image encoder's input, [1, 3, inputSize, inputSize], from a picture. */
export function encoderInput(
  picture: Bytes2d,
  { inputSize, preprocessing }: Pick<Architecture, "inputSize" | "preprocessing">,
): { readonly type: "float32"; readonly dims: readonly number[]; readonly data: Float32Array } {
  const frame = modelFrame(picture.width, picture.height, inputSize, preprocessing);
  return { type: "float32", dims: [1, 3, inputSize, inputSize], data: modelInput(picture, frame, preprocessing) };
}

/** The model's input, [1, 3, imageSize, imageSize] of the frame, from a picture. */
export function modelInput(picture: Bytes2d, frame: ModelFrame, preprocessing: Preprocessing): Float32Array {
  const { scaledWidth, scaledHeight } = frame;
  switch (preprocessing) {
    case "lite-medsam":
      return minMaxInput(resizeArea(picture, scaledWidth, scaledHeight), frame.imageSize);
    // The range of the scaled bytes, over all channels (MedSAM_Inference.py).
    case "medsam":
      return minMaxInput(resizeSkimageCubic(picture, scaledWidth, scaledHeight), frame.imageSize);
    case "sam":
    case "medical-sam-adapter":
      return samInput(resizePillowBilinear(picture, scaledWidth, scaledHeight), frame.imageSize);
    case "medical-sam-adapter-until-2025":
      return planar(resizePillowBilinear(picture, scaledWidth, scaledHeight), frame.imageSize, () => byteShare);
    case "sam-med2d":
      return samInput(resizeNearest(picture, scaledWidth, scaledHeight), frame.imageSize);
    case "samed":
      return samedInput(picture, frame.imageSize);
    case "auto-sam":
      return autoSamInput(picture, frame.imageSize);
    case "de-sam": {
      const slice = resizeSkimageCubic(grayBytes(picture), deSamWaypoint, deSamWaypoint, "constant");
      return samInput(resizePillowBilinear(slice, scaledWidth, scaledHeight), frame.imageSize);
    }
    case "micro-sam":
      return samInput(resizePillowBilinear(stretchedChannels(picture), scaledWidth, scaledHeight), frame.imageSize);
    case "scribble-prompt":
      return scribblePromptInput(picture, frame.imageSize);
    case "samus":
      return planar(
        resizePillowBilinear(grayBytes(picture), scaledWidth, scaledHeight),
        frame.imageSize,
        () => byteShare,
      );
    case "sam2":
      return sam2Input(picture, frame.imageSize);
    case "medsam2":
      return samInput(resizePillowBicubic(picture, scaledWidth, scaledHeight), frame.imageSize);
  }
}

/** Side of the slices that DeSAM's code makes first (precompute_embeddings.py, `preprocess_nonct`). */
const deSamWaypoint = 256;

/** Each channel from its own minimum to its own maximum, in single precision (micro_sam/util.py, `_to_image`). */
function stretchedChannels({ width, height, channels, data }: Bytes2d): Bytes2d {
  const out = new Uint8Array(data.length);
  for (let channel = 0; channel < channels; channel++) {
    let [low, high] = [255, 0];
    for (let n = channel; n < data.length; n += channels) {
      low = Math.min(low, data[n]);
      high = Math.max(high, data[n]);
    }
    const range = Math.fround(high - low + 1e-7);
    const stretched = Uint8Array.from({ length: 256 }, (_, value) =>
      value < low ? 0 : Math.fround(Math.fround((value - low) / range) * 255),
    );
    for (let n = channel; n < data.length; n += channels) out[n] = stretched[data[n]];
  }
  return { width, height, channels, data: out };
}

/** OpenCV's INTER_NEAREST. */
function resizeNearest(picture: Bytes2d, width: number, height: number): Bytes2d {
  const { channels } = picture;
  // Divides twice as OpenCV does, which at some sizes rounds to just below an integer.
  const source = (to: number, from: number) =>
    Array.from({ length: to }, (_, n) => Math.min(from - 1, Math.floor(n * (1 / (to / from)))));
  const columns = source(width, picture.width);
  const data = new Uint8Array(width * height * channels);
  let at = 0;
  for (const row of source(height, picture.height)) {
    for (const column of columns) {
      const from = (row * picture.width + column) * channels;
      for (let channel = 0; channel < channels; channel++) data[at++] = picture.data[from + channel];
    }
  }
  return { width, height, channels, data };
}

/**
 * Min–max over the scaled picture, then zeros (bowang-lab/MedSAM: MedSAM_Inference.py; branch LiteMedSAM:
 * CVPR24_LiteMedSAM_infer.py).
 */
function minMaxInput(scaled: Bytes2d, imageSize: number): Float32Array {
  const [low, high] = byteRange(scaled.data);
  const range = Math.max(high - low, 1e-8);
  return planar(scaled, imageSize, () => (value) => (value - low) / range);
}

/** ImageNet mean and standard deviation, as stored in SAM (build_sam.py). */
const pixelMean = [123.675, 116.28, 103.53];
const pixelDeviation = [58.395, 57.12, 57.375];

function samInput(scaled: Bytes2d, imageSize: number): Float32Array {
  return planar(scaled, imageSize, (channel) => (value) => (value - pixelMean[channel]) / pixelDeviation[channel]);
}

/** The intermediate size of SAMed's slices before the input size (utils.py, `test_single_volume`). */
const samedWaypoint = 224;

/** SAMed: gray (the first channel) in 0…1, cubic splines twice, the same in all three channels; nothing is clipped. */
function samedInput({ width, height, channels, data }: Bytes2d, imageSize: number): Float32Array {
  const first = Float64Array.from({ length: width * height }, (_, n) => data[n * channels] / 255);
  let gray: Parameters<typeof zoomCubic>[0] = { width, height, data: first };
  for (const size of [samedWaypoint, imageSize]) {
    if (gray.width === size && gray.height === size) continue;
    gray = { width: size, height: size, data: zoomCubic(gray, size, size) };
  }
  const out = new Float32Array(3 * imageSize * imageSize);
  for (let channel = 0; channel < 3; channel++) out.set(gray.data, channel * imageSize * imageSize);
  return out;
}

/** The size of AutoSAM's slices (Hu), which the model itself brings to its input size. */
export const autoSamWaypoint = 224;

/**
 * AutoSAM (Hu): min–max over all channels, both sides to 224 (dataset/ACDC.py), then to the input size (AutoSamSeg.py).
 */
function autoSamInput({ width, height, channels, data }: Bytes2d, imageSize: number): Float32Array {
  const [low, high] = byteRange(data);
  const size = autoSamWaypoint;
  const out = new Float32Array(3 * imageSize * imageSize);
  for (let channel = 0; channel < 3; channel++) {
    const source = channels === 3 ? channel : 0;
    const plane = Float64Array.from(
      { length: width * height },
      (_, n) => (data[n * channels + source] - low) / (high - low),
    );
    const small = Float32Array.from(resizeLinearMirrored({ width, height, data: plane }, size, size));
    const whole = resizeBilinear({ data: small, stride: size, width: size, height: size }, imageSize, imageSize);
    out.set(whole, channel * imageSize * imageSize);
  }
  return out;
}

/** Weights of red, green, and blue in gray (ITU-R BT.601), as OpenCV and Pillow have them. */
const grayOf = [0.299, 0.587, 0.114] as const;

/** SAMUS: gray bytes, as OpenCV makes them of colors, in its fixed-point arithmetic of 15 bits. */
function grayBytes(picture: Bytes2d): Bytes2d {
  const { width, height, channels, data } = picture;
  if (channels === 1) return picture;
  const weights = grayOf.map((weight) => Math.round(weight * 2 ** 15));
  // They add up to 1: the last takes what rounding left.
  weights[2] = 2 ** 15 - weights[0]! - weights[1]!;
  const gray = Uint8Array.from({ length: width * height }, (_, n) => {
    const sum = weights.reduce((total, weight, c) => total + weight * data[n * channels + c]!, 0);
    return (sum + 2 ** 14) >> 15;
  });
  return { width, height, channels: 1, data: gray };
}

const byteShare = (value: number) => value / 255;

/** ScribblePrompt: gray, min–max, then both sides bilinearly to the input size (unet.py, `rescale_inputs`). */
function scribblePromptInput({ width, height, channels, data }: Bytes2d, imageSize: number): Float32Array {
  const gray = new Float32Array(width * height);
  for (let n = 0; n < gray.length; n++) {
    const at = n * channels;
    gray[n] = channels === 3 ? grayOf.reduce((sum, weight, c) => sum + weight * data[at + c]!, 0) : data[at]!;
  }
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of gray) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const range = Math.max(high - low, 1e-8);
  const unit = { data: gray.map((value) => (value - low) / range), stride: width, width, height };
  const small = resizeBilinear(unit, imageSize, imageSize);
  const out = new Float32Array(3 * small.length);
  for (let channel = 0; channel < 3; channel++) out.set(small, channel * small.length);
  return out;
}

/** SAM 2: 0…1, then both sides to the input size in floating point (sam2/utils/transforms.py). */
function sam2Input({ width, height, channels, data }: Bytes2d, imageSize: number): Float32Array {
  const out = new Float32Array(3 * imageSize * imageSize);
  let resized: Float32Array = new Float32Array();
  for (let channel = 0; channel < 3; channel++) {
    if (channel < channels) {
      const share = Float32Array.from({ length: width * height }, (_, n) => data[n * channels + channel] / 255);
      resized = resizeAntialiased({ width, height, data: share }, imageSize, imageSize);
    }
    const [mean, deviation] = [pixelMean[channel] / 255, pixelDeviation[channel] / 255];
    const at = channel * resized.length;
    for (let n = 0; n < resized.length; n++) out[at + n] = (resized[n] - mean) / deviation;
  }
  return out;
}

function byteRange(data: Uint8Array): [low: number, high: number] {
  let [low, high] = [255, 0];
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** Converts interleaved bytes to three float planes with the image at the top left; gray is repeated. */
function planar(
  picture: Bytes2d,
  imageSize: number,
  scaleOf: (channel: number) => (value: number) => number,
): Float32Array {
  const { width, height, channels, data } = picture;
  const plane = imageSize * imageSize;
  const out = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    const scale = scaleOf(channel);
    // At most 256 values, so a lookup table is exact and fast.
    const table = Float32Array.from({ length: 256 }, (_, value) => scale(value));
    const source = channels === 3 ? channel : 0;
    for (let y = 0; y < height; y++) {
      const row = channel * plane + y * imageSize;
      for (let x = 0, from = y * width * channels + source; x < width; x++, from += channels)
        out[row + x] = table[data[from]];
    }
  }
  return out;
}
