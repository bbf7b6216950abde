"""Loads a dataset that `gear` converted to version 3.0 with LeRobot itself, and compares it with its original of version 2.1.

Rows and instructions must be the same bit for bit, and so must the pixels, which torchcodec decodes on both sides. Statistics are
compared with NumPy's over all rows; those of pictures, with NumPy's over the frames that LeRobot would have sampled.
Needs lerobot 0.4, torchcodec and pyarrow:

    HF_HUB_OFFLINE=1 python reference/lerobot_load.py <v2.1 dataset> <v3.0 dataset> [--every 1]

Prints one JSON object; exits with 1 when something is different.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_CACHE", tempfile.mkdtemp())

import numpy as np
import pyarrow.parquet as pq
from lerobot.datasets.compute_stats import sample_indices
from lerobot.datasets.lerobot_dataset import LeRobotDataset
from torchcodec.decoders import VideoDecoder

# Relative to the range of a dimension. Mean and std are of f32 values; ours are exact, NumPy's accumulate in f64.
TOLERANCE = {"min": 0, "max": 0, "mean": 1e-9, "std": 1e-9, "q01": 1e-7, "q10": 1e-7, "q50": 1e-7, "q90": 1e-7, "q99": 1e-7}
# In levels of 255: conversions from YUV to RGB of two FFmpegs round differently.
IMAGE_TOLERANCE = 1 / 255
QUANTILES = {"q01": 0.01, "q10": 0.10, "q50": 0.50, "q90": 0.90, "q99": 0.99}


def read_v21(root):
    info = json.loads((root / "meta/info.json").read_text())
    tasks = {t["task_index"]: t["task"] for t in map(json.loads, (root / "meta/tasks.jsonl").read_text().splitlines())}
    lengths = [e["length"] for e in map(json.loads, (root / "meta/episodes.jsonl").read_text().splitlines())]
    paths = [info["data_path"].format(episode_chunk=i // info["chunks_size"], episode_index=i) for i in range(len(lengths))]
    return info, tasks, lengths, [pq.read_table(root / path) for path in paths]


def all_statistics(values):
    values = values.astype(np.float64)
    found = {"min": values.min(0), "max": values.max(0), "mean": values.mean(0), "std": values.std(0)}
    return {**found, **{name: np.quantile(values, q, axis=0) for name, q in QUANTILES.items()}}


def compare_statistics(name, ours, values, scale, tolerance, problems):
    errors = {}
    for key, expected in all_statistics(values).items():
        got = np.asarray(ours[key], dtype=np.float64).reshape(expected.shape)
        error = float(np.max(np.abs(got - expected) / scale))
        errors[key] = error
        if not error <= tolerance[key]:
            problems.append(f"stats of {name}: {key} is off by {error}, tolerance {tolerance[key]}")
    return errors


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("original", type=Path)
    arguments.add_argument("converted", type=Path)
    arguments.add_argument("--every", type=int, default=1, help="compare the pixels of every n-th frame")
    options = arguments.parse_args()

    info, tasks, lengths, tables = read_v21(options.original)
    dataset = LeRobotDataset("local/converted", root=options.converted, video_backend="torchcodec")
    problems = []
    if (len(dataset), dataset.num_episodes, dataset.fps) != (sum(lengths), len(lengths), info["fps"]):
        problems.append(f"frames, episodes, fps: {(len(dataset), dataset.num_episodes, dataset.fps)}")

    cameras = [key for key, ft in info["features"].items() if ft["dtype"] == "video"]
    columns = [key for key, ft in info["features"].items() if ft["dtype"] not in ("video", "image", "string")]
    different = {key: 0 for key in [*columns, "task", *cameras]}
    levels, pixels_compared, samples = 0, 0, {camera: [] for camera in cameras}
    at = 0
    for episode, (length, table) in enumerate(zip(lengths, tables)):
        rows = {key: table[key].to_pylist() for key in columns}
        decoders = {}
        for camera in cameras:
            path = info["video_path"].format(episode_chunk=episode // info["chunks_size"], episode_index=episode, video_key=camera)
            decoders[camera] = VideoDecoder(str(options.original / path))
        sampled = set(sample_indices(length))
        for frame in range(length):
            pictures = frame % options.every == 0
            item = dataset[at] if pictures else dataset.hf_dataset[at]
            for key in columns:
                expected = np.asarray(rows[key][frame], dtype=info["features"][key]["dtype"])
                got = item[key].numpy()
                different[key] += got.dtype != expected.dtype or got.tobytes() != expected.tobytes()
            if pictures:
                different["task"] += item["task"] != tasks[rows["task_index"][frame]]
            for camera in cameras:
                if pictures or frame in sampled:
                    original = decoders[camera].get_frame_at(frame).data.numpy()
                if pictures:
                    converted = np.round(item[camera].numpy() * 255).astype(np.uint8)
                    difference = np.abs(converted.astype(int) - original.astype(int)).max()
                    different[camera] += difference > 0
                    levels = max(levels, int(difference))
                    pixels_compared += 1
                if frame in sampled:
                    samples[camera].append(original[:, ::4, ::4].reshape(3, -1).T)
            at += 1
    problems += [f"{key}: {count} of {sum(lengths)} frames differ" for key, count in different.items() if count]

    statistics = {}
    for key in columns:
        values = np.concatenate([np.asarray(table[key].to_pylist()).reshape(len(table), -1) for table in tables])
        scale = np.maximum(np.ptp(values.astype(np.float64), axis=0), 1e-12)
        statistics[key] = compare_statistics(key, dataset.meta.stats[key], values, scale, TOLERANCE, problems)
    for camera in cameras:
        # Every 4th pixel of every 4th row: good for 1 level of mean and quantiles; the extremes need all.
        values = np.concatenate(samples[camera]) / 255
        tolerance = {key: IMAGE_TOLERANCE if key in ("mean", "std") else 3 * IMAGE_TOLERANCE for key in TOLERANCE}
        tolerance |= {"min": 8 * IMAGE_TOLERANCE, "max": 8 * IMAGE_TOLERANCE}
        statistics[camera] = compare_statistics(camera, dataset.meta.stats[camera], values, 1, tolerance, problems)
        if dataset.meta.stats[camera]["mean"].shape != (3, 1, 1):
            problems.append(f"stats of {camera}: shape {dataset.meta.stats[camera]['mean'].shape}")
    counts = {key: int(np.ravel(dataset.meta.stats[key]["count"])[0]) for key in [*columns, *cameras]}

    summary = {
        "same": not problems,
        "episodes": dataset.num_episodes,
        "frames": len(dataset),
        "pictures_compared": pixels_compared,
        "largest_difference_of_levels": levels,
        "frames_that_differ": {key: int(count) for key, count in different.items()},
        "largest_error_of_statistics": {key: max(errors.values()) for key, errors in statistics.items()},
        "error_of_image_statistics": {camera: statistics[camera] for camera in cameras},
        "counts": counts,
        "problems": problems,
    }
    print(json.dumps(summary, indent=2))
    sys.exit(bool(problems))


main()
