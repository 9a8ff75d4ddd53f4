# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.13.0", "numpy==2.4.6", "scipy==1.17.1", "safetensors==0.8.0", "pillow==13.0.0", "hydra-core==1.3.2", "iopath==0.1.10", "tqdm==4.70.1"]
# ///
"""What SAM 2's own video predictor makes of eighteen slices, on the CPU: its memory of the object on other slices.

    git clone https://github.com/facebookresearch/sam2      (2b90b9f5ceec907a1c18123530e92e794ad901a4, Apache-2.0)
    python memory.py FOLDER-OF-THE-CLONE

Nothing of the clone is copied. Writes memory.safetensors beside this file: for each case the logits of all slices one after another, at every 61st element,
the pixels of their masks, at every 997th, and the object's score on each propagated slice. The models are those of make.py, "medsam2" with pictures of
128×128, and the same as SAM 2.0 (configs/sam2), which has fewer tensors. Both directions start from the prompts alone, as in medsam2_infer_3D_CT.py of bowang-lab/MedSAM2 (332f30d). Holes are filled as on a GPU: SciPy
stands in for the CUDA kernel.
"""
import json
import pathlib
import sys
import types

import numpy as np
import scipy.ndimage
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "families")]
from drawn import ellipse, redraw
from make import thinned
from shared import medsam2_input, stand_in_for_torchvision

SLICES, SIZE, WIDTH, HEIGHT = 18, 128, 157, 131
# With this added to the last bias of the object's score, the object is missed on some slices.
MISSED, SCORE = -0.13, "sam_mask_decoder.pred_obj_score_head.layers.2.bias"
BOX = np.array([30, 45, 110, 100], dtype=np.float32)
POINTS = np.array([[70, 72]], dtype=np.float32)


def connected_components(mask):
    labels, counts = np.zeros(mask.shape, np.int32), np.zeros(mask.shape, np.int32)
    for n, one in enumerate(mask[:, 0].numpy()):
        labels[n, 0], count = scipy.ndimage.label(one, np.ones((3, 3)))
        areas = np.bincount(labels[n, 0].ravel(), minlength=count + 1)
        areas[0] = 0
        counts[n, 0] = areas[labels[n, 0]]
    return torch.from_numpy(labels), torch.from_numpy(counts)


def stand_in_for_cuda():
    kernel = types.ModuleType("sam2._C")
    kernel.get_connected_componnets = connected_components
    sys.modules["sam2._C"] = kernel
    import sam2

    sam2._C = kernel


def slices(case=None):
    """The picture of make.py, moved by three pixels a slice."""
    found = [np.roll(ellipse(WIDTH, HEIGHT, 1), 3 * n, axis=1) for n in range(SLICES)]
    for n in BLANK if case == "blank" else []:
        found[n][:] = 90
    return found


def given_mask():
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return (x - 85) ** 2 / 900 + (y - 70) ** 2 / 400 < 1


# Slices of one gray value, one of which is prompted.
BLANK = [8, 11, 12]
PROMPTS = {
    "gap": lambda net, state: [net.add_new_points_or_box(state, 0, 1, box=BOX), net.add_new_mask(state, 16, 1, given_mask())],
    "blank": lambda net, state: [net.add_new_points_or_box(state, 6, 1, box=BOX), net.add_new_mask(state, 11, 1, given_mask())],
    "box": lambda net, state: net.add_new_points_or_box(state, 6, 1, box=BOX),
    "click": lambda net, state: net.add_new_points_or_box(state, 6, 1, points=POINTS, labels=np.array([1])),
    "masks": lambda net, state: [net.add_new_points_or_box(state, 6, 1, box=BOX), net.add_new_mask(state, 11, 1, given_mask())],
    "absent": lambda net, state: [
        net.add_new_mask(state, 6, 1, given_mask()), net.add_new_mask(state, 9, 1, np.zeros((HEIGHT, WIDTH), bool))],
}


@torch.no_grad()
def main(folder):
    torch.set_num_threads(1)
    sys.path.insert(0, folder)
    stand_in_for_torchvision()
    stand_in_for_cuda()
    import sam2.sam2_video_predictor as video
    from sam2.build_sam import build_sam2_video_predictor

    out = {}
    models = [
        ("sam2.1", "sam2.1/sam2.1_hiera_t", 0.0, ["box", "click", "masks", "absent", "gap", "blank"]),
        ("missed", "sam2.1/sam2.1_hiera_t", MISSED, ["masks"]),
        ("sam2.0", "sam2/sam2_hiera_t", 0.0, ["box"]),
    ]
    for name, config, offset, cases in models:
        width = 16
        net = build_sam2_video_predictor(
            f"configs/{config}.yaml", None, "cpu", hydra_overrides_extra=[
                f"model.image_encoder.trunk.embed_dim={width}", f"model.image_size={SIZE}",
                f"model.image_encoder.neck.backbone_channel_list=[{8 * width},{4 * width},{2 * width},{width}]"])
        redraw(net)
        net.state_dict()[SCORE].add_(offset)
        for case in cases:
            images = torch.stack([medsam2_input(image, SIZE) for image in slices(case)])
            video.load_video_frames = lambda **_: (images, HEIGHT, WIDTH)
            logits, masks, scores = {}, {}, {}
            for reverse in [False, True]:
                state = net.init_state("")
                PROMPTS[case](net, state)
                for n, _, found in net.propagate_in_video(state, reverse=reverse):
                    known = state["output_dict_per_obj"][0]
                    frame = known["cond_frame_outputs"].get(n) or known["non_cond_frame_outputs"][n]
                    logits[n], masks[n] = frame["pred_masks"][0, 0].clone(), (found[0, 0] > 0).to(torch.uint8)
                    scores[n] = frame["object_score_logits"].reshape(1).clone()
            order = sorted(logits)
            assert order == list(range(SLICES))
            at = f"{name}.{case}"
            out[f"{at}.logits"] = thinned(torch.stack([logits[n] for n in order]))
            out[f"{at}.masks"] = thinned(torch.stack([masks[n] for n in order]))
            out[f"{at}.scores"] = torch.cat([scores[n] for n in order])
            shares = " ".join(f"{masks[n].float().mean():.2f}" for n in order)
            print(at, f"{torch.stack(list(logits.values())).std():.3f}", shares, [round(scores[n].item(), 3) for n in order])
    save_file(out, HERE / "memory.safetensors", {"made-by": json.dumps({"torch": torch.__version__, "sam2": "2b90b9f"})})


if __name__ == "__main__":
    main(*sys.argv[1:])
