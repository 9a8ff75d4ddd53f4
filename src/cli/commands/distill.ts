import { basename } from "node:path";
import { isSamlabError, SamlabError, show } from "../../core/errors.js";
import { seededRandom } from "../../core/random.js";
import { loadCase, type VolumeCase } from "../../datasets/case.js";
import { namedCases } from "../../datasets/samples.js";
import { type DistillProgress, distillClicks } from "../../distill/distill.js";
import type { LabeledImage } from "../../distill/lesson.js";
import { unlabeledSlices } from "../../distill/unlabeled.js";
import { trainingSlices } from "../../finetune/slices.js";
import type { Image2d } from "../../io/image/image.js";
import { loadImage, loadVolume } from "../../io/image/load.js";
import { isPicture } from "../../io/image/read-voxels.js";
import { Adapter } from "../../models/adapter.js";
import { loadSam } from "../../predict/load-sam.js";
import type { Arguments } from "../arguments.js";
import { checkOutputs } from "../check-outputs.js";
import { type Command, type Console, exitCodes } from "../command.js";
import { checkpointFiles, deviceNames, modelOptions, modelOptionsOf } from "../model-options.js";
import { statusLine } from "../status-line.js";

export const distillCommand: Command = {
  name: "distill",
  usage: "[IMAGE…] --out clicks.safetensors [options]",
  summary:
    "Teaches a model that takes boxes to understand clicks, from images without labels or with some, and writes an adapter.",
  options: {
    out: { value: "FILE", help: "The adapter, .safetensors." },
    model: { value: "NAME", help: "Name or checkpoint of the model that takes boxes (default lite-medsam)." },
    ...modelOptions,
    labeled: {
      value: "MANIFEST",
      help: "Cases with labels: of a data set, or `sarcoma` and the like, those whose split is train.",
      multiple: true,
    },
    slices: { value: "N", help: "Axial slices of each volume (default 8)." },
    synthetic: { value: "N", help: "Synthetic pictures of blobs to add (default: a fifth of the images)." },
    steps: { value: "N", help: "Optimizer steps (default 2000)." },
    from: { value: "FILE", help: "Continue from the adapter of an earlier distillation." },
    lr: { value: "X", help: "Peak learning rate (default 0.0004)." },
    seed: { value: "N", help: "Default 0." },
    half: { help: "Write float16: half the size, rounded." },
    device: { value: "NAME", help: "auto, cuda, webgpu or cpu." },
    quiet: { help: "No progress." },
  },
  notes: [
    "The adapter is also written every 250 steps, so that a stopped run keeps its progress.",
    "Use it with loadSam(model, { adapter: file }).",
  ],
  run,
};

async function run(given: Arguments, console: Console): Promise<number> {
  const out = given.text("out");
  const labeled = given.texts("labeled");
  if ((given.positionals.length === 0 && labeled.length === 0) || !out?.endsWith(".safetensors")) {
    throw new SamlabError(
      "argument-invalid",
      `distill takes images and --out, a .safetensors file${out === undefined ? "" : `, not ${show(out)}`}.`,
      {
        field: "--out",
        value: out,
        remedy: "For example: samlab distill scans/*.nii.gz --out clicks.safetensors",
      },
    );
  }
  await checkOutputs({ "--out": out }, checkpointFiles(given, given.text("model")));
  const { signal } = console;
  const seed = given.number("seed") ?? 0;
  const slices = given.number("slices") ?? 8;
  if (!(Number.isInteger(slices) && slices > 0)) {
    throw new SamlabError("argument-invalid", `--slices takes a whole number from 1, not ${slices}.`, {
      field: "--slices",
      value: slices,
    });
  }
  const images = await imagesOf(given.positionals, slices, seed, signal);
  const { cases, notes } = await labeledSlices(labeled, slices, signal);
  for (const note of notes) console.err(`${note}\n`);
  const device = given.choice("device", deviceNames);
  const sam = await loadSam(given.text("model") ?? "lite-medsam", {
    signal,
    ...(device && { device }),
    ...modelOptionsOf(given),
  });
  for (const note of sam.notes) console.err(`${note}\n`);
  const from = given.text("from");
  const line = statusLine(console);
  const [steps, learningRate, synthetic] = ["steps", "lr", "synthetic"].map((name) => given.number(name));
  try {
    const adapter = await distillClicks(sam, images, {
      labeled: cases,
      seed,
      signal,
      ...(steps === undefined ? {} : { steps }),
      ...(learningRate === undefined ? {} : { learningRate }),
      ...(synthetic === undefined ? {} : { synthetic }),
      ...(from === undefined ? {} : { from: await Adapter.open(from) }),
      onSnapshot: (snapshot) => snapshot.save(out, { signal }),
      ...(given.flag("quiet") ? {} : { onProgress: (progress) => line.show(textOf(progress), true) }),
    });
    line.end();
    await adapter.save(out, { signal, precision: given.flag("half") ? "float16" : "float32" });
    console.err(`wrote ${out}\n`);
  } finally {
    line.end();
    await sam.dispose();
  }
  return exitCodes.ok;
}

async function imagesOf(
  paths: readonly string[],
  slices: number,
  seed: number,
  signal: AbortSignal,
): Promise<Image2d[]> {
  const images: Image2d[] = [];
  for (const path of paths) {
    if (await isPicture(path, path, signal)) images.push(await loadImage(path, { signal }));
    else {
      // By its name, so that another folder gives the same slices.
      const random = seededRandom("slices", seed, basename(path));
      images.push(...unlabeledSlices(await loadVolume(path, { signal }), slices, random));
    }
  }
  return images;
}

/** Fewest pixels of a labeled object on a slice. */
const minPixels = 20;

/**
 * The objects of the training cases, on evenly spaced slices of those that hold them. Notes say which were not found.
 * @throws {SamlabError} `argument-invalid` when there are none
 */
async function labeledSlices(data: readonly string[], slices: number, signal: AbortSignal) {
  const cases: LabeledImage[] = [];
  const notes: string[] = [];
  const evenly = <T>(all: readonly T[]): T[] => {
    const count = Math.min(slices, all.length);
    return Array.from({ length: count }, (_, n) => all[Math.floor(((n + 0.5) * all.length) / count)]);
  };
  for (const entry of (await Promise.all(data.map((one) => namedCases(one, signal)))).flat()) {
    if (entry.split !== "train") continue;
    const loaded = await loadCase(entry, { signal });
    if (loaded.kind === "image") {
      const { image, truth } = loaded;
      const labels = entry.truth.instances ? evenly(truth.labels) : [...loaded.names.keys()];
      cases.push(...labels.map((label) => ({ image, truth: truth.only(label) })));
    } else {
      for (const [label, name] of loaded.names) {
        const found = slicesWith(loaded, label);
        if (found.length === 0)
          notes.push(`${entry.id} is used without ${name}: no slice has ${minPixels} pixels of it.`);
        cases.push(...evenly(found));
      }
    }
  }
  if (data.length > 0 && cases.length === 0) {
    throw new SamlabError("argument-invalid", `${data.join(", ")}: no case to train on has a labeled object.`, {
      field: "--labeled",
      value: data.join(", "),
      remedy: 'Mark cases with "split": "train", whose labels have an object of 20 pixels or more on a slice.',
    });
  }
  return { cases, notes };
}

/** None where no slice has enough of the label. */
function slicesWith(source: VolumeCase, label: number): readonly LabeledImage[] {
  try {
    return trainingSlices(source, { label, minPixels });
  } catch (error) {
    if (isSamlabError(error, "argument-invalid") && error.field === "minPixels") return [];
    throw error;
  }
}

function textOf({ phase, done, total, loss, objects }: DistillProgress): string {
  return phase === "looking"
    ? `looking for objects: image ${done} of ${total}, ${objects} objects`
    : `step ${done} of ${total}, loss ${loss.toFixed(3)}`;
}
