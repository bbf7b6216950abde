"""Pictures resized by Pillow and letterboxed as openpi's `resize_with_pad` does, to compare ours with.

    pip install numpy 'pillow<=12.0' safetensors     # 13 picks the order of rows and columns by cost, and rounds otherwise
    python reference/pillow_views.py test/fixtures/views.safetensors
"""

import sys

import numpy as np
from PIL import Image
from safetensors.numpy import save_file


def resize_with_pad(image, size):
    """openpi_client/image_tools.py, `_resize_with_pad_pil`, for a square."""
    width, height = image.size
    ratio = max(width / size, height / size)
    inside, tall = int(width / ratio), int(height / ratio)
    square = Image.new(image.mode, (size, size), 0)
    square.paste(
        image.resize((inside, tall), resample=Image.BILINEAR),
        (max(0, int((size - inside) / 2)), max(0, int((size - tall) / 2))),
    )
    return square


random = np.random.default_rng(7)
tensors = {}
for width, height in [(64, 48), (31, 57), (5, 3)]:
    pixels = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    tensors[f"{width}x{height}"] = pixels
    for to_width, to_height in [(22, 17), (64, 48), (70, 20), (13, 90), (1, 1)]:
        resized = image.resize((to_width, to_height), resample=Image.BILINEAR)
        tensors[f"{width}x{height} to {to_width}x{to_height}"] = np.asarray(resized)
    for size in [16, 27, 48]:
        tensors[f"{width}x{height} in {size}"] = np.asarray(resize_with_pad(image, size))

save_file(tensors, sys.argv[1])
