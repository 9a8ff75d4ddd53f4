# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.13.0", "numpy==2.4.6", "safetensors==0.8.0", "monai==1.6.1", "scikit-image==0.26.0", "einops==0.8.2",
#   "pytorch-metric-learning==2.9.0", "opencv-python-headless==5.0.0.93", "pillow==13.0.0"]
# ///
"""Models that segment without a prompt, by the projects' own code, with small configurations, on the CPU.

    git clone https://github.com/xhu248/AutoSAM             (50a6ff44492bedcdb9df749a3bf7b0454c02fe0d, Apache-2.0)
    git clone https://github.com/yifangao112/DeSAM          (f377da28668028a560ce15a73c3b2fa5850eabd9, MIT)
    git clone https://github.com/wenxi-yue/SurgicalSAM      (7649d7e60e40de9f8758167f553b90d7eaf9941c, MIT)
    python make.py FOLDER-OF-THE-CLONES

Nothing of the clones is copied. Writes beside this file: autoprompt.json, names and shapes of each state dict; autoprompt.safetensors, outputs at
every 61st element (every 997th where there are more than 100,000); auto-sam-sizes.safetensors, AutoSAM's inputs of slices of other sizes;
de-sam-vit-h.json, names and shapes of DeSAM's published model; de-sam-grid.safetensors and de-sam-grid.json, its grid mode, of a small model on
pictures of odd sizes and of ../automask/make.py's scenes; surgical-sam-sizes.safetensors and surgical-sam-sizes.json, SurgicalSAM on pictures and
truths of odd sizes; surgical-sam.pth, a file laid out as SurgicalSAM's, that fits ../tiny-sam.pth. The weights are those of ../families/drawn.py,
every parameter and buffer redrawn.
"""
import ast
import importlib
import json
import pathlib
import sys
import types
from functools import partial

import numpy as np
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "families"), str(HERE.parent)]
from drawn import drawn, picture, redraw, uniform
from make import thinned
from sam_vit import stand_in_for_torchvision


def fresh(root, *packages):
    """A clone's packages, whose names others use too."""
    for name in [name for name in sys.modules if name.split(".")[0] in packages]:
        del sys.modules[name]
    sys.path.insert(0, str(root))


ODD_SIZES = [(97, 131), (283, 411), (149, 113)]


def stand_in_for_resizing():
    """torchvision's two functions, of a PIL image, are these."""
    import torchvision.transforms.functional as transforms
    from PIL import Image

    transforms.to_pil_image = lambda array: Image.fromarray(array)
    transforms.resize = lambda image, size: image.resize((size[1], size[0]), Image.BILINEAR)


def vit(modeling, width, depth, heads, places, size, out):
    return modeling.ImageEncoderViT(
        depth=depth, embed_dim=width, img_size=size, mlp_ratio=4, norm_layer=partial(torch.nn.LayerNorm, eps=1e-6), num_heads=heads, patch_size=16,
        qkv_bias=True, use_rel_pos=True, global_attn_indexes=places, window_size=14, out_chans=out)


def auto_sam_slice(name, height, width):
    """A slice as dataset/ACDC.py prepares it, where batchgenerators resizes with scikit-image, and as AutoSamSeg.py enlarges it."""
    from skimage.transform import resize

    slice_ = np.floor(128 + 120 * uniform(name, 3 * height * width)).reshape(height, width, 3).astype(np.float32)
    grey = slice_.transpose(2, 0, 1)
    grey = (grey - grey.min()) / (grey.max() - grey.min())
    small = np.stack([resize(plane.astype(float), (224, 224), order=1, clip=True, anti_aliasing=False) for plane in grey])
    image = torch.from_numpy(small.astype(np.float32))[None]
    return image, torch.nn.functional.interpolate(image, (1024, 1024), mode="bilinear", align_corners=False)


def auto_sam_sizes():
    out = {f"{height}x{width}": thinned(auto_sam_slice(f"auto-sam {height} {width}", height, width)[1]) for height, width in ODD_SIZES}
    save_file(out, HERE / "auto-sam-sizes.safetensors", {"made-by": f"torch {torch.__version__}"})


@torch.no_grad()
def auto_sam(root, shapes, out):
    """The model as built, but for fewer blocks; its width of 256 and grid of 64 are fixed in its code."""
    fresh(root / "AutoSAM", "segment_anything", "models")
    modeling = importlib.import_module("segment_anything.modeling")
    decoder = importlib.util.spec_from_file_location("auto_sam_decoder", root / "AutoSAM/models/sam_decoder.py")
    module = importlib.util.module_from_spec(decoder)
    decoder.loader.exec_module(module)
    whole = importlib.util.spec_from_file_location("auto_sam_seg", root / "AutoSAM/models/AutoSamSeg.py")
    seg = importlib.util.module_from_spec(whole)
    whole.loader.exec_module(seg)
    two_way = modeling.TwoWayTransformer(depth=2, embedding_dim=256, mlp_dim=64, num_heads=8)
    head = module.MaskDecoder(
        num_multimask_outputs=1, transformer=two_way, transformer_dim=256, iou_head_depth=3, iou_head_hidden_dim=256, num_classes=3)
    net = seg.AutoSamSeg(image_encoder=vit(modeling, 24, 2, 6, [1], 1024, 256), seg_decoder=head).eval()
    shapes["auto-sam"] = {"size": 1024, "tensors": redraw(net)}
    image, large = auto_sam_slice("auto-sam slice", 131, 157)
    embedding = net.image_encoder(large)
    positions = net.pe_layer([64, 64]).unsqueeze(0)
    logits, iou = net.mask_decoder(image_embeddings=embedding.unsqueeze(1), image_pe=positions)
    mask, _ = net(image)
    # As its evaluation takes classes: [classes, 1, 224, 224] seen as [1, classes, 224, 224].
    classes = torch.argmax(torch.softmax(mask.view(1, -1, 224, 224), dim=1), dim=1)[0]
    out["auto-sam.input"] = thinned(large)
    out["auto-sam.embedding"] = thinned(embedding)
    out["auto-sam.logits"] = thinned(logits)
    out["auto-sam.iou"] = iou.clone()
    out["auto-sam.classes"] = classes.to(torch.uint8)
    print("auto-sam", f"{embedding.std():.3f}", f"{logits.std():.3f}", torch.bincount(classes.flatten()).tolist())


def class_loss(root, out):
    """The loss of scripts/main_autosam_seg.py and its gradient; of the four classes the last does not occur."""
    spec = importlib.util.spec_from_file_location("dice_loss", root / "AutoSAM/loss_functions/dice_loss.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    logits = torch.from_numpy(3 * uniform("class logits", 4 * 9 * 11)).reshape(1, 4, 9, 11).float().requires_grad_()
    labels = torch.from_numpy(np.floor(1.5 * (1 + uniform("class labels", 9 * 11)))).reshape(1, 9, 11).long()
    dice = module.SoftDiceLoss(batch_dice=True, do_bg=False)(torch.softmax(logits, dim=1), labels)
    loss = torch.nn.CrossEntropyLoss()(logits, labels) + dice
    loss.backward()
    out["class-loss.value"], out["class-loss.gradient"] = loss.detach().reshape(1), logits.grad
    print("class-loss", loss.item(), torch.bincount(labels.flatten()).tolist())


def de_sam_modeling(root):
    fresh(root / "DeSAM", "desam")
    package = importlib.machinery.ModuleSpec("desam", None, is_package=True)
    desam = importlib.util.module_from_spec(package)
    desam.__path__ = [str(root / "DeSAM/desam")]
    sys.modules["desam"] = desam
    return importlib.import_module("desam.modeling")


def de_sam_published(root):
    """Names and shapes of the model that its training scripts save: ViT-H, without weights."""
    modeling = de_sam_modeling(root)
    with torch.device("meta"):
        head = modeling.MaskDecoder(
            num_multimask_outputs=3, transformer=modeling.TwoWayTransformer(depth=2, embedding_dim=256, mlp_dim=2048, num_heads=8),
            transformer_dim=256, iou_head_depth=3, iou_head_hidden_dim=256)
        prompts = modeling.PromptEncoder(embed_dim=256, image_embedding_size=(64, 64), input_image_size=(1024, 1024), mask_in_chans=16)
        net = modeling.Sam(vit(modeling, 1280, 32, 16, [7, 15, 23, 31], 1024, 256), prompts, head)
    tensors = [[name, list(tensor.shape)] for name, tensor in net.state_dict().items()]
    (HERE / "de-sam-vit-h.json").write_text("[\n" + ",\n".join(json.dumps(one, separators=(",", ":")) for one in tensors) + "\n]\n")
    print("de-sam published", sum(parameter.numel() for parameter in net.parameters()) / 1e6, "M parameters")


DE_SAM_SIZE = 320


def de_sam_net(modeling):
    """The published layout with fewer and narrower blocks; the mask module's widths follow from that of the decoder."""
    size, width = DE_SAM_SIZE, 64
    grid = size // 16
    head = modeling.MaskDecoder(
        num_multimask_outputs=3, transformer=modeling.TwoWayTransformer(depth=2, embedding_dim=width, mlp_dim=64, num_heads=8),
        transformer_dim=width, iou_head_depth=3, iou_head_hidden_dim=width, endoder_transformer_dim=24, upsample_transformer_dim=width)
    prompts = modeling.PromptEncoder(embed_dim=width, image_embedding_size=(grid, grid), input_image_size=(size, size), mask_in_chans=16)
    return modeling.Sam(vit(modeling, 24, 8, 6, [1, 3, 5, 7], size, width), prompts, head).eval()


@torch.no_grad()
def de_sam(root, shapes, out):
    net, size = de_sam_net(de_sam_modeling(root)), DE_SAM_SIZE
    shapes["de-sam"] = {"size": size, "tensors": redraw(net)}
    features = net.image_encoder(picture(size))
    # The whole picture as a box, and a smaller one.
    boxes = torch.tensor([[0.0, 0.0, size, size], [0.2 * size, 0.3 * size, 0.7 * size, 0.9 * size]])
    sparse, dense = net.prompt_encoder(points=None, boxes=boxes, masks=None)
    repeated = [feature.repeat(2, 1, 1, 1) for feature in features]
    logits, iou = net.mask_decoder(
        image_embeddings=repeated, image_pe=net.prompt_encoder.get_dense_pe(), sparse_prompt_embeddings=sparse, dense_prompt_embeddings=dense,
        multimask_output=False)
    for n, feature in enumerate(features):
        out[f"de-sam.feature{n}"] = thinned(feature)
    out["de-sam.logits"] = thinned(logits)
    out["de-sam.iou"] = iou.clone()
    print("de-sam", [f"{feature.std():.3f}" for feature in features], f"{logits.std():.3f}", iou.flatten().tolist())


def nms(boxes, scores, categories, iou_threshold):
    """torchvision's batched_nms of one category, on the CPU (csrc/ops/cpu/nms_kernel.cpp): equal scores keep their order."""
    assert not categories.any()
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    left, kept = scores.sort(stable=True, descending=True)[1], []
    while len(left) > 0:
        best, left = left[0], left[1:]
        kept.append(best)
        sides = torch.minimum(boxes[left, 2:], boxes[best, 2:]) - torch.maximum(boxes[left, :2], boxes[best, :2])
        shared = sides.clamp(min=0).prod(1)
        left = left[~(shared / (areas[best] + areas[left] - shared) > iou_threshold)]
    return torch.stack(kept) if kept else torch.zeros(0, dtype=torch.long)


def grid_generator(package, net):
    """As training.py's run_testing builds it, with desam_train_gridpoints.py's defaults."""
    return package.SamAutomaticMaskGenerator(
        model=net, points_per_side=9, points_per_batch=9, pred_iou_thresh=0.5, stability_score_thresh=0.6, crop_n_layers=0,
        crop_n_points_downscale_factor=1, min_mask_region_area=1000)


def described(found, package):
    """Masks in the generator's order, run lengths in COCO's."""
    runs = lambda mask: package.mask_to_rle_pytorch(torch.from_numpy(np.ascontiguousarray(mask))[None])[0]["counts"]
    return [{"runs": runs(mask["segmentation"]), "predictedIou": mask["predicted_iou"], "point": mask["point_coords"][0]} for mask in found]


@torch.no_grad()
def de_sam_grid(root):
    """Grid mode, run_testing's generator: of the small model on pictures of odd sizes, and of given logits."""
    modeling = de_sam_modeling(root)
    import torchvision.ops.boxes as ops

    ops.batched_nms = nms
    package = importlib.import_module("desam.automatic_mask_generator")
    net = de_sam_net(modeling)
    redraw(net)
    pictures, out = [], {}
    for height, width in ODD_SIZES:
        pixels = np.floor(128 + 120 * uniform(f"de-sam grid {height} {width}", 3 * height * width)).reshape(height, width, 3)
        generator = grid_generator(package, net)
        runs, own = [], generator.predictor.predict_torch
        generator.predictor.predict_torch = lambda *given, **named: runs.append(own(*given, **named)) or runs[-1]
        found, _ = generator.generate(pixels.astype(np.uint8))
        name = f"{height}x{width}"
        out[f"{name}.logits"] = thinned(torch.cat([low for _, _, low in runs]))
        out[f"{name}.iou"] = torch.cat([iou for _, iou, _ in runs])
        pictures.append({"height": height, "width": width, "masks": described(found, package)})
        ious = out[f"{name}.iou"]
        print("de-sam grid", name, len(runs), f"{ious.min():.3f} to {ious.max():.3f}", [mask["area"] for mask in found])
    grid_loss(out)
    (HERE / "de-sam-grid.json").write_text(json.dumps({"pictures": pictures, "scenes": grid_scenes(package, modeling)}, separators=(",", ":")) + "\n")
    save_file({name: tensor.contiguous() for name, tensor in out.items()}, HERE / "de-sam-grid.safetensors", {"made-by": f"torch {torch.__version__}"})


@torch.enable_grad()
def grid_loss(out):
    """The loss of training.py's run_training and its gradients: points in the object and not, with too high and too low a predicted IoU."""
    from monai.losses import DiceCELoss

    logits = torch.from_numpy(3 * uniform("grid logits", 4 * 9 * 11)).reshape(4, 1, 9, 11).float().requires_grad_()
    target = torch.from_numpy(np.floor(1 + uniform("grid target", 4 * 9 * 11))).reshape(4, 1, 9, 11).float()
    iou = torch.tensor([[0.75], [1.25], [0.5], [-0.25]], requires_grad=True)
    label = torch.tensor([[1.0], [1.0], [0.0], [0.0]])
    loss = DiceCELoss(sigmoid=True, squared_pred=True, reduction="mean")(logits, target) + torch.nn.L1Loss()(iou, label)
    loss.backward()
    out["loss.value"], out["loss.gradient"], out["loss.iou-gradient"] = loss.detach().reshape(1), logits.grad, iou.grad
    print("de-sam grid loss", loss.item(), iou.grad.flatten().tolist())


def grid_scenes(package, modeling):
    """The generator on the logits of ../automask/make.py, whose segment_anything is DeSAM's copy of it here. A point has its second mask alone."""
    sys.modules["segment_anything"] = package
    sys.modules["segment_anything.modeling"] = modeling
    sys.modules["segment_anything.utils.transforms"] = importlib.import_module("desam.utils.transforms")
    automask = module_at("automask_make", HERE.parent / "automask/make.py")

    class Predictor(automask.Predictor):
        def set_image(self, crop, embedding):
            super().set_image(crop)

        def predict_torch(self, points, labels, multimask_output, return_logits):
            assert not multimask_output
            masks, ious, low = super().predict_torch(points, labels, True, return_logits)
            return masks[:, 1:2], ious[:, 1:2], low[:, 1:2]

    # Wider than the picture: a mask of all of it, or of nothing, with the highest predicted IoU.
    everywhere = lambda sharp: [0.0, 0.0, 10000.0, 10000.0, sharp, 0.97]
    scenes = [automask.scene(*given) for given in [(11, 250, 190, 12), (12, 201, 253, 9), (13, 255, 255, 25), (14, 60, 90, 6)]]
    scenes += [{**scenes[0], "ellipses": scenes[0]["ellipses"] + [everywhere(sharp)]} for sharp in (1.0, -1.0)]
    scenes.append({**scenes[1], "ellipses": [[0.0, 0.0, 10000.0, 10000.0, 1.0, 0.25]]})
    cases = []
    for scene in scenes:
        y, x = np.mgrid[0 : scene["height"], 0 : scene["width"]]
        package.SamPredictor, own = lambda model: Predictor(scene), package.SamPredictor
        found, _ = grid_generator(package, None).generate(np.stack([x, y, x * 0], -1).astype(np.uint8))
        package.SamPredictor = own
        cases.append({**scene, "masks": described(found, package)})
        print("de-sam grid scene", len(found), [(mask["area"], round(mask["predicted_iou"], 3)) for mask in found[:4]])
    for name in [name for name in sys.modules if name.split(".")[0] == "segment_anything"]:
        del sys.modules[name]
    return cases


def module_at(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def surgical_sam_net(root, size, width):
    """The model as built, but for fewer blocks, and the modules that run it."""
    fresh(root / "SurgicalSAM", "segment_anything")
    modeling = importlib.import_module("segment_anything.modeling")
    model, forward, utils = (module_at(f"surgical_{name}", root / f"SurgicalSAM/surgicalSAM/{name}.py") for name in ["model", "model_forward", "utils"])
    grid = size // 16
    sam = modeling.Sam(
        vit(modeling, 24, 2, 6, [1], size, width),
        modeling.PromptEncoder(embed_dim=width, image_embedding_size=(grid, grid), input_image_size=(size, size), mask_in_chans=16),
        modeling.MaskDecoder(
            num_multimask_outputs=3, transformer=modeling.TwoWayTransformer(depth=2, embedding_dim=width, mlp_dim=64, num_heads=8),
            transformer_dim=width, iou_head_depth=3, iou_head_hidden_dim=width)).eval()
    net = torch.nn.ModuleDict({
        "image_encoder": sam.image_encoder, "prompt_encoder": sam.prompt_encoder, "mask_decoder": sam.mask_decoder,
        "prototype_prompt_encoder": model.Prototype_Prompt_Encoder(feat_dim=width, size=grid, num_tokens=2),
        "prototypes": model.Learnable_Prototypes(feat_dim=width)}).eval()
    tensors = [entry for entry in redraw(net) if not entry[0].startswith("prompt_encoder.") or "gaussian" in entry[0]]
    return sam, net, {"size": size, "tensors": tensors}, model, forward, utils


@torch.no_grad()
def surgical_sam(root, shapes, out):
    """The model as built: seven classes and a grid of 64 are fixed in its code. All classes are asked for, one after the other."""
    sam, net, shapes["surgical-sam"], _, forward, utils = surgical_sam_net(root, 1024, 256)
    prompts, head = sam.prompt_encoder, sam.mask_decoder
    table = net["prototypes"].class_embeddings.weight
    embedding = net["image_encoder"](picture(1024))
    features = embedding.permute(0, 2, 3, 1)
    named, logits, qualities = {}, [], []
    for number in range(1, 8):
        ids = torch.tensor([number])
        dense, sparse = net["prototype_prompt_encoder"](features.reshape(1, -1, 256), table, ids)
        low, _ = head(image_embeddings=embedding, image_pe=prompts.get_dense_pe(), sparse_prompt_embeddings=sparse, dense_prompt_embeddings=dense,
                      multimask_output=False)
        mask, quality = forward.model_forward_function(net["prototype_prompt_encoder"], prompts, head, features, table, ids)
        logits.append(low[0, 0])
        qualities.append(quality[0])
        utils.create_binary_masks(named, mask, quality, [f"seq/frame_class{number}.png"], 0)
    classes = utils.create_endovis_masks(named, 1024, 1280)["seq/frame.png"]
    out["surgical-sam.embedding"] = thinned(embedding)
    out["surgical-sam.logits"] = thinned(torch.stack(logits))
    out["surgical-sam.iou"] = torch.stack(qualities)
    out["surgical-sam.classes"] = thinned(torch.from_numpy(classes.astype(np.uint8)))
    print("surgical-sam", f"{embedding.std():.3f}", f"{torch.stack(logits).std():.3f}", np.bincount(classes.flatten()).tolist(), out["surgical-sam.iou"].tolist())


def runs(values):
    """[value, how often] along the rows."""
    flat = np.asarray(values).ravel()
    starts = np.flatnonzero(np.diff(flat, prepend=flat[0] - 1))
    return [[int(flat[start]), int(count)] for start, count in zip(starts, np.diff(starts, append=len(flat)))]


@torch.no_grad()
def surgical_sam_sizes(root, shapes):
    """A small model from pictures of odd sizes, of which one is larger than its input, to the classes of their pixels.

    The code fixes its sizes: a grid of 64, and EndoVis's frames of 1024x1280. Of other grids einops is told, and instead of its copy of
    Sam.postprocess_masks that method itself is called, with the sizes that the predictor keeps, by which data_preprocess.py makes the features.
    """
    sam, net, shapes["surgical-sam-small"], model, forward, utils = surgical_sam_net(root, 320, 64)
    predictor = importlib.import_module("segment_anything.predictor").SamPredictor(sam)
    rearrange, grid = model.rearrange, sam.image_encoder.img_size // 16
    model.rearrange = forward.rearrange = lambda x, pattern, **sizes: rearrange(x, pattern, **{name: grid if name in "hw" else n for name, n in sizes.items()})
    low = []
    forward.postprocess_masks = lambda masks, **_: low.append(masks[0, 0]) or sam.postprocess_masks(masks, predictor.input_size, predictor.original_size)
    table, pictures, out = net["prototypes"].class_embeddings.weight, [], {}
    for height, width in ODD_SIZES:
        pixels = np.floor(128 + 120 * uniform(f"surgical-sam {height} {width}", 3 * height * width)).reshape(height, width, 3)
        own, inputs = sam.preprocess, []
        sam.preprocess = lambda x: inputs.append(own(x)) or inputs[-1]
        predictor.set_image(pixels.astype(np.uint8))
        sam.preprocess = own
        named, logits, qualities = {}, [], []
        low.clear()
        for number in range(1, 8):
            mask, quality = forward.model_forward_function(
                net["prototype_prompt_encoder"], sam.prompt_encoder, sam.mask_decoder, predictor.features.permute(0, 2, 3, 1), table, torch.tensor([number]))
            logits.append(mask[0])
            qualities.append(quality[0])
            utils.create_binary_masks(named, mask, quality, [f"seq/frame_class{number}.png"], 0)
        classes = utils.create_endovis_masks(named, height, width)["seq/frame.png"]
        name = f"{height}x{width}"
        out[f"{name}.input"], out[f"{name}.embedding"] = thinned(inputs[0]), thinned(predictor.features)
        out[f"{name}.low"], out[f"{name}.iou"], out[f"{name}.logits"] = thinned(torch.stack(low)), torch.stack(qualities), thinned(torch.stack(logits))
        # Of every 7th pixel, which no width here is a multiple of.
        out[f"{name}.labels"] = torch.from_numpy(classes.ravel()[::7].astype(np.uint8))
        pictures.append({"height": height, "width": width})
        print("surgical-sam", name, predictor.input_size, f"{torch.stack(low).std():.3f}", np.bincount(classes.flatten()).tolist(), [round(q.item(), 3) for q in qualities])
    objects = surgical_sam_objects(root, out, pictures)
    surgical_sam_dice(root, out)
    lines = [json.dumps(entry, separators=(",", ":")) for entry in pictures]
    (HERE / "surgical-sam-sizes.json").write_text(
        f'{{"objects":{json.dumps(objects)},\n"pictures":[\n' + ",\n".join(lines) + "\n]}\n")
    save_file({name: tensor.contiguous() for name, tensor in out.items()}, HERE / "surgical-sam-sizes.safetensors", {"made-by": f"torch {torch.__version__}"})


def functions_of(path, **given):
    """The functions of a script that does its work when it is imported."""
    body = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
    exec(compile(ast.Module(body, []), str(path), "exec"), given)
    return types.SimpleNamespace(**given)


@torch.enable_grad()
def surgical_sam_objects(root, out, pictures):
    """For truths of odd sizes, the cells of an embedding that data_preprocess.py takes each object's mean over, and the contrast of the means.

    Of four classes the third is not there, and the second is cut off by the picture's corner. The background is a mask like the others.
    """
    from pytorch_metric_learning import losses

    transforms = importlib.import_module("segment_anything.utils.transforms")
    script = functions_of(
        root / "SurgicalSAM/surgicalSAM/tools/data_preprocess.py", torch=torch, F=torch.nn.functional, ResizeLongestSide=transforms.ResizeLongestSide)
    # Class, center, and half axes, as shares of the sides.
    objects = [[1, 0.3, 0.35, 0.21, 0.17], [2, 0.93, 0.88, 0.26, 0.31], [4, 0.62, 0.17, 0.04, 0.06]]
    image = torch.from_numpy(uniform("surgical-sam features", 8 * 64 * 64)).reshape(8, 64, 64).float()
    for picture in pictures:
        height, width = picture["height"], picture["width"]
        y, x = np.mgrid[:height, :width] + 0.5
        truth = np.zeros((height, width), int)
        for number, *at in objects:
            across, down = (x / width - at[0]) / at[2], (y / height - at[1]) / at[3]
            truth[across * across + down * down <= 1] = number
        cells, means = [], []
        for number in range(5):
            mask = np.uint8(255) * (truth == number)
            prepared = script.set_mask(np.stack((mask, mask * 0, mask * 0), -1))
            there = torch.nn.functional.interpolate(prepared, size=(64, 64), mode="bilinear")[0, 0] > 0
            cells.append(there.numpy())
            means.append(image[:, there].mean(1))
        picture["cells"] = runs(np.stack(cells))
        there = [number for number in range(5) if cells[number].any()]
        prototypes = torch.from_numpy(uniform("surgical-sam prototypes", 4 * 8)).reshape(4, 8).float().requires_grad_()
        loss = losses.NTXentLoss(temperature=0.07)(
            prototypes, torch.arange(1, 5), ref_emb=torch.stack([means[number] for number in there]), ref_labels=torch.tensor(there))
        loss.backward()
        name = f"{height}x{width}"
        out[f"{name}.contrast"], out[f"{name}.contrast-gradient"] = loss.detach().reshape(1), prototypes.grad
        print("surgical-sam objects", name, [int(one.sum()) for one in cells], loss.item())
    return objects


@torch.enable_grad()
def surgical_sam_dice(root, out):
    """Dice of train.py and its gradient, of two classes in 9x13 pixels, which are what is left without the padding."""
    dice = module_at("surgical_loss", root / "SurgicalSAM/surgicalSAM/loss.py").DiceLoss()
    logits = torch.from_numpy(3 * uniform("surgical-sam dice logits", 2 * 9 * 13)).reshape(2, 9, 13).float().requires_grad_()
    target = torch.from_numpy(np.floor(1 + uniform("surgical-sam dice target", 2 * 9 * 13))).reshape(2, 9, 13)
    loss = dice(logits, target)
    loss.backward()
    out["dice"], out["dice-gradient"] = loss.detach().reshape(1), logits.grad
    print("surgical-sam dice", loss.item())


def surgical_sam_file():
    """A file as its scripts save it, for a SAM of few channels."""
    tiny = torch.load(HERE.parent / "tiny-sam.pth", weights_only=True)
    width, grid = tiny["prompt_encoder.no_mask_embed.weight"].shape[1], tiny["image_encoder.pos_embed"].shape[1]
    decoder = {name[len("mask_decoder."):]: drawn(name, tuple(tensor.shape)) for name, tensor in tiny.items() if name.startswith("mask_decoder.")}
    shapes = {"dense_fc_1.weight": (8, width, 1, 1), "dense_fc_1.bias": (8,), "dense_fc_2.weight": (width, 8, 1, 1), "dense_fc_2.bias": (width,),
              "sparse_fc_1.weight": (8, grid * grid, 1), "sparse_fc_1.bias": (8,), "sparse_fc_2.weight": (2, 8, 1), "sparse_fc_2.bias": (2,),
              "pn_cls_embeddings.0.weight": (2, width), "pn_cls_embeddings.1.weight": (2, width)}
    torch.save({
        "prototype_prompt_encoder_state_dict": {name: drawn(f"prototype_prompt_encoder.{name}", shape) for name, shape in shapes.items()},
        "sam_decoder_state_dict": decoder,
        "prototypes_state_dict": {"class_embeddings.weight": drawn("prototypes.class_embeddings.weight", (3, width))},
    }, HERE / "surgical-sam.pth")


def prototype_loss(out):
    """The contrastive loss of surgicalSAM/train.py and its gradient, the means of one picture's objects and of its background as references.

    Of three classes the second is not there.
    """
    from pytorch_metric_learning import losses

    prototypes = torch.from_numpy(uniform("loss prototypes", 3 * 8)).reshape(3, 8).float().requires_grad_()
    image = torch.from_numpy(uniform("loss image", 8 * 6 * 6)).reshape(8, 6, 6).float()
    labels = torch.zeros(6, 6, dtype=torch.long)
    labels[1:3, 2:5] = 1
    labels[4:, :2] = 3
    there = [1, 3, 0]
    means = torch.stack([image[:, labels == number].mean(1) for number in there])
    loss = losses.NTXentLoss(temperature=0.07)(prototypes, torch.tensor([1, 2, 3]), ref_emb=means, ref_labels=torch.tensor(there))
    loss.backward()
    out["prototype-loss.value"], out["prototype-loss.gradient"] = loss.detach().reshape(1), prototypes.grad
    print("prototype-loss", loss.item())


def main(clones):
    torch.set_num_threads(2)
    stand_in_for_torchvision()
    stand_in_for_resizing()
    root = pathlib.Path(clones)
    shapes, out = {}, {}
    auto_sam(root, shapes, out)
    auto_sam_sizes()
    de_sam(root, shapes, out)
    de_sam_published(root)
    de_sam_grid(root)
    class_loss(root, out)
    surgical_sam(root, shapes, out)
    surgical_sam_sizes(root, shapes)
    surgical_sam_file()
    prototype_loss(out)
    save_file({name: tensor.contiguous() for name, tensor in out.items()}, HERE / "autoprompt.safetensors", {"made-by": f"torch {torch.__version__}"})
    lines = [f"{json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}" for name, entry in shapes.items()]
    (HERE / "autoprompt.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
