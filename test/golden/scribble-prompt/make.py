# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.13.0", "numpy==2.4.6", "safetensors==0.8.0"]
# ///
"""Masks of ScribblePrompt's U-Net by the project's own code, with few channels, on the CPU.

    git clone https://github.com/halleewong/ScribblePrompt        (182c44975f77749b559974ce8db558c8bde57788, Apache-2.0)
    python make.py FOLDER-OF-THE-CLONE

Nothing of the clone is copied. Writes beside this file: scribble-prompt.json, names and shapes of the state dict; scribble-prompt.safetensors, the
network's inputs and logits at every 61st element, and its masks. The weights are those of ../families/drawn.py, every parameter redrawn. Pictures,
prompts, and masks go the way of the project's demo (demos/app.py), on pictures of odd sides, one of them in color.
"""
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "families"), str(HERE.parent)]
from drawn import redraw, uniform
from make import parts, thinned


def drawn_line(width, height, path, radius=1.0):
    """The pixels that a round brush covers, whose radius is in pixels of the network's input."""
    y, x = np.mgrid[:height, :width].astype(float)
    scale = np.array([128 / width, 128 / height])
    places = np.stack([x, y], -1) * scale
    covered = np.zeros((height, width), bool)
    for start, end in zip(path[:-1], path[1:]):
        start, end = np.array(start) * scale, np.array(end) * scale
        along = end - start
        share = np.clip(((places - start) @ along) / (along @ along), 0, 1)
        covered |= np.linalg.norm(places - (start + share[..., None] * along), axis=-1) <= radius
    return covered


@torch.no_grad()
def main(folder):
    torch.set_num_threads(2)
    module = parts(pathlib.Path(folder) / "ScribblePrompt/scribbleprompt/models", "scribble")
    unet = module("unet")
    net = module("network").UNet(in_channels=5, out_channels=1, features=[16, 16, 16, 16]).eval()
    shapes = redraw(net)
    out = {}
    for width, height, channels in [(157, 101, 1), (333, 401, 3)]:
        name = f"{width}x{height}"
        noise = uniform(f"scribble {name}", width * height * channels).reshape(height, width, channels)
        picture = np.floor(120 + 100 * noise).astype(np.uint8)
        gray = picture.astype(np.float64) @ (np.array([0.299, 0.587, 0.114]) if channels == 3 else np.ones(1))
        image = torch.from_numpy(((gray - gray.min()) / (gray.max() - gray.min())).astype(np.float32))[None, None]
        at = lambda *shares: [[share[0] * width, share[1] * height] for share in shares]
        points = {
            "point_coords": torch.tensor([at((0.31, 0.47), (0.82, 0.13), (0.55, 0.66))]),
            "point_labels": torch.tensor([[1, 0, 1]])}
        (x0, y0), (x1, y1) = at((0.21, 0.33), (0.72, 0.91))
        box = {"box": torch.tensor([[[x0, y0, x1, y1]]])}
        inside = [at((0.3, 0.4), (0.5, 0.45), (0.6, 0.7)), at((0.2, 0.6), (0.4, 0.8))]
        outside = [at((-0.1, 0.1), (0.9, 0.2))]
        lines = np.stack([np.any([drawn_line(width, height, path) for path in paths], axis=0) for paths in (inside, outside)])
        scribbles = {"scribbles": torch.from_numpy(lines.astype(np.float32))[None]}

        def add(kind, **prompts):
            inputs = unet.prepare_inputs(unet.rescale_inputs({"img": image, **prompts})).float()
            logits = net(inputs)
            mask = F.interpolate(torch.sigmoid(logits), size=(height, width), mode="bilinear").squeeze()
            out[f"{name}.{kind}.input"] = thinned(inputs)
            out[f"{name}.{kind}.logits"] = thinned(logits)
            out[f"{name}.{kind}.mask"] = torch.from_numpy(np.packbits(mask.numpy() > 0.5))
            print(name, kind, list(inputs.shape), f"{inputs.mean((0, 2, 3)).tolist()} {logits.std():.3f} {(mask > 0.5).float().mean():.3f}")
            return logits

        before = add("points", **points)
        add("box", **box)
        add("scribbles", **scribbles)
        add("all", **points, **box, **scribbles, mask_input=before)

    made_by = json.dumps({"torch": torch.__version__, "ScribblePrompt": "182c449"})
    save_file({name: tensor.contiguous() for name, tensor in out.items()}, HERE / "scribble-prompt.safetensors", {"made-by": made_by})
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in shapes)
    (HERE / "scribble-prompt.json").write_text(f"[\n{rows}\n]\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
