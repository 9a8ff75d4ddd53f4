# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.13.0", "numpy==2.4.6", "safetensors==0.8.0", "transformers==5.24.0"]
# ///
"""HQ-SAM as transformers saves it (`SamHQModel`), and its answers by that code.

    python make.py

Weights are those of ../families/drawn.py, every parameter redrawn. The mask decoder of transformers 5.24.0 drops what its transformer makes of the image and
upscales the embedding itself, its rows and columns exchanged; HQ-SAM's own code (../hq-sam/make.py) does not. `with_image_side` puts that right.
Written beside this file:

    model.safetensors, config.json   a small model by save_pretrained
    answers.safetensors              embedding, first global block, logits, and predicted IoU; every third pixel of logits, in each axis
    published.json                   names and shapes of the model that SamHQConfig describes by default, as save_pretrained writes them
"""
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import SamHQConfig, SamHQModel

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "families")]
from drawn import picture, redraw

SIZE, WIDTH = 160, 16
POINTS = torch.tensor([[[[30.0, 40.0], [80.0, 20.0]]]])
LABELS = torch.tensor([[[1, 0]]])


def with_image_side(transformer):
    """Puts the transformer's image side where the decoder reads it: in the embedding that it gave, which it then transposes."""
    forward = transformer.forward

    def run(image_embeddings, **rest):
        tokens, image = forward(image_embeddings=image_embeddings.clone(), **rest)
        image_embeddings.copy_(image.transpose(2, 3).reshape(image_embeddings.shape).transpose(2, 3))
        return tokens, image

    transformer.forward = run


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    vision = dict(
        hidden_size=12, output_channels=WIDTH, num_hidden_layers=3, num_attention_heads=3, image_size=SIZE, patch_size=16, window_size=14,
        global_attn_indexes=[1, 2], mlp_dim=40, num_pos_feats=WIDTH // 2)
    prompts = dict(hidden_size=WIDTH, image_size=SIZE, patch_size=16, mask_input_channels=4)
    decoder = dict(hidden_size=WIDTH, mlp_dim=32, num_attention_heads=8, iou_head_hidden_dim=WIDTH, iou_head_depth=3, vit_dim=12)
    net = SamHQModel(SamHQConfig(vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=decoder)).eval()
    redraw(net)
    net.save_pretrained(HERE)
    with_image_side(net.mask_decoder.transformer)

    embedding, between = net.get_image_embeddings(picture(SIZE))
    given = dict(image_embeddings=embedding, intermediate_embeddings=between, input_points=POINTS, input_labels=LABELS)
    out = {"embedding": embedding, "early": between[0].permute(0, 3, 1, 2)}
    for name, options in {
        "single": dict(multimask_output=False), "best": dict(multimask_output=True), "token": dict(multimask_output=False, hq_token_only=True),
    }.items():
        answer = net(**given, **options)
        out[f"{name}.logits"], out[f"{name}.iou"] = answer.pred_masks[0, 0, :, ::3, ::3], answer.iou_scores[0, 0]
        print(name, list(answer.pred_masks.shape), f"{answer.pred_masks.std():.3f}", answer.iou_scores.flatten().tolist())
    made_by = json.dumps({"torch": torch.__version__})
    save_file({name: tensor.contiguous() for name, tensor in out.items()}, HERE / "answers.safetensors", {"made-by": made_by})

    with torch.device("meta"):
        whole = SamHQModel(SamHQConfig())
    # save_pretrained writes tied weights once.
    rows = [[name, list(tensor.shape)] for name, tensor in whole.state_dict().items() if name != "prompt_encoder.shared_embedding.positional_embedding"]
    (HERE / "published.json").write_text("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]\n")


if __name__ == "__main__":
    main()
