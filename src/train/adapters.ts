import { SamlabError } from "../core/errors.js";
import { normal, seededRandom } from "../core/random.js";
import { isHiera } from "../models/hiera.js";
import type { Loaded, Weights } from "../models/weights.js";

/**
 * The tensors of new adapters by name; blocks that already have one keep it, so that a tuned model can be tuned again.
 */
export type AdapterMaker = (w: Weights, seed: number) => ReadonlyMap<string, Loaded>;

/** Bottleneck width as a fraction of the block's width, in both methods. */
const ratio = 0.25;

/**
 * Medical SAM Adapter's adapters for every block with attention (Wu et al. 2023): `Space_Adapter` after the attention
 * and `MLP_Adapter` beside the MLP. Unlike the original, the up-projections start at zero, so that training begins from
 * the base model, and there is no `Depth_Adapter`, which is only used for volumes.
 */
export const medicalSamAdapters: AdapterMaker = (w, seed) =>
  forEachBlock(w, (block, channels) => {
    const hidden = Math.floor(channels * ratio);
    return ["Space_Adapter", "MLP_Adapter"].flatMap((kind): [string, Loaded][] => {
      const at = `${block}.${kind}`;
      const random = seededRandom("adapter", seed, at);
      const bound = channels ** -0.5;
      return [
        [`${at}.D_fc1.weight`, filled([hidden, channels], () => (2 * random() - 1) * bound)],
        [`${at}.D_fc1.bias`, filled([hidden], () => (2 * random() - 1) * bound)],
        [`${at}.D_fc2.weight`, filled([channels, hidden], () => 0)],
        [`${at}.D_fc2.bias`, filled([channels], () => 0)],
      ];
    });
  });

/**
 * SAM-Med2D's adapter for every block with attention (Cheng et al. 2023), beside the MLP. Unlike the original, the
 * scale of the last norm starts at zero instead of one, so that training begins from the base model.
 */
export const samMed2dAdapters: AdapterMaker = (w, seed) =>
  forEachBlock(w, (block, channels) => {
    const at = `${block}.Adapter`;
    const hidden = Math.floor(channels * ratio);
    const random = normal(seededRandom("adapter", seed, at));
    // He et al. 2015 with fan-out, as in the original.
    const layer = (name: string, dims: readonly number[], fanOut: number): [string, Loaded] => [
      `${at}.${name}`,
      filled(dims, () => random() * Math.sqrt(2 / fanOut)),
    ];
    return [
      layer("channel.0.weight", [hidden, channels], hidden),
      layer("channel.2.weight", [channels, hidden], channels),
      layer("spatial.0.weight", [channels, channels, 3, 3], 9 * channels),
      layer("spatial.2.weight", [channels, channels, 4, 4], 16 * channels),
      [`${at}.norm.weight`, filled([channels], () => 0)],
      [`${at}.norm.bias`, filled([channels], () => 0)],
    ];
  });

/** @throws {SamlabError} `argument-invalid` when the image encoder has no block to adapt */
function forEachBlock(w: Weights, make: (block: string, channels: number) => [string, Loaded][]): Map<string, Loaded> {
  const blocks = w.names().flatMap((name): [string, number][] => {
    // A block of Hiera's changes the number of channels, and halves the grid.
    const block = /^(image_encoder\.(?!trunk\.).*\bblocks\.\d+)\.attn\.qkv\.weight$/.exec(name)?.[1];
    return block === undefined ? [] : [[block, w.dims(name)?.[1] ?? 0]];
  });
  if (blocks.length === 0) throw noBlocks(w, "an adapter");
  const made = blocks.flatMap(([block, channels]) => make(block, channels));
  // SAMUS's blocks have an adapter of the same name and other tensors.
  const isThere = (name: string) => w.scope(/^.*Adapter(?=\.)/.exec(name)?.[0] ?? name).names().length > 0;
  return new Map(made.filter(([name]) => !isThere(name)));
}

/** For recipes that change blocks of transformers: RepViT and EfficientViT have none, and Hiera's take LoRA alone. */
export function noBlocks(w: Weights, what: string): SamlabError {
  const { file } = w;
  return new SamlabError(
    "argument-invalid",
    `The image encoder of ${file} has no transformer block of one width that ${what} could go into.`,
    {
      file,
      field: "recipe",
      remedy: `Use ${isHiera(w) ? "lora, " : ""}maskDecoder, promptEncoder, loraDecoder, normAndBias, medsam, or full.`,
    },
  );
}

function filled(dims: readonly number[], value: () => number): Loaded {
  const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
  for (let n = 0; n < data.length; n++) data[n] = value();
  return { dims, data };
}
