import { existsSync } from "node:fs";
import { join } from "node:path";
import { SamlabError } from "../core/errors.js";
import type { ModelToLoad } from "../evaluate/options.js";
import { deSamModes } from "../models/de-sam-mode.js";
import { preprocessingKinds } from "../models/preprocessing.js";
import { catalog } from "../predict/catalog.js";
import { precisions } from "../predict/model-files.js";
import type { Device } from "../runtime/provider.js";
import type { Arguments, OptionSpecs } from "./arguments.js";

/** Options for a checkpoint, shared by all commands that load a model. */
export const modelOptions: OptionSpecs = {
  preprocessing: {
    value: "KIND",
    help: `How pictures are prepared for a checkpoint given by path: ${preprocessingKinds.join(", ")} (default: as is known of the file, or as its name says).`,
  },
  base: { value: "NAME", help: "The base model of a LoRA file given as --model: name or checkpoint." },
  "hq-token-only": {
    help: "Of HQ-SAM: the mask of its own token alone, without SAM's, as its authors advise for a single object.",
  },
  "desam-mode": {
    value: "MODE",
    help: "Of DeSAM without a prompt: whole-box or grid, 9×9 points of whose masks one is chosen (default: what it was trained with, where its file says so, else whole-box).",
  },
  "image-size": {
    value: "N",
    help: "Of a LoRA file of SAMed, or SAM 2: side of the input in pixels (default 512; SAM 2: 1024, MedSAM2: 512).",
  },
  precision: {
    value: "KIND",
    help: "Arithmetic of the image encoder: float32 (default), int8 (faster, most of all on CPUs with VNNI or AMX; masks differ a little), or auto (int8 where the CPU has instructions for it).",
  },
};

/** Of commands that load one model. */
export const adapterOption: OptionSpecs = {
  adapter: { value: "FILE", help: "A fine-tuned adapter of the model; alone it names the model it was trained on." },
};

/** The files that may hold a command's checkpoint, which its output must not replace. */
export function checkpointFiles(given: Arguments, model: string | undefined): string[] {
  return [model, given.text("base")].flatMap((path) =>
    path === undefined ? [] : [path, join(path, "model.safetensors"), join(path, "adapter_model.safetensors")],
  );
}

type LoadOptions = Pick<
  ModelToLoad,
  "preprocessing" | "base" | "imageSize" | "hqTokenOnly" | "deSamMode" | "precision"
>;

/** Those of {@link modelOptions} that were given. @throws {SamlabError} `argument-invalid` */
export function modelOptionsOf(given: Arguments): LoadOptions {
  const preprocessing = given.choice("preprocessing", preprocessingKinds);
  const base = given.text("base");
  const imageSize = given.number("image-size");
  return {
    ...(preprocessing === undefined ? {} : { preprocessing }),
    ...(base === undefined ? {} : { base }),
    ...(imageSize === undefined ? {} : { imageSize }),
    ...(given.flag("hq-token-only") ? { hqTokenOnly: true } : {}),
    ...deSamModeOf(given),
    ...precisionOf(given),
  };
}

/** Options of models that are an adapter on a base. */
export const adapterOptionsOf = (given: Arguments): LoadOptions => ({ ...deSamModeOf(given), ...precisionOf(given) });

function deSamModeOf(given: Arguments): Pick<LoadOptions, "deSamMode"> {
  const deSamMode = given.choice("desam-mode", deSamModes);
  return deSamMode === undefined ? {} : { deSamMode };
}

/** `--precision`, which applies to every model. */
function precisionOf(given: Arguments): Pick<LoadOptions, "precision"> {
  const precision = given.choice("precision", precisions);
  return precision === undefined ? {} : { precision };
}

/**
 * Several models. The precision applies to all models, the other options only to models given by path, since
 * everything is known of named models. The exceptions are options of one family, such as `--hq-token-only`, which also
 * apply to its named models.
 * @param adapters number of adapters that are loaded too; `--desam-mode` applies to them
 * @throws {SamlabError} `argument-invalid` for options that apply to no model
 */
export function modelsToLoad(names: readonly string[], given: Arguments, adapters = 0): (string | ModelToLoad)[] {
  const { hqTokenOnly, deSamMode, ...options } = modelOptionsOf(given);
  const size = options.imageSize === undefined ? {} : { imageSize: options.imageSize };
  const token = hqTokenOnly ? { hqTokenOnly } : {};
  const mode = deSamMode ? { deSamMode } : {};
  const familyOf = (name: string) => catalog.find((entry) => entry.name === name)?.family;
  const hasPath = names.some((name) => familyOf(name) === undefined);
  const hasSize = names.some((name) => sizedFamilies.has(familyOf(name) ?? ""));
  const [first] = Object.keys(modelOptions).filter(
    (name) => !forNamed.has(name) && !(name === "image-size" && hasSize) && given.text(name) !== undefined,
  );
  if (first !== undefined && !hasPath) {
    throw new SamlabError("argument-invalid", `--${first} is for a checkpoint given by its path.`, {
      field: `--${first}`,
      value: given.text(first),
      remedy: "Give the path as --model, or leave the option out: models known by name have their own.",
    });
  }
  const isOf = (family: string) => hasPath || names.some((name) => familyOf(name) === family);
  if (hqTokenOnly && !isOf(hqSam.family)) throw noModelOf(hqSam, names);
  if (deSamMode && adapters === 0 && !isOf(deSam.family)) throw noModelOf(deSam, names);
  return names.map((model) => {
    const family = familyOf(model);
    const own =
      family === undefined
        ? { ...options, ...token, ...mode }
        : {
            ...(family === hqSam.family ? token : {}),
            ...(family === deSam.family ? mode : {}),
            ...(sizedFamilies.has(family) ? size : {}),
            ...precisionOf(given),
          };
    return Object.keys(own).length > 0 ? { model, ...own } : model;
  });
}

/** Options of one family, which apply to its models by name too. */
const hqSam = { option: "hq-token-only", family: "HQ-SAM", example: "hq-sam-vit-tiny" };
const deSam = { option: "desam-mode", family: "DeSAM", example: "de-sam" };
/** Whose input size can be chosen by name too. */
const sizedFamilies: ReadonlySet<string> = new Set(["SAM 2", "MedSAM2"]);
const forNamed: ReadonlySet<string> = new Set([hqSam.option, deSam.option, "precision"]);

function noModelOf({ option, family, example }: typeof hqSam, names: readonly string[]): SamlabError {
  return new SamlabError("argument-invalid", `--${option} is for models of ${family}.`, {
    field: `--${option}`,
    value: names,
    remedy: `Give one as --model, such as ${example}, or leave the option out.`,
  });
}

/** `--adapter FILE` or `--adapter BASE=FILE`. If a file of the whole name exists, the `=` is part of its name. */
export function adaptedModel(text: string): ModelToLoad {
  const at = text.indexOf("=");
  if (at <= 0 || existsSync(text)) return { adapter: text };
  return { model: text.slice(0, at), adapter: text.slice(at + 1) };
}

export const deviceNames: readonly Device[] = ["auto", "cuda", "webgpu", "cpu"];
