import { basename } from "node:path";
import { openSafetensors } from "../checkpoint/safetensors.js";
import { SamlabError, show, throwIfCanceled } from "../core/errors.js";
import { longWork } from "../core/long-work.js";
import type { PromptSupport } from "../core/prompt.js";
import { Adapter } from "../models/adapter.js";
import { type Architecture, hasMaskPerClass, takesPrompts } from "../models/architecture.js";
import { type BoxPrototypes, boxPrototypesOf } from "../models/box-prototypes.js";
import { compilerVersion } from "../models/compile.js";
import { checkedMode, type DeSamMode } from "../models/de-sam-mode.js";
import { preprocessingTexts } from "../models/preprocessing.js";
import { devices } from "../runtime/devices.js";
import { exactWeightType } from "../runtime/int8.js";
import { candidatesFor, type Device, type Provider } from "../runtime/provider.js";
import { QuietSession } from "../runtime/quiet-session.js";
import { allPrompts, catalog, chooseModel, defaultModel } from "./catalog.js";
import { type CompiledModel, compiledModel } from "./compiled-model.js";
import { EmbeddingStore } from "./embedding-store.js";
import { noPrompts } from "./known-checkpoints.js";
import { LoadedSam } from "./loaded-sam.js";
import { type CheckpointOptions, modelFiles, type Precision, precisions } from "./model-files.js";
import { choosePreprocessing, isMedSam2Name } from "./preprocessing-choice.js";
import { createDecoder } from "./prompt-decoder.js";
import { availableProviders, startSessions } from "./providers.js";
import type { WorkOptions } from "./sam.js";
import { namesOfClasses } from "./segmentation.js";

/** Options of {@link loadSam}. */
export interface LoadSamOptions extends WorkOptions, CheckpointOptions {
  /** Where to run. Default `auto`: the first of CUDA, WebGPU and CPU that works here (see `devices()`). */
  readonly device?: Device;
  /** The result of fine-tuning: its `adapter`, or the path of a saved one. */
  readonly adapter?: Adapter | string;
}

/**
 * Loads a promptable segmentation model: one from the catalog by name (`samlab models` lists them), or any SAM-family
 * checkpoint by path, which is compiled to ONNX. The path may be a Hugging Face model folder.
 *
 * @param nameOrPath default: the model that the adapter was trained on, or `lite-medsam-clicks` without an adapter;
 * `lite-medsam` is LiteMedSAM as released (boxes only)
 * @example
 * const sam = await loadSam();
 * await sam.setImage(volume.slice(60));
 * const { mask, predictedIou } = await sam.predict({ box: [88, 60, 130, 104] });
 * @throws {SamlabError} `model-unknown`, `file-missing`, `checkpoint-invalid`, `checkpoint-unsafe`, `tensor-missing`,
 * `tensor-shape`, `hash-mismatch`, `provider-unavailable`, `canceled`
 */
export function loadSam(nameOrPath?: string, options: LoadSamOptions = {}): Promise<LoadedSam> {
  const name = nameOrPath === undefined ? "the model" : basename(String(nameOrPath));
  return longWork(`loading ${name}`, options, (work) => load(nameOrPath, { ...options, ...work }));
}

async function load(nameOrPath: string | undefined, options: LoadSamOptions): Promise<LoadedSam> {
  const { signal, onProgress, device = (process.env.SAMLAB_DEVICE as Device | undefined) ?? "auto" } = options;
  throwIfCanceled(signal, "Loading the model");
  const wanted = candidatesFor(device);
  // Testing the devices takes half a second in a separate process; the checkpoint is read meanwhile.
  const tried = device === "cpu" ? null : devices();
  const adapter = typeof options.adapter === "string" ? await Adapter.open(options.adapter) : (options.adapter ?? null);
  const base = nameOrPath ?? adapter?.metadata.base ?? defaultModel;
  const choice = chooseModel(base);
  const checked = checkedOptions(asTrained(options, adapter));
  const isInt8 = await usesInt8(options.precision, wanted, tried);
  const given =
    options.preprocessing ?? adapter?.metadata.preprocessing ?? ("entry" in choice && choice.entry.preprocessing);
  const files = {
    ...(await modelFiles(choice, checked)),
    ...(isInt8 ? { isInt8 } : {}),
    ...((given ? given === "medsam2" : isMedSam2Name(base)) ? { isMedSam2: true as const } : {}),
  };
  const model = await compiledModel(files, adapter, options);
  // LiteMedSAM's released file given by path is the same model as by name, including its limitation to boxes.
  const entry =
    "entry" in choice ? choice.entry : catalog.find(({ sha256, overlay }) => overlay === null && sha256 === model.hash);
  const exported = entry ? {} : await exportedSupport(files.checkpoint);
  const prompts = entry?.prompts ?? exported.prompts ?? promptsOfFile(model);
  const evidence = {
    // Adapters without this field were trained with the preprocessing implied by the shapes.
    adapter: adapter ? (adapter.metadata.preprocessing ?? model.architecture.preprocessing) : undefined,
    hashes: model.fileHashes,
    declared: entry?.preprocessing ?? model.declaredPreprocessing,
    paths: [base, files.checkpoint, ...(files.base ? [files.base] : [])],
    architecture: model.architecture,
  };
  const choiceOfItsOwn = choosePreprocessing({ ...evidence, option: undefined });
  const preprocessing = choosePreprocessing({ ...evidence, option: options.preprocessing });
  const providers = isInt8 ? (["CPU"] as const) : await availableProviders(device, wanted, tried);
  throwIfCanceled(signal, "Loading the model");
  onProgress?.(`starting ONNX Runtime on ${providers[0]}`);
  const notes = [...model.notes, ...(preprocessing.note ? [preprocessing.note] : [])];
  const { encoder, decoder } = await startSessions(
    model.encoder,
    (provider) => createDecoder(model, provider),
    providers,
    notes,
  );
  const { kind } = preprocessing;
  const identity = `${model.encoderHash} v${compilerVersion} ${kind} ${encoder.provider}`;
  const report = (note: string) => {
    notes.push(note);
    onProgress?.(note);
  };
  // The same file with non-default preprocessing counts as a different model, also in result rows and charts.
  const fedAs = kind === choiceOfItsOwn.kind ? "" : ` (as ${preprocessingTexts[kind].name})`;
  const recordedMode = adapter ? adapter.metadata.deSamMode : exported.deSamMode;
  const mode = modeOf(model.architecture, recordedMode, options.deSamMode);
  // As with the preprocessing: in another mode than its own, the same file is another model.
  const inMode = mode !== modeOf(model.architecture, recordedMode, undefined) ? ` (${mode})` : "";
  const atSize = checked.imageSize === undefined ? "" : ` (${checked.imageSize}×${checked.imageSize})`;
  const ways = `${atSize}${files.hqTokenOnly ? " (HQ token only)" : ""}${inMode}${isInt8 ? " (int8)" : ""}`;
  const name = `${entry?.name ?? base}${ways}${fedAs}`;
  const { preprocessing: option, classNames, deSamMode } = options;
  const isMed2d = kind === "sam-med2d" && model.architecture.head === "prompts" && model.architecture.masks > 1;
  // What samlab has trained or exported says which mask it was trained on.
  const trainedOn = adapter ? (adapter.metadata.answer ?? "single") : exported.answer;
  const isBest = isMed2d && trainedOn !== "single";
  const maskPrompt = isBest && promptsWithProbabilities(adapter?.metadata ?? exported.adapter ?? {});
  if (isMed2d && !isBest) {
    notes.push(
      "It was trained on the single mask, so it answers with that, not with the best rated alternative as SAM-Med2D does.",
    );
  }
  const architecture: Architecture = {
    ...model.architecture,
    preprocessing: kind,
    ...(isBest ? { answer: "best" } : {}),
    ...(maskPrompt ? { maskPrompt: "probability" } : {}),
  };
  const proposals = boxPrototypesOf(adapter, architecture.width);
  return new LoadedSam({
    name: adapter ? `${name} + ${adapter.metadata.recipe} ${adapter.hash.slice(0, 6)}` : name,
    hash: model.hash,
    source: {
      nameOrPath: base,
      files,
      fileHashes: model.fileHashes,
      baseHash: model.baseHash,
      adapter,
      options: {
        ...(option === undefined ? {} : { preprocessing: option }),
        ...checked,
        ...(isInt8 ? { precision: "int8" as const } : {}),
        ...(classNames === undefined ? {} : { classNames }),
        ...(deSamMode === undefined ? {} : { deSamMode }),
      },
    },
    prompts: promptsOfHead(architecture, promptsOf(prompts, adapter)),
    architecture,
    classNames: classesOf(
      architecture,
      proposals,
      classNames ?? classesOfAdapter(adapter) ?? exported.classNames ?? entry?.classNames,
    ),
    trainedImages: new Set([...(exported.trainedImages ?? []), ...(adapter?.trainedImages ?? [])]),
    deSamMode: mode,
    proposals,
    encoder,
    decoder,
    // On a GPU a run is too short to delay other work.
    quietEncoder: encoder.provider === "CPU" ? QuietSession.for(model.encoder) : null,
    embeddings: new EmbeddingStore(identity, report),
    notes,
  });
}

/** @throws {SamlabError} `argument-invalid` */
function classesOf(
  architecture: Architecture,
  proposals: BoxPrototypes | null,
  given: readonly string[] | undefined,
): readonly string[] {
  if (proposals) return namesOfClasses(given, proposals.classes.length);
  const { preprocessing, masks } = architecture;
  // Where each class has its mask, the background is what is left.
  if (preprocessing === "samed" || !takesPrompts(architecture))
    return namesOfClasses(given, hasMaskPerClass(architecture) ? masks + 1 : masks);
  if (given === undefined) return [];
  throw new SamlabError("argument-invalid", "This model has no classes to be named.", {
    field: "classNames",
    value: given,
    remedy: "Leave classNames out: it segments what it is asked for.",
  });
}

/** DeSAM takes no masks as prompts, the other decoders of classes no prompts at all. */
function promptsOfHead(architecture: Architecture, ofModel: PromptSupport): PromptSupport {
  if (architecture.head === "scribble-prompt") return { ...ofModel, scribbles: true };
  if (takesPrompts(architecture)) return ofModel;
  return architecture.head === "de-sam"
    ? { points: true, box: true, mask: false, note: "DeSAM takes no masks." }
    : noPrompts;
}

/**
 * What a DeSAM model segments with; `null` for other models.
 * @param recorded in its file
 * @throws {SamlabError} `argument-invalid`
 */
function modeOf({ head }: Architecture, recorded: string | undefined, given: DeSamMode | undefined): DeSamMode | null {
  const chosen = given === undefined ? undefined : checkedMode("deSamMode", given);
  if (head === "de-sam") return chosen ?? checkedMode("deSamMode", recorded ?? "whole-box");
  if (chosen === undefined) return null;
  throw new SamlabError("argument-invalid", "This is not a DeSAM model, which alone has modes.", {
    field: "deSamMode",
    value: given,
    remedy: "Leave deSamMode (--desam-mode) out.",
  });
}

function classesOfAdapter(adapter: Adapter | null): readonly string[] | undefined {
  const { classNames } = adapter?.metadata ?? {};
  return classNames === undefined ? undefined : JSON.parse(classNames);
}

/**
 * Whether a SAM-Med2D takes mask prompts as probabilities: not if an adapter of an earlier version was trained on
 * logits. @param adapter its metadata
 */
function promptsWithProbabilities({ maskPrompt, prompts }: Readonly<Record<string, unknown>>): boolean {
  const { corrective = 0 }: { readonly corrective?: number } = JSON.parse(String(prompts ?? "{}"));
  return maskPrompt !== undefined || corrective === 0;
}

/** Options that an adapter's base was loaded with are its own, unless others are given. */
function asTrained(options: LoadSamOptions, adapter: Adapter | null): LoadSamOptions {
  const { imageSize, hqTokenOnly } = adapter?.metadata ?? {};
  return {
    ...(imageSize === undefined ? {} : { imageSize: Number(imageSize) }),
    ...(hqTokenOnly === undefined ? {} : { hqTokenOnly: true }),
    ...options,
  };
}

/** @throws {SamlabError} `argument-invalid` */
function checkedOptions(options: LoadSamOptions): Pick<CheckpointOptions, "base" | "imageSize" | "hqTokenOnly"> {
  const { base, imageSize, hqTokenOnly } = options;
  const isSize = imageSize === undefined || (Number.isInteger(imageSize) && imageSize >= 16 && imageSize % 16 === 0);
  if (isSize) {
    return {
      ...(base === undefined ? {} : { base }),
      ...(imageSize === undefined ? {} : { imageSize }),
      ...(hqTokenOnly === undefined ? {} : { hqTokenOnly }),
    };
  }
  throw new SamlabError("argument-invalid", `imageSize cannot be ${imageSize}.`, {
    field: "imageSize",
    value: imageSize,
    remedy: "Give a multiple of 16 pixels, as in the training of the LoRA file; for SAM 2 of 32.",
  });
}

/** @throws {SamlabError} `argument-invalid`, `provider-unavailable` */
async function usesInt8(
  precision: Precision = "float32",
  wanted: readonly Provider[],
  tried: ReturnType<typeof devices> | null,
): Promise<boolean> {
  if (!precisions.includes(precision)) {
    throw new SamlabError("argument-invalid", `precision cannot be ${show(precision)}.`, {
      field: "precision",
      value: precision,
      remedy: `Give one of ${precisions.join(", ")}.`,
    });
  }
  if (precision === "float32") return false;
  if (precision === "auto") {
    const chosen = tried ? (await tried).find((report) => report.chosen)?.provider : "CPU";
    return wanted.includes("CPU") && chosen === "CPU" && (await exactWeightType()) === "int8";
  }
  if (!wanted.includes("CPU")) {
    throw new SamlabError("argument-invalid", `int8 runs on the CPU, not on ${wanted[0]}.`, {
      field: "precision",
      value: precision,
      remedy: 'Leave the device out or give { device: "cpu" }, or leave the precision out.',
    });
  }
  if (await exactWeightType()) return true;
  throw new SamlabError("provider-unavailable", "This processor does not sum 8-bit products exactly.", {
    field: "precision",
    value: precision,
    remedy: "Leave the precision out.",
  });
}

/** Prompts, classes, answer, and DeSAM's mode as stored in an exported model; nothing for other files. */
async function exportedSupport(path: string): Promise<{
  prompts?: PromptSupport;
  classNames?: readonly string[];
  deSamMode?: string;
  answer?: string;
  adapter?: Readonly<Record<string, unknown>>;
  trainedImages?: ReadonlySet<string>;
}> {
  const file = await openSafetensors(path).catch(() => null);
  if (!file) return {};
  await file.close();
  const stored = (field: string): unknown => {
    try {
      return JSON.parse(file.metadata[`samlab.${field}`]);
    } catch {
      return null;
    }
  };
  const { points, box, mask, note } = (stored("prompts") ?? {}) as Partial<PromptSupport>;
  const classNames = stored("classes");
  const deSamMode = file.metadata["samlab.deSamMode"];
  const adapter = (stored("adapter") ?? {}) as Readonly<Record<string, unknown>>;
  const { trainedImages } = adapter;
  return {
    adapter,
    ...(typeof trainedImages === "string" ? { trainedImages: new Set(trainedImages.match(/\S+/g)) } : {}),
    ...(typeof points === "boolean" && typeof box === "boolean" && typeof mask === "boolean"
      ? { prompts: { points, box, mask, note: String(note) } }
      : {}),
    ...(Array.isArray(classNames) ? { classNames: classNames.map(String) } : {}),
    ...(deSamMode === undefined ? {} : { deSamMode }),
    ...(file.metadata["samlab.version"] === undefined ? {} : { answer: file.metadata["samlab.answer"] ?? "single" }),
  };
}

const promptsOfFile = ({ declaredPreprocessing }: CompiledModel) =>
  declaredPreprocessing === "samed" ? noPrompts : allPrompts;

/** Prompts that an adapter was trained with are supported, whatever the base was trained with. */
function promptsOf(base: PromptSupport, adapter: Adapter | null): PromptSupport {
  const mix: { readonly point?: number; readonly corrective?: number } = JSON.parse(adapter?.metadata.prompts ?? "{}");
  const corrective = (mix.corrective ?? 0) > 0;
  const points = base.points || corrective || (mix.point ?? 0) > 0;
  return { ...base, points, mask: base.mask || corrective, note: points ? "" : base.note };
}
