# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.13.0", "numpy==2.4.6", "safetensors==0.8.0", "pillow==13.0.0", "einops==0.8.2", "opencv-python-headless==4.12.0.88"]
# ///
"""SAMUS's masks by the project's own code, from pictures of odd sizes, on the CPU.

    git clone https://github.com/xianlin7/SAMUS        (030ed0774d33f1d2a7fc992aaed7025f9ca376be, MIT)
    python make.py FOLDER-OF-THE-CLONE

Nothing of the clone is copied. Writes beside this file: samus.json, names and shapes of a small model and of the published one; samus.safetensors, what
the small one makes of each picture, at every 61st element (every 997th where there are more than 100,000). The weights are those of
../families/drawn.py, every parameter and buffer redrawn. Depth, heads, and places of global attention are those of ViT-B, the ViT's width and the
embedding's are small; the widths of the convolutions (64, 128, 256) are fixed in the code. Pictures go the way of the project's test.py (utils/data_us.py):
gray by OpenCV, both sides to 256 by Pillow, 0 to 1.
"""
import pathlib
import sys

import cv2
import numpy as np
import torch
from PIL import Image

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "families"), str(HERE.parent)]
from drawn import redraw, uniform
from make import encoder_options, parts, stand_in, thinned, write

SIZE = 256


def build(module, embed, mlp, width):
    encoder = module("image_encoder").ImageEncoderViT(**encoder_options(
        depth=12, embed_dim=embed, img_size=SIZE, num_heads=12, patch_size=8, global_attn_indexes=[2, 5, 8, 11], out_chans=width))
    return module("samus").Samus(
        image_encoder=encoder,
        prompt_encoder=module("prompt_encoder").PromptEncoder(
            embed_dim=width, image_embedding_size=(32, 32), input_image_size=(SIZE, SIZE), mask_in_chans=16),
        mask_decoder=module("mask_decoder").MaskDecoder(
            num_multimask_outputs=3,
            transformer=module("transformer").TwoWayTransformer(depth=2, embedding_dim=width, mlp_dim=mlp, num_heads=8),
            transformer_dim=width, iou_head_depth=3, iou_head_hidden_dim=width)).eval()


def prepared(width, height, channels):
    """An ellipse in noise, drawn as ../light/make.py draws it, then as the project reads and resizes it."""
    values = 100 + 60 * uniform(f"light {width}x{height}", width * height * channels).reshape(height, width, channels)
    y, x = np.mgrid[:height, :width]
    inside = ((x + 0.5) / width - 0.45) ** 2 / 0.09 + ((y + 0.5) / height - 0.55) ** 2 / 0.04 < 1
    picture = np.floor(values + 80 * inside[..., None]).astype(np.uint8)
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if channels == 3 else picture[..., 0]
    resized = np.asarray(Image.fromarray(gray).resize((SIZE, SIZE), Image.BILINEAR))
    return torch.from_numpy(resized.copy())[None, None].float() / 255


@torch.no_grad()
def main(folder):
    torch.set_num_threads(1)
    stand_in("tkinter", "turtle")
    module = parts(pathlib.Path(folder) / "models/segment_anything_samus/modeling", "samus")
    net = build(module, 24, 64, 32)
    shapes, out = {"small": redraw(net)}, {}
    for width, height, channels in [(157, 131, 3), (523, 1031, 1)]:
        at = f"samus.{width}x{height}"
        image = prepared(width, height, channels)
        embedding = net.image_encoder(image)
        out[f"{at}.embedding"] = thinned(embedding)
        place = lambda u, v: [int(u * width) * SIZE / width, int(v * height) * SIZE / height]
        one = torch.tensor([[place(0.45, 0.55)]]), torch.tensor([[1]])
        two = torch.tensor([[place(0.45, 0.55), place(0.1, 0.9)]]), torch.tensor([[1, 0]])
        box = torch.tensor([[*place(0.15, 0.35), *place(0.75, 0.75)]])
        for kind, prompt in {"points": {"points": two, "boxes": None}, "box": {"points": one, "boxes": box}}.items():
            sparse, dense = net.prompt_encoder(**prompt, masks=None)
            logits, iou = net.mask_decoder.predict_masks(embedding, net.prompt_encoder.get_dense_pe(), sparse, dense)
            if prompt["boxes"] is None:
                assert torch.equal(net(image, two)["low_res_logits"], logits[:, :1])
            masks = net.postprocess_masks(logits, (SIZE, SIZE), (height, width))
            out[f"{at}.{kind}.logits"] = thinned(logits)
            out[f"{at}.{kind}.iou"] = iou[0].clone()
            out[f"{at}.{kind}.masks"] = thinned((masks > 0).to(torch.uint8))
            print(at, kind, f"{embedding.std():.3f} {logits.std():.3f} {(masks > 0).float().mean():.3f}", iou.tolist())

    with torch.device("meta"):
        whole = build(module, 768, 2048, 256)
    shapes["published"] = [[name, list(tensor.shape)] for name, tensor in whole.state_dict().items()]
    print(f"{sum(parameter.numel() for parameter in whole.parameters()) / 1e6:.1f} M")
    write(HERE / "samus", shapes, out, {"SAMUS": "030ed07"})


if __name__ == "__main__":
    main(*sys.argv[1:])
