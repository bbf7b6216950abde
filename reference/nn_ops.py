"""Single ops and layers in PyTorch: rotary positions, time embedding, adaLN block, resizing, convolutions, attention.

Writes the fixture of `test/nn/pytorch-layers.test.ts`; the tests themselves need no Python.
Usage: python reference/nn_ops.py [--out test/fixtures/nn_ops.safetensors]

Everything is computed in float64 from float32 values and stored as float32. Tensors are called `{case}.in.{name}`, `{case}.out`, and
where the case is differentiated `{case}.seed` (the gradient of the output) and `{case}.gradient.{name}`. The metadata's `cases` has
the options of every case as JSON, by kind.

What PyTorch has no function for (rotary positions, time embedding, adaLN block) is written out here from the formulas of the models
named; their own code is not run.
"""

import argparse
import json

import numpy as np
import torch
import torch.nn.functional as F

from nn_fixture import save_fixture

generator = torch.Generator().manual_seed(7)
tensors, cases = {}, {}


def draw(*shape, scale=1.0):
    return scale * torch.randn(shape, generator=generator)


def record(kind, name, options, inputs, f, gradients=()):
    """Keeps inputs, f(inputs) and the gradients of the inputs named."""
    case = f"{kind}.{name}"
    cases.setdefault(kind, {})[name] = options
    wide = {n: x.double() if x.is_floating_point() else x for n, x in inputs.items()}
    for n in gradients:
        wide[n].requires_grad_()
    out = f(**wide)
    tensors.update({f"{case}.in.{n}": x for n, x in inputs.items()})
    tensors[f"{case}.out"] = out.detach().float()
    if gradients:
        seed = draw(*out.shape)
        found = torch.autograd.grad(out, [wide[n] for n in gradients], seed.double())
        tensors[f"{case}.seed"] = seed
        tensors.update({f"{case}.gradient.{n}": g.float() for n, g in zip(gradients, found)})


def rotate_half(x):
    first, second = np.split(x, 2, -1)
    return np.concatenate([-second, first], -1)


def rotary_vggt(x, y_positions, x_positions, base):
    """facebookresearch/vggt, vggt/layers/rope.py: x [B, H, N, d]; the first half of the channels turns with y, the rest with x."""
    half = x.shape[-1] // 2
    inverse = 1 / base ** (np.arange(0, half, 2) / half)

    def turn(part, positions):
        angles = positions[:, None] * inverse
        angles = np.concatenate([angles, angles], -1)
        return part * np.cos(angles) + rotate_half(part) * np.sin(angles)

    return np.concatenate([turn(x[..., :half], y_positions), turn(x[..., half:], x_positions)], -1)


def rotary_qwen_vision(x, y_positions, x_positions, base):
    """transformers, modeling_qwen2_5_vl.py: angles [y, x], doubled, over all channels."""
    quarters = x.shape[-1] // 2
    inverse = 1 / base ** (np.arange(0, quarters, 2) / quarters)
    angles = np.concatenate([y_positions[:, None] * inverse, x_positions[:, None] * inverse], -1)
    angles = np.concatenate([angles, angles], -1)
    return x * np.cos(angles) + rotate_half(x) * np.sin(angles)


def rotary_multimodal(x, positions, base, sections):
    """apply_multimodal_rotary_pos_emb of the same file: cosines [3, B, T, d] cut by sections twice over, piece i from axis i mod 3."""
    d = x.shape[-1]
    inverse = 1 / base ** (np.arange(0, d, 2) / d)
    angles = positions[..., None] * inverse
    angles = np.concatenate([angles, angles], -1)
    cuts = np.cumsum(sections * 2)[:-1]

    def choose(table):
        pieces = np.split(table, cuts, -1)
        return np.concatenate([piece[i % 3] for i, piece in enumerate(pieces)], -1)[:, None]

    return x * choose(np.cos(angles)) + rotate_half(x) * choose(np.sin(angles))


def over_heads(f):
    """f of [B, H, T, d], for x [B, T, H, d]."""
    return lambda x: torch.from_numpy(f(x.numpy().transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3).copy())


def rotary():
    rows, columns, special = 3, 2, 2
    cells = [(0, 0)] * special + [(y + 1, x + 1) for y in range(rows) for x in range(columns)]
    ys, xs = np.array(cells).T
    options = {"rows": rows, "columns": columns, "special": special, "base": 100}
    record("rotary", "vggt", options, {"x": draw(1, len(ys), 2, 16)}, over_heads(lambda x: rotary_vggt(x, ys, xs, 100)))

    rows, columns, merge = 4, 6, 2
    blocks = [(top, left) for top in range(0, rows, merge) for left in range(0, columns, merge)]
    cells = [(top + y, left + x) for top, left in blocks for y in range(merge) for x in range(merge)]
    ys, xs = np.array(cells).T
    options = {"rows": rows, "columns": columns, "merge": merge, "base": 10000}
    record("rotary", "qwen-vision", options, {"x": draw(1, len(ys), 2, 8)}, over_heads(lambda x: rotary_qwen_vision(x, ys, xs, 10000)))

    # Text, a 2 x 3 image at 4, text again; the second row is another image and padding.
    first = [[0, 1, 2, 3, 4, 4, 4, 4, 4, 4, 7, 8], [0, 1, 2, 3, 4, 4, 4, 5, 5, 5, 7, 8], [0, 1, 2, 3, 4, 5, 6, 4, 5, 6, 7, 8]]
    second = [[1, 1, 0, 1, 1, 1, 1, 3, 4, 5, 6, 7], [1, 1, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7], [1, 1, 0, 1, 2, 1, 2, 3, 4, 5, 6, 7]]
    positions = torch.tensor([first, second], dtype=torch.int32).transpose(0, 1).contiguous()
    sections = [2, 3, 3]
    turned = lambda x, positions: over_heads(lambda x: rotary_multimodal(x, positions.numpy(), 1e6, sections))(x)
    options = {"base": 1000000, "sections": sections}
    record("rotary", "multimodal", options, {"x": draw(2, 12, 2, 16), "positions": positions}, turned)


def sinusoidal(time, width, max_period=10000):
    """facebookresearch/DiT, models.py, TimestepEmbedder.timestep_embedding"""
    half = width // 2
    frequencies = torch.exp(-np.log(max_period) * torch.arange(half, dtype=torch.float64) / half)
    angles = time[:, None] * frequencies
    return torch.cat([torch.cos(angles), torch.sin(angles)], -1)


def timestep():
    waves, width = 32, 12
    time = torch.tensor([0.0, 0.25, 0.999, 17.0, 999.0])
    record("timestep", "sinusoidal", {"width": waves}, {"time": time}, lambda time: sinusoidal(time, waves))
    weights = {
        "mlp.0.weight": draw(width, waves, scale=0.3),
        "mlp.0.bias": draw(width),
        "mlp.2.weight": draw(width, width, scale=0.3),
        "mlp.2.bias": draw(width),
    }

    def embed(time, **w):
        hidden = F.silu(F.linear(sinusoidal(1000 * time, waves), w["mlp.0.weight"], w["mlp.0.bias"]))
        return F.linear(hidden, w["mlp.2.weight"], w["mlp.2.bias"])

    unit = torch.tensor([0.0, 0.1, 0.5, 0.999])
    record("timestep", "embedding", {"waves": waves, "width": width, "scale": 1000}, {"time": unit, **weights}, embed)


def dit():
    """facebookresearch/DiT, models.py, DiTBlock; timm's Attention and Mlp."""
    batch, time, width, heads, hidden, channels = 2, 5, 12, 3, 20, 6
    weights = {
        "attn.qkv.weight": draw(3 * width, width, scale=0.3),
        "attn.qkv.bias": draw(3 * width),
        "attn.proj.weight": draw(width, width, scale=0.3),
        "attn.proj.bias": draw(width),
        "mlp.fc1.weight": draw(hidden, width, scale=0.3),
        "mlp.fc1.bias": draw(hidden),
        "mlp.fc2.weight": draw(width, hidden, scale=0.3),
        "mlp.fc2.bias": draw(width),
        "adaLN_modulation.1.weight": draw(6 * width, channels, scale=0.3),
        "adaLN_modulation.1.bias": draw(6 * width),
    }

    def block(x, condition, **w):
        linear = lambda x, name: F.linear(x, w[name + ".weight"], w[name + ".bias"])
        modulate = lambda x, shift, scale: F.layer_norm(x, (width,), eps=1e-6) * (1 + scale[:, None]) + shift[:, None]
        shift1, scale1, gate1, shift2, scale2, gate2 = linear(F.silu(condition), "adaLN_modulation.1").chunk(6, 1)
        qkv = linear(modulate(x, shift1, scale1), "attn.qkv").view(batch, time, 3, heads, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(*qkv).transpose(1, 2).reshape(batch, time, width)
        x = x + gate1[:, None] * linear(mixed, "attn.proj")
        h = F.gelu(linear(modulate(x, shift2, scale2), "mlp.fc1"), approximate="tanh")
        return x + gate2[:, None] * linear(h, "mlp.fc2")

    inputs = {"x": draw(batch, time, width), "condition": draw(batch, channels), **weights}
    record("dit", "block", {"heads": heads, "hidden": hidden}, inputs, block, gradients=("x", "condition"))


def resize():
    modes = {
        "bilinear": {"mode": "bilinear"},
        "bilinear-corners": {"mode": "bilinear", "align_corners": True},
        "bilinear-antialias": {"mode": "bilinear", "antialias": True},
        "bicubic": {"mode": "bicubic"},
        "bicubic-corners": {"mode": "bicubic", "align_corners": True},
        "bicubic-antialias": {"mode": "bicubic", "antialias": True},
    }
    for name, options in modes.items():
        for size in ((9, 13), (3, 4), (11, 3)):
            f = lambda x: F.interpolate(x, size, **{"align_corners": False, **options})
            differentiated = ("x",) if size == (11, 3) else ()
            record("resize", f"{name}.{size[0]}x{size[1]}", {**options, "size": size}, {"x": draw(1, 2, 5, 7)}, f, differentiated)


def convolutions():
    plain = {
        "plain": {},
        "strided": {"stride": 2, "padding": 1, "groups": 2},
        "dilated": {"stride": [2, 1], "padding": [1, 2], "dilation": [1, 2]},
        "depthwise": {"stride": 3, "padding": 2, "dilation": 2, "groups": 4},
    }
    names = ("x", "weight", "bias")
    for name, options in plain.items():
        inputs = {"x": draw(2, 4, 7, 9), "weight": draw(8, 4 // options.get("groups", 1), 3, 2), "bias": draw(8)}
        record("conv", name, options, inputs, lambda x, weight, bias: F.conv2d(x, weight, bias, **options), names)
    transposed = {
        "plain": {},
        "strided": {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2},
        "dilated": {"stride": [3, 1], "padding": [0, 2], "dilation": [1, 2], "output_padding": [2, 0]},
        "depthwise": {"stride": 2, "padding": 1, "dilation": 2, "groups": 4},
    }
    for name, options in transposed.items():
        inputs = {"x": draw(2, 4, 4, 5), "weight": draw(4, 8 // options.get("groups", 1), 3, 2), "bias": draw(8)}
        record("convTranspose", name, options, inputs, lambda x, weight, bias: F.conv_transpose2d(x, weight, bias, **options), names)


def attention():
    batch, queries, keys, heads, width = 2, 5, 7, 6, 4
    for name, groups, masked in (("equal", 6, False), ("grouped", 2, True), ("shared", 1, True)):
        inputs = {
            "q": draw(batch, queries, heads, width),
            "k": draw(batch, keys, groups, width),
            "v": draw(batch, keys, groups, width + 1),
        }
        if masked:
            inputs["mask"] = draw(batch, 1, queries, keys)

        def attend(q, k, v, mask=None):
            q, k, v = (x.transpose(1, 2) for x in (q, k, v))
            return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=groups != heads).transpose(1, 2)

        record("attention", name, {}, inputs, attend, tuple(inputs))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="test/fixtures/nn_ops.safetensors")
    path = parser.parse_args().out
    torch.use_deterministic_algorithms(True)
    for part in (rotary, timestep, dit, resize, convolutions, attention):
        part()
    save_fixture(path, tensors, {"made_by": "reference/nn_ops.py", "torch": torch.__version__, "cases": json.dumps(cases)})


if __name__ == "__main__":
    main()
