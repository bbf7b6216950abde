"""PNG files, and what the published processors of Qwen2.5-VL and VGGT make of them. Data for `test/model/pictures.node.test.ts`.

    pip install numpy torch torchvision 'transformers==4.57.1' 'pillow<=12.0' safetensors
    python reference/pictures.py test/model/fixtures

Writes `picture-rgb.png`, `picture-rgba.png` and `pictures.safetensors`: for each file `<kind>.pixel_values` f32[N, 3, 14, 14] (one of the
two frames, which are the same) and `<kind>.image_grid_thw` by the settings of Qwen2.5-VL's preprocessor_config.json, and
`<kind>.vggt` f32[3, 56, W] of VGGT's loader at 56 pixels. `over_white` u8[256, 256] is what Pillow composes of level (column) and
opacity (row).
"""

import os
import sys

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import Qwen2VLImageProcessor
from vggt_images import preprocess


def blended(image):
    """What `load_and_preprocess_images` of facebookresearch/vggt does with a file that it has opened."""
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, (255, 255, 255, 255)), image)
    return image.convert("RGB")


folder = sys.argv[1]
random = np.random.default_rng(3)
tensors = {}
qwen = Qwen2VLImageProcessor(min_pixels=3136, max_pixels=12845056)
for kind, width, height in [("rgb", 45, 40), ("rgba", 70, 52)]:
    pixels = random.integers(0, 256, (height, width, len(kind)), dtype=np.uint8)
    if kind == "rgba":
        pixels[:10, :, 3], pixels[10:20, :, 3] = 0, 255
    file = os.path.join(folder, f"picture-{kind}.png")
    Image.fromarray(pixels).save(file)
    out = qwen(images=[Image.open(file)], return_tensors="pt")
    patches = out["pixel_values"].view(-1, 3, 2, 14, 14)
    assert torch.equal(patches[:, :, 0], patches[:, :, 1])
    tensors[f"{kind}.pixel_values"] = patches[:, :, 0].contiguous()
    tensors[f"{kind}.image_grid_thw"] = out["image_grid_thw"].int()
    tensors[f"{kind}.vggt"] = preprocess(blended(Image.open(file)), "crop", 56)
level, opacity = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
every = blended(Image.fromarray(np.stack([level, level, level, opacity], 2)))
tensors["over_white"] = torch.from_numpy(np.asarray(every)[:, :, 0].copy())
save_file(tensors, os.path.join(folder, "pictures.safetensors"))
