# /// script
# requires-python = ">=3.10"
# dependencies = [
#   "torch==2.13.0", "numpy==2.4.6", "safetensors==0.8.0", "segment-anything==1.0", "scikit-image==0.26.0", "scipy==1.17.1", "pillow==13.0.0",
#   "opencv-python-headless==5.0.0.93", "albumentations==2.0.8",
# ]
# ///
"""How the family's models are shown pictures of odd sizes, by the projects' own code or the very calls of their scripts.

    git clone https://github.com/OpenGVLab/SAM-Med2D                    (bfd2b93b1158100c8abd81f61766a2de92c1c175)
    python make.py SAM-Med2D

sam                   segment_anything: ResizeLongestSide, Sam.preprocess
medsam                bowang-lab/MedSAM d71e8a1, MedSAM_Inference.py: the lines from transform.resize to the tensor, and its way of making masks
sam-med2d             OpenGVLab/SAM-Med2D: SammedPredictor.set_image
medical-sam-adapter   SuperMedIntel/Medical-SAM-Adapter 0add836, dataset/__init__.py: transforms.Resize, ToTensor, x255 of a PIL image; Sam.preprocess
medical-sam-adapter-until-2025  the same at ddecab9's parent: Resize and ToTensor alone
de-sam                yifangao112/DeSAM, precompute_embeddings.py: the lines from transform.resize to sam_model.preprocess, of gray pictures
micro-sam             computational-cell-analytics/micro-sam 3acdcd7, util.py: _to_image; then as SAM
samed                 hitachinsk/SAMed e351840, utils.py: test_single_volume's two calls of zoom

Writes preprocessing.safetensors beside this file: each input at every 13th pixel of both axes, and the sha256 of MedSAM's bytes.
"""
import hashlib
import json
import pathlib
import sys
import types

import numpy as np
import scipy
import skimage
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file
from scipy.ndimage import zoom
from skimage import transform

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "families"), str(HERE.parent)]
from drawn import uniform
from sam_vit import stand_in_for_torchvision

SIZE, STEP = 160, 13
# width, height, channels: enlarged and reduced, upright and lying, one axis of each
# For 512 and 58 pixels, SciPy's zoom to 224 takes its last sample from outside, by rounding.
PICTURES = [(61, 90, 1), (97, 55, 3), (300, 211, 1), (131, 257, 3), (333, 41, 1), (512, 58, 1)]


def picture(width, height, channels):
    """Noise with an edge, and areas of one grey value as medical pictures have them."""
    values = 128 + 90 * uniform(f"{width}x{height}x{channels}", width * height * channels).reshape(height, width, channels)
    values[:, width // 2 :] += 30
    image = np.floor(np.clip(values, 0, 255)).astype(np.uint8)
    image[: height // 5] = 0
    image[height // 3 : height // 2, width // 4 : width // 2] = 200
    image[height - height // 6 :] = 255
    return image


def sam_of(size):
    from segment_anything.modeling import Sam

    encoder = torch.nn.Module()
    encoder.img_size = size
    return Sam(encoder, torch.nn.Module(), torch.nn.Module(), [123.675, 116.28, 103.53], [58.395, 57.12, 57.375])


def as_sam(rgb):
    import segment_anything.utils.transforms as transforms

    # torchvision's two functions, of a PIL image, are these.
    transforms.to_pil_image = Image.fromarray
    transforms.resize = lambda image, size: image.resize((size[1], size[0]), Image.BILINEAR)
    image = transforms.ResizeLongestSide(SIZE).apply_image(rgb)
    return sam_of(SIZE).preprocess(torch.as_tensor(image).permute(2, 0, 1)[None])[0]


def as_medsam(rgb):
    image = transform.resize(rgb, (SIZE, SIZE), order=3, preserve_range=True, anti_aliasing=True).astype(np.uint8)
    digest = hashlib.sha256(image.tobytes()).hexdigest()
    image = (image - image.min()) / np.clip(image.max() - image.min(), a_min=1e-8, a_max=None)
    return torch.tensor(image).float().permute(2, 0, 1), digest


def as_sam_med2d(rgb, module):
    seen = []
    net = sam_of(SIZE)
    net.image_encoder.forward = lambda image: seen.append(image)
    module.SammedPredictor.device = torch.device("cpu")
    module.SammedPredictor(net).set_image(rgb)
    return seen[0][0].float()


def as_tensor(rgb):
    """torchvision's Resize and ToTensor of a PIL image."""
    image = Image.fromarray(rgb).resize((SIZE, SIZE), Image.BILINEAR)
    return torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1).to(torch.float32).div(255)


def as_medical_sam_adapter(rgb):
    return sam_of(SIZE).preprocess((as_tensor(rgb) * 255)[None])[0]


def as_de_sam(grey):
    image = transform.resize(grey[:, :, 0], (256, 256), order=3, preserve_range=True, mode="constant", anti_aliasing=True)
    return as_sam(np.uint8(np.repeat(image[:, :, None], 3, axis=-1)))


def as_micro_sam(rgb):
    image = rgb.astype("float32")
    image -= image.min(axis=(0, 1))[None, None]
    image /= image.max(axis=(0, 1))[None, None] + 1e-7
    return as_sam((image * 255).astype("uint8"))


def as_samed(grey):
    plane = grey[:, :, 0].astype(np.float32) / 255
    plane = plane.astype(np.float64)
    for size in (224, SIZE):
        plane = zoom(plane, (size / plane.shape[0], size / plane.shape[1]), order=3)
    return torch.from_numpy(plane)[None].repeat(3, 1, 1).float()


def medsam_mask(width, height):
    """Low-resolution logits and the mask that MedSAM makes of them."""
    logits = torch.from_numpy((3 * uniform("logits", 40 * 40)).astype(np.float32).reshape(1, 1, 40, 40))
    logits = F.avg_pool2d(logits, 5, 1, 2) * 4
    probabilities = F.interpolate(torch.sigmoid(logits), size=(height, width), mode="bilinear", align_corners=False)
    return logits[0, 0], (probabilities > 0.5)[0, 0].to(torch.uint8)


def main(med2d):
    stand_in_for_torchvision()
    package = types.ModuleType("med2d")
    package.__path__ = [str(pathlib.Path(med2d) / "segment_anything")]
    sys.modules["med2d"] = package
    sys.modules["segment_anything"] = sys.modules.get("segment_anything") or __import__("segment_anything")
    module = __import__("med2d.predictor_sammed", fromlist=["_"])
    golden, digests = {}, {}
    for width, height, channels in PICTURES:
        name = f"{width}x{height}x{channels}"
        image = picture(width, height, channels)
        rgb = np.repeat(image, 3, axis=-1) if channels == 1 else image
        medsam, digests[name] = as_medsam(rgb)
        inputs = {
            "sam": as_sam(rgb), "medsam": medsam, "sam-med2d": as_sam_med2d(rgb, module),
            "medical-sam-adapter": as_medical_sam_adapter(rgb), "medical-sam-adapter-until-2025": as_tensor(rgb), "samed": as_samed(image),
            "micro-sam": as_micro_sam(rgb),
        }
        if channels == 1:
            inputs["de-sam"] = as_de_sam(image)
        for kind, tensor in inputs.items():
            golden[f"{name}.{kind}"] = tensor[:, ::STEP, ::STEP].contiguous()
    golden["medsam.logits"], golden["medsam.mask"] = medsam_mask(61, 90)
    made_by = {"torch": torch.__version__, "scikit-image": skimage.__version__, "scipy": scipy.__version__, "numpy": np.__version__}
    save_file(golden, HERE / "preprocessing.safetensors", {"made-by": json.dumps(made_by), "medsam-sha256": json.dumps(digests)})


if __name__ == "__main__":
    main(*sys.argv[1:])
