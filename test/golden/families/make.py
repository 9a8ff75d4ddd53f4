# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.13.0", "numpy==2.4.6", "safetensors==0.8.0", "segment-anything==1.0", "einops==0.8.2"]
# ///
"""Embedding, logits and predicted IoU of the SAM family by the projects' own code, with small configurations, on the CPU.

    git clone https://github.com/bowang-lab/MedSAM                      (d71e8a1a99ad751840a22a7fa3ecfb4166fb1488)
    git clone https://github.com/OpenGVLab/SAM-Med2D                    (bfd2b93b1158100c8abd81f61766a2de92c1c175)
    git clone https://github.com/SuperMedIntel/Medical-SAM-Adapter      (0add836c5af274aff4441334e2c38b5a46b70210)
    git clone https://github.com/ChaoningZhang/MobileSAM                (34bbbfdface3c18e5221aa7de6032d7220c6c6a1)
    git clone https://github.com/xinghaochen/TinySAM                    (11589bc1d98c16cff046c31d5ad4cd90a30f0897)
    git clone https://github.com/czg1225/SlimSAM                        (b612c1bb8cbeeeacac3cc4153a61cf5830658bc5)
    python make.py FOLDER-OF-THE-CLONES

Nothing of the clones is copied. Writes beside this file: families.json, names and shapes of each state dict; families.safetensors, outputs at every
61st element (every 997th where there are more than 100,000). The weights are those of drawn.py. Depths, heads and places of global attention are the originals', widths and inputs are small.
"""
import json
import pathlib
import sys
import types
from functools import partial

import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
from drawn import picture, redraw
from sam_vit import stand_in_for_torchvision



def thinned(tensor):
    return tensor.reshape(-1)[:: 61 if tensor.numel() <= 100_000 else 997].clone()


def write(path, shapes, out, versions):
    """Writes PATH.json, one entry a line, and PATH.safetensors."""
    made_by = json.dumps({"torch": torch.__version__, **versions})
    save_file({name: tensor.contiguous() for name, tensor in out.items()}, path.with_suffix(".safetensors"), {"made-by": made_by})
    lines = [f"{json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}" for name, entry in shapes.items()]
    path.with_suffix(".json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


class Anything(types.ModuleType):
    """Stands in for a module of which nothing is used here."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **options: lambda function: function


def stand_in(*names):
    for name in names:
        module = Anything(name)
        module.__path__ = []
        sys.modules[name] = module
        if "." in name:
            setattr(sys.modules[name.rsplit(".", 1)[0]], name.rsplit(".", 1)[1], module)


def stand_in_for_timm():
    stand_in("timm", "timm.models", "timm.models.layers", "timm.models.registry")

    class DropPath(torch.nn.Identity):
        def __init__(self, drop_prob=None):
            super().__init__()

    layers = sys.modules["timm.models.layers"]
    layers.DropPath, layers.trunc_normal_ = DropPath, torch.nn.init.trunc_normal_
    layers.to_2tuple = lambda value: value if isinstance(value, tuple) else (value, value)
    sys.modules["timm.models.registry"].register_model = lambda function: function


def package(folder, name):
    """A package of a clone, without running its __init__."""
    module = types.ModuleType(name)
    module.__path__ = [str(folder)]
    sys.modules[name] = module


def parts(folder, alias):
    """The modules image_encoder, mask_decoder, … in a clone's folder `modeling`."""
    package(folder, alias)
    return lambda name: __import__(f"{alias}.{name}", fromlist=["_"])


def encoder_options(**edit):
    norm = partial(torch.nn.LayerNorm, eps=1e-6)
    return {"mlp_ratio": 4, "norm_layer": norm, "patch_size": 16, "qkv_bias": True, "use_rel_pos": True, "window_size": 14, **edit}


def with_decoder(encoder, module, width, size, grid, mlp=32, decoder_options=None, transformer=None):
    net = torch.nn.Module()
    net.image_encoder = encoder
    net.prompt_encoder = module("prompt_encoder").PromptEncoder(
        embed_dim=width, image_embedding_size=(grid, grid), input_image_size=(size, size), mask_in_chans=4)
    two_way = transformer or module("transformer").TwoWayTransformer
    net.mask_decoder = module("mask_decoder").MaskDecoder(
        transformer=two_way(depth=2, embedding_dim=width, mlp_dim=mlp, num_heads=8), transformer_dim=width,
        iou_head_depth=3, iou_head_hidden_dim=width, **{"num_multimask_outputs": 3, **(decoder_options or {})})
    return net.eval()


def vit(module, width, depth, heads, globals_, size=320, out=16, **edit):
    return module("image_encoder").ImageEncoderViT(**encoder_options(
        depth=depth, embed_dim=width, img_size=size, num_heads=heads, global_attn_indexes=globals_, out_chans=out, **edit))


def tiny_vit(module, depths):
    return module("tiny_vit_sam").TinyViT(
        img_size=1024, in_chans=3, num_classes=5, embed_dims=[8, 16, 24, 320], depths=depths, num_heads=[1, 2, 3, 10],
        window_sizes=[7, 7, 14, 7], mlp_ratio=2.0, mbconv_expand_ratio=2.0)


@torch.no_grad()
def answers(name, net, size, shapes, out):
    shapes[name] = {"size": size, "tensors": redraw(net)}
    # TinyViT looks its attention biases up when evaluation begins.
    net.train().eval()
    embedding = net.image_encoder(picture(size))
    points = (torch.tensor([[[0.3 * size, 0.4 * size], [0.7 * size, 0.2 * size]]]), torch.tensor([[1, 0]]))
    sparse, dense = net.prompt_encoder(points=points, boxes=None, masks=None)
    logits, iou = net.mask_decoder.predict_masks(embedding, net.prompt_encoder.get_dense_pe(), sparse, dense)
    out[f"{name}.embedding"] = thinned(embedding)
    out[f"{name}.logits"] = thinned(logits)
    out[f"{name}.iou"] = iou.clone()
    print(name, list(embedding.shape), f"{embedding.std():.3f}", f"{logits.std():.3f}")


def main(clones):
    torch.set_num_threads(2)
    stand_in_for_torchvision()
    stand_in_for_timm()
    root = pathlib.Path(clones)
    shapes, out = {}, {}

    def add(name, net, size):
        answers(name, net, size, shapes, out)

    import segment_anything

    official = parts(pathlib.Path(segment_anything.__file__).parent / "modeling", "official")
    sizes = {"sam-vit-b": (24, 12, 12, [2, 5, 8, 11]), "sam-vit-l": (32, 24, 16, [5, 11, 17, 23]), "sam-vit-h": (48, 32, 16, [7, 15, 23, 31])}
    for name, (width, depth, heads, places) in sizes.items():
        add(name, with_decoder(vit(official, width, depth, heads, places), official, 16, 320, 20), 320)

    medsam = parts(root / "MedSAM/segment_anything/modeling", "medsam")
    add("medsam", with_decoder(vit(medsam, 24, 4, 6, [1, 3]), medsam, 16, 320, 20), 320)

    med2d = parts(root / "SAM-Med2D/segment_anything/modeling", "med2d")
    encoder = vit(med2d, 24, 4, 6, [1, 3], size=256, adapter_train=True)
    add("sam-med2d", with_decoder(encoder, med2d, 16, 256, 16), 256)

    slim = parts(root / "SlimSAM/segment_anything/modeling", "slim")
    add("slim-sam", with_decoder(vit(slim, 36, 4, 12, [1, 3], mlp_dim=100), slim, 16, 320, 20), 320)

    for name, folder, depths in [("mobile-sam", "MobileSAM/mobile_sam", [1, 1, 2, 1]), ("tiny-sam", "TinySAM/tinysam", [1, 1, 1, 1])]:
        module = parts(root / folder / "modeling", name.replace("-", "_"))
        add(name, with_decoder(tiny_vit(module, depths), module, 256, 1024, 64), 1024)

    stand_in("monai", "monai.networks", "monai.networks.blocks", "monai.networks.layers", "monai.networks.layers.utils")
    models = root / "Medical-SAM-Adapter/models"
    package(models, "msa")
    package(models / "common", "msa.common")
    package(models / "sam", "msa.sam")
    load = lambda name: __import__(f"msa.{name}", fromlist=["_"])
    common = sys.modules["msa.common"]
    common.Adapter, common.LayerNorm2d = load("common.adapter").Adapter, load("common.layer_norm").LayerNorm2d
    common.MLPBlock = load("common.mlp").MLPBlock
    package(models / "ImageEncoder", "msa.ImageEncoder")
    package(models / "ImageEncoder/vit", "msa.ImageEncoder.vit")
    image_encoder = sys.modules["msa.ImageEncoder"]
    image_encoder.AdapterBlock = load("ImageEncoder.vit.adapter_block").AdapterBlock
    image_encoder.Block = image_encoder.LoraBlock = None
    package(models / "sam/modeling", "msa.sam.modeling")
    package(models / "common/MaskDecoder", "msa.common.MaskDecoder")
    transformer = load("common.MaskDecoder.two_way_transformer")
    module = lambda name: load(f"sam.modeling.{name}")
    args = types.SimpleNamespace(mod="sam_adpt", mid_dim=None, thd=False, chunk=None)
    encoder = vit(module, 24, 4, 6, [1, 3], args=args)
    net = with_decoder(encoder, module, 16, 320, 20, transformer=transformer.TwoWayTransformer)
    add("medical-sam-adapter", net, 320)

    write(HERE / "families", shapes, out, {"segment-anything": "1.0"})


if __name__ == "__main__":
    main(*sys.argv[1:])
