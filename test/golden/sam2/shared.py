"""What the scripts of this folder share."""
import sys
import types

import numpy as np
import torch
from PIL import Image


def stand_in_for_torchvision():
    """torchvision's transforms of tensors, which are PyTorch's interpolation and a division."""

    class Resize(torch.nn.Module):
        def __init__(self, size):
            super().__init__()
            self.height, self.width = size

        def forward(self, image):
            size = [self.height, self.width]
            return torch.nn.functional.interpolate(image[None], size=size, mode="bilinear", align_corners=False, antialias=True)[0]

    class Normalize(torch.nn.Module):
        def __init__(self, mean, std):
            super().__init__()
            self.mean, self.std = mean, std

        def forward(self, image):
            return (image - torch.tensor(self.mean)[:, None, None]) / torch.tensor(self.std)[:, None, None]

    class ToTensor:
        def __call__(self, image):
            return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).contiguous().float() / 255

    torchvision, transforms = types.ModuleType("torchvision"), types.ModuleType("torchvision.transforms")
    transforms.Resize, transforms.Normalize, transforms.ToTensor = Resize, Normalize, ToTensor
    torchvision.transforms = transforms
    sys.modules.update({"torchvision": torchvision, "torchvision.transforms": transforms})


def medsam2_input(image, size=512):
    """A picture as MedSAM2's medsam2_infer_3D_CT.py prepares it."""
    resized = np.array(Image.fromarray(image).resize((size, size))).transpose(2, 0, 1) / 255.0
    mean, deviation = torch.tensor((0.485, 0.456, 0.406))[:, None, None], torch.tensor((0.229, 0.224, 0.225))[:, None, None]
    return ((torch.from_numpy(resized) - mean) / deviation).float()
