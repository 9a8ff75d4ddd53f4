import { existsSync } from "node:fs";
import { SamlabError } from "../core/errors.js";
import type { ModelToLoad } from "../evaluate/options.js";
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
  "image-size": { value: "N", help: "Of a LoRA file of SAMed: side of the input in pixels (default 512)." },
  precision: {
    value: "KIND",
    help: "Arithmetic of the image encoder: float32 (default), int8 (faster on CPUs with VNNI or AMX, masks differ a little), or auto (int8 where the processor is suited).",
  },
};

type LoadOptions = Pick<ModelToLoad, "preprocessing" | "base" | "imageSize" | "hqTokenOnly" | "precision">;

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
    ...precisionOf(given),
  };
}

/** `--precision`, which applies to every model. */
export function precisionOf(given: Arguments): Pick<LoadOptions, "precision"> {
  const precision = given.choice("precision", precisions);
  return precision === undefined ? {} : { precision };
}

/**
 * Several models. The precision applies to all models, the other options only to models given by path, since everything
 * is known of named models. The exception is `--hq-token-only`, which also applies to a named HQ-SAM.
 * @throws {SamlabError} `argument-invalid` for options that apply to no model
 */
export function modelsToLoad(names: readonly string[], given: Arguments): (string | ModelToLoad)[] {
  const { hqTokenOnly, ...options } = modelOptionsOf(given);
  const token = hqTokenOnly ? { hqTokenOnly } : {};
  const familyOf = (name: string) => catalog.find((entry) => entry.name === name)?.family;
  const hasPath = names.some((name) => familyOf(name) === undefined);
  const [first] = Object.keys(modelOptions).filter((name) => !forNamed.has(name) && given.text(name) !== undefined);
  if (first !== undefined && !hasPath) {
    throw new SamlabError("argument-invalid", `--${first} is for a checkpoint given by its path.`, {
      field: `--${first}`,
      value: given.text(first),
      remedy: "Give the path as --model, or leave the option out: models known by name have their own.",
    });
  }
  if (hqTokenOnly && !hasPath && !names.some((name) => familyOf(name) === hqFamily)) {
    throw new SamlabError("argument-invalid", `--${hqOption} is for models of HQ-SAM.`, {
      field: `--${hqOption}`,
      value: names,
      remedy: "Give one as --model, such as hq-sam-vit-tiny, or leave the option out.",
    });
  }
  return names.map((model) => {
    const family = familyOf(model);
    const own =
      family === undefined
        ? { ...options, ...token }
        : { ...(family === hqFamily ? token : {}), ...precisionOf(given) };
    return Object.keys(own).length > 0 ? { model, ...own } : model;
  });
}

const [hqOption, hqFamily] = ["hq-token-only", "HQ-SAM"];
const forNamed: ReadonlySet<string> = new Set([hqOption, "precision"]);

/** `--adapter FILE` or `--adapter BASE=FILE`. If a file of the whole name exists, the `=` is part of its name. */
export function adaptedModel(text: string): ModelToLoad {
  const at = text.indexOf("=");
  if (at <= 0 || existsSync(text)) return { adapter: text };
  return { model: text.slice(0, at), adapter: text.slice(at + 1) };
}

export const deviceNames: readonly Device[] = ["auto", "cuda", "webgpu", "cpu"];
