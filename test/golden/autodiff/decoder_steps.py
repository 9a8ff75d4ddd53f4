# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.13.0", "numpy==2.4.6", "safetensors==0.8.0", "segment-anything==1.0"]
# ///
"""Training steps of LiteMedSAM's mask decoder by PyTorch (segment-anything's own modules) on the CPU.

    python decoder_steps.py lite_medsam.pth

Writes decoder-steps.safetensors beside this file. For each run: `<run>.loss` after every step, and after
steps 1, 5 and 20 every 997th value of each parameter (`<run>.<step>.<parameter>`, the first among them).
Image embedding, prompts and targets are formulas; test/train/steps.ts has the same.
"""
import pathlib
import sys
import types

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

# segment-anything imports torchvision for its image transforms, which are not used here.
for name in ("torchvision", "torchvision.ops", "torchvision.ops.boxes", "torchvision.transforms", "torchvision.transforms.functional"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["torchvision.transforms.functional"].resize = None
sys.modules["torchvision.transforms.functional"].to_pil_image = None
sys.modules["torchvision.ops.boxes"].batched_nms = sys.modules["torchvision.ops.boxes"].box_area = None

from segment_anything.modeling import MaskDecoder, PromptEncoder, TwoWayTransformer

STRIDE, STEPS, KEPT = 997, 20, (1, 5, 20)


def model(state):
    prompts = PromptEncoder(embed_dim=256, image_embedding_size=(64, 64), input_image_size=(256, 256), mask_in_chans=16)
    decoder = MaskDecoder(
        num_multimask_outputs=3,
        transformer=TwoWayTransformer(depth=2, embedding_dim=256, mlp_dim=2048, num_heads=8),
        transformer_dim=256,
        iou_head_depth=3,
        iou_head_hidden_dim=256,
    )
    both = torch.nn.Module()
    both.prompt_encoder, both.mask_decoder = prompts, decoder
    both.load_state_dict({k: v for k, v in state.items() if not k.startswith("image_encoder")})
    return both


def embedding():
    n = np.arange(256 * 64 * 64, dtype=np.float64)
    return torch.from_numpy((0.3 * np.sin(n * 12.9898)).astype(np.float32)).reshape(1, 256, 64, 64)


def disc(step, item):
    y, x = np.mgrid[:256, :256]
    cx, cy, r = 80 + 5 * (step % 7) + 30 * item, 120 - 4 * (step % 5), 30 + 3 * (step % 4)
    return ((x - cx) ** 2 + (y - cy) ** 2 <= r * r).astype(np.float32), (cx, cy, r)


def box_of(cx, cy, r):
    return [[cx - r, cy - r], [cx + r, cy + r]], [2, 3]


def clicks_of(cx, cy, r):
    return [[cx, cy], [cx + r // 2, cy], [cx + 2 * r, cy], [0, 0]], [1, 1, 0, -1]


def run(state, name, batch, masks, loss_of, optimiser_of, clip, trained):
    torch.manual_seed(0)
    both = model(state)
    parameters = {k: p for k, p in both.named_parameters() if trained(k)}
    for key, p in both.named_parameters():
        p.requires_grad_(key in parameters)
    optimiser = optimiser_of(parameters.values())
    image, pe = embedding(), both.prompt_encoder.get_dense_pe()
    losses, out, previous = [], {}, None
    for step in range(1, STEPS + 1):
        discs = [disc(step, item) for item in range(batch)]
        target = torch.from_numpy(np.stack([d for d, _ in discs]))[:, None]
        tokens = [(box_of if step % 2 else clicks_of)(*shape) for _, shape in discs]
        coords = torch.tensor([c for c, _ in tokens], dtype=torch.float32)
        labels = torch.tensor([l for _, l in tokens])
        if step % 2:
            sparse = both.prompt_encoder._embed_boxes(coords)
        else:
            sparse = both.prompt_encoder._embed_points(coords, labels, pad=False)
        with_mask = masks and step % 3 == 0
        dense = (
            both.prompt_encoder._embed_masks(previous)
            if with_mask
            else both.prompt_encoder.no_mask_embed.weight.reshape(1, -1, 1, 1).expand(batch, -1, 64, 64)
        )
        logits, iou = both.mask_decoder(
            image_embeddings=image,
            image_pe=pe,
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=False,
        )
        loss = loss_of(logits, target, iou)
        optimiser.zero_grad()
        loss.backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(parameters.values(), clip)
        optimiser.step()
        previous = logits.detach()
        losses.append(loss.item())
        if step in KEPT:
            for key, p in parameters.items():
                out[f"{name}.{step}.{key}"] = p.detach().reshape(-1)[::STRIDE].clone()
    out[f"{name}.loss"] = torch.tensor(losses, dtype=torch.float64)
    print(name, "loss", losses[0], losses[4], losses[-1], sum(p.numel() for p in parameters.values()))
    return out


def dice(logits, target):
    p = logits.sigmoid()
    both = (p * target).sum((1, 2, 3))
    return 1 - ((2 * both + 1e-5) / ((p * p).sum((1, 2, 3)) + target.sum((1, 2, 3)) + 1e-5)).mean()


def bce(logits, target):
    return F.binary_cross_entropy_with_logits(logits, target)


def focal(logits, target):
    p = logits.sigmoid()
    miss = p * (1 - target) + (1 - p) * target
    alpha = 0.25 * target + 0.75 * (1 - target)
    return (alpha * miss**2 * F.binary_cross_entropy_with_logits(logits, target, reduction="none")).mean()


def iou_error(logits, target, iou):
    hard = (logits > 0).float()
    both = (hard * target).sum((1, 2, 3))
    union = hard.sum((1, 2, 3)) + target.sum((1, 2, 3)) - both
    return F.mse_loss(iou[:, 0], both / union.clamp(min=1))


state = torch.load(sys.argv[1], map_location="cpu")
out = {}
out |= run(
    state, "adamw", 1, False,
    lambda l, t, i: dice(l, t) + bce(l, t),
    lambda p: torch.optim.AdamW(p, lr=1e-4, weight_decay=0.01), None,
    lambda name: name.startswith("mask_decoder."),
)
out |= run(
    state, "sgd", 2, True,
    lambda l, t, i: 20 * focal(l, t) + dice(l, t) + iou_error(l, t, i),
    lambda p: torch.optim.SGD(p, lr=1e-3, momentum=0.9, weight_decay=1e-4), 1.0,
    lambda name: True,
)
out |= run(
    state, "prompts", 1, True,
    lambda l, t, i: dice(l, t) + bce(l, t),
    lambda p: torch.optim.AdamW(p, lr=1e-3, weight_decay=0.01), None,
    lambda name: name.startswith("prompt_encoder."),
)
save_file(out, pathlib.Path(__file__).with_name("decoder-steps.safetensors"))
