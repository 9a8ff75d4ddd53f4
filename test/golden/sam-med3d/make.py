# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.13.0", "numpy==2.4.6", "safetensors==0.8.0", "torchio==0.20.6", "SimpleITK==2.5.0", "edt==3.1.2"]
# ///
"""Masks of SAM-Med3D by the project's own code, with few channels, on the CPU.

    git clone https://github.com/uni-medical/SAM-Med3D        (f3de1fa10da98e46f49f176773d2b1e306ba131f, Apache-2.0)
    python make.py FOLDER-OF-THE-CLONE

Nothing of the clone is copied. Writes beside this file: sam-med3d.json, names and shapes of the state dict; sam-med3d.safetensors. The weights are those
of ../families/drawn.py, every parameter redrawn. The cube, its windows, and the transformer's depth are the original's.

`model.*`: the network on a cube, with three clicks one after another, each with the logits of the last. `NAME.*`: two volumes the way of
utils/infer_utils.py (`data_preprocess`, `sam_model_infer`, `data_postprocess`): the cropped cube, the logits of the last click, and the mask on the
volume's own grid. One is of 16-bit integers, larger than the crop on one axis, with axes in another order; the other is oblique, of floats. The clicks
are given, where the project draws them at random. The mask decoder answers with its single mask, as in train.py.
"""
import functools
import json
import pathlib
import sys

import numpy as np
import torch
import torchio as tio
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "families")]
from drawn import redraw, uniform
from make import parts, thinned

SIZE, WIDTH, CHANNELS, HEADS = 128, 48, 48, 3
CLICKS = [([70, 60, 61], 1), ([58, 70, 68], 0), ([66, 64, 60], 1)]


def build(module):
    encoder = module("image_encoder3D").ImageEncoderViT3D(
        img_size=SIZE, patch_size=16, in_chans=1, embed_dim=CHANNELS, depth=4, num_heads=HEADS, mlp_ratio=2, out_chans=WIDTH,
        norm_layer=functools.partial(torch.nn.LayerNorm, eps=1e-6), use_rel_pos=True, window_size=14, global_attn_indexes=[1, 3])
    prompts = module("prompt_encoder3D").PromptEncoder3D(
        embed_dim=WIDTH, image_embedding_size=(8, 8, 8), input_image_size=(SIZE,) * 3, mask_in_chans=16)
    decoder = module("mask_decoder3D").MaskDecoder3D(num_multimask_outputs=3, transformer_dim=WIDTH, iou_head_depth=3, iou_head_hidden_dim=24)
    net = module("sam3D").Sam3D(image_encoder=encoder, prompt_encoder=prompts, mask_decoder=decoder).eval()
    decoder.forward = functools.partial(decoder.forward, multimask_output=False)
    return net


def volume(name):
    """A volume, the box of an object in it, and its affine."""
    if name == "integers":
        size = (41, 260, 23)
        affine = np.array([[0, 0, -2.57, 31], [0, -0.87, 0, 120], [1.13, 0, 0, -7], [0, 0, 0, 1.0]])
        box = [(10, 25), (150, 201), (5, 16)]
        values = np.floor(300 * uniform(name, 41 * 260 * 23)).astype(np.int16)
    else:
        size = (57, 49, 33)
        c, s = np.cos(0.2), np.sin(0.2)
        affine = np.array([[2.1 * c, -1.7 * s, 0, -60], [2.1 * s, 1.7 * c, 0, -40], [0, 0, 2.9, 12], [0, 0, 0, 1.0]])
        box = [(20, 40), (11, 30), (8, 27)]
        values = (300 * uniform(name, 57 * 49 * 33) + 40).astype(np.float32)
    # The first axis is the fastest.
    image = values.reshape(size[::-1]).transpose(2, 1, 0)
    label = np.zeros(size, np.uint8)
    label[tuple(slice(*side) for side in box)] = 1
    return np.ascontiguousarray(image), label, affine


@torch.no_grad()
def main(folder):
    torch.set_num_threads(1)
    sys.path.insert(0, folder)
    from utils import infer_utils

    net = build(parts(pathlib.Path(folder) / "segment_anything/modeling", "med3d"))
    shapes = redraw(net)
    out = {}
    cube = torch.from_numpy((2 * uniform("cube", SIZE**3)).astype(np.float32).reshape(1, 1, SIZE, SIZE, SIZE))
    embedding = net.image_encoder(cube)
    out["model.embedding"] = thinned(embedding)
    logits = torch.zeros(1, 1, 32, 32, 32)
    for n in range(len(CLICKS)):
        points = torch.tensor([[point for point, _ in CLICKS[: n + 1]]]), torch.tensor([[label for _, label in CLICKS[: n + 1]]])
        sparse, dense = net.prompt_encoder(points=points, boxes=None, masks=logits)
        logits, _ = net.mask_decoder(
            image_embeddings=embedding, image_pe=net.prompt_encoder.get_dense_pe(), sparse_prompt_embeddings=sparse, dense_prompt_embeddings=dense)
        out[f"model.logits.{n}"] = thinned(logits)
        print("model", n, f"{logits.mean():.3f} ± {logits.std():.3f}")

    for name in ["integers", "oblique"]:
        image, label, affine = volume(name)
        subject = tio.Subject(
            image=tio.ScalarImage(tensor=torch.from_numpy(image)[None], affine=affine),
            label=tio.LabelMap(tensor=torch.from_numpy(label)[None], affine=affine))
        roi, roi_label, meta = infer_utils.data_preprocess(subject, {}, category_index=1, target_spacing=(1.5, 1.5, 1.5))
        clicks = iter(CLICKS)
        give = lambda *_: (lambda point, label: (torch.tensor([[point]]), torch.tensor([[label]])))(*next(clicks))
        mask, low = infer_utils.sam_model_infer(net, roi, roi_label, prompt_generator=give, num_clicks=len(CLICKS))
        back = infer_utils.data_postprocess(mask, meta).transpose(2, 1, 0)
        # The voxel of the volume at the middle of the cube.
        inverse = np.linalg.inv(affine) @ meta["roi_subject_affine"]
        out[f"{name}.center"] = torch.from_numpy((inverse @ [64, 64, 64, 1])[:3].astype(np.float32))
        out[f"{name}.clicks"] = torch.from_numpy(np.array([(inverse @ [*point, 1])[:3] for point, _ in CLICKS], np.float32))
        out[f"{name}.cube"], out[f"{name}.logits"] = thinned(roi), thinned(low)
        out[f"{name}.mask"] = torch.from_numpy(np.packbits(back.transpose(2, 1, 0)))
        print(name, subject.image.data.dtype, f"{back.mean():.3f} of the voxels in the mask")

    save_file({key: value.contiguous() for key, value in out.items()}, HERE / "sam-med3d.safetensors", metadata={"torch": torch.__version__, "torchio": tio.__version__})
    (HERE / "sam-med3d.json").write_text("[\n" + ",\n".join(json.dumps(shape) for shape in shapes) + "\n]\n")


if __name__ == "__main__":
    main(sys.argv[1])
