import type { GraphBuilder } from "../onnx/builder.js";
import type { Value } from "../onnx/graph.js";
import type { Architecture } from "./architecture.js";
import { fusedAttention } from "./attention.js";
import { affine, layerNorm, linear } from "./layers.js";
import { toImage, toTokens } from "./neck.js";
import type { Weights } from "./weights.js";

/** Slices whose memory is used besides those with prompts, and one (sam2_base.py, `num_maskmem`). */
export const memorySlices = 7;

/** Channels of what is remembered of a slice. @param w the model */
export const memoryWidth = (w: Weights): number => w.dims("memory_encoder.out_proj.weight")?.[0] ?? 0;

/** What is remembered of an object. */
export interface Remembered {
  /** [slices, embedSize², memory's width] */
  readonly memories: Value;
  /** [slices], int32, rows of the table of ages */
  readonly memoryAges: Value;
  /** [pointers, width] */
  readonly pointers: Value;
  /** [pointers] */
  readonly pointerAges: Value;
}

/**
 * A slice's embedding, with what is remembered of others (memory_attention.py, and
 * `_prepare_memory_conditioned_features` of sam2_base.py).
 * @param w the model
 * @param image [1, width, embedSize, embedSize]
 * @returns the same shape
 */
export function memoryAttention(
  b: GraphBuilder,
  w: Weights,
  image: Value,
  remembered: Remembered,
  { embedSize, width }: Architecture,
): Value {
  const own = w.scope("memory_attention");
  const memory = memoryTokens(b, w, remembered, embedSize, width);
  const places = b.constant(
    sinePositions(embedSize, width).map((value) => 0.1 * value),
    [embedSize * embedSize, width],
  );
  const turn = rotation(b, embedSize, width);
  let x = b.op("Add", [toTokens(b, image), places]);
  for (let n = 0; n < own.count("layers."); n++) {
    const layer = own.scope(`layers.${n}`);
    const self = layer.scope("self_attn");
    const seen = layerNorm(b, layer.scope("norm1"), x, width);
    const selfKey = asOne(b, rotated(b, inHalves(b, self.scope("k_proj"), seen, width), turn));
    const selfValue = asOne(b, linear(b, self.scope("v_proj"), seen, width, width));
    x = b.op("Add", [x, attend(b, self, seen, selfKey, selfValue, turn)]);

    const cross = layer.scope("cross_attn_image");
    const ofSlices = rotated(b, inHalves(b, cross.scope("k_proj"), memory.placed, width), turn);
    const ofPointers = inHalves(b, cross.scope("k_proj"), memory.placedPointers, width);
    const key = joinRows(b, ofSlices, ofPointers);
    const value = linear(b, cross.scope("v_proj"), memory.values, memoryWidth(w), width);
    x = b.op("Add", [x, attend(b, cross, layerNorm(b, layer.scope("norm2"), x, width), key, value, turn)]);

    const [hidden = 0] = layer.dims("linear1.weight") ?? [];
    const inner = linear(b, layer.scope("linear1"), layerNorm(b, layer.scope("norm3"), x, width), width, hidden);
    x = b.op("Add", [x, linear(b, layer.scope("linear2"), b.op("Relu", [inner]), hidden, width)]);
  }
  return toImage(b, layerNorm(b, own.scope("norm"), x, width), embedSize);
}

/** Slices and pointers, as keys with their places and ages, and as values without. */
function memoryTokens(b: GraphBuilder, w: Weights, remembered: Remembered, size: number, width: number) {
  const inner = memoryWidth(w);
  const table = b.reshape(w.value(b, "maskmem_tpos_enc", [memorySlices, 1, 1, inner]), [memorySlices, inner]);
  const ages = b.op("Gather", [table, remembered.memoryAges], { axis: 0 });
  const places = b.constant(sinePositions(size, inner), [size * size, inner]);
  const { memories, pointers, pointerAges } = remembered;
  const [slices] = memories.dims;
  const placed = b.op("Add", [b.op("Add", [memories, places]), b.reshape(ages, [slices, 1, inner])]);
  // A pointer is as wide as several tokens.
  const parts = width / inner;
  const [count] = pointers.dims;
  const split = b.reshape(pointers, [count, parts, inner]);
  const rows = (x: Value) => b.reshape(x, [`${count}*${parts}`, inner]);
  const placedPointers = w.has("obj_ptr_tpos_proj.weight")
    ? b.op("Add", [split, b.reshape(pointerPlaces(b, w, pointerAges, width, inner), [count, 1, inner])])
    : split;
  return { placed, placedPointers: rows(placedPointers), values: joinRows(b, memories, rows(split)) };
}

/** sam2_utils.py, `get_1d_sine_pe`, projected; SAM 2.0 has none. */
function pointerPlaces(b: GraphBuilder, w: Weights, ages: Value, width: number, inner: number): Value {
  const half = width / 2;
  const [count] = ages.dims;
  const frequencies = Float32Array.from({ length: half }, (_, n) => 10000 ** ((-2 * Math.floor(n / 2)) / half));
  const angles = b.op("Mul", [b.reshape(ages, [count, 1]), b.constant(frequencies, [1, half])]);
  const waves = b.op("Concat", [b.op("Sin", [angles]), b.op("Cos", [angles])], { axis: 1 });
  return linear(b, w.scope("obj_ptr_tpos_proj"), waves, width, inner);
}

/** [pixels, channels] → [1, pixels, channels] */
const asOne = (b: GraphBuilder, rows: Value): Value => b.reshape(rows, [1, ...rows.dims]);

/** The rows of all slices, then others: [slices, pixels, channels] and [rows, channels] → [1, all, channels] */
function joinRows(b: GraphBuilder, ofSlices: Value, others: Value): Value {
  const [slices, pixels, channels] = ofSlices.dims;
  const rows = b.reshape(ofSlices, [`${slices}*${pixels}`, channels]);
  return asOne(b, b.op("Concat", [rows, others], { axis: 0 }));
}

/**
 * Attention of one head.
 * @param asking [pixels, width]
 * @param key [1, rows, width], rotated where it has a place
 */
function attend(b: GraphBuilder, w: Weights, asking: Value, key: Value, value: Value, turn: Rotation): Value {
  const [pixels, width] = asking.dims as number[];
  const query = asOne(b, rotated(b, inHalves(b, w.scope("q_proj"), asking, width), turn));
  const mixed = fusedAttention(b, query, key, value, 1, null);
  return linear(b, w.scope("out_proj"), b.reshape(mixed, [pixels, width]), width, width);
}

/**
 * A projection whose pairs of channels, 0 and 1, 2 and 3, …, are laid out in two halves, so that {@link rotated} needs
 * no shuffling. Queries and keys are laid out alike, so that their products stay the same.
 */
function inHalves(b: GraphBuilder, w: Weights, x: Value, width: number): Value {
  const order = b.constant(
    Int32Array.from({ length: width }, (_, n) => ((2 * n) % width) + (2 * n >= width ? 1 : 0)),
    [width],
  );
  const inputs = x.dims.at(-1) as number;
  const ordered = (value: Value) => b.op("Gather", [value, order], { axis: 0 });
  return affine(b, x, ordered(w.value(b, "weight", [width, inputs])), ordered(w.value(b, "bias", [width])));
}

/** Cosines and sines by which pairs of channels turn, [pixels, width/2]. */
interface Rotation {
  readonly cosine: Value;
  readonly sine: Value;
}

/**
 * Rotary positions of a square of pixels (position_encoding.py, `compute_axial_cis`): half of the pairs turn with x,
 * the others with y.
 */
function rotation(b: GraphBuilder, size: number, width: number): Rotation {
  const half = width / 2;
  const angle = (pixel: number, pair: number) => {
    const place = pair < half / 2 ? pixel % size : Math.floor(pixel / size);
    return place * 10000 ** ((-4 * (pair % (half / 2))) / width);
  };
  const table = (wave: (angle: number) => number) =>
    b.constant(
      Float32Array.from({ length: size * size * half }, (_, n) => wave(angle(Math.floor(n / half), n % half))),
      [size * size, half],
    );
  return { cosine: table(Math.cos), sine: table(Math.sin) };
}

/**
 * Turns the channels of pixels by their positions (position_encoding.py, `apply_rotary_enc`).
 * @param x [pixels, width] or [slices, pixels, width], pairs in two halves
 */
function rotated(b: GraphBuilder, x: Value, { cosine, sine }: Rotation): Value {
  const width = x.dims.at(-1) as number;
  const half = width / 2;
  const axis = x.dims.length - 1;
  const [even, odd] = [b.slice(x, axis, 0, half), b.slice(x, axis, half, width)];
  const turn = (op: "Sub" | "Add", first: Value, second: Value) =>
    b.op(op, [b.op("Mul", [first, cosine]), b.op("Mul", [second, sine])]);
  return b.op("Concat", [turn("Sub", even, odd), turn("Add", odd, even)], { axis });
}

/**
 * Sines and cosines of a pixel's place, of y in the first half of the channels and of x in the second
 * (position_encoding.py, `PositionEmbeddingSine`).
 * @returns [size², channels]
 */
function sinePositions(size: number, channels: number): Float32Array {
  const half = channels / 2;
  const out = new Float32Array(size * size * channels);
  for (let pixel = 0, at = 0; pixel < size * size; pixel++) {
    for (const place of [Math.floor(pixel / size), pixel % size]) {
      const full = ((place + 1) / (size + 1e-6)) * 2 * Math.PI;
      for (let n = 0; n < half; n++, at++) {
        const angle = full / 10000 ** ((2 * Math.floor(n / 2)) / half);
        out[at] = n % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
      }
    }
  }
  return out;
}
