type Rules = readonly (readonly [RegExp, string])[];

/**
 * Names of the norms, convolutions and layers of transformers' `SamModel` (convert_sam_to_hf.py), `SamHQModel`
 * (modeling_sam_hq.py), and `Sam2VideoModel` (modeling_sam2_video.py), by the part they belong to.
 */
const encoder: Rules = [
  [/^backbone\.patch_embed\.projection\./, "trunk.patch_embed.proj."],
  [/^backbone\.blocks\.(\d+)\.layer_norm([12])\./, "trunk.blocks.$1.norm$2."],
  [/^backbone\.blocks\.(\d+)\.mlp\.proj_in\./, "trunk.blocks.$1.mlp.layers.0."],
  [/^backbone\.blocks\.(\d+)\.mlp\.proj_out\./, "trunk.blocks.$1.mlp.layers.1."],
  [/^backbone\./, "trunk."],
  [/^neck\.convs\.(\d+)\./, "neck.convs.$1.conv."],
  [/^layers\.(\d+)\.layer_norm([12])\./, "blocks.$1.norm$2."],
  [/^layers\.(\d+)\./, "blocks.$1."],
  [/^patch_embed\.projection\./, "patch_embed.proj."],
  [/^neck\.conv1\./, "neck.0."],
  [/^neck\.layer_norm1\./, "neck.1."],
  [/^neck\.conv2\./, "neck.2."],
  [/^neck\.layer_norm2\./, "neck.3."],
];

const prompts: Rules = [
  [/^shared_embedding\.positional_embedding$/, "pe_layer.positional_encoding_gaussian_matrix"],
  [/^point_embed\./, "point_embeddings."],
  [/^mask_embed\.conv1\./, "mask_downscaling.0."],
  [/^mask_embed\.layer_norm1\./, "mask_downscaling.1."],
  [/^mask_embed\.conv2\./, "mask_downscaling.3."],
  [/^mask_embed\.layer_norm2\./, "mask_downscaling.4."],
  [/^mask_embed\.conv3\./, "mask_downscaling.6."],
];

const decoder: Rules = [
  [/^transformer\.layers\.(\d+)\.mlp\.proj_in\./, "transformer.layers.$1.mlp.lin1."],
  [/^transformer\.layers\.(\d+)\.mlp\.proj_out\./, "transformer.layers.$1.mlp.lin2."],
  [/^(transformer\.(?:.*\.)?)o_proj\./, "$1out_proj."],
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

/** SAM 2's memory, with the names of its own code (sam2_base.py). */
const memory: Rules = [
  [/^no_memory_embedding$/, "image_encoder.no_mem_embed"],
  [/^no_memory_positional_encoding$/, "no_mem_pos_enc"],
  [/^memory_temporal_positional_encoding$/, "maskmem_tpos_enc"],
  [/^no_object_pointer$/, "no_obj_ptr"],
  [/^occlusion_spatial_embedding_parameter$/, "no_obj_embed_spatial"],
  [/^temporal_positional_encoding_projection_layer\./, "obj_ptr_tpos_proj."],
  [/^mask_decoder\.(?=conv_s[01]\.)/, "image_encoder."],
  [/^(memory_attention\.layers\.\d+)\.layer_norm(\d)\./, "$1.norm$2."],
  [/^memory_attention\.layer_norm\./, "memory_attention.norm."],
  [/^(memory_attention\..*\.)o_proj\./, "$1out_proj."],
  [/^memory_encoder\.mask_downsampler\.final_conv\./, "memory_encoder.mask_downsampler.encoder.12."],
  [/^memory_encoder\.feature_projection\./, "memory_encoder.pix_feat_proj."],
  [/^memory_encoder\.projection\./, "memory_encoder.out_proj."],
  [/^memory_encoder\.memory_fuser\.layers\.(\d+)\.scale$/, "memory_encoder.fuser.layers.$1.gamma"],
  [/^memory_encoder\.memory_fuser\.layers\.(\d+)\.depthwise_conv\./, "memory_encoder.fuser.layers.$1.dwconv."],
  [/^memory_encoder\.memory_fuser\.layers\.(\d+)\.layer_norm\./, "memory_encoder.fuser.layers.$1.norm."],
  [/^memory_encoder\.memory_fuser\.layers\.(\d+)\.pointwise_conv(\d)\./, "memory_encoder.fuser.layers.$1.pwconv$2."],
];

/** Each of its four steps is a convolution, a norm, and an activation. */
const maskStep = /^memory_encoder\.mask_downsampler\.layers\.(\d+)\.(conv|layer_norm)\./;

/** Small networks whose first and last layers have special names: `proj_in`, `layers.0` …, `proj_out`. */
const network =
  /^((?:mask_decoder\.(?:iou_prediction_head|pred_obj_score_head|output_hypernetworks_mlps\.\d+|hq_mask_mlp)|object_pointer_proj)\.)(?:proj_in|layers\.(\d+)|proj_out)\./;

/** Networks that SAM's projects call otherwise. */
const ownNetworks: Readonly<Record<string, string>> = {
  "mask_decoder.hq_mask_mlp.": "mask_decoder.hf_mlp.",
  "object_pointer_proj.": "obj_ptr_proj.",
};

/** Whether names are those of transformers' `SamModel`, `SamHQModel`, or `Sam2VideoModel`, or of a part of it. */
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
      return `${ownNetworks[owner] ?? owner}layers.${layerOf(name, owner, layer)}.${name.slice(whole.length)}`;
    }
    if (name === "shared_image_embedding.positional_embedding") {
      return "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix";
    }
    const [step, number, kind] = maskStep.exec(name) ?? [];
    if (step !== undefined) {
      const at = 3 * Number(number) + (kind === "conv" ? 0 : 1);
      return `memory_encoder.mask_downsampler.encoder.${at}.${name.slice(step.length)}`;
    }
    const remembered = renamed(name, memory);
    if (remembered !== name) return remembered;
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

function renamed(name: string, rules: Rules): string {
  const rule = rules.find(([pattern]) => pattern.test(name));
  return rule ? name.replace(rule[0], rule[1]) : name;
}
