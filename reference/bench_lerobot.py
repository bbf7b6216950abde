"""Samples per second of LeRobot's own dataset in PyTorch's DataLoader: one camera at 224 px, letterboxed, state, 30-step chunks.

Usage: python reference/bench_lerobot.py FOLDER WORKERS BATCHES BATCH_SIZE SIZE    (from `npm run bench -- data`)
FOLDER is a LeRobot v3.0 dataset. Batches are shuffled; the first ones, before which workers start, are not counted. Prints a line of
JSON. Needs: lerobot, torchvision
"""

import json
import os
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"

import lerobot
import torch
from lerobot.datasets.lerobot_dataset import LeRobotDataset
from torchvision.transforms import v2

folder, workers, batches, batch_size, size = sys.argv[1], *map(int, sys.argv[2:6])
WARM_UP = 2


def letterbox(image):
    height, width = image.shape[-2:]
    ratio = max(width / size, height / size)
    inside = int(height / ratio), int(width / ratio)
    small = v2.functional.resize(image, inside, antialias=True)
    left, top = (size - inside[1]) // 2, (size - inside[0]) // 2
    return v2.functional.pad(small, [left, top, size - inside[1] - left, size - inside[0] - top])


probe = LeRobotDataset("bench/data", root=folder)
camera = probe.meta.camera_keys[0]
dataset = LeRobotDataset(
    "bench/data",
    root=folder,
    image_transforms=letterbox,
    delta_timestamps={"action": [i / probe.fps for i in range(30)]},
)
loader = torch.utils.data.DataLoader(
    dataset,
    batch_size=batch_size,
    shuffle=True,
    num_workers=workers,
    generator=torch.Generator().manual_seed(0),
    drop_last=True,
)


def stream():
    while True:
        yield from loader


torch.set_num_threads(max(1, os.cpu_count() // max(1, workers)))
stream = stream()
for _ in range(WARM_UP):
    batch = next(stream)
assert batch[camera].shape == (batch_size, 3, size, size) and batch["action"].shape[:2] == (batch_size, 30)
start = time.perf_counter()
for _ in range(batches):
    next(stream)
seconds = time.perf_counter() - start
versions = f"LeRobot {lerobot.__version__}, torch {torch.__version__}, {dataset.video_backend}"
print(json.dumps({"samplesPerSecond": batches * batch_size / seconds, "versions": versions}))
os._exit(0)
