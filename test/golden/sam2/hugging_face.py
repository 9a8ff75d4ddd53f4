# /// script
# requires-python = ">=3.10"
# dependencies = ["torch==2.13.0", "numpy==2.4.6", "safetensors==0.8.0", "pillow==13.0.0", "scipy==1.17.1", "transformers==5.24.0"]
# ///
"""SAM 2 as transformers has it (`Sam2VideoModel`, the layout of the published model.safetensors), and its answers by that code.

    python hugging_face.py

Writes beside this file: hugging-face.json, names and shapes of a small model, and of the one that Sam2VideoConfig describes by default;
hugging-face.safetensors, the logits of a box and of the next slices, at every 61st element. Weights are those of ../families/drawn.py, every parameter
and buffer redrawn; pictures are those of memory.py.
"""
import json
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "families")]
from drawn import redraw
from make import thinned
from memory import BOX, HEIGHT, SIZE, WIDTH, connected_components, slices
from shared import medsam2_input
from transformers import Sam2VideoConfig, Sam2VideoModel
from transformers.models.sam2_video.modeling_sam2_video import Sam2VideoInferenceSession

FIRST, LAST = 6, 10
# Raised by 0.3, so that the object is seen.
SCORE = "mask_decoder.pred_obj_score_head.proj_out.bias"


def small_config():
    width, grid = 16, SIZE // 4
    backbone = dict(
        model_type="sam2_hiera_det_model", hidden_size=width, image_size=[SIZE, SIZE], embed_dim_per_stage=[width, 2 * width, 4 * width, 8 * width])
    vision = dict(
        model_type="sam2_vision_model", backbone_config=backbone, backbone_channel_list=[8 * width, 4 * width, 2 * width, width],
        backbone_feature_sizes=[[grid, grid], [grid // 2, grid // 2], [grid // 4, grid // 4]])
    return Sam2VideoConfig(vision_config=vision, prompt_encoder_config=dict(image_size=SIZE), image_size=SIZE, memory_attention_rope_feat_sizes=[grid // 4, grid // 4])


def as_sam2(net):
    """What transformers leaves out of SAM 2's own predictor: small holes are filled, and the memory is kept in half precision."""
    find, encode = net._run_single_frame_inference, net.memory_encoder.forward

    def filled(*args, **options):
        out = find(*args, **options)
        out["pred_masks"] = fill_holes(out["pred_masks"])
        if options["point_inputs"] is not None:
            out["high_res_masks"] = torch.nn.functional.interpolate(out["pred_masks"].reshape(1, 1, SIZE // 4, SIZE // 4), size=(SIZE, SIZE), mode="bilinear")
        return out

    def halved(*args, **options):
        memory, positions = encode(*args, **options)
        return memory.to(torch.bfloat16).float(), positions

    net._run_single_frame_inference, net.memory_encoder.forward = filled, halved


def fill_holes(logits):
    labels, areas = connected_components((logits <= 0).reshape(1, 1, *logits.shape[-2:]))
    is_hole = (labels > 0) & (areas <= 8)
    return torch.where(is_hole.reshape(logits.shape), 0.1, logits)


def layout(net):
    return [[name, list(tensor.shape)] for name, tensor in net.state_dict().items() if tensor.is_floating_point()]


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    net = Sam2VideoModel(small_config()).eval()
    shapes = redraw(net)
    assert shapes == layout(net)
    net.state_dict()[SCORE].add_(0.3)
    # The two are one in the published files.
    net.prompt_encoder.shared_embedding.positional_embedding.copy_(net.shared_image_embedding.positional_embedding)
    as_sam2(net)
    images = torch.stack([medsam2_input(image, SIZE) for image in slices()])
    session = Sam2VideoInferenceSession(video=images, video_height=HEIGHT, video_width=WIDTH, dtype=torch.float32)
    scale = torch.tensor([SIZE / WIDTH, SIZE / HEIGHT])
    corners = (torch.from_numpy(BOX).reshape(2, 2) * scale)[None, None]
    index = session.obj_id_to_idx(1)
    session.add_point_inputs(index, FIRST, {"point_coords": corners, "point_labels": torch.tensor([[[2, 3]]], dtype=torch.int32)})
    session.obj_with_new_inputs.append(1)
    found = {}
    net(inference_session=session, frame_idx=FIRST)
    for output in net.propagate_in_video_iterator(session, start_frame_idx=FIRST, max_frame_num_to_track=LAST - FIRST):
        known = session.output_dict_per_obj[index]
        frame = known["cond_frame_outputs"].get(output.frame_idx) or known["non_cond_frame_outputs"][output.frame_idx]
        found[output.frame_idx] = frame["pred_masks"].reshape(SIZE // 4, SIZE // 4).float()
    assert sorted(found) == list(range(FIRST, LAST + 1))
    out = {"logits": thinned(torch.stack([found[n] for n in sorted(found)]))}
    print({n: f"{logits.std():.3f} {(logits > 0).float().mean():.2f}" for n, logits in found.items()})
    save_file(out, HERE / "hugging-face.safetensors", {"made-by": json.dumps({"torch": torch.__version__, "transformers": "5.24.0"})})
    with torch.device("meta"):
        published = layout(Sam2VideoModel(Sam2VideoConfig()))
    lines = [f"{json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}" for name, entry in [("small", shapes), ("published", published)]]
    (HERE / "hugging-face.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
