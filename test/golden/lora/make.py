# /// script
# requires-python = ">=3.10"
# dependencies = [
#   "torch==2.13.0", "numpy==2.4.6", "safetensors==0.8.0", "segment-anything==1.0", "transformers==5.24.0", "peft==0.21.2",
#   "scipy==1.17.1",
# ]
# ///
"""Low-rank updates as SAMed, micro-sam and PEFT save them, a model as transformers saves it, and their answers, by those projects' own code.

    git clone https://github.com/hitachinsk/SAMed                               (e351840481f51d0c7dee50007f29d02197b63d99)
    git clone https://github.com/computational-cell-analytics/micro-sam         (3acdcd72958395d51c86da1414770b603a781173)
    python make.py FOLDER-OF-THE-CLONES

Nothing of the clones is copied. Weights are those of ../families/drawn.py. Written beside this file:

    base.json                 names and shapes of the segment-anything model that the updates stand on
    samed.pth, samed_s.pth    by save_lora_parameters of SAMed and SAMed_s, for 8 classes at 96 pixels
    micro-sam.pt              a training's file, base and updates of q, k, v and the MLP
    answers.safetensors       embedding, logits and predicted IoU of each, of hugging-face and of peft too
    ../hugging-face           a model by save_pretrained of transformers, and in adapter/ updates by that of PEFT
"""
import importlib.util
import json
import os
import pathlib
import sys
from functools import partial

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "families"), str(HERE.parent)]
official_folder = pathlib.Path(importlib.util.find_spec("segment_anything").origin).parent

import torch
from drawn import drawn, picture, redraw
from make import stand_in
from safetensors.torch import save_file
from sam_vit import stand_in_for_torchvision
from scipy.ndimage import zoom

BASE, SMALL, WIDTH = 160, 96, 16
POINTS = (torch.tensor([[[30.0, 40.0], [80.0, 20.0]]]), torch.tensor([[1, 0]]))


def build(modeling, size, masks=3):
    encoder = modeling.ImageEncoderViT(
        depth=3, embed_dim=12, img_size=size, mlp_ratio=4, norm_layer=partial(torch.nn.LayerNorm, eps=1e-6), num_heads=3, patch_size=16,
        qkv_bias=True, use_rel_pos=True, global_attn_indexes=[2], window_size=14, out_chans=WIDTH)
    prompts = modeling.PromptEncoder(
        embed_dim=WIDTH, image_embedding_size=(size // 16,) * 2, input_image_size=(size, size), mask_in_chans=4)
    decoder = modeling.MaskDecoder(
        num_multimask_outputs=masks, transformer=modeling.TwoWayTransformer(depth=2, embedding_dim=WIDTH, mlp_dim=32, num_heads=8),
        transformer_dim=WIDTH, iou_head_depth=3, iou_head_hidden_dim=WIDTH)
    return modeling.Sam(encoder, prompts, decoder).eval()


@torch.no_grad()
def answers(name, net, size, out, points=POINTS):
    embedding = net.image_encoder(picture(size))
    sparse, dense = net.prompt_encoder(points=points, boxes=None, masks=None)
    logits, iou = net.mask_decoder.predict_masks(embedding, net.prompt_encoder.get_dense_pe(), sparse, dense)
    out[f"{name}.embedding"], out[f"{name}.logits"], out[f"{name}.iou"] = embedding, logits[:, :, ::3, ::3], iou
    print(name, f"{embedding.std():.3f}", f"{logits.std():.3f}")


def draw_lora(module, prefix):
    """Updates of a size that shows; as initialised they are nothing."""
    for name, parameter in module:
        parameter.data.copy_(drawn(prefix + name, tuple(parameter.shape)))


@torch.no_grad()
def samed(root, base, out):
    stand_in("icecream")
    sys.path.insert(0, str(root / "SAMed"))
    for name in [name for name in sys.modules if name.split(".")[0] == "segment_anything"]:
        del sys.modules[name]
    import sam_lora_image_encoder
    import sam_lora_image_encoder_mask_decoder
    import segment_anything.modeling as modeling
    from segment_anything.build_sam import load_from

    for name, script in [("samed", sam_lora_image_encoder), ("samed_s", sam_lora_image_encoder_mask_decoder)]:
        net = build(modeling, SMALL, masks=8)
        net.load_state_dict(load_from(net, base, SMALL, 16))
        for key, parameter in net.named_parameters():
            is_own = "transformer" not in key or name == "samed"
            if not key.startswith("image_encoder") and is_own:
                parameter.data.copy_(drawn(f"{name}.{key}", tuple(parameter.shape)))
        lora = script.LoRA_Sam(net, 2)
        lists = [(list_name, getattr(lora, list_name)) for list_name in vars(lora) if list_name.endswith(("As", "Bs"))]
        draw_lora([(f"{list_name}{n}", layer.weight) for list_name, layers in lists for n, layer in enumerate(layers)], name)
        draw_lora([(key, parameter) for key, parameter in lora.named_parameters() if key.startswith("fa_ti_")], name)
        lora.save_lora_parameters(str(HERE / f"{name}.pth"))
        answers(name, lora.sam.eval(), SMALL, out, points=None)
        # As its test.py builds it.
        lora.sam.pixel_mean.zero_(), lora.sam.pixel_std.fill_(1)
        masks = lora(picture(SMALL), True, SMALL)["masks"]
        classes = torch.argmax(torch.softmax(masks, dim=1), dim=1).squeeze(0).numpy()
        # As test_single_volume brings them back to a slice of 90 rows and 61 columns.
        out[f"{name}.classes"] = torch.from_numpy(zoom(classes, (90 / SMALL, 61 / SMALL), order=0).astype("uint8"))


@torch.no_grad()
def micro_sam(root, net, out):
    spec = importlib.util.spec_from_file_location("peft_sam", root / "micro-sam/micro_sam/models/peft_sam.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for block in net.image_encoder.blocks:
        module.LoRASurgery(2, block, ["q", "k", "v", "mlp"])
    draw_lora([(key, parameter) for key, parameter in net.named_parameters() if "_linear_" in key], "micro-sam.")
    state = {f"sam.{key}": value for key, value in net.state_dict().items()}
    torch.save({"epoch": 3, "model_state": state, "decoder_state": {"out.weight": torch.zeros(2)}}, HERE / "micro-sam.pt")
    answers("micro-sam", net, BASE, out)


@torch.no_grad()
def hugging_face(out):
    from peft import LoraConfig, get_peft_model
    from transformers import SamConfig, SamModel

    vision = dict(
        hidden_size=12, output_channels=WIDTH, num_hidden_layers=3, num_attention_heads=3, image_size=BASE, patch_size=16, window_size=14,
        global_attn_indexes=[2], mlp_dim=40, num_pos_feats=WIDTH // 2)
    prompts = dict(hidden_size=WIDTH, image_size=BASE, patch_size=16, mask_input_channels=4)
    decoder = dict(hidden_size=WIDTH, mlp_dim=32, num_attention_heads=8, iou_head_hidden_dim=WIDTH, iou_head_depth=3)
    net = SamModel(SamConfig(vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=decoder)).eval()
    redraw(net)
    folder = HERE.parent / "hugging-face"
    net.save_pretrained(folder)

    def answer(name, net):
        embedding = net.get_image_embeddings(picture(BASE))
        points, labels = POINTS
        given = dict(image_embeddings=embedding, input_points=points[None], input_labels=labels[None])
        many = net(**given, multimask_output=True)
        one = net(**given, multimask_output=False)
        logits = torch.cat([one.pred_masks, many.pred_masks], dim=2)[0]
        out[f"{name}.embedding"], out[f"{name}.logits"] = embedding, logits[:, :, ::3, ::3]
        out[f"{name}.iou"] = torch.cat([one.iou_scores, many.iou_scores], dim=2)[0]
        print(name, f"{embedding.std():.3f}", f"{logits.std():.3f}")

    answer("hugging-face", net)
    config = LoraConfig(r=2, lora_alpha=5, target_modules=["qkv", "v_proj", "lin1"], modules_to_save=["iou_prediction_head"])
    tuned = get_peft_model(net, config)
    draw_lora([(key, p) for key, p in tuned.named_parameters() if ".lora_" in key or ".modules_to_save." in key], "peft.")
    tuned.save_pretrained(folder / "adapter")
    answer("peft", tuned.eval().base_model.model)
    os.remove(folder / "adapter/README.md")


def main(clones):
    torch.set_num_threads(2)
    root = pathlib.Path(clones)
    out = {}
    # Before the stand-in, which transformers would look into.
    hugging_face(out)
    stand_in_for_torchvision()
    import segment_anything.modeling as official

    net = build(official, BASE)
    shapes = redraw(net)
    (HERE / "base.json").write_text(json.dumps(shapes, separators=(",", ":")) + "\n")
    base = {key: value.clone() for key, value in net.state_dict().items()}
    micro_sam(root, net, out)
    samed(root, base, out)
    save_file({name: tensor.contiguous() for name, tensor in out.items()}, HERE / "answers.safetensors", {"made-by": json.dumps({"torch": torch.__version__})})


if __name__ == "__main__":
    main(*sys.argv[1:])
