"""Pictures as VGGT's `load_and_preprocess_images` makes them, by Pillow and torchvision. Data for `test/model/vggt-images.test.ts`.

    pip install numpy torch torchvision 'pillow<=12.0' safetensors    # 13 picks the order of rows and columns by cost, and rounds otherwise
    python reference/vggt_images.py test/model/fixtures/vggt_images.safetensors

A transcription of the published preprocessing for RGB pictures, with the size as a parameter. `picture.i` u8[height, width, 3]; `crop.i`,
`pad.i` and `together` (all pictures, crop) as levels u8[3, H, W] at 56 pixels; `levels` f32[256] is what torchvision makes of a level.
Metadata: `crop518.i`, `pad518.i` are SHA-256 of the levels at the published size.
"""

import hashlib
import sys

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torchvision.transforms import ToTensor

SIZES = [(64, 48), (31, 57), (90, 40), (23, 70), (56, 56), (33, 100), (101, 95)]


def preprocess(image, mode, size, patch=14):
    width, height = image.size
    if mode == "crop" or width >= height:
        to = size, round(height * (size / width) / patch) * patch
    else:
        to = round(width * (size / height) / patch) * patch, size
    pixels = ToTensor()(image.resize(to, Image.Resampling.BICUBIC))
    if mode == "crop":
        start = max(0, to[1] - size) // 2
        return pixels[:, start : start + size]
    return surrounded(pixels, size, size)


def surrounded(pixels, height, width):
    """White on all sides; what is odd goes to the right and the bottom."""
    h, w = height - pixels.shape[1], width - pixels.shape[2]
    return torch.nn.functional.pad(pixels, (w // 2, w - w // 2, h // 2, h - h // 2), value=1.0)


def levels(pixels):
    found = (pixels * 255).round().to(torch.uint8)
    assert torch.equal(found.float() / 255, pixels)
    return found.contiguous()


if __name__ == "__main__":
    random = np.random.default_rng(11)
    tensors = {"levels": ToTensor()(np.arange(256, dtype=np.uint8)[:, None, None]).flatten()}
    metadata, cropped = {}, []
    for i, (width, height) in enumerate(SIZES):
        picture = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
        image = Image.fromarray(picture)
        tensors[f"picture.{i}"] = torch.from_numpy(picture)
        for mode in ("crop", "pad"):
            tensors[f"{mode}.{i}"] = levels(preprocess(image, mode, 56))
            published = levels(preprocess(image, mode, 518))
            metadata[f"{mode}518.{i}"] = hashlib.sha256(published.numpy().tobytes()).hexdigest()
        cropped.append(preprocess(image, "crop", 56))
    height, width = (max(pixels.shape[axis] for pixels in cropped) for axis in (1, 2))
    tensors["together"] = levels(torch.stack([surrounded(pixels, height, width) for pixels in cropped]))
    save_file(tensors, sys.argv[1], metadata)
