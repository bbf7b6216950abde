"""Records the small dataset of the tests that LeRobot itself wrote, test/fixtures/lerobot-images: version 3.0, pictures and long texts in
the data file, so that the headers of its pages are long. Beside it columns.parquet, in encodings that pyarrow has and LeRobot does not
ask for. What the values are, test/data/parquet.test.ts and test/data/lerobot/read.test.ts say.
Needs lerobot 0.4 and what it needs:

    python reference/lerobot_record.py test/fixtures/lerobot-images
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_CACHE"] = tempfile.mkdtemp()

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from lerobot.datasets.lerobot_dataset import LeRobotDataset

TARGET = Path(sys.argv[1])
SIZE = 16
FEATURES = {
    "observation.state": {"dtype": "float32", "shape": (3,), "names": ["x", "y", "z"]},
    "action": {"dtype": "float32", "shape": (1,), "names": None},
    "note": {"dtype": "string", "shape": (1,), "names": None},
    "camera": {"dtype": "image", "shape": (SIZE, SIZE, 3), "names": ["height", "width", "channels"]},
}


def picture(episode, frame):
    """Noise, which PNG cannot make small, and a first pixel that says where it is."""
    pixels = np.random.default_rng(100 * episode + frame).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
    pixels[0, 0] = [episode, frame, 7]
    return pixels


def record():
    shutil.rmtree(TARGET, ignore_errors=True)
    dataset = LeRobotDataset.create("gear/images", fps=10, root=TARGET, features=FEATURES, use_videos=False, robot_type="tiny")
    for episode, length in enumerate([4, 3]):
        for frame in range(length):
            dataset.add_frame(
                {
                    "observation.state": np.array([episode, frame, frame / 7], np.float32),
                    "action": np.array([frame / 4], np.float32),
                    "note": f"episode {episode}, frame {frame}: " + "ä" * 2000,
                    "camera": picture(episode, frame),
                    "task": "look" if frame < 2 else f"look again {episode}",
                }
            )
        dataset.save_episode()
    dataset.finalize()
    shutil.rmtree(TARGET / "images", ignore_errors=True)


def columns():
    rows = np.arange(300)
    table = pa.table(
        {
            "f32": pa.array((rows / 7).astype(np.float32)),
            "f64": pa.array(rows / 3),
            "delta": pa.array(rows * rows - 1000),
            "few": pa.array((rows % 3 * 0.5).astype(np.float32)),
            "flag": pa.array(rows % 2 == 0),
            "list": pa.array([[i, i / 2] for i in rows.tolist()], pa.list_(pa.float32())),
            "fixed": pa.FixedSizeListArray.from_arrays(pa.array(np.arange(900, dtype=np.float64)), 3),
            "matrix": pa.array([[[i, 1], [2, -i]] for i in rows.tolist()], pa.list_(pa.list_(pa.int64()))),
            "text": pa.array([None if i % 7 == 0 else f"{i} " + "x" * 600 for i in rows.tolist()]),
        }
    )
    encodings = {"f64": "BYTE_STREAM_SPLIT", "delta": "DELTA_BINARY_PACKED", "text": "DELTA_BYTE_ARRAY"}
    pq.write_table(
        table,
        TARGET / "columns.parquet",
        compression="zstd",
        row_group_size=128,
        data_page_size=1000,
        write_batch_size=32,
        data_page_version="2.0",
        use_dictionary=["few"],
        column_encoding=encodings,
    )


record()
columns()
