# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "numpy==2.4.6", "scipy==1.17.1", "MedPy==0.5.2", "surface-distance==0.1", "monai==1.6.1", "torch==2.13.0", "nibabel==5.4.2",
# ]
# ///
"""Golden scores for test/metrics, by MedPy, DeepMind's surface-distance and MONAI: writes distances.json beside this file.

    python distances.py

300 pairs of masks in 2D and 3D. Masks are not stored: each is a description that test/metrics/golden-masks.ts turns into the same cells.
Sizes and spacings are written x, y, z; arrays are (z, y, x).
"""
import json
import warnings
from pathlib import Path

import nibabel
import numpy as np
import scipy.ndimage
import torch
from medpy.metric import binary as medpy
from monai import metrics as monai

# surface-distance 0.1 was written for numpy 1.
np.Inf, np.NaN = np.inf, np.nan
warnings.filterwarnings("ignore")
import surface_distance  # noqa: E402
from surface_distance import lookup_tables  # noqa: E402

HERE = Path(__file__).parent
SAMPLES = HERE.parent.parent.parent / "data-samples"
RANDOM = np.random.default_rng(20261123)


# --- masks: twins of test/metrics/golden-masks.ts ---

def noise(size, seed, percent):
    """A linear congruential generator modulo 2^32, one step a cell, x fastest; a cell is inside when the upper 16 bits modulo 100 are below percent."""
    state, cells = seed, np.zeros(int(np.prod(size)), bool)
    for n in range(cells.size):
        state = (state * 1664525 + 1013904223) % 2**32
        cells[n] = (state >> 16) % 100 < percent
    return cells.reshape(size[::-1])


def blobs(size, seed, percent, radius):
    """Cells round which, within the radius along each axis, at least 45 in 100 cells of the noise are inside; beyond the grid nothing is."""
    counts = noise(size, seed, percent).astype(np.int64)
    box = 1
    for axis in range(counts.ndim):
        counts = scipy.ndimage.correlate1d(counts, np.ones(2 * radius + 1, np.int64), axis=axis, mode="constant")
        box *= 2 * radius + 1
    return counts * 100 >= box * 45


def ellipsoids(size, items):
    """Cells with Σ (x − centre)² · (product of the other radii)² ≤ (product of all radii)² for any of the items."""
    grid = np.meshgrid(*(np.arange(n, dtype=np.int64) for n in size[::-1]), indexing="ij")[::-1]
    out = np.zeros(size[::-1], bool)
    for centre, radii in items:
        product = int(np.prod(radii))
        out |= sum((x - c) ** 2 * (product // r) ** 2 for x, c, r in zip(grid, centre, radii)) <= product**2
    return out


def cells(size, indices):
    out = np.zeros(int(np.prod(size)), bool)
    out[indices] = True
    return out.reshape(size[::-1])


def sample(file, index, shift):
    """A sample's truth (or its axial slice), moved by whole cells; what leaves the grid is lost."""
    mask = (np.asanyarray(nibabel.load(SAMPLES / file).dataobj) > 0).T
    if index is not None:
        mask = mask[index]
    out = np.zeros_like(mask)
    to = tuple(slice(max(0, d), n + min(0, d)) for d, n in zip(shift[::-1], mask.shape))
    source = tuple(slice(max(0, -d), n + min(0, -d)) for d, n in zip(shift[::-1], mask.shape))
    out[to] = mask[source]
    return out


MAKERS = {"noise": noise, "blobs": blobs, "ellipsoids": ellipsoids, "cells": cells}


def build(size, spec):
    kind, *rest = spec
    return sample(*rest) if kind == "sample" else MAKERS[kind](size, *rest)


# --- scores ---

def overlap_scores(p, t):
    return [medpy.dc(p, t), medpy.jc(p, t), medpy.precision(p, t), medpy.recall(p, t), medpy.ravd(p, t)]


def medpy_scores(p, t, spacing, tolerance):
    both = [getattr(medpy, "__surface_distances")(*pair, voxelspacing=spacing) for pair in [(p, t), (t, p)]]
    return [
        *(score(p, t, voxelspacing=spacing) for score in [medpy.hd, medpy.hd95, medpy.asd, medpy.assd]),
        # MedPy has no NSD: the share of its border cells.
        np.concatenate([d <= tolerance for d in both]).mean(),
    ]


def surface_distance_scores(p, t, spacing, tolerance):
    d = surface_distance.compute_surface_distances(t, p, spacing)
    # The package has no ASSD: its areas and distances of both surfaces put together.
    areas = np.concatenate([d["surfel_areas_gt"], d["surfel_areas_pred"]])
    distances = np.concatenate([d["distances_gt_to_pred"], d["distances_pred_to_gt"]])
    return [
        surface_distance.compute_robust_hausdorff(d, 100),
        surface_distance.compute_robust_hausdorff(d, 95),
        surface_distance.compute_average_surface_distance(d)[1],
        np.sum(distances * areas) / np.sum(areas),
        surface_distance.compute_surface_dice_at_tolerance(d, tolerance),
    ]


def monai_scores(p, t, spacing, tolerance):
    pair = [torch.from_numpy(mask)[None, None] for mask in (p, t)]
    options = {"include_background": True, "spacing": spacing}
    return [
        monai.compute_hausdorff_distance(*pair, **options).item(),
        monai.compute_hausdorff_distance(*pair, percentile=95, **options).item(),
        monai.compute_average_surface_distance(*pair, symmetric=False, **options).item(),
        monai.compute_average_surface_distance(*pair, symmetric=True, **options).item(),
        monai.compute_surface_dice(*pair, class_thresholds=[tolerance], **options).item(),
    ]


def golden(name, size, spacing, tolerance, prediction, truth):
    p, t = build(size, prediction), build(size, truth)
    case = {"name": name, "size": size, "spacing": spacing, "tolerance": tolerance, "prediction": prediction, "truth": truth}
    # The sum of the indices of the inside cells: shows that both languages mean the same masks.
    case["check"] = [int(np.flatnonzero(mask).sum()) for mask in (p, t)]
    # What the packages do for empty masks (raise, inf, NaN) is replaced by an explicit rule.
    if p.any() and t.any():
        case["overlap"] = overlap_scores(p, t)
        for key, scores in [("medpy", medpy_scores), ("surface-distance", surface_distance_scores), ("monai", monai_scores)]:
            case[key] = [float(value) for value in scores(p, t, spacing[::-1], tolerance)]
    return case


# --- the pairs ---

SPACINGS = [1.0, 0.5, 0.7, 0.9765625, 1.25, 2.0, 3.0, 5.0]
TOLERANCES = [0, 0.5, 1, 2, 3.5]


def pick(values):
    return values[RANDOM.integers(len(values))]


def integer(low, high):
    return int(RANDOM.integers(low, high + 1))


def grid(axes):
    size = [integer(3, 64) for _ in range(2)] if axes == 2 else [integer(3, 26), integer(3, 26), integer(2, 20)]
    spacing = [1.0] * axes if RANDOM.random() < 0.3 else [pick(SPACINGS) for _ in range(axes)]
    return size, spacing


def random_ellipsoid(size, spill=2):
    return [[integer(-spill, n - 1 + spill) for n in size], [integer(1, max(2, n // 2)) for n in size]]


def near(item):
    return [[c + integer(-3, 3) for c in item[0]], [max(1, r + integer(-2, 2)) for r in item[1]]]


def pair(axes, kind):
    size, spacing = grid(axes)
    if kind == "ellipsoids":
        items = [random_ellipsoid(size) for _ in range(integer(1, 3))]
        return size, spacing, ["ellipsoids", items], ["ellipsoids", [near(item) for item in items]]
    if kind == "apart":
        return size, spacing, ["ellipsoids", [random_ellipsoid(size)]], ["ellipsoids", [random_ellipsoid(size)]]
    if kind == "noise":
        return size, spacing, ["noise", integer(0, 2**31), integer(2, 98)], ["noise", integer(0, 2**31), integer(2, 98)]
    if kind == "blobs":
        return size, spacing, *(["blobs", integer(0, 2**31), integer(42, 50), integer(1, 3)] for _ in range(2))
    if kind == "cells":
        return size, spacing, *(["cells", [integer(0, int(np.prod(size)) - 1) for _ in range(integer(1, 3))]] for _ in range(2))
    if kind == "ties":
        # Cells apart along one axis by a whole number of steps: the caller's tolerance is that distance as people write it.
        axis = integer(0, axes - 1)
        first = [integer(0, 1) for _ in size]
        second = [place + (integer(1, size[axis] - 2) if n == axis else 0) for n, place in enumerate(first)]
        steps = [pick([0.7, 1.1, 0.3, 2.2]) for _ in size]
        return size, steps, *(["cells", [int(np.ravel_multi_index(place[::-1], size[::-1]))]] for place in (first, second))
    full, empty, one = ["noise", 1, 100], ["cells", []], ["cells", [integer(0, int(np.prod(size)) - 1)]]
    some = ["ellipsoids", [random_ellipsoid(size, 0)]]
    specials = {"full-full": (full, full), "full-some": (full, some), "some-full": (some, full), "one-full": (one, full), "one-one": (one, one),
                "one-some": (one, some), "empty-some": (empty, some), "some-empty": (some, empty), "empty-empty": (empty, empty)}
    return size, spacing, *specials[kind]


def cases():
    plan = [("ellipsoids", 30), ("apart", 22), ("ties", 12), ("noise", 12), ("blobs", 20), ("cells", 8), ("full-full", 2), ("full-some", 3), ("some-full", 3),
            ("one-full", 2), ("one-one", 2), ("one-some", 4), ("empty-some", 2), ("some-empty", 2), ("empty-empty", 1)]
    for axes in (2, 3):
        for kind, count in plan:
            for n in range(count):
                size, spacing, prediction, truth = pair(axes, kind)
                while "empty" not in kind and not (build(size, prediction).any() and build(size, truth).any()):
                    size, spacing, prediction, truth = pair(axes, kind)
                tolerance = pick(TOLERANCES)
                if kind == "ties":
                    tolerance = round(medpy.hd(build(size, prediction), build(size, truth), voxelspacing=spacing[::-1]), 6)
                yield golden(f"{axes}D {kind} {n}", size, spacing, tolerance, prediction, truth)
    files = ["brain1", "brain2", "breast1", "lung1", "lung2"]
    for case in files:
        file = f"{case}_truth.nii.gz"
        image = nibabel.load(SAMPLES / file)
        spacing = [float(step) for step in image.header.get_zooms()[:3]]
        size = [int(n) for n in image.shape]
        slices = np.flatnonzero(np.asanyarray(image.dataobj).any(axis=(0, 1)))
        for n in range(2):
            shift = [integer(-4, 4) for _ in range(3)]
            yield golden(f"{case} moved by {shift}", size, spacing, 2, ["sample", file, None, shift], ["sample", file, None, [0, 0, 0]])
        for n in range(8):
            index, other, shift = int(pick(slices)), int(pick(slices)), [integer(-6, 6) for _ in range(2)]
            yield golden(f"{case} slices {index} and {other}", size[:2], spacing[:2], pick(TOLERANCES),
                         ["sample", file, index, shift], ["sample", file, other, [0, 0]])


def example():
    """The pair of ellipsoids that docs/metrics.md shows."""
    prediction, truth = ["ellipsoids", [[[32, 32, 17], [15, 16, 6]]]], ["ellipsoids", [[[30, 32, 15], [18, 19, 7]]]]
    return golden("example", [64, 64, 32], [1.0, 1.0, 2.0], 2, prediction, truth)


def tables():
    """The measure of each neighbourhood code, for a few spacings x, y, z."""
    for spacing in ([1.0, 1.0, 1.0], [0.7, 1.3, 5.0], [3.0, 0.5, 1.25]):
        areas = lookup_tables.create_table_neighbour_code_to_surface_area(spacing[::-1])
        lengths = lookup_tables.create_table_neighbour_code_to_contour_length(spacing[1::-1])
        yield {"spacing": spacing, "areas": areas.tolist(), "lengths": lengths.tolist()}


def quantiles():
    """surface-distance's 95 % figure of n elements of equal weight at the distances 0 to n − 1: where 95 in 100 is met exactly, rounding decides."""
    for n in [1, 2, 7, 20, 40, 60, 100, 140, 200, 260, 400, 1000, 2600, 3000, 6400, 10000, 15000, 20000, 26000]:
        for weight in [1.0, 0.5 * 2**0.5, 0.35, 1 / 3, 3**0.5 / 8]:
            distances, weights = np.arange(float(n)), np.full(n, weight)
            both = {"distances_gt_to_pred": distances, "distances_pred_to_gt": distances, "surfel_areas_gt": weights, "surfel_areas_pred": weights}
            yield [n, weight, float(surface_distance.compute_robust_hausdorff(both, 95))]


def main():
    found = list(cases())
    assert len(found) == 300, len(found)
    lines = ",\n".join(json.dumps(case, separators=(",", ":"), ensure_ascii=False) for case in found)
    rows = ",\n".join(json.dumps(table, separators=(",", ":")) for table in tables())
    weighted = json.dumps(list(quantiles()), separators=(",", ":"))
    (HERE / "distances.json").write_text(f'{{"cases":[\n{lines}\n],"quantiles":{weighted},"example":{json.dumps(example(), separators=(",", ":"))},"tables":[\n{rows}\n]}}\n')


if __name__ == "__main__":
    main()
