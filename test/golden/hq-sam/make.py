# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.13.0", "numpy==2.4.6", "safetensors==0.8.0", "pillow==13.0.0"]
# ///
"""HQ-SAM's masks by the project's own code, with small configurations, on the CPU.

    git clone https://github.com/SysCV/sam-hq        (fb181f8eff6d0c01b47921ced472e8cdaa69a71d, Apache-2.0)
    python make.py FOLDER-OF-THE-CLONE

Nothing of the clone is copied. Writes beside this file: hq-sam.json, names and shapes of each state dict; hq-sam.safetensors, outputs at every 61st
element (every 997th where there are more than 100,000). The weights are those of ../families/drawn.py, every parameter and buffer redrawn. Depths,
heads and places of global attention are the originals', widths and inputs are small. `path.*` is what the project's predictor answers on pictures
of odd sides, one smaller and one larger than the input.
"""
import pathlib
import sys

import numpy as np
import torch
from PIL import Image

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "families"), str(HERE.parent)]
from drawn import picture, redraw, uniform
from make import encoder_options, stand_in_for_timm, thinned, write
from sam_vit import stand_in_for_torchvision

SIZE = 320


def build(modeling, encoder, vit_dim, width, size):
    grid = size // 16
    two_way = modeling.TwoWayTransformer(depth=2, embedding_dim=width, mlp_dim=32, num_heads=8)
    return modeling.Sam(
        image_encoder=encoder,
        prompt_encoder=modeling.PromptEncoder(
            embed_dim=width, image_embedding_size=(grid, grid), input_image_size=(size, size), mask_in_chans=4),
        mask_decoder=modeling.MaskDecoderHQ(
            transformer=two_way, transformer_dim=width, iou_head_depth=3, iou_head_hidden_dim=width, vit_dim=vit_dim),
        pixel_mean=[123.675, 116.28, 103.53], pixel_std=[58.395, 57.12, 57.375]).eval()


def answers(name, net, size, shapes, out):
    """The masks of two prompts at once; each of SAM's with HQ-SAM's added, as the predictor adds them."""
    shapes[name] = {"size": size, "tensors": redraw(net)}
    # TinyViT looks its attention biases up when evaluation begins.
    net.train().eval()
    embedding, early = net.image_encoder(picture(size))
    points = (
        torch.tensor([[[0.3, 0.4], [0.7, 0.2]], [[0.6, 0.8], [0.1, 0.5]]]) * size,
        torch.tensor([[1, 0], [1, 1]]))
    sparse, dense = net.prompt_encoder(points=points, boxes=None, masks=None)
    decoder = net.mask_decoder
    features = decoder.embedding_encoder(embedding) + decoder.compress_vit_feat(early[0].permute(0, 3, 1, 2))
    logits, iou = decoder.predict_masks(
        image_embeddings=embedding, image_pe=net.prompt_encoder.get_dense_pe(), sparse_prompt_embeddings=sparse,
        dense_prompt_embeddings=dense, hq_features=features)
    out[f"{name}.embedding"] = thinned(embedding)
    out[f"{name}.early"] = thinned(early[0].permute(0, 3, 1, 2).contiguous())
    out[f"{name}.logits"] = thinned(logits[:, :4] + logits[:, 4:])
    out[f"{name}.iou"] = iou.clone()
    print(name, list(embedding.shape), list(early[0].shape), f"{logits[:, :4].std():.3f} {logits[:, 4:].std():.3f}")


def path(net, out):
    from segment_anything.predictor import SamPredictor

    predictor = SamPredictor(net)
    for width, height in [(157, 101), (333, 401)]:
        name = f"{width}x{height}"
        rgb = np.floor(128 + 120 * uniform(f"hq {name}", 3 * width * height)).astype(np.uint8).reshape(height, width, 3)
        predictor.set_image(rgb)
        points = {"point_coords": np.array([[0.4 * width, 0.5 * height], [0.8 * width, 0.1 * height]]), "point_labels": np.array([1, 0])}
        box = {"box": np.array([0.2 * width, 0.3 * height, 0.7 * width, 0.9 * height])}

        def add(kind, **prompt):
            masks, iou, low = predictor.predict(**prompt)
            out[f"path.{name}.{kind}.logits"] = thinned(torch.from_numpy(low))
            out[f"path.{name}.{kind}.iou"] = torch.from_numpy(iou)
            out[f"path.{name}.{kind}.mask"] = torch.from_numpy(np.packbits(masks[0]))
            print(name, kind, low.shape, f"{masks.mean():.3f}", iou)
            return low

        low = add("points", **points, multimask_output=False)
        add("best", **points, multimask_output=True)
        add("token", **points, multimask_output=False, hq_token_only=True)
        add("box", **box, multimask_output=False)
        add("mask", **points, **box, mask_input=low, multimask_output=False)


@torch.no_grad()
def main(folder):
    torch.set_num_threads(2)
    stand_in_for_torchvision()
    stand_in_for_timm()
    clone = pathlib.Path(folder) / "sam-hq"
    sys.path.insert(0, str(clone))
    import torchvision.transforms.functional as transforms

    # torchvision's two functions, of a PIL image, are these.
    transforms.to_pil_image = lambda array: Image.fromarray(array)
    transforms.resize = lambda image, size: image.resize((size[1], size[0]), Image.BILINEAR)
    from segment_anything import modeling

    shapes, out = {}, {}
    sizes = {"vit-b": (24, 12, 12, [2, 5, 8, 11]), "vit-l": (32, 24, 16, [5, 11, 17, 23]), "vit-h": (48, 32, 16, [7, 15, 23, 31])}
    for name, (width, depth, heads, places) in sizes.items():
        encoder = modeling.ImageEncoderViT(**encoder_options(
            depth=depth, embed_dim=width, img_size=SIZE, num_heads=heads, global_attn_indexes=places, out_chans=32))
        net = build(modeling, encoder, width, 32, SIZE)
        answers(name, net, SIZE, shapes, out)
        if name == "vit-b":
            path(net, out)
    encoder = modeling.TinyViT(
        img_size=1024, in_chans=3, num_classes=5, embed_dims=[8, 16, 24, 320], depths=[1, 1, 2, 1], num_heads=[1, 2, 3, 10],
        window_sizes=[7, 7, 14, 7], mlp_ratio=2.0, mbconv_expand_ratio=2.0)
    answers("vit-tiny", build(modeling, encoder, 24, 256, 1024), 1024, shapes, out)

    write(HERE / "hq-sam", shapes, out, {"sam-hq": "fb181f8"})


if __name__ == "__main__":
    main(*sys.argv[1:])
