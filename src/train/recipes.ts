import { SamlabError, show } from "../core/errors.js";
import { isAdapterTensor } from "../models/block-adapters.js";
import type { Loaded, Weights } from "../models/weights.js";
import { type AdapterMaker, medicalSamAdapters, samMed2dAdapters } from "./adapters.js";
import { loraPart, requireLoraBlocks } from "./lora.js";
import type { LossName } from "./losses.js";
import { type PartOf, wholeWeight } from "./trainable.js";

/** What is trained, by the names of the survey (Zhang, Shen, Jiao, section on fine-tuning). */
export interface Recipe {
  readonly name: RecipeName;
  readonly summary: string;
  /** Whether each step runs the image encoder; if not, embeddings are computed once. */
  readonly withEncoder: boolean;
  readonly partOf: PartOf;
  /** Tensors added to the model before training, which do not change its output. Empty for most recipes. */
  readonly newTensors: (w: Weights) => ReadonlyMap<string, Loaded>;
  readonly loss: LossName;
  readonly learningRate: number;
}

export interface RecipeOptions {
  /** Rank of LoRA's factors. Default 4. */
  readonly rank?: number;
  /** Seed for the initialization of LoRA and adapters. */
  readonly seed?: number;
}

const inEncoder = (name: string) => name.startsWith("image_encoder.");
const inPrompts = (name: string) => name.startsWith("prompt_encoder.");
const inDecoder = (name: string) => name.startsWith("mask_decoder.");

const trains =
  (isTrained: (name: string) => boolean): PartOf =>
  (name, dims, w) =>
    isTrained(name) ? wholeWeight(name, dims, w) : null;

/** A recipe's definition; `newAdapters` if it adds adapters, or needs blocks that they could go into. */
type Maker = (options: RecipeOptions) => Omit<Recipe, "name" | "newTensors"> & { readonly newAdapters?: AdapterMaker };

const makers = {
  maskDecoder: () => ({
    summary: "mask decoder; both encoders frozen (SAM-SZU; Huang et al. 2024)",
    withEncoder: false,
    partOf: trains(inDecoder),
    loss: "dice+bce",
    learningRate: 5e-4,
  }),
  promptEncoder: () => ({
    summary: "prompt encoder: point, box and no-mask embeddings, mask downscaling",
    withEncoder: false,
    partOf: trains(inPrompts),
    loss: "dice+bce",
    learningRate: 5e-4,
  }),
  normAndBias: () => ({
    summary: "norm scales and all biases of encoder and decoder (BitFit; Ben-Zaken et al. 2022)",
    withEncoder: true,
    partOf: (name, dims, w) => (dims.length === 1 && !inPrompts(name) ? wholeWeight(name, dims, w) : null),
    loss: "dice+bce",
    learningRate: 1e-3,
  }),
  medsam: () => ({
    summary: "image encoder and mask decoder; prompt encoder frozen (MedSAM; Ma et al. 2024)",
    withEncoder: true,
    partOf: trains((name) => inEncoder(name) || inDecoder(name)),
    loss: "dice+bce",
    learningRate: 1e-4,
  }),
  full: () => ({
    summary: "everything",
    withEncoder: true,
    partOf: trains(() => true),
    loss: "dice+bce",
    learningRate: 1e-4,
  }),
  lora: ({ rank = 4, seed = 0 }) => ({
    summary: `rank-${rank} updates of the image encoder's q and v, and the mask decoder (as SAMed, Zhang and Liu 2023, with a frozen prompt encoder)`,
    withEncoder: true,
    partOf: (name, dims, w) => {
      if (inDecoder(name)) return wholeWeight(name, dims, w);
      return inEncoder(name) ? loraPart(name, dims, w, { rank, seed }) : null;
    },
    newAdapters: requireLoraBlocks,
    loss: "0.8dice+0.2bce",
    learningRate: 1e-3,
  }),
  loraDecoder: ({ rank = 4, seed = 0 }) => ({
    summary: `rank-${rank} updates of the mask decoder's q and v alone (as SAMed_s does to its decoder)`,
    withEncoder: false,
    partOf: (name, dims, w) => (inDecoder(name) ? loraPart(name, dims, w, { rank, seed }) : null),
    loss: "0.8dice+0.2bce",
    learningRate: 5e-3,
  }),
  medicalSamAdapter: () => ({
    summary: "bottleneck adapters in the image encoder, and the mask decoder (Medical SAM Adapter; Wu et al. 2023)",
    withEncoder: true,
    partOf: trains((name) => isAdapterTensor(name) || inDecoder(name)),
    newAdapters: medicalSamAdapters,
    loss: "dice+bce",
    learningRate: 1e-4,
  }),
  samMed2dAdapter: () => ({
    summary:
      "adapters of channels and space in the image encoder, prompt encoder and mask decoder (SAM-Med2D; Cheng et al. 2023)",
    withEncoder: true,
    partOf: trains((name) => isAdapterTensor(name) || inPrompts(name) || inDecoder(name)),
    newAdapters: samMed2dAdapters,
    loss: "20focal+dice+iou",
    learningRate: 1e-4,
  }),
} as const satisfies Record<string, Maker>;

/**
 * What is trained: `maskDecoder`, `promptEncoder`, `normAndBias`, `medsam`, `full`, `lora`, `loraDecoder`,
 * `medicalSamAdapter`, or `samMed2dAdapter`.
 */
export type RecipeName = keyof typeof makers;

/** The names of all recipes. */
export const recipeNames = Object.keys(makers) as readonly RecipeName[];

/** @throws {SamlabError} `argument-invalid` listing the available recipes */
export function recipe(name: RecipeName, options: RecipeOptions = {}): Recipe {
  const make: Maker | undefined = makers[name];
  const { rank = 4, seed = 0 } = options;
  if (!make) {
    throw new SamlabError("argument-invalid", `There is no recipe ${JSON.stringify(name)}.`, {
      field: "recipe",
      value: name,
      remedy: `Use ${recipeNames.join(", ")}.`,
    });
  }
  if (!Number.isInteger(rank) || rank < 1) {
    throw new SamlabError("argument-invalid", `LoRA's rank is a whole number from 1, not ${show(rank)}.`, {
      field: "rank",
      value: rank,
    });
  }
  const { newAdapters, ...made } = make(options);
  return { name, ...made, newTensors: (w) => newAdapters?.(w, seed) ?? new Map() };
}
