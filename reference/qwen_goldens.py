"""Goldens of Qwen2.5-VL in sizes and shapes of all kinds, run by transformers itself, for `gear verify golden` and its tests.

    pip install torch 'transformers==4.57.1' 'pillow<=12.0'
    python reference/qwen_goldens.py test/model/fixtures
"""

import json
import sys

import torch
from nn_fixture import save_fixture
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

IMAGE, START, END, PAD = 55, 52, 53, 50

# Windows of 3 × 3 cells that do not fill the frames; grids that differ, two alike; one key head for four; a shared table; more layers.
RAGGED = {
    "vision": dict(depth=5, hidden_size=48, intermediate_size=52, num_heads=2, patch_size=4, window_size=24, fullatt_block_indexes=[0, 3]),
    "text": dict(hidden_size=32, intermediate_size=44, num_hidden_layers=5, num_attention_heads=4, num_key_value_heads=1, rope_theta=5e3),
    "epsilon": 1e-6,
    "sections": [2, 1, 1],
    "tied": True,
    "grids": [[1, 6, 10], [1, 4, 14], [1, 6, 10], [1, 8, 4]],
    "names": "published",
}
# Cells of 3 × 3 patches, an image of two frames, no block that sees whole frames, a patch embedding kept as a matrix, as many key heads as
# query heads, one temporal layer, names of newer versions.
WIDE = {
    "vision": dict(depth=2, hidden_size=36, intermediate_size=40, num_heads=3, patch_size=6, temporal_patch_size=1, spatial_merge_size=3,
                   window_size=40, fullatt_block_indexes=[]),
    "text": dict(hidden_size=40, intermediate_size=28, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2, rope_theta=1e6),
    "epsilon": 1e-4,
    "sections": [4, 2, 4],
    "tied": False,
    "grids": [[2, 9, 6], [1, 3, 12]],
    "names": "new",
}


def build(variant):
    text = dict(vocab_size=60, max_position_embeddings=256, rope_scaling={"type": "mrope", "mrope_section": variant["sections"]},
                rms_norm_eps=variant["epsilon"], tie_word_embeddings=variant["tied"], **variant["text"])
    vision = dict(out_hidden_size=text["hidden_size"], **variant["vision"])
    config = Qwen2_5_VLConfig(text_config=text, vision_config=vision, image_token_id=IMAGE, vision_start_token_id=START,
                              vision_end_token_id=END, video_token_id=56, tie_word_embeddings=variant["tied"])
    config.text_config._attn_implementation = config.vision_config._attn_implementation = config._attn_implementation = "eager"
    model = Qwen2_5_VLForConditionalGeneration(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            noise = torch.randn(weight.shape)
            if weight.dim() == 1:
                weight.copy_(noise * 0.1 + (0 if name.endswith("bias") else 1))
            else:
                weight.copy_(noise * (1.5 / weight[0].numel()) ** 0.5)
    assert variant["tied"] == (model.lm_head.weight is model.get_input_embeddings().weight)
    stated = {"vision_config": vision, "text_config": text, "image_token_id": IMAGE, "vision_start_token_id": START}
    return model, stated


def weights(model, variant):
    for name, weight in model.state_dict().items():
        if name == "lm_head.weight" and variant["tied"]:
            continue
        if variant["names"] == "published":
            name = name.replace("model.visual.", "visual.").replace("model.language_model.", "model.")
        elif "patch_embed" in name:
            weight = weight.flatten(1)
        yield f"weight.{name}", weight


def sequence(grids, merge, text):
    """Token ids: some text before, between (none between the first two images) and after the images."""
    ids = torch.randint(0, 50, (text,)).tolist()
    for i, (frames, rows, columns) in enumerate(grids):
        ids += [START] + [IMAGE] * (frames * rows * columns // merge**2) + [END]
        ids += torch.randint(0, 50, (i * 2,)).tolist()
    return ids + torch.randint(0, 50, (3,)).tolist()


def run(variant, file):
    torch.manual_seed(5)
    model, config = build(variant)
    vision, merge = model.config.vision_config, model.config.vision_config.spatial_merge_size
    grids = torch.tensor(variant["grids"])
    patches = int(grids.prod(1).sum())
    pixels = torch.randn(patches, 3 * vision.temporal_patch_size * vision.patch_size**2)
    tensors = {"input.pixel_values": pixels, "input.image_grid_thw": grids.int()}
    seen = {}

    def note(name):
        def hook(_module, _inputs, output):
            seen[name] = (output[0] if isinstance(output, tuple) else output).detach().clone()
        return hook

    tower = model.model.visual
    tower.patch_embed.register_forward_hook(note("vision.patch_embed"))
    for i, block in enumerate(tower.blocks):
        block.register_forward_hook(note(f"vision.block.{i}"))
    for i, layer in enumerate(model.model.language_model.layers):
        layer.register_forward_hook(note(f"text.layer.{i}"))
    model.model.language_model.register_forward_pre_hook(
        lambda _m, _a, kwargs: seen.__setitem__("inputs_embeds", kwargs["inputs_embeds"].detach().clone()), with_kwargs=True)

    first = variant["grids"][: len(grids) // 2 or 1]
    rows = [sequence(first, merge, 5), sequence(variant["grids"][len(first):], merge, 2)]
    length = max(map(len, rows)) + 2
    left = torch.tensor([[PAD] * (length - len(row)) + row for row in rows])
    # One row is padded on the left, the other on the right.
    mixed, mask = left.clone(), (torch.arange(length) >= torch.tensor([[length - len(row)] for row in rows])).long()
    mixed[1] = torch.tensor(rows[1] + [PAD] * (length - len(rows[1])))
    mask[1] = mask[1].flip(0)
    cases = {
        "": (torch.tensor([sequence(variant["grids"], merge, 4)]), None, True),
        "batch.": (mixed, mask, True),
        "textonly.": (torch.randint(0, 50, (2, 9)), None, False),
    }
    with torch.no_grad():
        for case, (ids, attention, pictured) in cases.items():
            seen.clear()
            tensors[f"input.{case}input_ids"] = ids.int()
            if attention is not None:
                tensors[f"input.{case}attention_mask"] = attention.int()
            pictures = dict(pixel_values=pixels, image_grid_thw=grids) if pictured else {}
            positions, deltas = model.model.get_rope_index(ids, grids if pictured else None, None, None, attention)
            logits = model(input_ids=ids, attention_mask=attention, position_ids=positions, use_cache=False, **pictures).logits
            tensors[f"output.{case}position_ids"] = positions.int().contiguous()
            tensors[f"output.{case}rope_deltas"] = deltas.int()
            tensors[f"output.{case}logits"] = logits
            if case == "":
                tensors |= {f"output.{name}": value for name, value in seen.items()}
        tensors["output.vision.embeds"] = tower(pixels, grid_thw=grids)
        index, ends = tower.get_window_index(grids)
        tensors["output.vision.window_index"] = index.int()
        tensors["output.vision.cu_window_seqlens"] = torch.unique_consecutive(torch.tensor(ends)).int()
        tensors["output.vision.rot_pos_emb"] = tower.rot_pos_emb(grids)
    save_fixture(f"{sys.argv[1]}/{file}", {**tensors, **dict(weights(model, variant))}, {"config": json.dumps(config)})


run(RAGGED, "qwen_ragged.safetensors")
run(WIDE, "qwen_wide.safetensors")
