# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.13.0", "numpy==2.4.6", "safetensors==0.8.0", "segment-anything==1.0", "timm==1.0.31", "pillow==13.0.0"]
# ///
"""Light image encoders at SAM's decoder, from pictures of odd sizes to masks, by the projects' own code and predictors, on the CPU.

    git clone https://github.com/THU-MIG/RepViT             (298f42075eda5d2e6102559fad260c970769d34e, Apache-2.0)
    git clone https://github.com/mit-han-lab/efficientvit   (de7d7733cc0329f391b33f1f459271562ec27bd5, Apache-2.0)
    git clone https://github.com/chongzhou96/EdgeSAM        (b53372c0f5fb25bc1fb76eb583f77348b00854b2, S-Lab License 1.0: not for commerce)
    python make.py FOLDER-OF-THE-CLONES

Nothing of the clones is copied. Writes beside this file: light.json, names and shapes of each state dict; light.safetensors, what each model makes of
each picture, at every 61st element (every 997th where there are more than 100,000); layouts.json, names and shapes of the published models. The weights
are those of ../families/drawn.py, every parameter and buffer redrawn. Widths and depths are small; what the code fixes (RepViT's 320 channels before the
stage that keeps its resolution, heads of 32, the embedding's 256) stays.
"""
import importlib
import json
import pathlib
import sys
import types

import numpy as np
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "families"), str(HERE.parent)]
from drawn import ellipse, redraw
from make import package, stand_in, stand_in_for_timm, thinned
from sam_vit import stand_in_for_torchvision

MEAN, DEVIATION = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
# width, height, channels: one that every model enlarges, one that every model reduces
PICTURES = [(157, 131, 3), (523, 1031, 1)]


def stand_in_for_transforms():
    """torchvision's functions of PIL images, which are Pillow's and a division, and its triton kernels, unused."""
    from PIL import Image

    stand_in_for_torchvision()
    functional = sys.modules["torchvision.transforms.functional"]
    functional.to_pil_image = Image.fromarray
    functional.resize = lambda image, size: image.resize((int(size[1]), int(size[0])), Image.BILINEAR)
    functional.InterpolationMode = None
    transforms = sys.modules["torchvision.transforms"]
    sys.modules["torchvision"].transforms = transforms
    transforms.functional = functional

    def compose(steps):
        def run(image):
            for step in steps:
                image = step(image)
            return image

        return run

    transforms.Compose = compose
    transforms.ToTensor = lambda: lambda image: torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).float() / 255
    transforms.Normalize = lambda mean, std: lambda image: (image - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]


def timm_without_models():
    """timm's own squeeze and excitation; its package would need torchvision."""
    folder = pathlib.Path(importlib.util.find_spec("timm").origin).parent
    package(folder, "timm")
    package(folder / "layers", "timm.layers")
    gate = importlib.import_module("timm.layers.squeeze_excite")
    stand_in_for_timm()
    stand_in("timm.models.vision_transformer")
    sys.modules["timm.models.layers"].SqueezeExcite = gate.SqueezeExcite
    sys.modules["timm.models.vision_transformer"].trunc_normal_ = torch.nn.init.trunc_normal_
    sys.modules["timm.models"].register_model = lambda function: function


def modules(folder, alias):
    package(folder, alias)
    package(folder / "modeling", f"{alias}.modeling")
    package(folder / "utils", f"{alias}.utils")
    return lambda name: importlib.import_module(f"{alias}.{name}")


def parts_of(prompt_encoder, mask_decoder, transformer, mlp):
    return {
        "prompt_encoder": prompt_encoder.PromptEncoder(
            embed_dim=256, image_embedding_size=(64, 64), input_image_size=(1024, 1024), mask_in_chans=16 if mlp == 2048 else 4),
        "mask_decoder": mask_decoder.MaskDecoder(
            num_multimask_outputs=3, transformer=transformer.TwoWayTransformer(depth=2, embedding_dim=256, mlp_dim=mlp, num_heads=8),
            transformer_dim=256, iou_head_depth=3, iou_head_hidden_dim=256),
    }


def rep_vit_sam(root):
    load = modules(root / "RepViT/sam/repvit_sam", "repvit_sam")
    rep_vit, sam = load("modeling.repvit"), load("modeling.sam")
    sys.modules["repvit_sam.modeling"].Sam = sam.Sam
    predictor = load("predictor").SamPredictor
    rows = [[16, 1, 1], [16, 0, 1], [24, 0, 2], [24, 1, 1], [320, 0, 2], [320, 1, 1], [320, 0, 1], [40, 0, 2], [40, 1, 1]]

    def build(encoder, mlp):
        decoder = parts_of(*(load(f"modeling.{name}") for name in ["prompt_encoder", "mask_decoder", "transformer"]), mlp)
        return sam.Sam(image_encoder=encoder, pixel_mean=MEAN, pixel_std=DEVIATION, **decoder)

    small = build(rep_vit.RepViT([[3, 2, width, gate, 0, stride] for width, gate, stride in rows]), 64)
    yield "rep-vit-sam", small, lambda net: Whole(predictor(net), lambda many: {"multimask_output": many})
    with torch.device("meta"):
        yield "repvit-sam", build(rep_vit.repvit(), 2048), None


def edge_sam(root):
    load = modules(root / "EdgeSAM/edge_sam", "edge_sam")
    stand_in("loralib", "mmdet", "mmdet.models", "mmdet.models.dense_heads", "mmdet.models.necks", "mmengine", "projects", "projects.EfficientDet")
    rep_vit, sam = load("modeling.rep_vit"), load("modeling.sam")
    sys.modules["edge_sam.modeling"].Sam = sam.Sam
    predictor = load("predictor").SamPredictor
    rows = [[16, 1, 1], [16, 0, 1], [24, 0, 2], [24, 1, 1], [32, 0, 2], [32, 1, 1], [48, 0, 2], [48, 1, 1]]

    def build(encoder, mlp):
        decoder = parts_of(*(load(f"modeling.{name}") for name in ["prompt_encoder", "mask_decoder", "transformer"]), mlp)
        return sam.Sam(image_encoder=encoder, pixel_mean=MEAN, pixel_std=DEVIATION, **decoder)

    rep_vit.RepViT.arch_settings["small"] = [[3, 2, width, gate, 0, stride] for width, gate, stride in rows]
    small = build(rep_vit.RepViT("small", 1024, fuse=True), 64)
    yield "edge-sam", small, lambda net: Whole(predictor(net), lambda many: {"num_multimask_outputs": 3 if many else 1, "use_stability_score": True})
    with torch.device("meta"):
        yield "edge-sam", build(rep_vit.rep_vit_m1(1024, fuse=True), 2048), None


def efficient_vit_sam(root):
    folder = root / "efficientvit/efficientvit"
    for name in ["", ".models", ".models.efficientvit", ".models.nn", ".models.utils"]:
        package(folder / name.replace(".", "/").strip("/"), f"efficientvit{name}")
    stand_in("efficientvit.models.nn.triton_rms_norm")
    for name, parts in {"utils": ["list", "network"], "nn": ["act", "norm", "ops"]}.items():
        for part in parts:
            module = importlib.import_module(f"efficientvit.models.{name}.{part}")
            for public in module.__all__:
                setattr(sys.modules[f"efficientvit.models.{name}"], public, getattr(module, public))
    sam = importlib.import_module("efficientvit.models.efficientvit.sam")
    set_norm_eps = importlib.import_module("efficientvit.models.nn.norm").set_norm_eps

    def small(widths, depths, depth, expand, size, **options):
        backbone = sam.EfficientViTLargeBackbone(width_list=widths, depth_list=depths, **options)
        last = len(widths) - 1
        neck = sam.SamNeck(
            fid_list=[f"stage{last - n}" for n in range(3)], in_channel_list=widths[:-4:-1], head_width=24, head_depth=depth, expand_ratio=expand,
            middle_op="fmb")
        encoder = sam.EfficientViTSamImageEncoder(backbone, neck)
        import segment_anything.modeling as official

        net = sam.EfficientViTSam(image_encoder=encoder, **parts_of(official, official, official, 64), image_size=(1024, size))
        # As sam_model_zoo.py does.
        set_norm_eps(net, 1e-6)
        return net

    large = {"block_list": ["res", "fmb", "fmb", "fmb", "att@3", "att@3"], "expand_list": [1, 4, 4, 4, 4, 6],
             "fewer_norm_list": [False, False, False, False, True, True]}
    predict = lambda net: Whole(sam.EfficientViTSamPredictor(net), lambda many: {"multimask_output": many})
    yield "efficient-vit-sam-l", small([8, 12, 16, 32, 64], [1, 1, 1, 2, 2], 2, 1, 512), predict
    yield "efficient-vit-sam-xl", small([4, 8, 12, 16, 32, 64], [0, 1, 1, 1, 1, 2], 2, 4, 1024, **large), predict
    for name in ["l0", "l1", "l2", "xl0", "xl1"]:
        with torch.device("meta"):
            yield f"efficientvit-sam-{name}", getattr(sam, f"efficientvit_sam_{name}")(), None


class Whole:
    """A predictor's four masks of one prompt: the single one, then the candidates."""

    def __init__(self, predictor, count):
        self.predictor, self.count = predictor, count

    def answer(self, image, **prompt):
        single = self.predictor.predict(**prompt, return_logits=True, **self.count(False))
        several = self.predictor.predict(**prompt, return_logits=True, **self.count(True))
        return [np.concatenate([one, more]) for one, more in zip(single, several)]


def prompts(width, height):
    points = np.array([[int(0.45 * width), int(0.55 * height)], [int(0.1 * width), int(0.9 * height)]])
    box = np.array([int(0.15 * width), int(0.35 * height), int(0.75 * width), int(0.75 * height)])
    yield "points", {"point_coords": points, "point_labels": np.array([1, 0])}
    yield "box", {"point_coords": points[:1], "point_labels": np.array([1]), "box": box}


@torch.no_grad()
def answers(name, net, make, out):
    shapes = redraw(net)
    whole = make(net.eval())
    for width, height, channels in PICTURES:
        at = f"{name}.{width}x{height}"
        image = ellipse(width, height, channels)
        whole.predictor.set_image(image)
        out[f"{at}.embedding"] = thinned(whole.predictor.features)
        for kind, prompt in prompts(width, height):
            masks, iou, logits = (torch.from_numpy(part).clone() for part in whole.answer(image, **prompt))
            out[f"{at}.{kind}.logits"] = thinned(logits)
            out[f"{at}.{kind}.iou"] = iou
            out[f"{at}.{kind}.masks"] = thinned((masks > 0).to(torch.uint8))
            print(at, kind, f"{whole.predictor.features.std():.3f} {logits.std():.3f} {(masks > 0).float().mean():.3f}", iou.tolist())
    return {"tensors": shapes}


def compact(table):
    lines = [f"{json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}" for name, entry in table.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main(clones):
    torch.set_num_threads(1)
    stand_in_for_transforms()
    timm_without_models()
    root = pathlib.Path(clones)
    shapes, layouts, out = {}, {}, {}
    for project in (rep_vit_sam, edge_sam, efficient_vit_sam):
        for name, net, make in project(root):
            if make:
                shapes[name] = answers(name, net, make, out)
                continue
            state = {key: list(tensor.shape) for key, tensor in net.state_dict().items() if tensor.is_floating_point()}
            # All have the same decoder.
            rest = sorted((key, dims) for key, dims in state.items() if not key.startswith("image_encoder."))
            assert layouts.setdefault("decoder", rest) == rest, name
            layouts[name] = [[key[len("image_encoder."):], dims] for key, dims in state.items() if key.startswith("image_encoder.")]
            print(name, f"{sum(parameter.numel() for parameter in net.parameters()) / 1e6:.1f} M")
    save_file({name: tensor.contiguous() for name, tensor in out.items()}, HERE / "light.safetensors", {"made-by": json.dumps({"torch": torch.__version__})})
    (HERE / "light.json").write_text(compact(shapes))
    (HERE / "layouts.json").write_text(compact(layouts))


if __name__ == "__main__":
    main(*sys.argv[1:])
