# /// script
# requires-python = ">=3.10"
# dependencies = ["numpy==2.4.6", "opencv-python-headless==5.0.0.93", "scipy==1.17.1", "scikit-image==0.26.0", "pillow==13.0.0", "nibabel==5.4.2"]
# ///
"""Golden prompts: the original code of two studies, run on 50 masks.

    python make.py SAM_SZU MAZUROWSKI

SAM_SZU: a checkout of yuhoo0302/Segment-Anything-Model-for-Medical-Images at b2f0d41 (utils/get_prompts.py).
MAZUROWSKI: a checkout of mazurowski-lab/segment-anything-medical-evaluation at 2775b73 (prompt_gen_and_exec_v1.py, prompt_gen_and_exec_v2_allmode.py).

Mazurowski's files are scripts: they are run whole, on a folder of masks, with a stand-in for SAM that writes down what it is asked. Two things are changed:
the space after a line's closing backslash, which Python does not accept, is taken away; and np.random.randint, which draws among equally deep pixels,
takes its draws from a fixed list that the golden file holds, so that equality covers the ties too. The list starts anew with each mode, and for the
clicks with each mask. The stand-in answers clicks with discs: 1 where a positive click is within the radius and no negative one is.

Writes prompts.json beside this file.
"""
import builtins
import contextlib
import importlib.util
import io
import json
import os
import pathlib
import sys
import tempfile
from unittest.mock import MagicMock

import cv2
import nibabel
import numpy as np
from PIL import Image
from scipy import ndimage

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parents[2] / "data-samples"
DRAWS = [0.137, 0.862, 0.414, 0.029, 0.991, 0.568, 0.253, 0.707, 0.345, 0.631, 0.078]


def synthetic():
    def grid(height, width):
        return np.mgrid[0:height, 0:width]

    def ellipse(height, width, cy, cx, ry, rx):
        y, x = grid(height, width)
        return ((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 <= 1

    masks = {}
    masks["disc"] = ellipse(48, 64, 23, 30, 12, 12)
    masks["ellipse"] = ellipse(64, 48, 30.5, 22.5, 20, 9)
    masks["one pixel"] = ellipse(20, 24, 7, 11, 0.4, 0.4)
    masks["corner pixel"] = ellipse(20, 24, 0, 0, 0.4, 0.4)
    masks["two pixels"] = ellipse(16, 16, 7, 8.5, 0.4, 0.9)
    masks["three by three"] = ellipse(16, 16, 7, 8, 1.5, 1.5)
    masks["column"] = ellipse(40, 20, 20, 9, 15, 0.4)
    masks["row at the edge"] = ellipse(20, 40, 19, 20, 0.4, 15)
    masks["rectangle"] = np.zeros((40, 60), bool)
    masks["rectangle"][8:20, 10:47] = True
    masks["square of even side"] = np.zeros((40, 40), bool)
    masks["square of even side"][10:30, 10:30] = True
    masks["whole image"] = np.ones((30, 40), bool)
    masks["all but a corner"] = np.ones((30, 40), bool)
    masks["all but a corner"][:3, :4] = False
    masks["ring"] = ellipse(64, 64, 31, 33, 25, 25) & ~ellipse(64, 64, 31, 33, 16, 16)
    masks["crescent"] = ellipse(64, 64, 31, 30, 25, 25) & ~ellipse(64, 64, 31, 40, 22, 22)
    masks["letter L"] = np.zeros((50, 50), bool)
    masks["letter L"][5:45, 6:14] = True
    masks["letter L"][37:45, 6:44] = True
    masks["three equal discs"] = ellipse(60, 90, 20, 15, 8, 8) | ellipse(60, 90, 40, 45, 8, 8) | ellipse(60, 90, 20, 75, 8, 8)
    masks["five discs"] = np.any([ellipse(70, 100, 20 + 7 * (n % 3), 12 + 18 * n, 4 + n, 4 + n) for n in range(5)], axis=0)
    masks["corners touching"] = np.zeros((40, 40), bool)
    masks["corners touching"][5:15, 5:15] = masks["corners touching"][15:28, 15:26] = True
    masks["at the left edge"] = ellipse(50, 50, 24, -4, 15, 22)
    masks["at all edges"] = ellipse(40, 40, 19.5, 19.5, 23, 23)
    masks["right lower corner"] = ellipse(50, 70, 49, 69, 14, 18)
    rng = np.random.default_rng(17)
    for n in range(11):
        height, width = (int(length) for length in rng.integers(30, 110, 2))
        noise = ndimage.gaussian_filter(rng.standard_normal((height, width)), float(rng.uniform(1.5, 7)))
        masks[f"blobs {n}"] = noise > np.quantile(noise, rng.uniform(0.6, 0.97))
    return masks


def real():
    masks = {}
    for name in ("brain1", "brain2", "breast1", "lung1", "lung2", "mni152"):
        labels = np.asarray(nibabel.load(SAMPLES / f"{name}_truth.nii.gz").dataobj).astype(int)
        for value in [label for label in np.unique(labels) if label != 0][:2]:
            volume = labels == value
            areas = volume.sum((0, 1))
            filled = np.flatnonzero(areas)
            for index in sorted({int(areas.argmax()), int(filled[len(filled) // 4])}):
                masks[f"{name} label {value} slice {index}"] = volume[:, :, index].T
    nuclei = np.asarray(Image.open(SAMPLES / "nuclei_truth.png"))
    nuclei = (nuclei if nuclei.ndim == 2 else nuclei[:, :, 0])[150:350, 150:350]
    values = [value for value in np.unique(nuclei) if value != 0]
    for value in values[:: max(len(values) // 4, 1)]:
        masks[f"nucleus {value}"] = nuclei == value
    masks["all nuclei"] = nuclei > 0
    return masks


def numbers(value):
    return np.asarray(value).tolist()


def szu(folder, mask):
    spec = importlib.util.spec_from_file_location("get_prompts", pathlib.Path(folder) / "utils" / "get_prompts.py")
    code = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(code)
    box = numbers(code.find_box_from_mask(mask))
    try:
        _, _, fg, bg, _, _ = code.find_center_from_mask_new(mask)
    except ValueError:
        # A step of 0: fewer than five pixels in the object or beside it.
        return {"box": box, "object": None, "background": None, "sent": None}
    sent = {}
    for count in (1, 5, 10):
        points, labels, _ = code.find_all_info(mask[None], [1], count)
        sent[count] = [[*point, label] for point, label in zip(numbers(points[0]), numbers(labels[0].astype(int)))]
    return {"box": box, "object": numbers(fg), "background": numbers(bg), "sent": sent}


class Draws:
    """np.random.randint from a list."""

    def __init__(self):
        self.next = 0
        self.ties = []

    def restart(self):
        self.next = 0

    def randint(self, low, high):
        draw = DRAWS[self.next % len(DRAWS)]
        self.next += 1
        self.ties.append(high)
        return low + int(draw * (high - low))


def run_script(path, masks, predict, draws, arguments):
    """Runs one of Mazurowski's scripts on masks; gives back the recorded calls of each mask."""
    text = path.read_text().replace("\\ \n", "\\\n")
    calls = []

    class Predictor:
        def __init__(self, model):
            pass

        def set_image(self, image):
            calls.append([])
            draws.restart()
            self.shape = image.shape[:2]

        def predict(self, **prompt):
            calls[-1].append({name: numbers(value) for name, value in prompt.items() if name != "return_logits"})
            return predict(self.shape, **prompt), None, None

    stand_in = MagicMock()
    stand_in.SamPredictor = Predictor
    stubs = {"segment_anything": stand_in}
    for name in ("shapely", "shapely.geometry", "sklearn", "sklearn.cluster", "imutils", "matplotlib", "matplotlib.pyplot", "isegm",
                 "isegm.inference", "isegm.inference.clicker", "isegm.inference.predictors", "isegm.inference.evaluation"):
        stubs[name] = MagicMock()
    kept = {name: sys.modules.get(name) for name in stubs}
    before = (os.getcwd(), os.listdir, builtins.input, sys.argv, np.random.randint, list(sys.path))
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("images", "masks"):
            (pathlib.Path(folder) / "sa_golden" / kind).mkdir(parents=True)
        for version in ("v1_rerun", "v2"):
            (pathlib.Path(folder) / "scores" / version).mkdir(parents=True)
        for n, mask in enumerate(masks):
            cv2.imwrite(f"{folder}/sa_golden/masks/{n:03}.png", mask * 255)
            cv2.imwrite(f"{folder}/sa_golden/images/{n:03}.png", mask * 200 + 20)
        try:
            sys.modules.update(stubs)
            os.chdir(folder)
            os.listdir = lambda path: sorted(before[1](path))
            builtins.input = lambda _: "golden"
            sys.argv = [str(path), "--init-path", folder, *arguments]
            np.random.randint = draws.randint
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(text, str(path), "exec"), {"__name__": "__main__"})
        finally:
            os.chdir(before[0])
            _, os.listdir, builtins.input, sys.argv, np.random.randint, sys.path[:] = before
            for name, module in kept.items():
                sys.modules.pop(name, None)
                if module is not None:
                    sys.modules[name] = module
    assert len(calls) == len(masks)
    return calls


def radius(shape):
    return max(2, min(shape) // 7)


def discs(shape, point_coords, point_labels, return_logits):
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    within = lambda points: np.any([(x - px) ** 2 + (y - py) ** 2 <= radius(shape) ** 2 for px, py in points], axis=0)
    inside = within(point_coords[point_labels == 1])
    negative = point_coords[point_labels == 0]
    if len(negative):
        inside = inside & ~within(negative)
    return np.repeat(np.where(inside, 1.0, -1.0)[None], 3, axis=0)


def runs(mask):
    """Run lengths row by row, the first of background."""
    flat = mask.ravel()
    edges = np.flatnonzero(np.diff(flat)) + 1
    lengths = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
    return lengths if flat[0] == 0 else [0, *lengths]


def main():
    szu_folder, mazurowski_folder = sys.argv[1:]
    named = {**synthetic(), **real()}
    assert len(named) >= 50, len(named)
    named = dict(list(named.items())[:50])
    masks = [np.ascontiguousarray(mask).astype(np.uint8) for mask in named.values()]

    draws = Draws()

    def nothing(shape, **_):
        draws.restart()
        return np.zeros((3, *shape), bool)

    folder = pathlib.Path(mazurowski_folder)
    modes = run_script(folder / "prompt_gen_and_exec_v2_allmode.py", masks, nothing, draws, [])
    clicks = run_script(folder / "prompt_gen_and_exec_v1.py", masks, discs, draws, ["--num-prompt", "9"])

    cases = []
    for name, mask, mode_calls, click_calls in zip(named, masks, modes, clicks):
        first, second, third, *fourth, fifth = mode_calls
        last = click_calls[-1]
        cases.append({
            "name": name, "height": mask.shape[0], "width": mask.shape[1], "runs": runs(mask),
            "szu": szu(szu_folder, mask),
            "mazurowski": {
                "1": first["point_coords"], "2": second["point_coords"], "3": third["box"], "4": [call["box"] for call in fourth],
                "5": fifth["box"], "radius": radius(mask.shape),
                "clicks": [[*point, label] for point, label in zip(last["point_coords"], last["point_labels"])],
            },
        })
    ties = np.array(draws.ties)
    print(f"{len(cases)} masks, {len(ties)} draws, {int((ties == 1).sum())} of them without a choice")
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (HERE / "prompts.json").write_text(f'{{"draws":{json.dumps(DRAWS)},"cases":[\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
