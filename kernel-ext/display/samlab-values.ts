import { type Mask2d, maskArea } from "../../src/core/mask.js";
import type { LoadedCase } from "../../src/datasets/case.js";
import type { PromptSensitivity } from "../../src/evaluate/prompt-sensitivity.js";
import type { EvaluationResult } from "../../src/evaluate/result/evaluation-result.js";
import type { Image2d } from "../../src/io/image/image.js";
import type { Volume } from "../../src/io/image/volume.js";
import type { LabelImage } from "../../src/io/mask/label-image.js";
import type { MaskVolume } from "../../src/io/mask/mask-volume.js";
import { imageOf, sourceOf } from "../../src/predict/prediction-source.js";
import type { PromptEnsemble } from "../../src/predict/prompt-ensemble.js";
import type { MaskCandidate, Prediction } from "../../src/predict/sam.js";
import type { Segmentation } from "../../src/predict/segmentation.js";
import type { SegmentedVolume } from "../../src/volume/types.js";
import { areaText, countText, numberText, timesText, volumeText } from "./amounts.js";
import { type Shown, shown } from "./shown.js";

/** A samlab value: its one-line description, and its display. */
export interface SamlabValue {
  readonly text: string;
  show(): Shown | Promise<Shown>;
}

type Fields = { readonly [key: string]: unknown };

/**
 * Recognizes samlab values by their shape: volumes, images, masks, predictions, cases and evaluations. By shape, since
 * the library does not depend on Jupyter, and a cell may hold a value from another copy of it.
 */
export function showSamlabValue(value: object): SamlabValue | undefined {
  if (typeof value === "function") return undefined;
  const fields = value as Fields;
  if (isVolume(fields)) return showVolume(value as Volume);
  if (isMaskVolume(fields)) return showMaskVolume(value as MaskVolume);
  if (isImage(fields)) return showImage(value as Image2d);
  if (isSegmentation(fields)) return showSegmentation(value as Segmentation);
  if (isLabelImage(fields)) return showLabelImage(value as LabelImage);
  if (isMask(fields)) return showMask(value as Mask2d);
  if (isPrediction(fields)) return showPrediction(value as Prediction);
  if (isSegmentedVolume(fields)) return showSegmentedVolume(value as SegmentedVolume);
  if (isEnsemble(fields)) return showEnsemble(value as PromptEnsemble);
  if (isCase(fields)) return showCase(value as LoadedCase);
  if (isResult(fields)) return showResult(value as EvaluationResult);
  if (isSensitivity(fields)) return showSensitivity(value as PromptSensitivity);
  return undefined;
}

const isSize = (value: unknown) => Array.isArray(value) && value.length === 3 && value.every(Number.isInteger);
const isNumber = (value: unknown) => typeof value === "number";
const isText = (value: unknown) => typeof value === "string";
const isData = (value: unknown, length: number) => ArrayBuffer.isView(value) && (value as Uint8Array).length === length;

function isVolume(value: Fields): boolean {
  return isGrid(value) && typeof value.window === "object" && typeof value.withWindow === "function";
}

function isMaskVolume(value: Fields): boolean {
  return isGrid(value) && typeof value.setSlice === "function" && ArrayBuffer.isView(value.data);
}

function isGrid({ size, affine, slice, view }: Fields): boolean {
  return isSize(size) && affine !== undefined && typeof slice === "function" && typeof view === "function";
}

function isImage({ width, height, channels, data, source, window }: Fields): boolean {
  if (window === undefined || !isText(source)) return false;
  return (channels === 1 || channels === 3) && isData(data, Number(width) * Number(height) * channels);
}

function isLabelImage({ width, height, data, labels, only }: Fields): boolean {
  return Array.isArray(labels) && typeof only === "function" && isData(data, Number(width) * Number(height));
}

function isSegmentation(value: Fields): boolean {
  return Array.isArray(value.classNames) && isLabelImage(value);
}

function isMask({ width, height, data, channels }: Fields): boolean {
  return channels === undefined && data instanceof Uint8Array && isData(data, Number(width) * Number(height));
}

function isCandidate({ mask, predictedIou }: Fields): boolean {
  return typeof mask === "object" && mask !== null && isMask(mask as Fields) && typeof predictedIou === "number";
}

function isPrediction(value: Fields): boolean {
  return isCandidate(value) && value.lowResLogits instanceof Float32Array;
}

function isSegmentedVolume({ volume, mask, slices, work, footnote }: Fields): boolean {
  const [image, found] = [volume ?? {}, mask ?? {}] as [Fields, Fields];
  return isVolume(image) && isMaskVolume(found) && Array.isArray(slices) && Boolean(work) && isText(footnote);
}

function isEnsemble({ image, masks, uncertainty, agreement }: Fields): boolean {
  return (
    isImage((image ?? {}) as Fields) &&
    Array.isArray(masks) &&
    uncertainty instanceof Float32Array &&
    isNumber(agreement)
  );
}

function isCase({ kind, entry, names, truth }: Fields): boolean {
  return (kind === "volume" || kind === "image") && names instanceof Map && Boolean(entry) && Boolean(truth);
}

function isResult({ rows, plan, summary, footnote }: Fields): boolean {
  return Array.isArray(rows) && typeof plan === "object" && typeof summary === "function" && isText(footnote);
}

function isSensitivity({ curves, result, footnote }: Fields): boolean {
  return Array.isArray(curves) && isText(footnote) && isResult((result ?? {}) as Fields);
}

/** The drawing code is loaded when the first picture is shown. */
const pictures = () => import("./samlab-pictures.js");

async function withPicture(
  text: string,
  draw: Promise<{ png: Uint8Array; width: number; height: number }>,
): Promise<Shown> {
  const { png, width, height } = await draw;
  return shown({ "image/png": png, "text/plain": text }, { "image/png": { width, height } });
}

function showVolume(volume: Volume): SamlabValue {
  const { size, spacing, hasSpacing, data, window, source, notes } = volume;
  const line = `Volume ${timesText(size)} voxels, ${hasSpacing === false ? "" : `${timesText(spacing)} mm, `}${typeText(data)}, ${windowText(window)}, ${source}`;
  const text = [line, ...notes].join("\n");
  return { text, show: async () => withPicture(text, (await pictures()).volumePicture(volume)) };
}

function showMaskVolume(mask: MaskVolume): SamlabValue {
  const { size, spacing, labels, voxels, volumeMm3, source } = mask;
  const objects = labels.length > 1 ? `, labels ${listed(labels)}` : "";
  const text = `MaskVolume ${timesText(size)} voxels, ${timesText(spacing)} mm, ${volumeText(volumeMm3)} (${countText(voxels, "voxel")})${objects}, ${source}`;
  return { text, show: async () => withPicture(text, (await pictures()).maskVolumePicture(mask)) };
}

function showImage(image: Image2d): SamlabValue {
  const { width, height, channels, data, spacing, window, source } = image;
  const isSlice = "plane" in image && "view" in image;
  const parts = [
    `${isSlice ? "Slice" : "Image"} ${timesText([width, height])} pixels`,
    spacing ? `${timesText(spacing)} mm` : "",
    `${channels === 3 ? "RGB " : ""}${typeText(data)}`,
    window ? windowText(window) : "",
    source,
  ];
  const text = parts.filter((part) => part !== "").join(", ");
  return { text, show: async () => withPicture(text, (await pictures()).imagePicture(image)) };
}

function showMask(mask: Mask2d): SamlabValue {
  const area = maskArea(mask);
  const share = numberText((100 * area) / (mask.width * mask.height || 1));
  const text = `Mask ${timesText([mask.width, mask.height])}, ${countText(area, "pixel")} (${share} %)`;
  return { text, show: async () => withPicture(text, (await pictures()).maskPicture(mask)) };
}

function showLabelImage(image: LabelImage): SamlabValue {
  const { width, height, labels, source } = image;
  const text = `LabelImage ${timesText([width, height])}, ${countText(labels.length, "object")}, ${countText(maskArea(image.mask), "pixel")}, ${source}`;
  return { text, show: async () => withPicture(text, (await pictures()).labelPicture(image)) };
}

/** Each class that was found, with its size; of regions only how many there are. */
function showSegmentation(found: Segmentation): SamlabValue {
  const { width, height, kind, labels, classNames, source, info } = found;
  const image = imageOf(found);
  const spacing = image?.spacing;
  const sizeOf = (label: number) => {
    const pixels = maskArea(found.only(label));
    return spacing ? areaText(pixels * spacing[0] * spacing[1]) : countText(pixels, "pixel");
  };
  const named = labels.map((label) => `${classNames[label]} ${sizeOf(label)}`).join(", ");
  const what = kind === "regions" ? countText(labels.length, "region") : named || "no class found";
  const mode = info.mode ? `${info.mode}, ` : "";
  const text = `Segmentation ${timesText([width, height])}, ${what}, ${source}, ${mode}${info.provider} ${numberText(info.milliseconds)} ms`;
  return { text, show: async () => withPicture(text, (await pictures()).segmentationPicture(found, image)) };
}

function showPrediction(prediction: Prediction): SamlabValue {
  const { candidates = [], info } = prediction;
  const source = sourceOf(prediction);
  const spacing = source?.image.spacing;
  const area = (mask: Mask2d) => {
    const pixels = maskArea(mask);
    const count = countText(pixels, "pixel");
    return spacing ? `${areaText(pixels * spacing[0] * spacing[1])} (${count})` : count;
  };
  const line = ({ mask, predictedIou, quality = "predicted IoU" }: MaskCandidate) =>
    `${area(mask)}, ${quality} ${predictedIou.toFixed(3)}`;
  const asked = source ? `, ${promptText(source.prompt)}, ${source.image.source}` : "";
  const ran = info ? `, ${info.provider} ${numberText(info.milliseconds)} ms` : "";
  const others = candidates.map((candidate, n) => `candidate ${n}: ${line(candidate)}`);
  const text = [`Prediction ${line(prediction)}${asked}${ran}`, ...others].join("\n");
  return { text, show: async () => withPicture(text, (await pictures()).predictionPicture(prediction, source)) };
}

function promptText({
  points = [],
  box,
  maskInput,
}: {
  points?: readonly unknown[];
  box?: readonly number[];
  maskInput?: unknown;
}): string {
  const parts = [
    points.length > 0 ? countText(points.length, "point") : "",
    box ? `box [${box.map(numberText).join(", ")}]` : "",
    maskInput ? "a mask" : "",
  ];
  return `from ${parts.filter((part) => part !== "").join(" and ")}`;
}

/** Each object with its volume, and how many slices were made in which way. */
function showSegmentedVolume(segmented: SegmentedVolume): SamlabValue {
  const { volume, mask, slices, footnote } = segmented;
  const { labels, voxels, volumeMm3 } = mask;
  const counts = new Map<number, number>();
  for (const label of mask.data) if (label !== 0) counts.set(label, (counts.get(label) ?? 0) + 1);
  const objects = labels.slice(0, listedObjects).map((label) => {
    const count = counts.get(label) ?? 0;
    const size = `${volumeText((volumeMm3 * count) / voxels)} (${countText(count, "voxel")})`;
    return labels.length === 1 ? size : `object ${label} ${size}`;
  });
  const more = labels.length > listedObjects ? [`${labels.length - listedObjects} more`] : [];
  const states = [...new Set(slices.map(({ state }) => state))].map(
    (state) => `${slices.filter((slice) => slice.state === state).length} ${state}`,
  );
  const what = [...objects, ...more].join(", ") || "nothing found";
  const text = `SegmentedVolume, ${what}, slices: ${states.join(", ")}, ${volume.source}\n${footnote}`;
  return { text, show: async () => withPicture(text, (await pictures()).segmentedVolumePicture(segmented)) };
}

function showEnsemble(ensemble: PromptEnsemble): SamlabValue {
  const { masks, mask, uncertainty, agreement, image } = ensemble;
  const unsure = uncertainty.reduce((count, bits) => count + (bits > 0.5 ? 1 : 0), 0);
  const text = `PromptEnsemble of ${masks.length} prompts, ${countText(maskArea(mask), "pixel")}, agreement (mean Dice) ${agreement.toFixed(3)}, ${countText(unsure, "pixel")} above 0.5 bit of uncertainty, ${image.source}`;
  return { text, show: async () => withPicture(text, (await pictures()).ensemblePicture(ensemble)) };
}

function showCase(loaded: LoadedCase): SamlabValue {
  const inner = showSamlabValue(loaded.kind === "volume" ? loaded.volume : loaded.image);
  const names = [...new Set(loaded.names.values())].join(", ");
  const { id, modality } = loaded.entry;
  const text = `Case ${id} (${modality}), truth: ${names}\n${inner?.text ?? ""}`;
  return { text, show: async () => withPicture(text, (await pictures()).casePicture(loaded)) };
}

function showResult(result: EvaluationResult): SamlabValue {
  const text = `EvaluationResult, ${countText(result.rows.length, "row")}: ${result.footnote}`;
  return { text, show: async () => (await import("./result-tables.js")).showTables(result) };
}

function showSensitivity(study: PromptSensitivity): SamlabValue {
  const models = new Set(study.curves.map(({ model }) => model));
  return {
    text: `PromptSensitivity of ${[...models].join(", ")}, ${countText(study.curves.length, "curve")}: ${study.footnote}`,
    show: async () => {
      if (study.curves.length === 0) return showResult(study.result).show();
      const { chartSensitivity } = await import("../widgets/dice-chart/sensitivity-chart.js");
      return chartSensitivity(study).shown();
    },
  };
}

function typeText(data: ArrayLike<number>): string {
  return data.constructor.name.replace(/(?:Clamped)?Array$/, "").toLowerCase();
}

function windowText({ low, high, name }: { low: number; high: number; name: string }): string {
  return `window ${numberText(low)} to ${numberText(high)} (${name})`;
}

/** Objects that are named one by one. */
const listedObjects = 8;

function listed(labels: readonly number[]): string {
  return labels.length <= listedObjects
    ? labels.join(", ")
    : `${labels.slice(0, listedObjects).join(", ")} … ${labels.at(-1)}`;
}
