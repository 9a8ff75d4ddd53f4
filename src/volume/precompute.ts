import { isSamlabError, SamlabError, show, throwIfCanceled } from "../core/errors.js";
import { longWork, unseen } from "../core/long-work.js";
import type { Plane } from "../core/plane.js";
import type { Volume } from "../io/image/volume.js";
import type { ImageEmbedding, Sam } from "../predict/sam.js";
import type { SliceRange } from "./types.js";

/** Options of {@link precompute}. */
export interface PrecomputeOptions {
  /** Plane of the slices. Default `axial`. */
  readonly plane?: Plane;
  /** First and last slice, from 0. Default: all slices of the plane. */
  readonly range?: SliceRange;
  /** Cancels the work; finished embeddings stay on disk. */
  readonly signal?: AbortSignal;
  /** Called after each slice with the step, the fraction done (0 to 1), and the estimated seconds left. */
  readonly onProgress?: (step: string, fraction: number, secondsLeft: number) => void;
}

/** Result of {@link precompute}. */
export interface Precomputed {
  /** Slices that the image encoder ran on. */
  readonly encoded: number;
  /** Slices whose embedding was on disk already. */
  readonly cached: number;
  /** Slices with one value only, which a model cannot encode. */
  readonly empty: number;
  /** Total time. */
  readonly milliseconds: number;
}

/**
 * Embeds the slices of a volume from the middle outwards, so that later prompts on them do not wait for the encoder.
 * Embeddings are kept on disk, 4 MB each for SAM, where {@link Sam.embed}, the slice prompter, and `segmentVolume` find
 * them. Runs in a process of lowest priority if the model supports it ({@link Sam.embedAhead}), so that other work is
 * not slowed down. The model sees the volume's window.
 *
 * @example
 * await precompute(sam, ct, { range: [40, 80] });
 * @throws {SamlabError} `argument-invalid` (a range that does not exist), `canceled`, or what the model throws
 */
export function precompute(sam: Sam, volume: Volume, options: PrecomputeOptions = {}): Promise<Precomputed> {
  return longWork("encoding slices", options, (work) => encodeSlices(sam, volume, { ...options, ...work }));
}

async function encodeSlices(sam: Sam, volume: Volume, options: PrecomputeOptions): Promise<Precomputed> {
  const { plane = "axial", signal, onProgress } = options;
  const { count } = volume.view(plane);
  const [first, last] = options.range ?? [0, count - 1];
  if (![first, last].every((index) => Number.isInteger(index) && index >= 0 && index < count) || first > last) {
    throw new SamlabError("argument-invalid", `There are no ${plane} slices ${show([first, last])}.`, {
      field: "range",
      value: [first, last],
      remedy: `Slices are numbered 0 to ${count - 1}; give the lower number first.`,
    });
  }
  const start = performance.now();
  const done = { encoded: 0, cached: 0, empty: 0 };
  const slices = outwards(first, last);
  let seconds = 0;
  for (const [n, slice] of slices.entries()) {
    throwIfCanceled(signal, "Encoding the slices");
    const before = performance.now();
    const embedding = await embedded(sam, volume, slice, plane, signal);
    done[embedding === null ? "empty" : embedding.fromCache ? "cached" : "encoded"]++;
    // Cached slices say nothing about how long the rest takes.
    if (embedding && !embedding.fromCache) seconds += (performance.now() - before) / 1000;
    const left = done.encoded === 0 ? 0 : (seconds / done.encoded) * (slices.length - n - 1);
    onProgress?.(`slice ${slice}`, (n + 1) / slices.length, left);
  }
  return { ...done, milliseconds: performance.now() - start };
}

/** The middle first, since users usually start there. */
function outwards(first: number, last: number): number[] {
  const middle = (first + last) / 2;
  const all = Array.from({ length: last - first + 1 }, (_, n) => first + n);
  return all.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
}

/** Null for a slice with one value only. */
async function embedded(
  sam: Sam,
  volume: Volume,
  slice: number,
  plane: Plane,
  signal: AbortSignal | undefined,
): Promise<ImageEmbedding | null> {
  const work = { onProgress: unseen, ...(signal ? { signal } : {}) };
  const image = volume.slice(slice, plane);
  try {
    return (await sam.embedAhead?.(image, work)) ?? (await sam.embed(image, work));
  } catch (error) {
    if (isSamlabError(error, "image-empty")) return null;
    throw error;
  }
}
