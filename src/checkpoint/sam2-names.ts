/**
 * What SAM 2 (sam2_base.py) calls otherwise than SAM. The convolutions that narrow the encoder's fine levels are the
 * decoder's in SAM 2, which runs them once per image; here they are the encoder's.
 */
const renames: readonly (readonly [RegExp, string])[] = [
  [/^sam_prompt_encoder\./, "prompt_encoder."],
  [/^sam_mask_decoder\.(?=conv_s[01]\.)/, "image_encoder."],
  [/^sam_mask_decoder\./, "mask_decoder."],
  [/^(mask_decoder\.transformer\.layers\.\d+\.mlp)\.layers\.0\./, "$1.lin1."],
  [/^(mask_decoder\.transformer\.layers\.\d+\.mlp)\.layers\.1\./, "$1.lin2."],
  [/^no_mem_embed$/, "image_encoder.no_mem_embed"],
];

/** Whether names are those of SAM 2's own code. */
export function hasSam2Names(names: readonly string[]): boolean {
  return names.some((name) => name.startsWith("sam_mask_decoder."));
}

/** The other way around, in this order. */
const originals: readonly (readonly [RegExp, string])[] = [
  [/^(mask_decoder\.transformer\.layers\.\d+\.mlp)\.lin1\./, "$1.layers.0."],
  [/^(mask_decoder\.transformer\.layers\.\d+\.mlp)\.lin2\./, "$1.layers.1."],
  [/^(?=(?:prompt_encoder|mask_decoder)\.)/, "sam_"],
  [/^image_encoder\.(?=conv_s[01]\.)/, "sam_mask_decoder."],
  [/^image_encoder\.no_mem_embed$/, "no_mem_embed"],
];

/** SAM's names of a model of SAM 2, in the same order. */
export function fromSam2(names: readonly string[]): string[] {
  return names.map((name) => renamed(name, renames));
}

/** SAM 2's own name of a tensor that has SAM's. */
export const toSam2 = (name: string): string => renamed(name, originals);

function renamed(name: string, rules: typeof renames): string {
  return rules.reduce((changed, [from, to]) => changed.replace(from, to), name);
}
