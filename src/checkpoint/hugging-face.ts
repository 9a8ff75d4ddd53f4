/**
 * Names of the norms, convolutions and layers of transformers' `SamModel` (convert_sam_to_hf.py) and `SamHQModel`
 * (modeling_sam_hq.py), by the part they belong to.
 */
const encoder: readonly (readonly [RegExp, string])[] = [
  [/^layers\.(\d+)\.layer_norm([12])\./, "blocks.$1.norm$2."],
  [/^layers\.(\d+)\./, "blocks.$1."],
  [/^patch_embed\.projection\./, "patch_embed.proj."],
  [/^neck\.conv1\./, "neck.0."],
  [/^neck\.layer_norm1\./, "neck.1."],
  [/^neck\.conv2\./, "neck.2."],
  [/^neck\.layer_norm2\./, "neck.3."],
];

const prompts: readonly (readonly [RegExp, string])[] = [
  [/^shared_embedding\.positional_embedding$/, "pe_layer.positional_encoding_gaussian_matrix"],
  [/^point_embed\./, "point_embeddings."],
  [/^mask_embed\.conv1\./, "mask_downscaling.0."],
  [/^mask_embed\.layer_norm1\./, "mask_downscaling.1."],
  [/^mask_embed\.conv2\./, "mask_downscaling.3."],
  [/^mask_embed\.layer_norm2\./, "mask_downscaling.4."],
  [/^mask_embed\.conv3\./, "mask_downscaling.6."],
];

const decoder: readonly (readonly [RegExp, string])[] = [
  [/^transformer\.layers\.(\d+)\.layer_norm(\d)\./, "transformer.layers.$1.norm$2."],
  [/^transformer\.layer_norm_final_attn\./, "transformer.norm_final_attn."],
  [/^upscale_conv1\./, "output_upscaling.0."],
  [/^upscale_layer_norm\./, "output_upscaling.1."],
  [/^upscale_conv2\./, "output_upscaling.3."],
  [/^hq_token\./, "hf_token."],
  [/^compress_vit_conv1\./, "compress_vit_feat.0."],
  [/^compress_vit_norm\./, "compress_vit_feat.1."],
  [/^compress_vit_conv2\./, "compress_vit_feat.3."],
  [/^encoder_conv1\./, "embedding_encoder.0."],
  [/^encoder_norm\./, "embedding_encoder.1."],
  [/^encoder_conv2\./, "embedding_encoder.3."],
  [/^mask_conv1\./, "embedding_maskfeature.0."],
  [/^mask_norm\./, "embedding_maskfeature.1."],
  [/^mask_conv2\./, "embedding_maskfeature.3."],
];

/** Small networks whose first and last layers have special names: `proj_in`, `layers.0` …, `proj_out`. */
const network =
  /^(mask_decoder\.(?:iou_prediction_head|output_hypernetworks_mlps\.\d+|hq_mask_mlp)\.)(?:proj_in|layers\.(\d+)|proj_out)\./;

/** Whether names are those of transformers' `SamModel` or `SamHQModel`, or of a part of it. */
export function isHuggingFace(names: readonly string[]): boolean {
  return names.some((name) =>
    /^(?:vision_encoder\.|shared_image_embedding\.)|^mask_decoder\..*\bproj_(?:in|out)\.|^mask_decoder\.upscale_/.test(
      name,
    ),
  );
}

/** The names in SAM's own layout (segment_anything), in the same order. */
export function fromHuggingFace(names: readonly string[]): string[] {
  const hidden = new Map<string, number>();
  for (const name of names) {
    const [, owner, layer] = network.exec(name) ?? [];
    if (owner !== undefined)
      hidden.set(owner, Math.max(hidden.get(owner) ?? 0, layer === undefined ? 0 : Number(layer) + 1));
  }
  const layerOf = (name: string, owner: string, layer: string | undefined): number => {
    if (layer !== undefined) return Number(layer) + 1;
    return name.startsWith(`${owner}proj_in.`) ? 0 : (hidden.get(owner) ?? 0) + 1;
  };
  return names.map((name) => {
    const [whole, owner, layer] = network.exec(name) ?? [];
    if (whole !== undefined && owner !== undefined) {
      const own = owner === "mask_decoder.hq_mask_mlp." ? "mask_decoder.hf_mlp." : owner;
      return `${own}layers.${layerOf(name, owner, layer)}.${name.slice(whole.length)}`;
    }
    if (name === "shared_image_embedding.positional_embedding") {
      return "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix";
    }
    const at = name.indexOf(".");
    const rest = name.slice(at + 1);
    switch (name.slice(0, at)) {
      case "vision_encoder":
        return `image_encoder.${renamed(rest, encoder)}`;
      case "prompt_encoder":
        return `prompt_encoder.${renamed(rest, prompts)}`;
      case "mask_decoder":
        return `mask_decoder.${renamed(rest, decoder)}`;
      default:
        return name;
    }
  });
}

function renamed(name: string, rules: readonly (readonly [RegExp, string])[]): string {
  const rule = rules.find(([pattern]) => pattern.test(name));
  return rule ? name.replace(rule[0], rule[1]) : name;
}
