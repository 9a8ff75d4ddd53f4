# /// script
# requires-python = ">=3.10"
# dependencies = ["numpy==2.4.6", "opencv-python-headless==5.0.0.93", "pillow==13.0.0", "torch==2.13.0", "safetensors==0.8.0"]
# ///
"""Golden values of the three ways of resizing: OpenCV's INTER_AREA, Pillow's BILINEAR, PyTorch's bilinear interpolate.

    python resize.py

Writes resize.safetensors beside this file: for each case the source and the result.
"""
import pathlib

import cv2
import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
# width, height, channels → width, height: halving, thirds, odd ratios, enlarging, one axis nearly unchanged
AREA = [(128, 96, 1, 64, 48), (96, 72, 3, 32, 24), (100, 70, 1, 64, 45), (60, 40, 3, 64, 43), (65, 64, 1, 64, 63), (90, 33, 1, 64, 23)]
PILLOW = [(100, 70, 1, 64, 45), (60, 40, 3, 128, 85), (64, 64, 1, 64, 40), (50, 50, 1, 51, 49)]
TORCH = [(64, 48, 100, 75), (64, 64, 40, 33)]


def noise(rng, width, height, channels):
    source = rng.integers(0, 256, (height, width, channels), dtype=np.uint8)
    return cv2.GaussianBlur(source, (3, 3), 0.8).reshape(height, width, channels)


def main():
    rng = np.random.default_rng(3)
    golden = {}
    for n, (width, height, channels, to_width, to_height) in enumerate(AREA):
        source = noise(rng, width, height, channels)
        result = cv2.resize(source, (to_width, to_height), interpolation=cv2.INTER_AREA)
        golden[f"area.{n}.source"], golden[f"area.{n}.result"] = source, result.reshape(to_height, to_width, channels)
    for n, (width, height, channels, to_width, to_height) in enumerate(PILLOW):
        source = noise(rng, width, height, channels)
        image = Image.fromarray(source if channels == 3 else source[:, :, 0])
        result = np.asarray(image.resize((to_width, to_height), Image.BILINEAR)).reshape(to_height, to_width, channels)
        golden[f"pillow.{n}.source"], golden[f"pillow.{n}.result"] = source, result.copy()
    for n, (width, height, to_width, to_height) in enumerate(TORCH):
        source = rng.standard_normal((height, width)).astype(np.float32)
        result = torch.nn.functional.interpolate(
            torch.tensor(source)[None, None], size=(to_height, to_width), mode="bilinear", align_corners=False)
        golden[f"torch.{n}.source"], golden[f"torch.{n}.result"] = source, result[0, 0].numpy()
    save_file({name: torch.tensor(array) for name, array in golden.items()}, HERE / "resize.safetensors")


if __name__ == "__main__":
    main()
