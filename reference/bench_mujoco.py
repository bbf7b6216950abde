"""Times native MuJoCo on a model and controls given in a folder.

Usage: python reference/bench_mujoco.py FOLDER    (from `npm run bench -- sim`)
FOLDER has scene.xml (and robot.xml beside it), and run.json: substeps, qpos, controls as a list of rows,
one per control step, and arrays of the compiled model that were changed.
Prints a line of JSON: seconds of all physics steps, how many they were, and the version. Needs: mujoco, numpy
"""

import json
import pathlib
import sys
import time

import mujoco
import numpy as np

folder = pathlib.Path(sys.argv[1])
run = json.loads((folder / "run.json").read_text())
model = mujoco.MjModel.from_xml_path(str(folder / "scene.xml"))
for field, values in run["changed"].items():
    array = getattr(model, field)
    array[:] = np.array(values).reshape(array.shape)
data = mujoco.MjData(model)
data.qpos[:] = run["qpos"]
controls = np.array(run["controls"])
mujoco.mj_forward(model, data)
start = time.perf_counter()
for row in controls:
    data.ctrl[:] = row
    mujoco.mj_step(model, data, nstep=run["substeps"])
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "steps": len(controls) * run["substeps"], "version": mujoco.__version__}))
