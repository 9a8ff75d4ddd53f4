import { SamlabError } from "../core/errors.js";
import { showDims } from "../onnx/graph.js";
import { resizeGrid, resizeRows } from "./resize-positions.js";
import type { Loaded, LoadedTensors } from "./weights.js";

/** Whose low-rank updates a file holds. */
export type LoraKind = "samed" | "micro-sam" | "peft" | "loralib";

/** Rows of a relative table of SAM's windows of 14, which keep their size on any grid. */
const windowRows = 27;

/** What SAMed was trained with: 512×512 in patches of 16. */
export const samedImageSize = 512;
const patch = 16;

/** What of PEFT's `adapter_config.json` decides the weights. */
export interface PeftConfig {
  readonly alpha: number;
  /** α/√rank instead of α/rank. */
  readonly isRankStabilised: boolean;
}

export interface LoraOptions {
  /** SAMed's input, in pixels. */
  readonly imageSize?: number | undefined;
  readonly peft?: PeftConfig | undefined;
}

/** Whether these are low-rank updates, by SAM's names; `null` for whole weights. */
export function loraKind(names: Iterable<string>): LoraKind | null {
  for (const name of names) {
    if (/^w_[ab]_\d{3}$/.test(name)) return "samed";
    if (/\.w_[ab]_linear_[qkv12]\.weight$/.test(name)) return "micro-sam";
    if (/\.lora_[AB](?:\.default)?\.weight$/.test(name)) return "peft";
    if (/\.lora_[AB]$/.test(name)) return "loralib";
  }
  return null;
}

/** For people. */
export const loraNames: Readonly<Record<LoraKind, string>> = {
  samed: "SAMed",
  "micro-sam": "micro-sam",
  peft: "Hugging Face PEFT",
  loralib: "loralib",
};

/** Whether a file of low-rank updates lacks the base weights. micro-sam writes both into one file. */
export function lacksBase(kind: LoraKind, names: ReadonlySet<string>): boolean {
  if (kind === "samed") return true;
  const base = kind === "micro-sam" ? /\.attn\.qkv\.qkv_proj\.weight$/ : /\.base_layer\.weight$/;
  return ![...names].some((name) => base.test(name));
}

/**
 * The whole weights that low-rank updates and their base make: W + s·B·A for each updated matrix, the file's other
 * tensors in place of the base's. Sources: SAMed's sam_lora_image_encoder.py, …_mask_decoder.py and build_sam.py;
 * micro_sam/models/peft_sam.py; PEFT's tuners/lora/layer.py.
 * @throws {SamlabError} `checkpoint-invalid` (a kind that cannot be merged, a factor without its partner),
 * `tensor-missing`, `tensor-shape`
 */
export function mergeLora(
  kind: LoraKind,
  lora: LoadedTensors,
  base: LoadedTensors | null,
  options: LoraOptions,
): LoadedTensors {
  if (kind === "loralib") {
    throw new SamlabError(
      "checkpoint-invalid",
      `${lora.file} holds low-rank factors of loralib, and does not say whether they are already merged into its weights.`,
      {
        file: lora.file,
        field: "lora_A",
        remedy: "Merge them where it was trained: model.eval(), then delete the lora_ tensors and save the state dict.",
      },
    );
  }
  const merge = { samed: mergeSamed, "micro-sam": mergeMicroSam, peft: mergePeft }[kind];
  const tensors = merge(new Merging(lora, base), options);
  return { file: lora.file, tensors, unread: new Map([...(base?.unread ?? []), ...lora.unread]) };
}

/** Weights being put together. */
class Merging {
  readonly tensors: Map<string, Loaded>;
  readonly #copies = new Set<Float32Array>();
  constructor(
    readonly lora: LoadedTensors,
    readonly base: LoadedTensors | null,
  ) {
    this.tensors = new Map(base?.tensors);
  }

  /** Adds scale·B·A to rows of a matrix, from `row` on. */
  add(target: string, row: number, a: string, b: string, scale = 1): void {
    const weight = this.tensors.get(target);
    const [down, up] = [this.factor(a), this.factor(b)];
    if (!weight) {
      throw new SamlabError("tensor-missing", `${this.lora.file} updates ${target}, which its base does not have.`, {
        file: this.base?.file ?? this.lora.file,
        field: target,
        remedy: "Give the base that it was trained on.",
      });
    }
    const [outputs, inputs] = weight.dims;
    const [rank] = down.dims;
    const fits =
      [weight, down, up].every(({ dims }) => dims.length === 2) &&
      down.dims[1] === inputs &&
      up.dims[1] === rank &&
      row + up.dims[0] <= outputs;
    if (!fits) {
      throw new SamlabError(
        "tensor-shape",
        `${this.lora.file}: ${a} ${showDims(down.dims)} and ${b} ${showDims(up.dims)} do not fit ${target} ${showDims(weight.dims)}.`,
        {
          file: this.lora.file,
          field: a,
          value: down.dims,
          remedy:
            down.dims.length > 2
              ? "Updates of convolutions are not merged: merge them in PEFT, model.merge_and_unload(), then save the weights."
              : "Give the base that it was trained on.",
        },
      );
    }
    // A matrix that was already updated (q, then v) is a private copy.
    const data = this.#copies.has(weight.data) ? weight.data : weight.data.slice();
    this.#copies.add(data);
    for (let i = 0; i < up.dims[0]; i++) {
      for (let j = 0; j < inputs; j++) {
        let sum = 0;
        for (let r = 0; r < rank; r++) sum += up.data[i * rank + r] * down.data[r * inputs + j];
        data[(row + i) * inputs + j] += scale * sum;
      }
    }
    this.tensors.set(target, { dims: weight.dims, data });
  }

  factor(name: string): Loaded {
    const factor = this.lora.tensors.get(name);
    if (factor) return factor;
    throw new SamlabError("checkpoint-invalid", `${this.lora.file} has no factor ${name}.`, {
      file: this.lora.file,
      field: name,
      remedy: "The file is incomplete: download it again.",
    });
  }
}

function mergeSamed(merging: Merging, { imageSize = samedImageSize }: LoraOptions): Map<string, Loaded> {
  const { tensors, lora } = merging;
  // Masks are classes here: everything that counts them comes from the file.
  for (const name of [...tensors.keys()]) if (/^mask_decoder\.(?!transformer\.)/.test(name)) tensors.delete(name);
  for (const [name, tensor] of lora.tensors)
    if (/^(?:prompt_encoder|mask_decoder)\./.test(name)) tensors.set(name, tensor);
  resizePositions(tensors, imageSize / patch);
  const number = (n: number) => String(n).padStart(3, "0");
  for (let n = 0; n < samedPairs(merging, "w", "image_encoder.blocks."); n++) {
    const target = `image_encoder.blocks.${Math.floor(n / 2)}.attn.qkv.weight`;
    const row = n % 2 === 0 ? 0 : ((tensors.get(target)?.dims[0] ?? 0) / 3) * 2;
    merging.add(target, row, `w_a_${number(n)}`, `w_b_${number(n)}`);
  }
  const decoder = { sa: "self_attn", cti: "cross_attn_token_to_image", cit: "cross_attn_image_to_token" };
  for (const [prefix, attention] of Object.entries(decoder)) {
    for (let n = 0; n < samedPairs(merging, prefix, "mask_decoder.transformer.layers."); n++) {
      const target = `mask_decoder.transformer.layers.${Math.floor(n / 2)}.${attention}.${n % 2 === 0 ? "q" : "v"}_proj.weight`;
      merging.add(target, 0, `${prefix}_a_${number(n)}`, `${prefix}_b_${number(n)}`);
    }
  }
  if (lora.tensors.has("fati_qa")) {
    for (const part of ["q", "v"]) {
      const target = `mask_decoder.transformer.final_attn_token_to_image.${part}_proj.weight`;
      merging.add(target, 0, `fati_${part}a`, `fati_${part}b`);
    }
  }
  return tensors;
}

/**
 * How many factor pairs of a kind there are: for q and v of each block, or none.
 * @throws {SamlabError} `checkpoint-invalid` for another number
 */
function samedPairs({ lora, tensors }: Merging, prefix: string, blocks: string): number {
  const pairs = [...lora.tensors.keys()].filter((name) => name.startsWith(`${prefix}_a_`)).length;
  const places = [...tensors.keys()].filter((name) => name.startsWith(blocks));
  const count = new Set(places.map((name) => name.slice(blocks.length).split(".", 1)[0])).size;
  if (pairs === 0 || pairs === 2 * count) return pairs;
  throw new SamlabError(
    "checkpoint-invalid",
    `${lora.file} has ${pairs} factor pairs ${prefix}_a_, ${prefix}_b_ for ${count} blocks of ${blocks.slice(0, -1)}, and does not say which blocks they update.`,
    {
      file: lora.file,
      field: `${prefix}_a_`,
      value: pairs,
      remedy: `Give the base that it was trained on, or a file with ${2 * count} pairs, two for each block.`,
    },
  );
}

/** Positions of SAM's 64×64 tokens for a grid of another size, as SAMed's `load_from` makes them. */
function resizePositions(tensors: Map<string, Loaded>, grid: number): void {
  const stored = tensors.get("image_encoder.pos_embed");
  const [, from, , channels] = stored?.dims ?? [];
  if (!stored || from === grid) return;
  tensors.set("image_encoder.pos_embed", {
    dims: [1, grid, grid, channels],
    data: resizeGrid(stored.data, from, grid, channels, "bilinear"),
  });
  for (const [name, { dims, data }] of [...tensors]) {
    if (!/\.rel_pos_[hw]$/.test(name) || dims[0] === windowRows) continue;
    const rows = 2 * grid - 1;
    tensors.set(name, { dims: [rows, dims[1]], data: resizeRows(data, dims[0], rows, dims[1]) });
  }
}

function mergeMicroSam(merging: Merging): Map<string, Loaded> {
  const { tensors, lora } = merging;
  for (const [name, tensor] of lora.tensors) {
    if (isFactor(name)) continue;
    tensors.set(name.replace(".attn.qkv.qkv_proj.", ".attn.qkv.").replace(".mlp.mlp_layer.", ".mlp."), tensor);
  }
  for (const name of lora.tensors.keys()) {
    const [, owner, part] = /^(.*)\.w_a_linear_([qkv12])\.weight$/.exec(name) ?? [];
    if (owner === undefined || part === undefined) continue;
    const target = /[qkv]/.test(part) ? `${owner}.weight` : `${owner}.lin${part}.weight`;
    const third = (tensors.get(target)?.dims[0] ?? 0) / 3;
    const row = { q: 0, k: third, v: 2 * third }[part] ?? 0;
    merging.add(target, row, name, name.replace(".w_a_", ".w_b_"));
  }
  return tensors;
}

function mergePeft(merging: Merging, { peft }: LoraOptions): Map<string, Loaded> {
  const { tensors, lora } = merging;
  if (!peft) {
    throw new SamlabError(
      "file-missing",
      `${lora.file} has no adapter_config.json beside it, which scales its updates.`,
      {
        file: lora.file,
        field: "lora_alpha",
        remedy: "Put the adapter_config.json that PEFT wrote with it into the same folder.",
      },
    );
  }
  for (const [name, tensor] of lora.tensors) {
    if (isFactor(name) || name.includes(".original_module.")) continue;
    tensors.set(name.replace(".base_layer.", ".").replace(/\.modules_to_save\.(?:default\.)?/, "."), tensor);
  }
  for (const name of lora.tensors.keys()) {
    const owner = /^(.*)\.lora_A(?:\.default)?\.weight$/.exec(name)?.[1];
    if (owner === undefined) continue;
    const rank = lora.tensors.get(name)?.dims[0] ?? 1;
    const scale = peft.alpha / (peft.isRankStabilised ? Math.sqrt(rank) : rank);
    merging.add(`${owner}.weight`, 0, name, name.replace(".lora_A", ".lora_B"), scale);
  }
  return tensors;
}

const isFactor = (name: string) => loraKind([name]) !== null;
