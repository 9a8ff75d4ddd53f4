# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.13.0", "numpy==2.4.6", "safetensors==0.8.0"]
# ///
"""One small state dict in the wrappings in which people have it, and files that are none, as PyTorch writes them.

    python make.py

Writes beside this file: plain.pth, the same tensors as all others in same/; and other/, what is to be refused.
"""
import collections
import pathlib
import random
import sys
import types
from collections import OrderedDict

import numpy as np
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
random.seed(1), np.random.seed(1), torch.manual_seed(1)
SAM = OrderedDict(
    [("image_encoder.pos_embed", torch.randn(1, 2, 2, 4)), ("image_encoder.blocks.0.norm1.weight", torch.randn(4)),
     ("prompt_encoder.no_mask_embed.weight", torch.randn(1, 4)), ("mask_decoder.iou_token.weight", torch.randn(1, 4)),
     ("mask_decoder.transformer.layers.0.self_attn.q_proj.weight", torch.randn(4, 4).half()),
     ("mask_decoder.mask_tokens.weight", torch.randn(4, 3).t())])


def prefixed(prefix, state=SAM):
    return OrderedDict((prefix + key, value) for key, value in state.items())


def owned(module, name, **members):
    """A class or function of a module that nobody who reads the file has."""
    parent = ""
    for part in module.split("."):
        parent = f"{parent}.{part}" if parent else part
        sys.modules.setdefault(parent, types.ModuleType(parent))
    made = type(name, (), members)
    made.__module__, made.__qualname__ = module, name
    setattr(sys.modules[module], name, made)
    return made


def function_of(module, name):
    owned(module, "_")
    def function(x):
        return x
    function.__module__, function.__qualname__, function.__name__ = module, name, name
    setattr(sys.modules[module], name, function)
    return function


def same(name, value, **options):
    torch.save(value, HERE / "same" / name, **options)


def training():
    data_set = owned("torch_em.data.image_collection_dataset", "ImageCollectionDataset")()
    data_set.raw_transform = function_of("micro_sam.training.util", "require_8bit")
    data_set.files, data_set.dtype = ["a.tif"], torch.float32
    data_set.transform = owned("my_project.transforms", "Crop", apply=lambda self: None)().apply
    return data_set


def main():
    for folder in ("same", "other"):
        (HERE / folder).mkdir(exist_ok=True)
    torch.save(SAM, HERE / "plain.pth")
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.AdamW([parameter])
    steps = torch.optim.lr_scheduler.MultiStepLR(optimiser, [5, 10])
    same("legacy.pth", {"model": SAM, "epoch": 3}, _use_new_zipfile_serialization=False)
    same("legacy-parameters.pth", {key: torch.nn.Parameter(value) for key, value in SAM.items()}, _use_new_zipfile_serialization=False)
    same("counter.pth", {"model_state_dict": SAM, "optimizer_state_dict": optimiser.state_dict(), "scheduler_state_dict": steps.state_dict()})
    same("lightning.ckpt", {"state_dict": prefixed("model."), "epoch": 3, "lr_schedulers": [steps.state_dict()], "loops": {"fit": {"n": 1}}})
    same("rng.pth", {"model": SAM, "rng": torch.get_rng_state(), "numpy": np.random.get_state(), "python": random.getstate(), "best": torch.tensor(0.5)})
    same("micro-sam.pt", {"iteration": 10, "model_state": prefixed("sam."), "init": {"train_dataset": training()}, "decoder_state": OrderedDict(a=torch.zeros(2))})
    same("optimiser-object.pth", {"model": SAM, "optimizer": optimiser})
    same("ema-beside.pth", {"ema": {key: value * 2 for key, value in SAM.items()}, "net": SAM})
    doubled = {key: value * 2 for key, value in SAM.items()}
    same("ema-prefix-beside.pth", {**prefixed("ema.", doubled), **prefixed("model.")})
    for prefix in ["_orig_mod.", "module._orig_mod.", "net.", "sam_model.", "medsam_model.", "student.", "anything.at.all."]:
        same(f"prefix-{prefix.strip('.').replace('.', '-')}.pth", prefixed(prefix))
    inner = OrderedDict((key.replace("_encoder.", "_encoder.module.", 1), value) for key, value in SAM.items())
    same("prefix-inside.pth", inner)
    same("teacher-beside.pth", {**prefixed("student."), "teacher.head.weight": torch.zeros(2, 2)})
    for key in ["net", "module", "network", "ema", "model_dict", "weights", "sam", "my_model"]:
        same(f"wrapper-{key}.pth", {key: SAM, "epoch": 1})
    odd = {"float8": torch.zeros(4).to(torch.float8_e4m3fn), "uint16": torch.tensor([1, 2], dtype=torch.uint16), "complex": torch.zeros(4, dtype=torch.complex64)}
    quantised = torch.quantize_per_tensor(torch.zeros(2), 0.1, 0, torch.qint8)
    same("odd-types.pth", {**SAM, **{f"extra.{key}": value for key, value in odd.items()}, "extra.q": quantised})
    same("odd-types-legacy.pth", {**SAM, "extra.complex": odd["complex"]}, _use_new_zipfile_serialization=False)
    save_file({key: value.contiguous() for key, value in {**SAM, "extra.float8": odd["float8"], "extra.uint16": odd["uint16"]}.items()}, HERE / "same/odd-types.safetensors")

    other = HERE / "other"
    torch.save(torch.nn.Sequential(collections.OrderedDict(conv1=torch.nn.Conv2d(3, 4, 3), fc=torch.nn.Linear(2, 2))).state_dict(), other / "network.pth")
    torch.save(owned("my_project.model", "Net", __getstate__=lambda self: {"weights": SAM})(), other / "module.pth")
    torch.jit.script(torch.nn.Linear(2, 2)).save(other / "torchscript.pt")
    torch.save({**SAM, "image_encoder.pos_embed": odd["float8"]}, other / "wanted-float8.pth")
    torch.save({**SAM, "image_encoder.pos_embed": owned("bitsandbytes.nn", "Params4bit")()}, other / "wanted-object.pth")
    negated = torch.complex(torch.zeros(1, 2, 2, 4), -SAM["image_encoder.pos_embed"]).conj().imag
    torch.save({**SAM, "image_encoder.pos_embed": negated}, other / "wanted-negated.pth")
    np.savez(other / "numpy.npz", a=np.zeros(2))


if __name__ == "__main__":
    main()
