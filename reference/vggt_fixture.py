"""VGGT in PyTorch, small and with random weights, in sizes that its tiny golden does not have. Data for `test/model/vggt.test.ts`.

    pip install torch
    python reference/vggt_fixture.py --out test/model/fixtures
    python reference/vggt_fixture.py --check test/model/fixtures/vggt_tiny_a.safetensors   # the same code against upstream's own run

A transcription from the published description and checkpoint, not upstream's code: `--check` shows that it computes the same. Everything
is computed in float64 from float32 values and stored as float32, but for the interpolation of positions, which upstream does in float32.
Files are goldens as `gear verify golden` takes them: tensors `weight.…`, `input.…`, `output.…`, configuration in `__metadata__`.
"""

import argparse
import json
import os

import torch
import torch.nn.functional as F

from nn_fixture import save_fixture

CONFIGS = {
    # A convolution alone; heads of 12 channels; three registers; MLPs of twice the width; five views.
    "vggt_conv": {
        "patch_embed": "conv", "img_size": 40, "patch_size": 8, "embed_dim": 24, "depth": 3, "num_heads": 2, "mlp_ratio": 2.0,
        "num_register_tokens": 3, "rope_freq": 50, "qk_norm": False, "aa_block_size": 1,
        "camera": {"trunk_depth": 1, "num_heads": 3},
        "depth_head": {"features": 16, "out_channels": [8, 4, 12, 20], "intermediate_layer_idx": [0, 2, 1, 2]},
        "cases": {"": (1, 5, 24, 40), "one.": (2, 1, 8, 16)},
    },
    # Two numbers of registers, other heads in DINOv2, blocks two by two, positions shrunk, grown, and both; odd grids.
    "vggt_dino": {
        "patch_embed": "dinov2", "img_size": 70, "patch_size": 14, "embed_dim": 32, "depth": 4, "num_heads": 4, "mlp_ratio": 4.0,
        "num_register_tokens": 1, "rope_freq": 100, "qk_norm": True, "aa_block_size": 2,
        "dino_depth": 1, "dino_num_heads": 2, "dino_num_register_tokens": 2,
        "camera": {"trunk_depth": 1, "num_heads": 2},
        "depth_head": {"features": 8, "out_channels": [4, 8, 8, 4], "intermediate_layer_idx": [0, 1, 2, 3]},
        "cases": {"small.": (1, 2, 28, 28), "high.": (1, 1, 84, 42), "same.": (1, 1, 70, 70), "": (2, 2, 28, 42)},
    },
}  # fmt: skip
SEED = 5


class Weights:
    """Weights by name; drawn when they are first asked for, far enough from initial values that a forgotten one shows."""

    def __init__(self, given=None):
        self.values = dict(given or {})
        self.given = given is not None
        self.generator = torch.Generator().manual_seed(SEED)

    def __call__(self, name, *shape):
        if name not in self.values and not self.given:
            noise = torch.randn(shape, generator=self.generator)
            scale = len(shape) == 1 and not name.endswith("bias")
            fan_in = torch.Size(shape[1:]).numel()
            plain = len(shape) == 1 or "token" in name or name.endswith("pos_embed")
            self.values[name] = 1 + 0.2 * noise if scale else noise * (0.3 if plain else fan_in**-0.5)
        value = self.values[name]
        assert tuple(value.shape) == shape, (name, value.shape, shape)
        return value.double()


def linear(w, name, x, out):
    return F.linear(x, w(name + ".weight", out, x.shape[-1]), w(name + ".bias", out))


def norm(w, name, x, eps):
    width = x.shape[-1]
    return F.layer_norm(x, (width,), w(name + ".weight", width), w(name + ".bias", width), eps)


def rotate(x, places, base):
    """x [N, heads, T, d], places [T, 2] of row and column: one half of the channels turns with each."""
    parts = []
    for part, place in zip(x.chunk(2, -1), places.T):
        half = part.shape[-1] // 2
        angle = place[:, None] * base ** (-torch.arange(half, dtype=torch.float64) / half)
        a, b = part.chunk(2, -1)
        parts += [a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()]
    return torch.cat(parts, -1)


def block(w, name, x, heads, ratio, eps, qk_norm=False, places=None, base=0):
    count, tokens, width = x.shape
    qkv = linear(w, name + ".attn.qkv", norm(w, name + ".norm1", x, eps), 3 * width)
    q, k, v = qkv.view(count, tokens, 3, heads, -1).permute(2, 0, 3, 1, 4)
    if qk_norm:
        q, k = norm(w, name + ".attn.q_norm", q, 1e-5), norm(w, name + ".attn.k_norm", k, 1e-5)
    if places is not None:
        q, k = rotate(q, places, base), rotate(k, places, base)
    mixed = torch.softmax(q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5, -1) @ v
    mixed = linear(w, name + ".attn.proj", mixed.transpose(1, 2).reshape(count, tokens, width), width)
    x = x + mixed * w(name + ".ls1.gamma", width)
    hidden = F.gelu(linear(w, name + ".mlp.fc1", norm(w, name + ".norm2", x, eps), int(ratio * width)))
    return x + linear(w, name + ".mlp.fc2", hidden, width) * w(name + ".ls2.gamma", width)


def patch_conv(w, name, x, config):
    p, width = config["patch_size"], config["embed_dim"]
    y = F.conv2d(x, w(name + ".proj.weight", width, 3, p, p), w(name + ".proj.bias", width), stride=p)
    return y.flatten(2).transpose(1, 2)


def dino(w, x, config, out):
    """Patch tokens of DINOv2 with registers."""
    at, width, side = "aggregator.patch_embed.", config["embed_dim"], config["img_size"] // config["patch_size"]
    grid = [n // config["patch_size"] for n in x.shape[-2:]]
    registers = config.get("dino_num_register_tokens", 4)
    tokens = patch_conv(w, at + "patch_embed", x, config)
    places = w(at + "pos_embed", 1, 1 + side**2, width).float()
    square = places[:, 1:].view(1, side, side, width).permute(0, 3, 1, 2)
    if grid != [side, side]:
        square = F.interpolate(square, size=grid, mode="bicubic", antialias=True)
    out["dino_pos_embed"] = torch.cat([places[:, :1], square.flatten(2).transpose(1, 2)], 1)
    each = lambda name, n: w(at + name, 1, n, width).expand(len(x), -1, -1)
    tokens = torch.cat([each("cls_token", 1), tokens], 1) + out["dino_pos_embed"].double()
    tokens = torch.cat([tokens[:, :1], each("register_tokens", registers), tokens[:, 1:]], 1)
    for i in range(config["dino_depth"]):
        tokens = block(w, f"{at}blocks.{i}", tokens, config["dino_num_heads"], 4, 1e-6)
    return norm(w, at + "norm", tokens, 1e-6)[:, 1 + registers :]


def aggregator(w, images, config, out):
    """Tokens of all layers, frame block beside global block."""
    batch, views, _, height, width = images.shape
    channels, heads, run = config["embed_dim"], config["num_heads"], config["aa_block_size"]
    registers = config["num_register_tokens"]
    mean, std = (torch.tensor(c).double().view(3, 1, 1) for c in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    x = ((images - mean) / std).flatten(0, 1)
    is_conv = config["patch_embed"] == "conv"
    patches = patch_conv(w, "aggregator.patch_embed", x, config) if is_conv else dino(w, x, config, out)
    out["patch_tokens"] = patches
    own = [w("aggregator.camera_token", 1, 2, 1, channels), w("aggregator.register_token", 1, 2, registers, channels)]
    special = torch.cat(own, 2)[0][[0] + [1] * (views - 1)]
    x = torch.cat([special.expand(batch, -1, -1, -1), patches.view(batch, views, -1, channels)], 2)
    tokens = x.shape[2]

    rows, columns = height // config["patch_size"], width // config["patch_size"]
    cells = torch.cartesian_prod(torch.arange(rows), torch.arange(columns)) + 1
    places = torch.cat([torch.zeros(1 + registers, 2), cells]).double()
    options = {"heads": heads, "ratio": config["mlp_ratio"], "eps": 1e-5, "qk_norm": config["qk_norm"], "base": config["rope_freq"]}
    layers = []
    for first in range(0, config["depth"], run):
        frame, across = [], []
        for i in range(first, first + run):
            x = block(w, f"aggregator.frame_blocks.{i}", x.reshape(batch * views, tokens, -1), places=places, **options)
            frame.append(x.view(batch, views, tokens, -1))
        for i in range(first, first + run):
            flat = x.reshape(batch, views * tokens, -1)
            x = block(w, f"aggregator.global_blocks.{i}", flat, places=places.repeat(views, 1), **options)
            across.append(x.view(batch, views, tokens, -1))
        layers += [torch.cat(pair, -1) for pair in zip(frame, across)]
    for i, layer in enumerate(layers):
        out[f"aggregated.{i}"] = layer
    out["patch_start_idx"] = torch.tensor([1 + registers], dtype=torch.int32)
    return layers


def camera_head(w, tokens, config, out):
    at, width = "camera_head.", tokens.shape[-1]
    camera = norm(w, at + "token_norm", tokens[:, :, 0], 1e-5)
    pose = None
    for iteration in range(4):
        guess = w(at + "empty_pose_tokens", 1, 1, 9).expand(*camera.shape[:2], 9) if pose is None else pose
        modulation = linear(w, at + "poseLN_modulation.1", F.silu(linear(w, at + "embed_pose", guess, width)), 3 * width)
        shift, scale, gate = modulation.chunk(3, -1)
        x = camera + gate * (F.layer_norm(camera, (width,), eps=1e-6) * (1 + scale) + shift)
        for i in range(config["trunk_depth"]):
            x = block(w, f"{at}trunk.{i}", x, config["num_heads"], 4, 1e-5)
        hidden = F.gelu(linear(w, at + "pose_branch.fc1", norm(w, at + "trunk_norm", x, 1e-5), width // 2))
        delta = linear(w, at + "pose_branch.fc2", hidden, 9)
        pose = delta if pose is None else pose + delta
        out[f"pose_enc.{iteration}"] = torch.cat([pose[..., :7], pose[..., 7:].relu()], -1)


def depth_head(w, layers, size, patch_start, patch, config, out):
    at, features, (height, width) = "depth_head.", config["features"], size
    batch, views = layers[0].shape[:2]
    grid = (height // patch, width // patch)

    def conv(name, x, out_channels, kernel=3, stride=1, bias=True):
        weight = w(f"{at}{name}.weight", out_channels, x.shape[1], kernel, kernel)
        return F.conv2d(x, weight, w(f"{at}{name}.bias", out_channels) if bias else None, stride, kernel // 2)

    def with_places(x):
        channels, h, n = x.shape[1:]
        spans = torch.tensor([width / height, 1.0]).double()
        spans = spans / spans.norm()
        axes = [torch.linspace(-1, 1, k, dtype=torch.float64) * span * (k - 1) / k for k, span in zip((n, h), spans)]
        waves = 100 ** -(torch.arange(channels // 4, dtype=torch.float64) / (channels // 4))
        maps = [axis[:, None] * waves for axis in axes]
        across, down = (torch.cat([m.sin(), m.cos()], 1).T for m in maps)
        half = channels // 2
        return x + 0.1 * torch.cat([across[:, None].expand(half, h, n), down[:, :, None].expand(half, h, n)])

    def residual(name, x):
        x = x.relu()
        return x + conv(name + ".conv2", conv(name + ".conv1", x, features).relu(), features)

    def grown(x, to):
        return F.interpolate(x, size=to, mode="bilinear", align_corners=True)

    maps = []
    for i, (layer, channels) in enumerate(zip(config["intermediate_layer_idx"], config["out_channels"])):
        x = norm(w, at + "norm", layers[layer][:, :, patch_start:].flatten(0, 1), 1e-5)
        x = with_places(conv(f"projects.{i}", x.transpose(1, 2).unflatten(2, grid), channels, 1))
        if i < 2:
            k = 4 // (i + 1)
            name = f"{at}resize_layers.{i}"
            x = F.conv_transpose2d(x, w(name + ".weight", channels, channels, k, k), w(name + ".bias", channels), k)
        if i == 3:
            x = conv("resize_layers.3", x, channels, 3, 2)
        maps.append(conv(f"scratch.layer{i + 1}_rn", x, features, bias=False))
    x = maps[3]
    for i in (4, 3, 2, 1):
        name = f"scratch.refinenet{i}"
        if i < 4:
            x = x + residual(name + ".resConfUnit1", maps[i - 1])
        x = residual(name + ".resConfUnit2", x)
        to = maps[i - 2].shape[-2:] if i > 1 else [2 * n for n in x.shape[-2:]]
        x = conv(name + ".out_conv", grown(x, to), features, 1)
    x = with_places(grown(conv("scratch.output_conv1", x, features // 2), size))
    x = conv("scratch.output_conv2.2", conv("scratch.output_conv2.0", x, 32).relu(), 2, 1)
    out["depth"] = x[:, 0].exp().view(batch, views, *size, 1)
    out["depth_conf"] = 1 + x[:, 1].exp().view(batch, views, *size)


def run(w, images, config):
    out = {}
    layers = aggregator(w, images.double(), config, out)
    if "camera" in config:
        camera_head(w, layers[-1], config["camera"], out)
    if "depth_head" in config:
        start = 1 + config["num_register_tokens"]
        depth_head(w, layers, images.shape[-2:], start, config["patch_size"], config["depth_head"], out)
    return {name: x if x.dtype == torch.int32 else x.float() for name, x in out.items()}


def check(file):
    from safetensors import safe_open

    with safe_open(file, "pt") as golden:
        config = json.loads(golden.metadata()["config"])
        tensors = {name: golden.get_tensor(name) for name in golden.keys()}
    w = Weights({name[len("weight.") :]: x for name, x in tensors.items() if name.startswith("weight.")})
    for name in [name for name in tensors if name.startswith("input.")]:
        case = name[len("input.") : -len("images")]
        for key, value in run(w, tensors[name], config).items():
            print(f"{case}{key:20} {(value - tensors[f'output.{case}{key}']).abs().max().item():.1e}")


def write(folder):
    for name, config in CONFIGS.items():
        config = dict(config)
        cases = config.pop("cases")
        w, inputs, outputs = Weights(), {}, {}
        generator = torch.Generator().manual_seed(SEED)
        for case, (batch, views, height, width) in cases.items():
            images = torch.rand((batch, views, 3, height, width), generator=generator)
            inputs[f"input.{case}images"] = images
            outputs |= {f"output.{case}{key}": value for key, value in run(w, images, config).items()}
        weights = {f"weight.{key}": value for key, value in sorted(w.values.items())}
        # What is not in the published configuration is to be seen in the weights.
        config.pop("dino_num_register_tokens", None)
        save_fixture(os.path.join(folder, f"{name}.safetensors"), inputs | weights | outputs, {"config": json.dumps(config)})


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default="test/model/fixtures")
    parser.add_argument("--check")
    options = parser.parse_args()
    with torch.no_grad():
        check(options.check) if options.check else write(options.out)
