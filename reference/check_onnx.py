"""Has stock tools judge exported models: onnx.checker (with shape inference), and Python's ONNX Runtime loading them.

Usage: python reference/check_onnx.py MODEL.onnx [MODEL.onnx ...]
"""

import sys

import onnx
import onnxruntime

for path in sys.argv[1:]:
    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    shapes = {value.name: value.shape for value in session.get_inputs() + session.get_outputs()}
    domains = {imported.domain or "ai.onnx" for imported in onnx.load(path, load_external_data=False).opset_import}
    print(f"{path}: accepted; onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}, domains {sorted(domains)}, {shapes}")
