import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { checkpointFile } from "../checkpoint/foreign.js";
import { samTensors } from "../checkpoint/layout.js";
import { openCheckpoint } from "../checkpoint/open.js";
import type { Checkpoint } from "../checkpoint/tensor-map.js";
import { SamlabError } from "../core/errors.js";
import type { DeSamMode } from "../models/de-sam-mode.js";
import { isHqSam, samMasksOff } from "../models/hq-sam.js";
import { type LoraKind, lacksBase, loraKind, loraNames, mergeLora, type PeftConfig } from "../models/lora-file.js";
import type { Preprocessing } from "../models/preprocessing.js";
import { isSam2 } from "../models/sam2.js";
import { isSurgicalSam, isSurgicalSamBase, withSurgicalSamBase } from "../models/surgical-sam.js";
import { type LoadedTensors, readTensors, Weights } from "../models/weights.js";
import { chooseModel, type ModelChoice } from "./catalog.js";

/** Options of a checkpoint besides its name or path. */
export interface CheckpointOptions {
  /**
   * Image preprocessing, which must match the model's training. Default: known by hash for published files; else from
   * the file's metadata, name or tensor shapes, with a note in `sam.notes` if uncertain. MedSAM's files have SAM's
   * names and shapes, so a checkpoint tuned from MedSAM needs `"medsam"`.
   */
  readonly preprocessing?: Preprocessing;
  /**
   * For low-rank updates (LoRA of SAMed, micro-sam, Hugging Face PEFT) and SurgicalSAM's files: their base model, by
   * name or path.
   */
  readonly base?: string;
  /**
   * For a LoRA file of SAMed: side of the input in pixels, as in its training. Default 512. For SAM 2: the same, a
   * multiple of 32; default 1024, and 512 for MedSAM2.
   */
  readonly imageSize?: number;
  /**
   * For a model that segments classes: their names in the order of its training, without the background.
   * Default: known of published files; else numbers.
   */
  readonly classNames?: readonly string[];
  /**
   * For DeSAM: what it segments with, where there is no prompt. Default: what it was trained with, where its file says
   * so (models of `deSam`), else `whole-box`. The authors' files do not say.
   */
  readonly deSamMode?: DeSamMode;
  /**
   * For HQ-SAM: answer with its own token's mask alone, which its authors advise for a single object, instead of adding
   * it to SAM's. Default false.
   */
  readonly hqTokenOnly?: boolean;
  /**
   * Arithmetic of the image encoder. Default `float32`, which equals the reference implementations. `int8` runs its
   * large matrix products on 8-bit integers: faster, most of all on CPUs with VNNI or AMX, with embeddings that differ
   * by several percent; docs/speed.md shows the effect on masks. `auto`: `int8` if the model runs on the CPU and the
   * processor has instructions for it, otherwise `float32`. The model's name and hash show which was used.
   */
  readonly precision?: "float32" | "int8" | "auto";
}

/** Arithmetic of an image encoder, as asked for. */
export type Precision = NonNullable<CheckpointOptions["precision"]>;
export const precisions: readonly Precision[] = ["float32", "int8", "auto"];

/** The files of a model: a checkpoint and tensors that replace some of its own, or low-rank updates and their base. */
export interface ModelFiles {
  readonly checkpoint: string;
  /** The checkpoint's published sha256, if any. */
  readonly sha256?: string | null | undefined;
  readonly overlay?: string | undefined;
  /** The base of what the checkpoint holds of a model. */
  readonly base?: string | undefined;
  /** SAMed's or SAM 2's input size. */
  readonly imageSize?: number | undefined;
  /** Of SAM 2's architecture, MedSAM2, whose input size is another where none is given. */
  readonly isMedSam2?: true | undefined;
  /** HQ-SAM's own mask alone. */
  readonly hqTokenOnly?: true | undefined;
  /** The encoder's large products on 8-bit integers. */
  readonly isInt8?: true | undefined;
  /** PEFT's adapter_config.json beside the checkpoint. */
  readonly peft?: PeftFile | undefined;
}

interface PeftFile extends PeftConfig {
  readonly hash: string;
}

/** Whether a model's file is SAM 2's, by its names, and the input size that it names, of an exported model. */
export async function sam2File({
  checkpoint,
}: ModelFiles): Promise<{ readonly isSam2: boolean; readonly imageSize: number | undefined }> {
  const opened = await openCheckpoint(checkpoint);
  try {
    return { isSam2: isSam2(samTensors(opened).tensors), imageSize: namedSize(opened) };
  } finally {
    await opened.close();
  }
}

const namedSize = ({ metadata }: Checkpoint) => Number(metadata["samlab.imageSize"]) || undefined;

/** Names of models on the Hugging Face Hub with the same tensors as a model of the catalog. */
const hubNames: Readonly<Record<string, string>> = {
  "facebook/sam-vit-base": "sam-vit-b",
  "facebook/sam-vit-large": "sam-vit-l",
  "facebook/sam-vit-huge": "sam-vit-h",
  "wanglab/medsam-vit-base": "medsam",
  "Zigeng/SlimSAM-uniform-50": "slim-sam-50",
  "Zigeng/SlimSAM-uniform-77": "slim-sam-77",
};

/**
 * The files of a chosen model.
 * @param given.base the base model of low-rank updates, by name or path
 * @throws {SamlabError} `file-missing`, `model-unknown` (the base), `checkpoint-invalid` (PEFT's configuration)
 */
export async function modelFiles(
  choice: ModelChoice,
  given: Pick<CheckpointOptions, "base" | "imageSize" | "hqTokenOnly">,
): Promise<ModelFiles> {
  const found = "entry" in choice ? choice.entry : null;
  const checkpoint = found ? found.checkpoint() : await checkpointFile("path" in choice ? choice.path : "");
  const config = found ? null : await peftConfig(checkpoint);
  const base = given.base ?? found?.base ?? (config && knownBase(config.base)) ?? undefined;
  return {
    checkpoint,
    ...(found?.sha256 ? { sha256: found.sha256 } : {}),
    ...(found?.overlay ? { overlay: found.overlay() } : {}),
    ...(base === undefined ? {} : { base: await basePath(base) }),
    ...(given.imageSize === undefined ? {} : { imageSize: given.imageSize }),
    ...(given.hqTokenOnly ? { hqTokenOnly: true } : {}),
    ...(config ? { peft: config.file } : {}),
  };
}

/** The base named in PEFT's configuration, if it can be resolved: a Hub model that is in the catalog, or a path. */
function knownBase(name: string | null): string | null {
  if (name === null || name === "") return null;
  return Object.hasOwn(hubNames, name) || existsSync(name) ? name : null;
}

async function basePath(nameOrPath: string): Promise<string> {
  const choice = chooseModel(Object.hasOwn(hubNames, nameOrPath) ? hubNames[nameOrPath] : nameOrPath);
  if ("path" in choice) return checkpointFile(choice.path);
  if (choice.entry.overlay || choice.entry.base) {
    throw new SamlabError(
      "argument-invalid",
      `${nameOrPath} cannot be the base of low-rank updates: it is made of two files itself.`,
      {
        field: "base",
        value: nameOrPath,
        remedy: "Give the name or the path of a whole model, such as sam-vit-b.",
      },
    );
  }
  return choice.entry.checkpoint();
}

/**
 * PEFT's named ways to start updates that leave the base's weights as they are (tuners/lora/layer.py). Others, such as
 * `pissa` and `olora`, subtract the first update from them.
 */
const leavesBase = /^(?:gaussian|eva|orthogonal)$/i;

/** PEFT's configuration beside a checkpoint; `null` where there is none. */
async function peftConfig(checkpoint: string): Promise<{ file: PeftFile; base: string | null } | null> {
  const path = join(dirname(checkpoint), "adapter_config.json");
  if (!/^adapter_model\./.test(basename(checkpoint))) return null;
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  const invalid = (why: string, field: string) =>
    new SamlabError("checkpoint-invalid", `${path}: ${why}.`, {
      file: path,
      field,
      remedy: "Merge it in PEFT: model.merge_and_unload(), then save the weights.",
    });
  let config: Record<string, unknown>;
  try {
    config = JSON.parse(text);
  } catch {
    throw invalid("it is not JSON", "adapter_config.json");
  }
  const { peft_type, lora_alpha, use_rslora, use_dora, fan_in_fan_out, alpha_pattern, base_model_name_or_path } =
    config ?? {};
  const { init_lora_weights: start } = config ?? {};
  if (peft_type !== "LORA") throw invalid(`its kind ${JSON.stringify(peft_type)} is not LORA`, "peft_type");
  if (typeof lora_alpha !== "number" || !Number.isFinite(lora_alpha))
    throw invalid("lora_alpha is not a number", "lora_alpha");
  if (use_dora) throw invalid("DoRA is not merged", "use_dora");
  if (fan_in_fan_out) throw invalid("fan_in_fan_out is not merged", "fan_in_fan_out");
  if (typeof start === "string" && !leavesBase.test(start))
    throw invalid(`updates that start with ${start}, which changes the base, are not merged`, "init_lora_weights");
  if (alpha_pattern && Object.keys(alpha_pattern).length > 0)
    throw invalid("alpha_pattern is not merged", "alpha_pattern");
  return {
    file: {
      alpha: lora_alpha,
      isRankStabilised: use_rslora === true,
      hash: createHash("sha256").update(text).digest("hex"),
    },
    base: typeof base_model_name_or_path === "string" ? base_model_name_or_path : null,
  };
}

/** A model's weights and the metadata of its files. */
export interface ReadModel {
  readonly weights: Weights;
  /** Whose tensors stand on those of a base: low-rank updates, or a decoder without an encoder. */
  readonly onBase: LoraKind | "surgical-sam" | null;
  /** The preprocessing named in the file's metadata; `null` if none. */
  readonly preprocessing: string | null;
  /** The input size that the file's metadata name, of an exported SAM 2. */
  readonly imageSize: number | undefined;
  /** Notes on unused parts of the files. */
  readonly notes: readonly string[];
}

/**
 * Reads a model's weights: overlays replace tensors of the same name, low-rank updates are merged into their base.
 * @throws {SamlabError} of reading; `checkpoint-invalid` for low-rank updates without a base, or full weights with one;
 * `argument-invalid` for `hqTokenOnly` of another model than HQ-SAM, and `imageSize` of another than SAMed's LoRA and
 * SAM 2
 */
export async function readModel(files: ModelFiles, signal?: AbortSignal): Promise<ReadModel> {
  const opened: Checkpoint[] = [];
  const open = async (path: string): Promise<Checkpoint> => {
    const checkpoint = await openCheckpoint(path);
    opened.push(checkpoint);
    return checkpoint;
  };
  try {
    const main = await open(files.checkpoint);
    const own = await readTensors(main, signal);
    if (files.hqTokenOnly && !isHqSam(own.tensors)) throw noHqToken(own.file);
    const lora = loraKind(own.tensors.keys());
    if (files.imageSize !== undefined && lora !== "samed") checkSam2Size(own, files.imageSize);
    const base = files.base === undefined ? null : await readTensors(await open(files.base), signal);
    const isHead = isSurgicalSam(own.tensors) && ![...own.tensors.keys()].some(isSurgicalSamBase);
    const layers: LoadedTensors[] = lora
      ? [mergeLora(lora, own, baseOf(lora, own, base), files)]
      : [isHead ? withSurgicalSamBase(own, requiredBase(own, base)) : wholeWeights(own, files)];
    if (files.overlay !== undefined) layers.push(await readTensors(await open(files.overlay), signal));
    return {
      weights: Weights.layered(layers),
      onBase: lora ?? (isHead ? "surgical-sam" : null),
      preprocessing: lora === "samed" || lora === "micro-sam" ? lora : (main.metadata["samlab.preprocessing"] ?? null),
      imageSize: namedSize(main),
      notes: opened.flatMap((checkpoint) => [...checkpoint.notes, ...samTensors(checkpoint).notes]),
    };
  } finally {
    await Promise.all(opened.map((checkpoint) => checkpoint.close()));
  }
}

function baseOf(kind: LoraKind, own: LoadedTensors, base: LoadedTensors | null): LoadedTensors | null {
  if (base || kind === "loralib" || !lacksBase(kind, new Set(own.tensors.keys()))) return base;
  throw new SamlabError(
    "checkpoint-invalid",
    `${own.file} holds low-rank updates (LoRA) of ${loraNames[kind]}, without the weights of their base model.`,
    {
      file: own.file,
      field: "base",
      remedy: `Name those: loadSam(path, { base: ${kind === "samed" ? '"sam-vit-b"' : '"sam-vit-b" or a path'} }), or --base on the command line.`,
    },
  );
}

function requiredBase(own: LoadedTensors, base: LoadedTensors | null): LoadedTensors {
  if (base) return base;
  throw new SamlabError("checkpoint-invalid", `${own.file} is a decoder of SurgicalSAM, without an image encoder.`, {
    file: own.file,
    field: "base",
    remedy: 'Name its base: loadSam(path, { base: "sam-vit-h" }), or --base on the command line.',
  });
}

function checkSam2Size({ file, tensors }: LoadedTensors, imageSize: number): void {
  if (isSam2(tensors) && imageSize % 32 === 0) return;
  throw isSam2(tensors)
    ? new SamlabError("argument-invalid", `SAM 2 cannot have an input of ${imageSize}×${imageSize}.`, {
        file,
        field: "imageSize",
        value: imageSize,
        remedy: "Give a multiple of 32 pixels.",
      })
    : noImageSize(file, imageSize);
}

function noImageSize(file: string, imageSize: number): SamlabError {
  return new SamlabError(
    "argument-invalid",
    `${file} is neither a LoRA file of SAMed nor SAM 2, whose input sizes alone can be chosen.`,
    {
      file,
      field: "imageSize",
      value: imageSize,
      remedy: "Leave imageSize out.",
    },
  );
}

function noHqToken(file: string): SamlabError {
  return new SamlabError("argument-invalid", `${file} has no token of HQ-SAM, whose mask alone could be the answer.`, {
    file,
    field: "hqTokenOnly",
    value: true,
    remedy: "Leave hqTokenOnly out, or load a model of HQ-SAM, such as hq-sam-vit-tiny.",
  });
}

function wholeWeights(own: LoadedTensors, { base, hqTokenOnly }: ModelFiles): LoadedTensors {
  if (base === undefined)
    return hqTokenOnly ? { ...own, tensors: new Map([...own.tensors, ...samMasksOff(own.tensors)]) } : own;
  throw new SamlabError(
    "checkpoint-invalid",
    `${own.file} holds nothing that is put on ${base}: no low-rank updates (LoRA), and no decoder of SurgicalSAM.`,
    {
      file: own.file,
      field: "base",
      value: base,
      remedy: "Load it without { base }, or give the file of the updates.",
    },
  );
}
