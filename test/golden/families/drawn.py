"""Weights and pictures that need no file: every number is a hash of its tensor's name and its place. test/support/drawn.ts has the same."""
import math
import zlib

import numpy as np
import torch


def uniform(name, count):
    """Numbers in [-1, 1), alike on every machine: MurmurHash3's finaliser of place and name."""
    with np.errstate(over="ignore"):
        x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(zlib.crc32(name.encode()))
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    return x.astype(np.float64) / 2**31 - 1


def drawn(name, shape):
    """A tensor of a model. Norms lie about one, biases about zero; matrices keep the size of what goes through them."""
    values = uniform(name, math.prod(shape))
    if name.endswith("running_var"):
        values = 1 + 0.5 * values
    elif len(shape) <= 1:
        values = 1 + 0.2 * values if name.endswith("weight") else 0.1 * values
    elif not name.endswith("gaussian_matrix") and not name.endswith("positional_embedding"):
        values = values * math.sqrt(3 / math.prod(shape[1:]))
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def redraw(net):
    """Redraws every parameter and every buffer of floating type, and gives all the state dict's shapes by name."""
    state = net.state_dict()
    for name, tensor in state.items():
        if tensor.is_floating_point():
            tensor.copy_(drawn(name, tuple(tensor.shape)))
    return [[name, list(tensor.shape)] for name, tensor in state.items() if tensor.is_floating_point()]


def ellipse(width, height, channels):
    """Noise around an ellipse, bytes [height, width, 3]."""
    values = 100 + 60 * uniform(f"light {width}x{height}", width * height * channels).reshape(height, width, channels)
    y, x = np.mgrid[:height, :width]
    inside = ((x + 0.5) / width - 0.45) ** 2 / 0.09 + ((y + 0.5) / height - 0.55) ** 2 / 0.04 < 1
    image = np.floor(values + 80 * inside[..., None]).astype(np.uint8)
    return np.repeat(image, 3, axis=-1) if channels == 1 else image


def picture(size):
    """A prepared picture, [1, 3, size, size], in [-2, 2)."""
    return torch.from_numpy((2 * uniform(f"picture {size}", 3 * size * size)).astype(np.float32).reshape(1, 3, size, size))
