"""Pictures as transformers' image processor of Qwen2.5-VL makes them, to compare ours with, and how far its two versions are apart.

    pip install torch torchvision 'transformers==4.57.1' 'pillow<=12.0'     # 13 picks the order of rows and columns by cost, and rounds otherwise
    python reference/qwen_images.py test/model/fixtures/qwen_images.safetensors
"""

import sys

import numpy as np
import torch
from PIL import Image
from safetensors.numpy import save_file
from transformers import Qwen2VLImageProcessor, Qwen2VLImageProcessorFast
from transformers.models.qwen2_vl.image_processing_qwen2_vl import smart_resize

random = np.random.default_rng(11)


def picture(width, height):
    """Noise over a slope, so that both fine detail and flat parts are resampled."""
    slope = np.linspace(0, 255, width)[None, :, None] * np.linspace(0.2, 1, height)[:, None, None]
    noise = random.normal(0, 60, (height, width, 3))
    return np.clip(slope + noise, 0, 255).astype(np.uint8)


tensors = {}

# min_pixels, max_pixels, height, width → height, width
sizes = []
PUBLISHED = 3136, 12845056  # preprocessor_config.json of Qwen2.5-VL-3B-Instruct and -7B-Instruct
for _ in range(400):
    height, width = (int(side) for side in np.exp(random.uniform(0, 9, 2)))
    if max(height, width) <= 200 * min(height, width):
        low, high = [PUBLISHED, (4 * 28 * 28, 16 * 28 * 28)][random.integers(2)]
        sizes.append((low, high, height, width, *smart_resize(height, width, 28, low, high)))
for side in [14, 42, 70, 98, 126]:  # halves: Python rounds them to even
    sizes.append((*PUBLISHED, side, side + 28, *smart_resize(side, side + 28, 28, *PUBLISHED)))
tensors["sizes"] = np.array(sizes, dtype=np.int32)

for width, height in [(64, 48), (31, 57), (5, 3)]:
    pixels = picture(width, height)
    tensors[f"bicubic {width}x{height}"] = pixels
    for to_width, to_height in [(22, 17), (64, 48), (70, 20), (13, 90), (1, 1)]:
        resized = Image.fromarray(pixels).resize((to_width, to_height), Image.BICUBIC)
        tensors[f"bicubic {width}x{height} to {to_width}x{to_height}"] = np.asarray(resized)

limits = dict(min_pixels=4 * 28 * 28, max_pixels=8 * 28 * 28)
slow, fast = Qwen2VLImageProcessor(**limits), Qwen2VLImageProcessorFast(**limits)
for width, height in [(56, 56), (100, 37), (20, 30), (211, 160)]:
    pixels = picture(width, height)
    out = slow(images=[Image.fromarray(pixels)], return_tensors="np")
    other = fast(images=[Image.fromarray(pixels)], return_tensors="pt")
    assert out["image_grid_thw"].tolist() == other["image_grid_thw"].tolist()
    difference = np.abs(out["pixel_values"] - other["pixel_values"].numpy())
    print(f"{width}x{height} → {out['image_grid_thw'].tolist()}: the fast one differs by {difference.max():.1e}, in {np.mean(difference > 1e-5):.1%} of values")
    tensors[f"picture {width}x{height}"] = pixels
    # Both frames of a patch are the same.
    patches = out["pixel_values"].reshape(-1, 3, 2, 14, 14)
    assert (patches[:, :, 0] == patches[:, :, 1]).all()
    tensors[f"pixel_values {width}x{height}"] = np.ascontiguousarray(patches[:, :, 0])
    tensors[f"image_grid_thw {width}x{height}"] = out["image_grid_thw"].astype(np.int32)

save_file(tensors, sys.argv[1])
