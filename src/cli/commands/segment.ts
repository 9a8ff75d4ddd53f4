import { SamlabError, show } from "../../core/errors.js";
import { maskArea } from "../../core/mask.js";
import { planes } from "../../core/plane.js";
import type { BoxPrompt, PointPrompt, PromptSet } from "../../core/prompt.js";
import { checkFolderOf } from "../../io/files/write-file.js";
import type { Image2d } from "../../io/image/image.js";
import { loadImage, loadVolume } from "../../io/image/load.js";
import { isPicture } from "../../io/image/read-voxels.js";
import { checkMaskPath, saveMask } from "../../io/mask/mask-save.js";
import { emptyMask } from "../../io/mask/mask-volume.js";
import { catalog, defaultModel } from "../../predict/catalog.js";
import { loadSam } from "../../predict/load-sam.js";
import type { LoadedSam } from "../../predict/loaded-sam.js";
import type { Segmentation } from "../../predict/segmentation.js";
import type { Arguments } from "../arguments.js";
import { type Command, type Console, exitCodes } from "../command.js";
import { deviceNames, modelOptions, modelOptionsOf } from "../model-options.js";
import { type StatusLine, statusLine } from "../status-line.js";

export const segmentCommand: Command = {
  name: "segment",
  usage: "IMAGE [--box X0,Y0,X1,Y1 | --point X,Y ...] --out FILE [options]",
  summary:
    "Segments a picture or one slice of a volume: the object that is asked for, or without a prompt the classes that the model was trained on. " +
    "Coordinates are pixels, 0 at the first.",
  options: {
    box: { value: "X0,Y0,X1,Y1", help: "Box around the object." },
    point: { value: "X,Y", help: "A click inside.", multiple: true },
    exclude: { value: "X,Y", help: "A click outside.", multiple: true },
    frame: { value: "N", help: "Of a 4D volume: which of its volumes, from 0." },
    series: { value: "NAME", help: "Of a DICOM folder of several: which series, by its number, UID or description." },
    slice: { value: "N", help: "Of a volume, from 0." },
    plane: { value: "NAME", help: "axial (default), coronal or sagittal." },
    model: { value: "NAME", help: `Name or checkpoint (default ${defaultModel}).` },
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
  const model = given.text("model") ?? defaultModel;
  const known = catalog.find(({ name }) => name === model);
  if (!prompt && known && !known.classNames) throw nothingAsked();
  const { signal } = console;
  const device = given.choice("device", deviceNames);
  const isFlat = await isPicture(file, file, signal);
  const slice = given.number("slice");
  if (isFlat === (slice !== undefined)) {
    const what = isFlat ? "A picture has no slices: leave out --slice." : "A volume needs --slice N, counted from 0.";
    throw new SamlabError("argument-invalid", what, { field: "--slice", value: slice });
  }
  checkMaskPath(out, isFlat ? "picture" : "volume");
  await checkFolderOf(out);
  const plane = given.choice("plane", planes) ?? "axial";
  const line = statusLine(console);
  const onProgress = given.flag("quiet") ? () => undefined : (step: string) => line.show(step, true);
  const sam = await loadSam(model, {
    signal,
    onProgress,
    ...(device === undefined ? {} : { device }),
    ...modelOptionsOf(given),
  });
  const tell = (notes: readonly string[] = []) => {
    line.end();
    for (const note of notes) console.err(`${note}\n`);
  };
  try {
    tell(sam.notes);
    if (!prompt && sam.classNames.length === 0) throw nothingAsked();
    const working = { line, onProgress };
    if (slice === undefined) {
      const image = await loadImage(file, { signal });
      tell(image.notes);
      const found = await (prompt
        ? predict(sam, image, prompt, console, working)
        : segmentClasses(sam, image, console, working));
      await saveMask(out, found, { signal });
    } else {
      const volume = await loadVolume(file, {
        signal,
        frame: given.number("frame"),
        series: given.text("series"),
        onProgress: (done, of) => onProgress(`reading ${file}: ${done} of ${of}`),
      });
      tell(volume.notes);
      const image = volume.slice(slice, plane);
      const masks = emptyMask(volume);
      if (prompt) masks.setSlice(slice, plane, await predict(sam, image, prompt, console, working));
      else {
        const found = await segmentClasses(sam, image, console, working);
        for (const label of found.labels) masks.setSlice(slice, plane, found.only(label), label);
      }
      const names = Object.fromEntries(sam.classNames.map((name, label) => [label, name]));
      await saveMask(out, masks, { signal, ...(prompt ? {} : { names }) });
    }
  } finally {
    line.end();
    await sam.dispose();
  }
  console.err(`wrote ${out}\n`);
  return exitCodes.ok;
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

/** The classes of a model that takes no prompts, with their sizes on standard output. */
async function segmentClasses(
  sam: LoadedSam,
  image: Image2d,
  { signal, out }: Console,
  { line, onProgress }: Working,
): Promise<Segmentation> {
  const found = await sam.segment(image, { signal, onProgress });
  line.end();
  const sizes = found.labels.map((label) => `${found.classNames[label]} ${maskArea(found.only(label))} pixels`);
  out(`${sizes.join(", ") || "no class found"}, ${sam.name} fed as ${sam.preprocessing}, on ${found.info.provider}\n`);
  return found;
}

function nothingAsked(): SamlabError {
  return new SamlabError("argument-invalid", "There is no prompt.", {
    remedy: "Give --box X0,Y0,X1,Y1 or --point X,Y, or as --model one that segments classes (samlab models).",
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
