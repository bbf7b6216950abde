"""Cuts the small dataset of the tests, test/fixtures/g1-pick-bottle, out of a LeRobot dataset of version 2.1.

Of two episodes it takes 60 frames in which the right hand moves most. Videos are cut by copying packets, from a keyframe on.
Needs numpy, pyarrow and PyAV:

    python reference/lerobot_fixture.py <dataset> test/fixtures/g1-pick-bottle
"""

import json
import shutil
import sys
from pathlib import Path

import av
import numpy as np
import pyarrow.parquet as pq

SOURCE, TARGET = Path(sys.argv[1]), Path(sys.argv[2])
EPISODES = [1, 2]
LENGTH = 60
CAMERA = "observation.images.cam_high"
RIGHT_HAND = slice(20, 26)


def keyframes(path):
    with av.open(str(path)) as video:
        return [i for i, packet in enumerate(p for p in video.demux(video=0) if p.size) if packet.is_keyframe]


def best_start(state, starts):
    """The keyframe from which the right hand moves most within LENGTH frames."""
    moves = np.abs(np.diff(state[:, RIGHT_HAND], axis=0)).sum(axis=1)
    return max((s for s in starts if s + LENGTH <= len(state)), key=lambda s: moves[s : s + LENGTH - 1].sum())


def cut(source, target, start):
    with av.open(str(source)) as video, av.open(str(target), "w") as out:
        stream = video.streams.video[0]
        copy = out.add_stream_from_template(stream, opaque=True)
        packets = [p for p in video.demux(stream) if p.size][start : start + LENGTH]
        pts, dts = packets[0].pts, packets[0].dts
        for packet in packets:
            packet.pts -= pts
            packet.dts -= dts
            packet.stream = copy
            out.mux(packet)


def stats(values, axis):
    found = {"min": values.min(axis), "max": values.max(axis), "mean": values.mean(axis), "std": values.std(axis)}
    return {**{name: np.asarray(value).tolist() for name, value in found.items()}, "count": [len(values)]}


def image_stats(path):
    with av.open(str(path)) as video:
        frames = np.stack([f.to_ndarray(format="rgb24") for f in video.decode(video=0)]) / 255
    found = stats(frames.reshape(-1, 3), 0)
    return {**{name: [[[v]] for v in value] for name, value in found.items() if name != "count"}, "count": [len(frames)]}


def main():
    shutil.rmtree(TARGET, ignore_errors=True)
    for folder in ["meta", "data/chunk-000", f"videos/chunk-000/{CAMERA}"]:
        (TARGET / folder).mkdir(parents=True)
    info = json.loads((SOURCE / "meta/info.json").read_text())
    tasks = {json.loads(line)["task_index"]: json.loads(line)["task"] for line in (SOURCE / "meta/tasks.jsonl").open()}
    episodes, episode_stats = [], []
    for index, episode in enumerate(EPISODES):
        table = pq.read_table(SOURCE / f"data/chunk-000/episode_{episode:06d}.parquet")
        video = Path(f"videos/chunk-000/{CAMERA}/episode_{{:06d}}.mp4")
        source, target = SOURCE / str(video).format(episode), TARGET / str(video).format(index)
        state = np.stack(table["observation.state"].to_numpy())
        start = best_start(state, keyframes(source))
        print(f"episode {episode}: frames {start} to {start + LENGTH}, right hand {np.ptp(state[start : start + LENGTH, RIGHT_HAND], axis=0)}")
        table = table.slice(start, LENGTH)
        frame = np.arange(LENGTH)
        new = {
            "timestamp": (frame / info["fps"]).astype(np.float32),
            "frame_index": frame,
            "episode_index": np.full(LENGTH, index),
            "index": index * LENGTH + frame,
        }
        for name, values in new.items():
            at = table.column_names.index(name)
            table = table.set_column(at, table.schema.field(at), [values])
        pq.write_table(table, TARGET / f"data/chunk-000/episode_{index:06d}.parquet")
        cut(source, target, start)
        episodes.append({"episode_index": index, "tasks": sorted({tasks[i] for i in table["task_index"].to_pylist()}), "length": LENGTH})
        columns = {name: np.stack(table[name].to_numpy()).reshape(LENGTH, -1) for name in table.column_names}
        episode_stats.append(
            {"episode_index": index, "stats": {CAMERA: image_stats(target), **{name: stats(values, 0) for name, values in columns.items()}}}
        )
    count = len(EPISODES)
    info |= {"total_episodes": count, "total_frames": count * LENGTH, "total_videos": count, "splits": {"train": f"0:{count}"}}
    (TARGET / "meta/info.json").write_text(json.dumps(info, indent=4) + "\n")
    for name, rows in [("episodes", episodes), ("episodes_stats", episode_stats)]:
        (TARGET / f"meta/{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    shutil.copy(SOURCE / "meta/tasks.jsonl", TARGET / "meta/tasks.jsonl")
    shutil.copy(SOURCE / "LICENSE", TARGET / "LICENSE")


main()
