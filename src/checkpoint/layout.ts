import { fromHuggingFace, isHuggingFace } from "./hugging-face.js";
import { fromSam2, hasSam2Names } from "./sam2-names.js";
import type { Checkpoint, StoredTensor } from "./tensor-map.js";

/** A checkpoint's tensors by SAM's own names (segment_anything), and what was left out on the way. */
export interface SamTensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** As in the checkpoint, by SAM's names. */
  readonly unread: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
}

/**
 * Names of SAM's top-level modules; anything before them is a wrapper's prefix. `vision_encoder` is Hugging Face's
 * `image_encoder`; SAM 2 has `sam_` before the others.
 */
const part = /(?:^|\.)(?:image_encoder|vision_encoder|(?:sam_)?prompt_encoder|(?:sam_)?mask_decoder)\./;

/** Prefixes that torch.compile and DataParallel insert into names. */
const wrapping = /(^|\.)(?:_orig_mod|module)\./g;

/** Buffers that are not weights: SAM's normalization constants. */
const constants = new Set(["pixel_mean", "pixel_std"]);

/**
 * Renames a checkpoint's tensors to SAM's own names, in the same order: the prefix that SAM's parts have in common is
 * taken off (`module.`, `sam.`, `model.`, any other), Hugging Face's and SAM 2's names are translated. Tensors outside
 * the prefix, such as those of another network, are left out and noted.
 */
export function samTensors({
  tensors,
  unread = new Map(),
}: Pick<Checkpoint, "tensors"> & Partial<Pick<Checkpoint, "unread">>): SamTensors {
  const stored = [...tensors.keys(), ...unread.keys()];
  const plain = stored.map(unwrapped);
  const prefix = commonPrefix(plain);
  const inside = plain.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const translated = isHuggingFace(inside) ? fromHuggingFace(inside) : hasSam2Names(inside) ? fromSam2(inside) : inside;
  const own = new Map(inside.map((name, n) => [prefix + name, translated[n]]));
  const outside = [...tensors.keys()].map(unwrapped).filter((name) => !own.has(name));
  const depth = [...own.values()].filter(isForVolumes);
  const named = <T>(entries: ReadonlyMap<string, T>): Map<string, T> => {
    const renamed = new Map<string, T>();
    for (const [name, entry] of entries) {
      const sam = own.get(unwrapped(name));
      const isWanted = sam !== undefined && !constants.has(sam) && !isForVolumes(sam);
      // Of two tied copies the first is kept.
      if (isWanted && !renamed.has(sam)) renamed.set(sam, entry);
    }
    return renamed;
  };
  const notes: string[] = [];
  if (outside.some((name) => !constants.has(name.split(".").at(-1) ?? ""))) {
    notes.push(`Not used: ${counted(outside)} outside ${prefix}, such as ${outside[0]}.`);
  }
  if (depth.length > 0) {
    notes.push(
      `Not used: ${counted(depth)} of Depth_Adapter, which is used for volumes only. A model trained on volumes (-thd) predicts differently here.`,
    );
  }
  return { tensors: withPointsApart(named(tensors)), unread: named(unread), notes };
}

/** SAM has the embeddings of the four kinds of points one by one, `Sam2VideoModel` in one table. */
function withPointsApart(tensors: Map<string, StoredTensor>): Map<string, StoredTensor> {
  const table = tensors.get("prompt_encoder.point_embeddings.weight");
  if (table?.dims.length !== 2) return tensors;
  tensors.delete("prompt_encoder.point_embeddings.weight");
  const [count, width] = table.dims as [number, number];
  for (let n = 0; n < count; n++) {
    const read = async () => {
      const bytes = await table.read();
      return bytes.subarray((n * bytes.length) / count, ((n + 1) * bytes.length) / count);
    };
    tensors.set(`prompt_encoder.point_embeddings.${n}.weight`, { ...table, dims: [1, width], read });
  }
  return tensors;
}

const counted = (names: readonly string[]) => `${names.length} ${names.length === 1 ? "tensor" : "tensors"}`;

/** Medical SAM Adapter has these in every file, and uses them with volumes alone. */
const isForVolumes = (name: string) => /\.Depth_Adapter\./.test(name);

function unwrapped(stored: string): string {
  let name = stored;
  for (let before = ""; before !== name; ) {
    before = name;
    name = name.replace(wrapping, "$1");
  }
  return name;
}

/**
 * The prefix with the most tensors of SAM's parts behind it; of several with as many the shortest, averaged weights
 * last.
 */
function commonPrefix(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) {
    const found = part.exec(name);
    if (!found) continue;
    const prefix = name.slice(0, found.index + (found[0].startsWith(".") ? 1 : 0));
    counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  const [best] = [...counts].sort(
    ([a, m], [b, n]) => n - m || Number(isAverage(a)) - Number(isAverage(b)) || a.length - b.length,
  );
  return best?.[0] ?? "";
}

const isAverage = (prefix: string) => /(?:^|[._])(?:ema|teacher|swa|average[ds]?)(?:[._]|$)/.test(prefix);

/** How many of these names are of SAM's parts: which of several dictionaries in a file is the model. */
export function samNameCount(names: Iterable<unknown>): number {
  let count = 0;
  for (const name of names) if (typeof name === "string" && (part.test(name) || /^w_[ab]_\d{3}$/.test(name))) count++;
  return count;
}
