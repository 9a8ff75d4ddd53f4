import { SamlabError, throwIfCanceled } from "../core/errors.js";
import type { Image2d } from "../io/image/image.js";
import { type Architecture, hasMaskPerClass } from "../models/architecture.js";
import { checkedMode, type DeSamMode } from "../models/de-sam-mode.js";
import { tokenLabels } from "../models/prompt-encoder.js";
import { type AutomaskSettings, automaskSettings } from "./automask/options.js";
import { removeSmallRegions } from "./automask/small-regions.js";
import { type Proposer, segmentByBoxes } from "./box-proposals.js";
import { classLabels, maskLabels } from "./class-labels.js";
import { deSamGrid } from "./de-sam-grid.js";
import type { StoredEmbedding } from "./embedding-store.js";
import type { MaskDecoder } from "./mask-decoder.js";
import { rememberSegmented } from "./prediction-source.js";
import type { PromptGroup } from "./prompt-groups.js";
import { regionsOf } from "./regions.js";
import type { ImageEmbedding, Sam, SegmentOptions } from "./sam.js";
import { Segmentation } from "./segmentation.js";

/** A model, and what it segments with. */
interface Segmenter {
  readonly sam: Sam & {
    readonly architecture: Architecture;
    /** Empty for a model without classes. */
    readonly classNames: readonly string[];
    /** `null` for other models than DeSAM. */
    readonly deSamMode: DeSamMode | null;
  };
  /** `null` for a model that proposes no boxes. */
  readonly proposer: Proposer | null;
  /** The embedding, checked to be one of the model's. */
  readonly embeddingFor: (given: ImageEmbedding) => StoredEmbedding;
  readonly run: MaskDecoder["run"];
}

/** See `LoadedSam.segment`. */
export async function segmentImage(
  { sam, proposer, embeddingFor, run }: Segmenter,
  image: Image2d,
  options: SegmentOptions,
): Promise<Segmentation> {
  const { signal, onProgress, automask } = options;
  const mode = modeOf(sam, options);
  const work = { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
  if (sam.classNames.length === 0)
    return rememberSegmented(await regionsOf(sam, image, { ...automask, ...work }), image);
  const embedding = embeddingFor(options.embedding ?? (await sam.embed(image, work)));
  const { width, height } = image;
  if (embedding.width !== width || embedding.height !== height) {
    throw new SamlabError(
      "argument-invalid",
      `The embedding is of ${embedding.width}×${embedding.height} pixels, ${image.source} has ${width}×${height}.`,
      { field: "embedding", remedy: "Give await sam.embed(image) of the same image, or leave it out." },
    );
  }
  throwIfCanceled(signal, "The segmentation");
  if (proposer) {
    const chosen = { ...proposer, automask: { ...proposer.automask, ...automask } };
    return rememberSegmented(await segmentByBoxes(chosen, image, { embedding, ...work }), image);
  }
  const { classNames, architecture, lowResSize } = sam;
  const segmented = (data: Uint8Array, info: Segmentation["info"]) =>
    rememberSegmented(
      new Segmentation({ width, height, data, source: image.source, classNames, info, kind: "classes" }),
      image,
    );
  if (mode === "grid") {
    const start = performance.now();
    const [first] = await deSamGrid(sam, image, embedding, { ...automask, ...work });
    const info = { provider: sam.provider, milliseconds: performance.now() - start, mode };
    return segmented(first?.mask.data ?? new Uint8Array(width * height), info);
  }
  const isWholeBox = mode === "whole-box";
  const minArea = regionAreaOf(automask ?? {}, isWholeBox, sam.name);
  const { logits, ious, info } = await run(isWholeBox ? wholeBox(architecture.imageSize) : nothing, embedding);
  const data = hasMaskPerClass(architecture)
    ? maskLabels(logits, ious, lowResSize, embedding.frame)
    : classLabels(logits, classNames.length, lowResSize, embedding.frame, architecture.preprocessing);
  const cleaned = minArea > 0 ? removeSmallRegions({ width, height, data }, minArea).data : data;
  return segmented(cleaned, mode ? { ...info, mode } : info);
}

/** @throws {SamlabError} `argument-invalid` */
function modeOf({ name, deSamMode }: Segmenter["sam"], { mode }: SegmentOptions): DeSamMode | null {
  if (mode === undefined) return deSamMode;
  const checked = checkedMode("mode", mode);
  if (deSamMode) return checked;
  throw new SamlabError("argument-invalid", `${name} is not a DeSAM model, which alone has modes.`, {
    field: "mode",
    value: mode,
    remedy: "Leave the mode out.",
  });
}

/**
 * @returns the least area of parts and holes of DeSAM's one mask in `whole-box`, 0 for any
 * @throws {SamlabError} `argument-invalid` for settings that this model does not use
 */
function regionAreaOf(automask: Partial<AutomaskSettings>, isWholeBox: boolean, model: string): number {
  automaskSettings(automask, "CPU");
  const unused = Object.entries(automask).find(
    ([name, value]) => value !== undefined && !(isWholeBox && name === "minMaskRegionArea"),
  );
  if (!unused) return automask.minMaskRegionArea ?? 0;
  throw new SamlabError(
    "argument-invalid",
    `${model} ${isWholeBox ? "in whole-box" : "finds classes and"} does not use automask.${unused[0]}.`,
    {
      field: `automask.${unused[0]}`,
      value: unused[1],
      remedy: isWholeBox ? 'Leave it out, or set { mode: "grid" }.' : "Leave it out.",
    },
  );
}

const nothing: PromptGroup = { prompts: [{}], indices: [0], tokens: 0, coords: [], labels: [], masks: null };

/** The whole input as a box, with which DeSAM segments on its own. */
function wholeBox(imageSize: number): PromptGroup {
  const coords = [0, 0, imageSize, imageSize];
  const labels = [tokenLabels.boxLeftTop, tokenLabels.boxRightBottom];
  return { prompts: [{}], indices: [0], tokens: 2, coords, labels, masks: null };
}
