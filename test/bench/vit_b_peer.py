"""The Python side of the ViT-B benchmark: segment-anything's image encoder at 1024 × 1024 in PyTorch, and its torch.onnx.export graph in Python's ONNX
Runtime and in OpenVINO.

    python vit_b_peer.py FOLDER THREADS

FOLDER holds input.f32 (1×3×1024×1024, little-endian). The model has random weights, which take the same time as Meta's. Its checkpoint is written to
vit-b.pth, and torch's embedding to embedding.f32. Reads one JSON request a line from stdin, {"engine": "torch" | "ort" | "openvino"},
and answers with one JSON line: {"ms": …}.
"""
import json
import pathlib
import sys
import time
import warnings

import numpy as np
import onnxruntime
import openvino
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from everything_peer import stand_in_for_torchvision  # noqa: E402

warnings.filterwarnings("ignore")


@torch.no_grad()
def main(folder, threads):
    stand_in_for_torchvision()
    from segment_anything import sam_model_registry

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    sam = sam_model_registry["vit_b"]()
    # Zero at first, and free of cost in a runtime that folds them.
    for name, parameter in sam.image_encoder.named_parameters():
        if "rel_pos" in name or "pos_embed" in name:
            parameter.normal_(std=0.02)
    torch.save(sam.state_dict(), folder / "vit-b.pth")
    encoder = sam.image_encoder
    image = torch.tensor(np.fromfile(folder / "input.f32", "<f4").reshape(1, 3, 1024, 1024))
    encoder(image).numpy().astype("<f4").tofile(folder / "embedding.f32")
    path = folder / "vit-b.onnx"
    torch.onnx.export(encoder, (image,), path, input_names=["image"], opset_version=17, dynamo=False)

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    compiled = openvino.Core().compile_model(str(path), "CPU", settings)
    picture = image.numpy()
    runs = {
        "torch": lambda: encoder(image),
        "ort": lambda: session.run(None, {"image": picture}),
        "openvino": lambda: compiled([picture]),
    }
    versions = {"torch": torch.__version__, "onnxruntime": onnxruntime.__version__, "openvino": openvino.__version__}
    print(json.dumps(versions), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        start = time.perf_counter()
        runs[request["engine"]]()
        print(json.dumps({"ms": (time.perf_counter() - start) * 1000}), flush=True)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
