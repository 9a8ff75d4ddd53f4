# /// script
# requires-python = ">=3.10"
# dependencies = ["numpy==2.4.6", "opencv-python-headless==5.0.0.93", "torch==2.13.0", "torchvision==0.28.0", "segment-anything==1.0"]
# ///
"""Golden automatic masks: segment-anything's SamAutomaticMaskGenerator on a stand-in for SAM.

    python make.py

The stand-in's logits are a simple function of the scene, the point and the pixel, made of sums, products and floor only, so that
test/support/analytic-sam.ts gives the very same ones. Everything behind them is segment-anything's own: grids, crops, upscaling, filters, suppression,
small regions. segment-anything 1.0 is facebookresearch/segment-anything at dca509f.

Writes automask.json beside this file: scenes, settings and masks as run lengths in COCO's order.
"""
import json
import pathlib
from unittest.mock import patch

import numpy as np
import torch
from segment_anything import SamAutomaticMaskGenerator
from segment_anything.modeling import Sam
from segment_anything.utils.transforms import ResizeLongestSide

HERE = pathlib.Path(__file__).resolve().parent
IMAGE_SIZE, LOW_RES = 128, 32


class Model:
    """What SAM's postprocessing and the generator look at."""

    mask_threshold = 0.0
    postprocess_masks = Sam.postprocess_masks

    class image_encoder:
        img_size = IMAGE_SIZE


class Points:
    """Keeps points in the crop's pixels; the stand-in needs no others."""

    def apply_coords(self, points, size):
        return points


def noise(x, y, index):
    """0 to 1023 from a point in 1/8 pixels and the mask's index."""
    a, b = int(np.floor(x * 8)), int(np.floor(y * 8))
    value = (a * 73 + b * 151 + index * 419) % 8191
    return (value * value + 17 * value) % 1024


def answer(scene, point, index, xs, ys):
    """Logits of one mask at pixel centres xs, ys of the whole image, and its predicted IoU."""
    px, py = point
    chosen = None
    for n, (cx, cy, rx, ry, *_) in enumerate(scene["ellipses"]):
        if ((px - cx) / rx) * ((px - cx) / rx) + ((py - cy) / ry) * ((py - cy) / ry) <= 1:
            chosen = n
            break
    random = noise(px, py, index)
    if chosen is None:
        # Stripes through the point: what a model says where it knows nothing.
        step = np.floor(np.abs(xs - px) / (4 + index)) + np.floor(np.abs(ys - py) / (7 - index))
        return 3.53125 - step, 0.5 + random / 2048
    cx, cy, rx, ry, sharp, sure = scene["ellipses"][chosen]
    size = [0.6, 1.0, 1.5][index]
    dx, dy = (xs - cx) / (rx * size), (ys - cy) / (ry * size)
    value = np.floor((1 - dx * dx - dy * dy) * sharp * 16) / 16 + 0.03125
    # A speck and a hole, so that there are small regions to clean.
    speck = ((xs - scene["speck"][0]) / 6) * ((xs - scene["speck"][0]) / 6) + ((ys - scene["speck"][1]) / 6) * ((ys - scene["speck"][1]) / 6) <= 1
    if random % 3 == 0:
        value = np.where(speck, -value, value)
    return np.clip(value, -20, 20), sure + random / 8192


class Predictor:
    def __init__(self, scene):
        self.scene = scene
        self.model = Model()
        self.transform = Points()
        self.device = "cpu"

    def set_image(self, crop):
        # The first pixel's colour says where the crop lies.
        self.origin = [int(crop[0, 0, 0]), int(crop[0, 0, 1])]
        self.size = crop.shape[:2]
        self.input_size = ResizeLongestSide.get_preprocess_shape(*self.size, IMAGE_SIZE)

    def reset_image(self):
        pass

    def predict_torch(self, points, labels, multimask_output, return_logits):
        assert multimask_output and return_logits
        (height, width), (scaled_height, scaled_width) = self.size, self.input_size
        at = (np.arange(LOW_RES) + 0.5) * (IMAGE_SIZE // LOW_RES)
        xs = (at * (width / scaled_width) - 0.5 + self.origin[0])[None]
        ys = (at * (height / scaled_height) - 0.5 + self.origin[1])[:, None]
        logits = np.empty((len(points), 3, LOW_RES, LOW_RES), np.float32)
        ious = np.empty((len(points), 3), np.float32)
        for n, (x, y) in enumerate(points[:, 0].numpy()):
            for index in range(3):
                point = (float(x) + self.origin[0], float(y) + self.origin[1])
                logits[n, index], ious[n, index] = answer(self.scene, point, index, xs, ys)
        low = torch.tensor(logits)
        return self.model.postprocess_masks(low, self.input_size, self.size), torch.tensor(ious), low


def scene(seed, width, height, count):
    rng = np.random.default_rng(seed)
    ellipses = []
    for _ in range(count):
        rx, ry = rng.uniform(0.04, 0.22, 2) * min(width, height)
        ellipses.append([round(float(value), 3) for value in (
            rng.uniform(0, width), rng.uniform(0, height), rx, ry, rng.uniform(2, 60), rng.uniform(0.8, 0.95))])
    return {"width": width, "height": height, "ellipses": ellipses, "speck": [round(width * 0.4, 3), round(height * 0.6, 3)]}


def main():
    scenes = [scene(1, 100, 75, 12), scene(2, 128, 128, 9), scene(3, 90, 200, 30), scene(4, 240, 180, 40)]
    settings = [
        {"pointsPerSide": 8},
        {"pointsPerSide": 12, "pointsPerBatch": 50, "predIouThresh": 0.5, "stabilityScoreThresh": 0.6, "boxNmsThresh": 0.5},
        {"pointsPerSide": 8, "cropNLayers": 1},
        {"pointsPerSide": 9, "cropNLayers": 2, "cropNPointsDownscaleFactor": 2, "stabilityScoreThresh": 0.8, "cropNmsThresh": 0.4},
        {"pointsPerSide": 8, "cropNLayers": 1, "minMaskRegionArea": 30, "stabilityScoreOffset": 0.5, "cropOverlapRatio": 0.2},
        {"pointsPerSide": 1, "predIouThresh": 0, "stabilityScoreThresh": 0.01},
        # More than 1000 boxes before suppression: torchvision goes another way there.
        {"pointsPerSide": 24, "predIouThresh": 0.3, "stabilityScoreThresh": 0.05, "boxNmsThresh": 0.8, "minMaskRegionArea": 60},
    ]
    chosen = [range(len(settings)), (1, 3), (2, 4), (3, 4)]
    names = {
        "pointsPerSide": "points_per_side", "pointsPerBatch": "points_per_batch", "predIouThresh": "pred_iou_thresh",
        "stabilityScoreThresh": "stability_score_thresh", "stabilityScoreOffset": "stability_score_offset", "boxNmsThresh": "box_nms_thresh",
        "cropNLayers": "crop_n_layers", "cropNmsThresh": "crop_nms_thresh", "cropOverlapRatio": "crop_overlap_ratio",
        "cropNPointsDownscaleFactor": "crop_n_points_downscale_factor", "minMaskRegionArea": "min_mask_region_area",
    }
    cases = []
    for n, this in enumerate(scenes):
        y, x = np.mgrid[0 : this["height"], 0 : this["width"]]
        image = np.stack([x, y, x * 0], -1).astype(np.uint8)
        for m in chosen[n]:
            options = settings[m]
            generator = SamAutomaticMaskGenerator.__new__(SamAutomaticMaskGenerator)
            with patch("segment_anything.automatic_mask_generator.SamPredictor", lambda model: Predictor(this)):
                generator.__init__(None, output_mode="uncompressed_rle", **{names[name]: value for name, value in options.items()})
            try:
                found = generator.generate(image)
            except IndexError:
                # segment-anything stops when the first crop has no mask; ours has nothing to be compared with.
                print(n, options, "stopped")
                continue
            masks = [{
                "runs": mask["segmentation"]["counts"], "area": int(mask["area"]), "bbox": mask["bbox"], "predictedIou": mask["predicted_iou"],
                "point": mask["point_coords"][0], "stabilityScore": mask["stability_score"], "cropBox": mask["crop_box"],
            } for mask in found]
            print(n, options, len(masks), "masks")
            cases.append({"scene": n, "options": options, "masks": masks})
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    head = json.dumps({"imageSize": IMAGE_SIZE, "lowResSize": LOW_RES, "scenes": scenes})[:-1]
    (HERE / "automask.json").write_text(f'{head},"cases":[\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
