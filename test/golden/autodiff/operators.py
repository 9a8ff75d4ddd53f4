# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.13.0", "numpy==2.4.6", "safetensors==0.8.0"]
# ///
"""Gradients of single operators by torch.autograd in float64, on seeded random inputs.

    python operators.py

Writes operators.safetensors beside this file: `<case>.input<n>`, `<case>.weights` (the loss is the
sum of output times weights), `<case>.gradient<n>`.
"""
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file


def attention(q, k, v):
    split = lambda x: x.reshape(*x.shape[:2], 2, 4).transpose(1, 2)
    return F.scaled_dot_product_attention(split(q), split(k), split(v)).transpose(1, 2).reshape(q.shape)


CASES = {
    "add-broadcast": ([[2, 3, 4], [3, 1]], lambda x, y: x + y),
    "sub-broadcast": ([[3, 4], [2, 3, 4]], lambda x, y: x - y),
    "mul-broadcast": ([[2, 3, 4], [1, 4]], lambda x, y: x * y),
    "mul-self": ([[3, 4]], lambda x: x * x),
    "div-broadcast": ([[2, 3, 4], [3, 1]], lambda x, y: x / y),
    "pow": ([[3, 4]], lambda x: x**2.5),
    "where": ([[3, 4], [1, 4]], lambda x, y: torch.where(x > 0.1, x, y)),
    "neg": ([[3, 4]], lambda x: -x),
    "relu": ([[5, 7]], F.relu),
    "gelu": ([[5, 7]], F.gelu),
    "exp": ([[3, 4]], torch.exp),
    "log": ([[3, 4]], torch.log),
    "sqrt": ([[3, 4]], torch.sqrt),
    "reciprocal": ([[3, 4]], torch.reciprocal),
    "sigmoid": ([[3, 4]], torch.sigmoid),
    "softplus": ([[3, 4]], F.softplus),
    "erf": ([[3, 4]], torch.erf),
    "sin": ([[3, 4]], torch.sin),
    "cos": ([[3, 4]], torch.cos),
    "matmul": ([[3, 4], [4, 5]], torch.matmul),
    "matmul-batched": ([[2, 3, 4], [2, 4, 5]], torch.matmul),
    "matmul-shared-right": ([[2, 3, 4], [4, 5]], torch.matmul),
    "matmul-shared-left": ([[1, 3, 4], [2, 4, 5]], torch.matmul),
    "gemm": ([[3, 4], [4, 5], [5]], lambda a, b, c: a @ b + c),
    "gemm-transposed": ([[3, 4], [5, 4], [5]], lambda a, b, c: F.linear(a, b, c)),
    "gemm-both-transposed": ([[4, 3], [5, 4]], lambda a, b: a.T @ b.T),
    "softmax": ([[2, 3, 5]], lambda x: x.softmax(-1)),
    "log-softmax": ([[2, 3, 5]], lambda x: x.log_softmax(1)),
    "layer-norm": ([[2, 3, 6], [6], [6]], lambda x, w, c: F.layer_norm(x, [6], w, c, 1e-5)),
    "transpose": ([[2, 3, 4]], lambda x: x.permute(2, 0, 1)),
    "reshape": ([[2, 3, 4]], lambda x: x.reshape(4, 6)),
    "slice": ([[2, 5, 4]], lambda x: x[:, 1:3]),
    "pad": ([[2, 3]], lambda x: F.pad(x, (1, 3, 0, 2))),
    "concat": ([[2, 3], [2, 1], [2, 2]], lambda *x: torch.cat(x, 1)),
    "expand": ([[3, 1]], lambda x: x.expand(2, 3, 4)),
    "reduce-sum": ([[2, 3, 4]], lambda x: x.sum((0, 2), keepdim=True)),
    "reduce-mean": ([[2, 3, 4]], lambda x: x.mean(-1, keepdim=True)),
    "gather-permutation": ([[4, 3]], lambda x: x[[2, 0, 3, 1]]),
    "gather-some-repeated": ([[5, 3]], lambda x: x[[2, 0, 4, 4, 4, 1]].reshape(2, 3, 3)),
    "gather-table": ([[3, 4]], lambda x: x[:, [0, 1, 1, 3, 0, 1, 2, 2, 0]]),
    "gather-by-value": ([[3, 4]], lambda x: x[[1, 2, 0, 2]].reshape(2, 2, 4)),
    "conv-1x1": ([[1, 3, 4, 5], [2, 3, 1, 1], [2]], F.conv2d),
    "conv-3x3": ([[2, 3, 5, 6], [4, 3, 3, 3], [4]], lambda x, w, c: F.conv2d(x, w, c, padding=1)),
    "conv-3x3-stride-2": ([[1, 3, 6, 7], [4, 3, 3, 3]], lambda x, w: F.conv2d(x, w, padding=1, stride=2)),
    "conv-depthwise": ([[1, 4, 5, 6], [4, 1, 3, 3], [4]], lambda x, w, c: F.conv2d(x, w, c, padding=1, groups=4)),
    "conv-depthwise-stride-2": (
        [[1, 4, 6, 6], [4, 1, 3, 3], [4]],
        lambda x, w, c: F.conv2d(x, w, c, padding=1, stride=2, groups=4),
    ),
    "conv-patches": ([[2, 3, 4, 6], [5, 3, 2, 2], [5]], lambda x, w, c: F.conv2d(x, w, c, stride=2)),
    "conv-transpose": (
        [[1, 3, 4, 4], [3, 2, 4, 4], [2]],
        lambda x, w, c: F.conv_transpose2d(x, w, c, stride=2, padding=1),
    ),
    "attention": ([[2, 5, 8], [2, 7, 8], [2, 7, 8]], attention),
    # New cases stand at the end, so that the inputs of the others stay as they are.
    "resize-linear-up": ([[2, 3, 4, 5]], lambda x: F.interpolate(x, (8, 7), mode="bilinear")),
    "resize-linear-down": ([[1, 2, 9, 6]], lambda x: F.interpolate(x, (4, 5), mode="bilinear")),
    "resize-linear-corners": ([[1, 2, 4, 5]], lambda x: F.interpolate(x, (7, 9), mode="bilinear", align_corners=True)),
    "resize-nearest": ([[1, 2, 4, 5]], lambda x: F.interpolate(x, (8, 7), mode="nearest")),
    "resize-nearest-exact": ([[1, 2, 5, 6]], lambda x: F.interpolate(x, (9, 4), mode="nearest-exact")),
    "gelu-tanh": ([[5, 7]], lambda x: F.gelu(x, approximate="tanh")),
    "max-pool": ([[2, 3, 4, 6]], lambda x: F.max_pool2d(x, 2)),
}
POSITIVE = {"div-broadcast", "pow", "log", "sqrt", "reciprocal"}

generator = torch.Generator().manual_seed(20261123)
out = {}
for name, (shapes, function) in CASES.items():
    inputs = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
    if name in POSITIVE:
        inputs = [x.abs() + 0.5 for x in inputs]
    # What float32 holds exactly, so that both sides start from the same numbers.
    inputs = [x.float().double().requires_grad_() for x in inputs]
    y = function(*inputs)
    weights = torch.randn(y.shape, generator=generator, dtype=torch.float64).float().double()
    (y * weights).sum().backward()
    out[f"{name}.weights"] = weights.float()
    for n, x in enumerate(inputs):
        out[f"{name}.input{n}"] = x.detach().float()
        out[f"{name}.gradient{n}"] = x.grad
save_file({key: value.contiguous() for key, value in out.items()}, pathlib.Path(__file__).with_suffix(".safetensors"))
print(len(CASES), "operators")
