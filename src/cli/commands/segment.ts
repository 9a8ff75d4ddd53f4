import { SamlabError, show } from "../../core/errors.js";
import { maskArea } from "../../core/mask.js";
import { planes } from "../../core/plane.js";
import type { BoxPrompt, PointPrompt, PromptSet } from "../../core/prompt.js";
import { checkSegmentationOf } from "../../io/dicom/write-segmentation.js";
import type { Image2d } from "../../io/image/image.js";
import { loadImage, loadVolume } from "../../io/image/load.js";
import { nonFinites } from "../../io/image/non-finite.js";
import { isPicture } from "../../io/image/read-voxels.js";
import type { Volume } from "../../io/image/volume.js";
import { checkMaskPath, saveMask } from "../../io/mask/mask-save.js";
import { emptyMask, type MaskVolume } from "../../io/mask/mask-volume.js";
import { type AutomaskSettings, automaskSettings } from "../../predict/automask/options.js";
import { catalog, defaultModel } from "../../predict/catalog.js";
import { loadSam } from "../../predict/load-sam.js";
import { isModelForVolumes, loadSam3d, refuseSliceOptions } from "../../predict/load-sam3d.js";
import type { LoadedSam } from "../../predict/loaded-sam.js";
import type { LoadedSam3d } from "../../predict/loaded-sam3d.js";
import type { Segmentation } from "../../predict/segmentation.js";
import { segmentVolume } from "../../volume/segment-volume.js";
import type { SegmentVolumeOptions, SlicePrompt } from "../../volume/types.js";
import type { Arguments } from "../arguments.js";
import { checkOutputs } from "../check-outputs.js";
import { type Command, type Console, exitCodes } from "../command.js";
import { adapterOption, deviceNames, modelOptions, modelOptionsOf } from "../model-options.js";
import { type StatusLine, statusLine } from "../status-line.js";

export const segmentCommand: Command = {
  name: "segment",
  usage: "IMAGE [--box X0,Y0,X1,Y1 | --point X,Y ...] --out FILE [options]",
  summary:
    "Segments a picture or one slice of a volume (a whole volume with a model for volumes, from clicks on a slice): the object that is asked for, or without a prompt the classes that the model was trained on, of other models every region that a grid of points finds, numbered by size. " +
    "Coordinates are pixels, 0 at the first.",
  options: {
    box: { value: "X0,Y0,X1,Y1", help: "Box around the object." },
    point: { value: "X,Y", help: "A click inside.", multiple: true },
    exclude: { value: "X,Y", help: "A click outside.", multiple: true },
    frame: { value: "N", help: "Of a 4D volume: which of its volumes, from 0." },
    "non-finite": { value: "zero", help: "Of a volume: set NaN and infinite voxels to 0 instead of refusing it." },
    series: { value: "NAME", help: "Of a DICOM folder of several: which series, by its number, UID or description." },
    slice: { value: "N", help: "Of a volume, from 0." },
    plane: { value: "NAME", help: "axial (default), coronal or sagittal." },
    "points-per-side": { value: "N", help: "Without a prompt: points along each side of the grid (default 32)." },
    "pred-iou-thresh": { value: "X", help: "And the predicted IoU that a region must exceed, 0 to 1 (default 0.88)." },
    "stability-score-thresh": { value: "X", help: "And the stability score that it needs, 0 to 1 (default 0.95)." },
    "min-mask-region-area": { value: "N", help: "And the pixels of its smallest part or hole (default 0: all stay)." },
    model: { value: "NAME", help: `Name or checkpoint (default ${defaultModel}).` },
    ...adapterOption,
    ...modelOptions,
    device: { value: "NAME", help: "auto, cuda, webgpu or cpu." },
    quiet: { help: "Show notes but no progress." },
    out: {
      value: "FILE",
      help: "Mask: .png for a picture; .nii.gz, .nrrd or .dcm (DICOM SEG) on the volume's grid for a slice.",
    },
  },
  run,
};

async function run(given: Arguments, console: Console): Promise<number> {
  const [file, ...more] = given.positionals;
  const out = given.text("out");
  if (file === undefined || more.length > 0 || out === undefined) {
    throw new SamlabError("argument-invalid", "segment takes one image and --out.", {
      remedy: "For example: samlab segment ct.nii.gz --slice 60 --box 88,60,130,104 --out mask.nii.gz",
    });
  }
  const prompt = promptOf(given);
  const adapter = given.text("adapter");
  const model = given.text("model") ?? (adapter === undefined ? defaultModel : undefined);
  // An adapter can turn it into a model of classes.
  const known = adapter === undefined ? catalog.find(({ name }) => name === model) : undefined;
  const automask = automaskOf(given);
  if (prompt) refuseGrid(automask, "there is a prompt");
  else if (known) checkPromptless(known, automask);
  const { signal } = console;
  const device = given.choice("device", deviceNames);
  const isFlat = await isPicture(file, file, signal);
  const slice = given.number("slice");
  if (isFlat === (slice !== undefined)) {
    const what = isFlat ? "A picture has no slices: leave out --slice." : "A volume needs --slice N, counted from 0.";
    throw new SamlabError("argument-invalid", what, { field: "--slice", value: slice });
  }
  checkMaskPath(out, isFlat ? "picture" : "volume");
  await checkOutputs({ "--out": out }, [file]);
  const plane = given.choice("plane", planes) ?? "axial";
  const line = statusLine(console);
  const onProgress = given.flag("quiet") ? () => undefined : (step: string) => line.show(step, true);
  const tell = (notes: readonly string[] = []) => {
    line.end();
    for (const note of notes) console.err(`${note}\n`);
  };
  const readVolume = async () => {
    const volume = await loadVolume(file, {
      signal,
      frame: given.number("frame"),
      nonFinite: given.choice("non-finite", nonFinites),
      series: given.text("series"),
      onProgress: (done, of, step) => onProgress(`${step} ${file}: ${done} of ${of}`),
    });
    await checkOutputs({ "--out": out }, volume.series);
    if (/\.dcm$/i.test(out)) await checkSegmentationOf(out, volume, signal);
    tell(volume.notes);
    return volume;
  };
  if (model !== undefined && adapter === undefined && (await isModelForVolumes(model))) {
    refuseSliceOptions(model, modelOptionsOf(given));
    const prompts = wholePrompts(model, slice, prompt);
    const sam = await loadSam3d(model, { signal, onProgress, ...(device === undefined ? {} : { device }) });
    try {
      tell(sam.notes);
      const mask = await segmentWhole(sam, await readVolume(), { prompts, plane }, console, { line, onProgress });
      await saveMask(out, mask, { signal, frame: given.number("frame") });
    } finally {
      line.end();
      await sam.dispose();
    }
    console.err(`wrote ${out}\n`);
    return exitCodes.ok;
  }
  const sam = await loadSam(model, {
    signal,
    onProgress,
    ...(device === undefined ? {} : { device }),
    ...(adapter === undefined ? {} : { adapter }),
    ...modelOptionsOf(given),
  });
  try {
    tell(sam.notes);
    if (!prompt) checkPromptless(sam, automask);
    const working = { line, onProgress };
    if (slice === undefined) {
      const image = await loadImage(file, { signal });
      tell(image.notes);
      const found = await (prompt
        ? predict(sam, image, prompt, console, working)
        : segment(sam, image, automask, console, working));
      await saveMask(out, found, { signal });
    } else {
      const volume = await readVolume();
      const image = volume.slice(slice, plane);
      let masks = emptyMask(volume);
      let names: Record<number, string> | undefined;
      if (prompt) masks.setSlice(slice, plane, await predict(sam, image, prompt, console, working));
      else {
        const found = await segment(sam, image, automask, console, working);
        masks = emptyMask(volume, found.labels.at(-1));
        for (const label of found.labels) masks.setSlice(slice, plane, found.only(label), label);
        names = Object.fromEntries(found.classNames.map((name, label) => [label, name]));
      }
      await saveMask(out, masks, { signal, frame: given.number("frame"), ...(names ? { names } : {}) });
    }
  } finally {
    line.end();
    await sam.dispose();
  }
  console.err(`wrote ${out}\n`);
  return exitCodes.ok;
}

/** One object of a whole volume, with its size on standard output. */
async function segmentWhole(
  sam: LoadedSam3d,
  volume: Volume,
  asked: Pick<SegmentVolumeOptions, "prompts" | "plane">,
  { signal, out }: Console,
  { line, onProgress }: Working,
): Promise<MaskVolume> {
  const { mask, slices, footnote } = await segmentVolume(sam, volume, { ...asked, signal, onProgress });
  line.end();
  let voxels = 0;
  for (const value of mask.data) voxels += value;
  out(`${voxels} voxels on ${slices.length} slices, ${footnote}\n`);
  return mask;
}

/** @throws {SamlabError} `argument-invalid` for a picture, and without a click */
function wholePrompts(model: string, slice: number | undefined, prompt: PromptSet | null): SlicePrompt[] {
  if (slice !== undefined && prompt) return [{ slice, ...prompt }];
  const why = slice === undefined ? "not pictures" : "from clicks";
  throw new SamlabError("argument-invalid", `${model} segments volumes, ${why}.`, {
    field: slice === undefined ? "--model" : "--point",
    remedy: "For example: samlab segment ct.nii.gz --model sam-med3d --slice 60 --point 109,82 --out mask.nii.gz",
  });
}

interface Working {
  readonly line: StatusLine;
  readonly onProgress: (step: string) => void;
}

async function predict(
  sam: LoadedSam,
  image: Image2d,
  prompt: PromptSet,
  { signal, out }: Console,
  { line, onProgress }: Working,
) {
  await sam.setImage(image, { signal, onProgress });
  const { mask, predictedIou, info } = await sam.predict(prompt, { signal });
  line.end();
  out(
    `${maskArea(mask)} pixels, ${sam.quality} ${predictedIou.toFixed(3)}, ${sam.name} fed as ${sam.preprocessing}, on ${info.provider}\n`,
  );
  return mask;
}

/** What is found without a prompt, with its sizes on standard output. */
async function segment(
  sam: LoadedSam,
  image: Image2d,
  automask: Automask,
  { signal, out, err }: Console,
  { line, onProgress }: Working,
): Promise<Segmentation> {
  const share = (step: string, fraction?: number) =>
    onProgress(fraction === undefined ? step : `${step}: ${Math.floor(100 * fraction)} %`);
  const found = await sam.segment(image, { signal, automask, onProgress: share });
  line.end();
  const sizes = found.labels.map((label) => `${found.classNames[label]} ${maskArea(found.only(label))} pixels`);
  const mode = found.info.mode ? `${found.info.mode}, ` : "";
  const none = found.kind === "classes" ? "no class found" : "no region found";
  out(`${sizes.join(", ") || none}, ${sam.name} fed as ${sam.preprocessing}, ${mode}on ${found.info.provider}\n`);
  if (found.labels.length === 0 && found.kind === "regions") {
    err("Lower --pred-iou-thresh and --stability-score-thresh to find more, for example to 0.3 and 0.5.\n");
  }
  const last = found.labels.at(-1) ?? 0;
  if (last > mostLabels) {
    throw new SamlabError("argument-invalid", `A mask has room for ${mostLabels} regions, not for ${last}.`, {
      field: "--points-per-side",
      remedy: "Give fewer --points-per-side, or raise --pred-iou-thresh.",
    });
  }
  return found;
}

/** The labels of a mask are bytes. */
const mostLabels = 255;

type Automask = Partial<AutomaskSettings>;

/** The option of each setting, as segment-anything's amg.py names them. */
const automaskOptions = {
  pointsPerSide: "points-per-side",
  predIouThresh: "pred-iou-thresh",
  stabilityScoreThresh: "stability-score-thresh",
  minMaskRegionArea: "min-mask-region-area",
} as const satisfies Partial<Record<keyof AutomaskSettings, string>>;

/** @throws {SamlabError} `argument-invalid` */
function automaskOf(given: Arguments): Automask {
  const entries = Object.entries(automaskOptions).map(([name, option]) => [name, given.number(option)] as const);
  const automask: Automask = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  automaskSettings(automask, "CPU");
  return automask;
}

/** @throws {SamlabError} `argument-invalid` when there are settings of the grid */
function refuseGrid(automask: Automask, why: string): void {
  const [name] = Object.keys(automask) as (keyof typeof automaskOptions)[];
  if (name === undefined) return;
  const option = `--${automaskOptions[name]}`;
  throw new SamlabError("argument-invalid", `${option} is of the grid of points, but ${why}.`, {
    field: option,
    remedy: `Leave out ${option}.`,
  });
}

/** @throws {SamlabError} `argument-invalid` for a model that finds nothing without a prompt, or one without a grid */
function checkPromptless(
  model: Pick<LoadedSam, "name" | "prompts"> & Partial<Pick<LoadedSam, "classNames" | "deSamMode">>,
  automask: Automask,
): void {
  const { name, classNames, prompts, deSamMode } = model;
  if (deSamMode === "grid") return;
  const { minMaskRegionArea: _, ...grid } = automask;
  if (deSamMode) refuseGrid(grid, `${name} asks with the whole picture`);
  else if (classNames?.length || !(prompts.points || prompts.box)) refuseGrid(automask, `${name} finds classes`);
  else if (!prompts.points) throw nothingToAsk(name);
}

function nothingToAsk(name: string): SamlabError {
  return new SamlabError("argument-invalid", `There is no prompt, and ${name} takes no points to look for regions.`, {
    remedy: "Give --box X0,Y0,X1,Y1, or another --model: one that takes points, or segments classes (samlab models).",
  });
}

/** `null` where there is no prompt. */
function promptOf(given: Arguments): PromptSet | null {
  const click =
    (label: 0 | 1) =>
    (text: string): PointPrompt => {
      const [x, y] = numbers(text, 2, label === 1 ? "--point" : "--exclude");
      return { x, y, label };
    };
  const points = [...given.texts("point").map(click(1)), ...given.texts("exclude").map(click(0))];
  const box = given.text("box");
  if (points.length === 0 && box === undefined) return null;
  return {
    ...(points.length > 0 ? { points } : {}),
    ...(box === undefined ? {} : { box: boxOf(numbers(box, 4, "--box")) }),
  };
}

const boxOf = ([x0, y0, x1, y1]: readonly number[]): BoxPrompt => [x0, y0, x1, y1];

function numbers(text: string, count: number, option: string): number[] {
  const values = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (values.length === count && values.every(Number.isFinite)) return values;
  throw new SamlabError(
    "argument-invalid",
    `${option} wants ${count} numbers separated by commas, not ${show(text)}.`,
    {
      field: option,
      value: text,
    },
  );
}
