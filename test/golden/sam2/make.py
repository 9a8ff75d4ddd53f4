# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.13.0", "numpy==2.4.6", "safetensors==0.8.0", "pillow==13.0.0", "hydra-core==1.3.2", "iopath==0.1.10", "tqdm==4.70.1"]
# ///
"""SAM 2's masks of single pictures by the project's own predictor, from pictures of odd sizes, on the CPU.

    git clone https://github.com/facebookresearch/sam2      (2b90b9f5ceec907a1c18123530e92e794ad901a4, Apache-2.0)
    python make.py FOLDER-OF-THE-CLONE

Nothing of the clone is copied. Writes beside this file: sam2.json, names and shapes of small models; sam2.safetensors, what each makes of each picture,
at every 61st element (every 997th where there are more than 100,000); layouts.json, names and shapes of the published models. The weights are those of
../families/drawn.py, every parameter and buffer redrawn. Depths, heads, windows, and the decoder are the originals' (configs/sam2.1), Hiera's widths are
small. One takes smaller pictures, for which the predictor's list of grids alone is changed. MedSAM2 (bowang-lab/MedSAM2, 332f30d) has the same code for a
single picture, an input of 512×512, and pictures as its medsam2_infer_3D_CT.py prepares them.
"""
import json
import pathlib
import sys

import numpy as np
import torch

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "families")]
from drawn import ellipse, redraw
from make import thinned, write
from shared import medsam2_input, stand_in_for_torchvision

# width, height, channels: one that every model enlarges, one that every model reduces
PICTURES = [(157, 131, 3), (523, 1031, 1)]
CONFIGS = {"tiny": "t", "small": "s", "base-plus": "b+", "large": "l"}


def predictor_of(net, is_medsam2):
    from sam2.sam2_image_predictor import SAM2ImagePredictor

    predictor = SAM2ImagePredictor(net)
    # Fixed for 1024×1024 otherwise.
    predictor._bb_feat_sizes = [(net.image_size // stride,) * 2 for stride in [4, 8, 16]]
    if is_medsam2:

        class Transforms(type(predictor._transforms)):
            def __call__(self, image):
                return medsam2_input(image)

        predictor._transforms.__class__ = Transforms
    return predictor


def prompts(width, height):
    points = np.array([[int(0.45 * width), int(0.55 * height)], [int(0.1 * width), int(0.9 * height)]])
    box = np.array([int(0.15 * width), int(0.35 * height), int(0.75 * width), int(0.75 * height)])
    yield "points", {"point_coords": points, "point_labels": np.array([1, 0])}
    yield "box", {"point_coords": points[:1], "point_labels": np.array([1]), "box": box}


def answer(predictor, **prompt):
    """The model's answer, then its alternatives."""
    single = predictor.predict(**prompt, multimask_output=False, return_logits=True)
    several = predictor.predict(**prompt, multimask_output=True, return_logits=True)
    return [torch.from_numpy(np.concatenate([one, more])).clone() for one, more in zip(single, several)]


@torch.no_grad()
def main(folder):
    torch.set_num_threads(1)
    stand_in_for_torchvision()
    sys.path.insert(0, folder)
    from sam2.build_sam import build_sam2

    def build(size, *overrides):
        return build_sam2(f"configs/sam2.1/sam2.1_hiera_{CONFIGS[size]}.yaml", None, "cpu", hydra_overrides_extra=list(overrides))

    shapes, out = {}, {}
    models = [("sam2-tiny", "tiny", 1024), ("sam2-base-plus", "base-plus", 256), ("sam2-large", "large", 1024), ("medsam2", "tiny", 512)]
    for name, size, image_size in models:
        width = 16
        net = build(
            size, f"model.image_encoder.trunk.embed_dim={width}", f"model.image_size={image_size}",
            f"model.image_encoder.neck.backbone_channel_list=[{8 * width},{4 * width},{2 * width},{width}]")
        shapes[name] = redraw(net)
        predictor = predictor_of(net, name == "medsam2")
        for width, height, channels in PICTURES:
            at = f"{name}.{width}x{height}"
            predictor.set_image(ellipse(width, height, channels))
            features = predictor._features
            whole = torch.cat([part.reshape(-1) for part in [features["image_embed"], *features["high_res_feats"]]])
            out[f"{at}.embedding"] = thinned(whole)
            for kind, prompt in prompts(width, height):
                masks, iou, logits = answer(predictor, **prompt)
                out[f"{at}.{kind}.logits"] = thinned(logits)
                out[f"{at}.{kind}.iou"] = iou
                out[f"{at}.{kind}.masks"] = thinned((masks > 0).to(torch.uint8))
                which = [n for n in range(1, 4) if torch.equal(logits[0], logits[n])]
                print(at, kind, f"{whole.std():.3f} {logits.std():.3f} {(masks > 0).float().mean():.3f}", iou.tolist(), which)
            points = dict(prompts(width, height))["points"]
            _, _, logits = answer(predictor, **points)
            again = answer(predictor, **points, mask_input=logits[:1].numpy())
            out[f"{at}.again.logits"] = thinned(again[2])
            out[f"{at}.again.iou"] = again[1]

    layouts = {}
    for size in CONFIGS:
        net = build(size)
        state = {key: list(tensor.shape) for key, tensor in net.state_dict().items() if tensor.is_floating_point()}
        # All have the same decoder and memory.
        rest = [[key, dims] for key, dims in state.items() if not key.startswith("image_encoder.")]
        assert layouts.setdefault("rest", rest) == rest, size
        layouts[size] = [[key, dims] for key, dims in state.items() if key.startswith("image_encoder.")]
        print(size, f"{sum(parameter.numel() for parameter in net.parameters()) / 1e6:.1f} M")
    write(HERE / "sam2", shapes, out, {"sam2": "2b90b9f"})
    lines = [f"{json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}" for name, entry in layouts.items()]
    (HERE / "layouts.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
