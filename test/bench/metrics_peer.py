"""The Python side of the metrics benchmark: HD95 and NSD by MedPy, surface-distance and MONAI.

    python metrics_peer.py PREDICTION TRUTH NX NY NZ SX SY SZ

The masks are raw bytes, x fastest. Reads one JSON request a line from stdin, answers with one JSON line: {"engine": …} → {"ms": …, "hd95": …, "nsd": …}.
MedPy has no NSD and is timed on HD95 alone; its `nsd` is null.
"""
import json
import sys
import time
import warnings

import numpy as np
import torch
from medpy.metric.binary import hd95
from monai.metrics import compute_hausdorff_distance, compute_surface_dice

# surface-distance 0.1 was written for numpy 1.
np.Inf, np.NaN = np.inf, np.nan
warnings.filterwarnings("ignore")
import surface_distance  # noqa: E402

TOLERANCE = 2


def medpy_scores(p, t, spacing):
    return hd95(p, t, voxelspacing=spacing), None


def surface_distance_scores(p, t, spacing):
    distances = surface_distance.compute_surface_distances(t, p, spacing)
    return (surface_distance.compute_robust_hausdorff(distances, 95),
            surface_distance.compute_surface_dice_at_tolerance(distances, TOLERANCE))


def monai_scores(p, t, spacing):
    pair = [torch.from_numpy(mask)[None, None] for mask in (p, t)]
    options = {"include_background": True, "spacing": spacing}
    return (compute_hausdorff_distance(*pair, percentile=95, **options).item(),
            compute_surface_dice(*pair, class_thresholds=[TOLERANCE], **options).item())


ENGINES = {"medpy": medpy_scores, "surface-distance": surface_distance_scores, "monai": monai_scores}


def main():
    size = [int(n) for n in sys.argv[3:6]]
    spacing = [float(step) for step in sys.argv[8:5:-1]]
    masks = [np.fromfile(path, np.uint8).reshape(size[::-1]) > 0 for path in sys.argv[1:3]]
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        engine = json.loads(line)["engine"]
        start = time.perf_counter()
        distance, share = ENGINES[engine](*masks, spacing)
        ms = (time.perf_counter() - start) * 1000
        print(json.dumps({"ms": ms, "hd95": float(distance), "nsd": None if share is None else float(share)}), flush=True)


if __name__ == "__main__":
    main()
