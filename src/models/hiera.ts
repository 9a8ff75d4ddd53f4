import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import { fusedAttention } from "./attention.js";
import { affine, conv2d, layerNorm, linear, maxOfFour } from "./layers.js";
import { type Encoded, resizeSquare, toImage, toTokens } from "./neck.js";
import type { Weights } from "./weights.js";
import { windowing, windowPartition, windowReverse } from "./windows.js";

/** What a Hiera's weights do not tell (configs/sam2.1). */
interface Variant {
  /** Blocks of each stage, by which a variant is recognized. */
  readonly stages: readonly number[];
  /** Attention heads of the first stage; each stage has twice as many as the one before. */
  readonly heads: number;
  /** Side of the windows in each stage, in tokens. */
  readonly windows: readonly number[];
  /** Blocks that attend to the whole picture. */
  readonly global: readonly number[];
}

const variants: readonly Variant[] = [
  { stages: [1, 2, 7, 2], heads: 1, windows: [8, 4, 14, 7], global: [5, 7, 9] },
  { stages: [1, 2, 11, 2], heads: 1, windows: [8, 4, 14, 7], global: [7, 10, 13] },
  { stages: [2, 3, 16, 3], heads: 2, windows: [8, 4, 14, 7], global: [12, 16, 20] },
  { stages: [2, 6, 36, 4], heads: 2, windows: [8, 4, 16, 8], global: [23, 33, 43] },
];

/** Hiera's layer norms (hieradet.py). */
const epsilon = 1e-6;

/** Whether the image encoder is SAM 2's. @param w the model */
export function isHiera(w: Weights): boolean {
  return w.has("image_encoder.trunk.patch_embed.proj.weight");
}

/**
 * Blocks of each stage. A block with a projection beside its attention begins a stage.
 * @param w below `image_encoder`
 */
export function hieraStages(w: Weights): number[] {
  const stages: number[] = [0];
  for (let n = 0; n < w.count("trunk.blocks."); n++) {
    if (w.has(`trunk.blocks.${n}.proj.weight`)) stages.push(0);
    stages[stages.length - 1] += 1;
  }
  return stages;
}

/** Whether the stages are those of a variant of SAM 2. */
export const isKnownHiera = (stages: readonly number[]) => variantOf(stages) !== undefined;

const variantOf = (stages: readonly number[]) => variants.find((variant) => variant.stages.join() === stages.join());

/**
 * SAM 2's image encoder: Hiera and a feature pyramid (Ryali et al., "Hiera", 2023; Ravi et al., "SAM 2", 2024;
 * sam2/modeling/backbones/hieradet.py and image_encoder.py). Widths are read from the weights.
 * @param image [1, 3, size, size], preprocessed
 * @returns the embedding [1, 256, size/16, size/16], with what SAM 2 adds where there is no memory of other pictures;
 * features are [1, 32, size/4, size/4] and [1, 64, size/8, size/8], for the upscaling of masks
 */
export function hiera(b: GraphBuilder, w: Weights, image: Value): Encoded {
  const trunk = w.scope("trunk");
  const [channels = 0] = trunk.dims("patch_embed.proj.weight") ?? [];
  const patches = conv2d(
    b,
    image,
    trunk.value(b, "patch_embed.proj.weight", [channels, 3, 7, 7]),
    trunk.value(b, "patch_embed.proj.bias", [channels]),
    { kernel: 7, stride: 4, pad: 3 },
  );
  let size = patches.dims[2] as number;
  let tokens = toTokens(b, b.op("Add", [patches, positions(b, trunk, channels, size)]));
  const stages = hieraStages(w);
  const { heads, windows, global } = variantOf(stages) ?? variants[0];
  const outputs: Value[] = [];
  let first = 0;
  for (const [stage, depth] of stages.entries()) {
    for (let n = first; n < first + depth; n++) {
      const isPooled = stage > 0 && n === first;
      // Tokens are pooled inside the windows of the stage before.
      const length = global.includes(n) ? size : windows[isPooled ? stage - 1 : stage];
      const own = { size, length, heads: heads * 2 ** stage, isPooled };
      tokens = b.segment(tokens, (x) => block(b, trunk.scope(`blocks.${n}`), x, own));
      if (isPooled) size /= 2;
    }
    first += depth;
    outputs.push(tokens);
  }
  return pyramid(b, w, outputs, size);
}

/** The learned positions: coarse ones for the whole picture, and the same fine ones in each window. */
function positions(b: GraphBuilder, w: Weights, channels: number, size: number): Value {
  const [, , coarse = 0] = w.dims("pos_embed") ?? [];
  const [, , window = 1] = w.dims("pos_embed_window") ?? [];
  const whole = resizeSquare(b, w.value(b, "pos_embed", [1, channels, coarse, coarse]), size, "bicubic");
  const fine = w.value(b, "pos_embed_window", [1, channels, window, window]);
  const tiled = [1, channels, size / window, window, size / window, window];
  const repeated = b.expand(b.reshape(fine, [1, channels, 1, window, 1, window]), tiled, b.int64(tiled));
  return b.op("Add", [whole, b.reshape(repeated, [1, channels, size, size])]);
}

interface BlockSizes {
  /** Side of the token grid. */
  readonly size: number;
  /** Side of the windows. */
  readonly length: number;
  readonly heads: number;
  /** Whether queries are pooled, 2×2 to one, so that the grid is halved. */
  readonly isPooled: boolean;
}

function block(b: GraphBuilder, w: Weights, tokens: Value, sizes: BlockSizes): Value {
  const channels = tokens.dims[1] as number;
  const [outputs = 0] = w.dims("attn.proj.weight") ?? [];
  const normed = layerNorm(b, w.scope("norm1"), tokens, channels, epsilon);
  const projected = () => linear(b, w.scope("proj"), normed, channels, outputs);
  const shortcut = sizes.isPooled ? halved(b, projected(), 1, sizes.size) : tokens;
  const attended = b.op("Add", [shortcut, attention(b, w.scope("attn"), normed, outputs, sizes)]);
  const x = layerNorm(b, w.scope("norm2"), attended, outputs, epsilon);
  const [hidden = 0] = w.dims("mlp.layers.0.weight") ?? [];
  const inner = b.op("Gelu", [linear(b, w.scope("mlp.layers.0"), x, outputs, hidden)]);
  return b.op("Add", [attended, linear(b, w.scope("mlp.layers.1"), inner, hidden, outputs)]);
}

/** Padded tokens take part, as zeros before the projection. */
function attention(b: GraphBuilder, w: Weights, tokens: Value, outputs: number, sizes: BlockSizes): Value {
  const { size, length, heads, isPooled } = sizes;
  const channels = tokens.dims[1] as number;
  const windows = windowing(size, length);
  const inside = windowPartition(b, tokens, windows, b.constant(new Float32Array(channels), [1, channels]));
  const weight = w.scope("qkv").value(b, "weight", [3 * outputs, channels]);
  const bias = w.scope("qkv").value(b, "bias", [3 * outputs]);
  const [query, key, value] = [0, 1, 2].map((part) => {
    const own = (x: Value) => b.slice(x, 0, part * outputs, (part + 1) * outputs);
    return affine(b, inside, own(weight), own(bias));
  });
  const { count } = windows;
  const asking = isPooled ? halved(b, query, count, length) : query;
  const after = isPooled ? windowing(size / 2, length / 2) : windows;
  const byWindow = (x: Value, side: number) => b.reshape(x, [count, side * side, outputs]);
  const mixed = fusedAttention(
    b,
    byWindow(asking, after.length),
    byWindow(key, length),
    byWindow(value, length),
    heads,
    null,
  );
  const rows = b.reshape(mixed, [count * after.length ** 2, outputs]);
  return linear(b, w.scope("proj"), windowReverse(b, rows, after), outputs, outputs);
}

/** The largest of each 2×2 tokens in squares of `side`: [count·side², channels] → [count·side²/4, channels]. */
function halved(b: GraphBuilder, tokens: Value, count: number, side: number): Value {
  const channels = tokens.dims[1] as number;
  const pictures = b.transpose(b.reshape(tokens, [count, side, side, channels]), [0, 3, 1, 2]);
  const rows = b.transpose(maxOfFour(b, pictures), [0, 2, 3, 1]);
  return b.reshape(rows, [(count * side * side) / 4, channels]);
}

/**
 * The feature pyramid. Its two fine levels take nothing from the coarse ones, and are then narrowed for the mask
 * decoder: two products in a row, of which one is made.
 * @param outputs of the stages, fine ones first
 * @param size side of the last stage's grid
 */
function pyramid(b: GraphBuilder, w: Weights, outputs: readonly Value[], size: number): Encoded {
  const last = outputs.length - 1;
  const [width = 0] = w.dims("neck.convs.0.conv.weight") ?? [];
  // The pyramid counts from the last stage.
  const lateral = (stage: number) => {
    const own = w.scope(`neck.convs.${last - stage}.conv`);
    const channels = outputs[stage].dims[1] as number;
    const weight = b.reshape(own.value(b, "weight", [width, channels, 1, 1]), [width, channels]);
    return { weight, bias: own.value(b, "bias", [width]) };
  };
  const level = (stage: number) => {
    const { weight, bias } = lateral(stage);
    return affine(b, outputs[stage], weight, bias);
  };
  const doubled = b.expand(
    b.reshape(level(last), [size, 1, size, 1, width]),
    [size, 2, size, 2, width],
    b.int64([size, 2, size, 2, width]),
  );
  const coarse = b.op("Add", [level(last - 1), b.reshape(doubled, [4 * size * size, width])]);
  const noMemory = b.reshape(w.value(b, "no_mem_embed", [1, 1, width]), [1, width]);
  const narrowed = (stage: number, name: string) => {
    const [channels = 0] = w.dims(`${name}.weight`) ?? [];
    const narrow = b.reshape(w.value(b, `${name}.weight`, [channels, width, 1, 1]), [channels, width]);
    const { weight, bias } = lateral(stage);
    const offset = affine(b, b.reshape(bias, [1, width]), narrow, w.value(b, `${name}.bias`, [channels]));
    const both = b.op("MatMul", [narrow, weight]);
    const rows = affine(b, outputs[stage], both, b.reshape(offset, [channels]));
    return toImage(b, rows, size * 2 ** (last - stage));
  };
  return {
    image: toImage(b, b.op("Add", [coarse, noMemory]), 2 * size),
    features: [narrowed(0, "conv_s0"), narrowed(1, "conv_s1")],
    early: null,
  };
}
