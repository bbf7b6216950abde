"""GEAR-VLA in PyTorch, written from the paper: an independent check of `src/model`, and what its speed is measured against.

A case is a safetensors file: the model's configuration and the layout of its sequences (metadata `config` and `layout`, JSON), its
parameters (`weight.NAME`) and the inputs of its objective (`in.NAME`), as `bench/model-worker.ts write SIZE FILE` writes it.

    python reference/nano.py fixture CASE OUT          the case with what comes of it, computed in float64: for test/model/pytorch.test.ts
    python reference/nano.py MODE CASE [--threads N]   MODE train, train-compile, chunk or chunk-compile: seconds, as one JSON object

Only what `nano` and the tests' `tiny` need is here: the default of every choice, and images whose windows are of one shape.
"""

import argparse
import json
import resource
import time

import torch
import torch.nn.functional as F
from nn_fixture import save_fixture
from safetensors import safe_open
from torch import nn

CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def normalised(pixels, constants):
    mean, std = (torch.tensor(values, dtype=pixels.dtype).view(3, 1, 1) for values in constants)
    return (pixels - mean) / std


def angles(positions, width, base):
    """Positions [..., T] → [..., T, width/2]."""
    return positions[..., None].to(torch.get_default_dtype()) * base ** (-torch.arange(0, width, 2) / width)


def rotation(half):
    """Cosine and sine of angles [..., T, d/2], for heads [..., H, T, d]."""
    both = torch.cat([half, half], -1).unsqueeze(-3)
    return both.cos(), both.sin()


def rotate(x, rotary):
    """Channel i turns with channel i + d/2."""
    cos, sin = rotary
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat([-second, first], -1) * sin


def rotate_yx(x, rotary):
    """VGGT: the first half of the channels turns with y, the second with x."""
    return torch.cat([rotate(part, axis) for part, axis in zip(x.chunk(2, -1), rotary)], -1)


def heads_of(x, width):
    """[B, T, H·d] → [B, H, T, d]"""
    return x.unflatten(-1, (-1, width)).transpose(1, 2)


def attention(q, k, v, mask=None):
    """Heads [B, H, T, d], of k and v maybe fewer → [B, T, H·d]."""
    mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=q.shape[1] != k.shape[1])
    return mixed.transpose(1, 2).flatten(2)


class Mlp(nn.Module):
    def __init__(self, width, hidden, out, activation):
        super().__init__()
        self.fc1, self.fc2, self.activation = nn.Linear(width, hidden), nn.Linear(hidden, out), activation

    def forward(self, x):
        return self.fc2(self.activation(self.fc1(x)))


class SwiGlu(nn.Module):
    def __init__(self, width, hidden, bias):
        super().__init__()
        self.gate_proj, self.up_proj = nn.Linear(width, hidden, bias), nn.Linear(width, hidden, bias)
        self.down_proj = nn.Linear(hidden, width, bias)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class PatchProjection(nn.Module):
    """A convolution whose stride is its kernel, of patches that are cut already."""

    def __init__(self, width, kernel, bias):
        super().__init__()
        self.proj = nn.Module()
        self.proj.weight = nn.Parameter(torch.empty(width, *kernel))
        self.proj.bias = nn.Parameter(torch.empty(width)) if bias else None

    def forward(self, patches):
        return F.linear(patches, self.proj.weight.flatten(1), self.proj.bias)


class VisionBlock(nn.Module):
    """Of Qwen2.5-VL's tower."""

    def __init__(self, c):
        super().__init__()
        width = c["width"]
        self.norm1, self.norm2 = nn.RMSNorm(width, 1e-6), nn.RMSNorm(width, 1e-6)
        self.attn = nn.ModuleDict({"qkv": nn.Linear(width, 3 * width), "proj": nn.Linear(width, width)})
        self.mlp = SwiGlu(width, c["hidden"], True)
        self.head = width // c["heads"]

    def forward(self, x, rotary):
        q, k, v = (heads_of(part, self.head) for part in self.attn["qkv"](self.norm1(x)).chunk(3, -1))
        x = x + self.attn["proj"](attention(rotate(q, rotary), rotate(k, rotary), v))
        return x + self.mlp(self.norm2(x))


class Merger(nn.Module):
    """One visual token of every m × m patches, widened by what the 3D encoder sees (equation 3)."""

    def __init__(self, c, solid):
        super().__init__()
        cell = c["merge"] ** 2 * c["width"]
        self.ln_q = nn.RMSNorm(c["width"], 1e-6)
        self.mlp = nn.Sequential(nn.Linear(cell, cell), nn.GELU(), nn.Linear(cell, c["out"]))
        self.geometry = nn.Linear(c["merge"] ** 2 * solid, cell, bias=False)
        self.cell = cell

    def forward(self, flat, solid):
        first, activation, last = self.mlp
        return last(activation(first(self.ln_q(flat).view(-1, self.cell)) + self.geometry(solid)))


class Vision(nn.Module):
    def __init__(self, c, side, solid):
        super().__init__()
        patch, frames, merge = c["patch"], c["temporalPatch"], c["merge"]
        self.patch_embed = PatchProjection(c["width"], (3, frames, patch, patch), False)
        self.blocks = nn.ModuleList(VisionBlock(c) for _ in range(c["depth"]))
        self.merger = Merger(c, solid)
        self.c, cells, window = c, side // merge, c["window"] // merge // patch
        assert cells % min(window, cells) == 0, "windows must be of one shape"
        # [cells, cells] of cell numbers → window after window, and rows and columns of patches in that order.
        numbers = torch.arange(cells * cells).view(cells, cells)
        self.window = min(window, cells)
        order = numbers.unfold(0, self.window, self.window).unfold(1, self.window, self.window).flatten()
        inner = torch.arange(merge * merge)
        self.register_buffer("order", order, persistent=False)
        self.register_buffer("inverse", order.argsort(), persistent=False)
        rows = (order[:, None] // cells * merge + inner // merge).flatten()
        columns = (order[:, None] % cells * merge + inner % merge).flatten()
        self.register_buffer("places", torch.stack([rows, columns]), persistent=False)

    def patches(self, pixels):
        """[N, 3, S, S] → [N, patches, 3·T·p·p], the m × m of a cell together."""
        p, m = self.c["patch"], self.c["merge"]
        count, _, side, _ = pixels.shape
        g = side // (p * m)
        cells = normalised(pixels, CLIP).view(count, 3, g, m, p, g, m, p).permute(0, 2, 5, 3, 6, 1, 4, 7)
        return cells.reshape(count, -1, 3, 1, p * p).expand(-1, -1, -1, self.c["temporalPatch"], -1).flatten(2)

    def reorder(self, x, order):
        return x.unflatten(1, (order.numel(), -1))[:, order].flatten(1, 2)

    def forward(self, pixels, solid):
        x = self.reorder(self.patch_embed(self.patches(pixels)), self.order)
        count, width = x.shape[0], self.c["width"]
        half = width // self.c["heads"] // 2
        both = torch.cat([angles(axis, half, 1e4) for axis in self.places], -1)
        regions = self.order.numel() // self.window**2
        whole, windows = rotation(both), rotation(both.view(regions, -1, half))
        for i, block in enumerate(self.blocks):
            if i in self.c["fullAttention"]:
                x = block(x, whole)
            else:
                # The angles of every window, for each image
                cos, sin = (each.repeat(count, 1, 1, 1) for each in windows)
                x = block(x.reshape(count * regions, -1, width), (cos, sin)).view(count, -1, width)
        return self.merger(self.reorder(x, self.inverse), solid)


class GeometryBlock(nn.Module):
    """Of VGGT's aggregator."""

    def __init__(self, c):
        super().__init__()
        width, self.head = c["width"], c["width"] // c["heads"]
        self.norm1, self.norm2 = nn.LayerNorm(width, 1e-5), nn.LayerNorm(width, 1e-5)
        self.attn = nn.ModuleDict({
            "qkv": nn.Linear(width, 3 * width),
            "q_norm": nn.LayerNorm(self.head, 1e-5),
            "k_norm": nn.LayerNorm(self.head, 1e-5),
            "proj": nn.Linear(width, width),
        })
        self.mlp = Mlp(width, int(width * c["mlpRatio"]), width, nn.GELU())
        self.ls1, self.ls2 = (nn.ParameterDict({"gamma": nn.Parameter(torch.empty(width))}) for _ in range(2))

    def forward(self, x, rotary, mask=None):
        q, k, v = (heads_of(part, self.head) for part in self.attn["qkv"](self.norm1(x)).chunk(3, -1))
        q, k = rotate_yx(self.attn["q_norm"](q), rotary), rotate_yx(self.attn["k_norm"](k), rotary)
        x = x + self.ls1["gamma"] * self.attn["proj"](attention(q, k, v, mask))
        return x + self.ls2["gamma"] * self.mlp(self.norm2(x))


class Aggregator(nn.Module):
    def __init__(self, c):
        super().__init__()
        width = c["width"]
        self.patch_embed = PatchProjection(width, (3, c["patch"], c["patch"]), True)
        self.camera_token = nn.Parameter(torch.empty(1, 2, 1, width))
        self.register_token = nn.Parameter(torch.empty(1, 2, c["registers"], width))
        self.frame_blocks = nn.ModuleList(GeometryBlock(c) for _ in range(c["depth"]))
        self.global_blocks = nn.ModuleList(GeometryBlock(c) for _ in range(c["depth"]))
        self.c = c

    def forward(self, pixels, real):
        """pixels [B, V, 3, S, S], real bool[B, V] → [B, V, rows, columns, 2·width]"""
        batch, views, _, side, _ = pixels.shape
        c, p = self.c, self.c["patch"]
        g, special = side // p, 1 + self.c["registers"]
        cut = normalised(pixels, IMAGENET).view(batch, views, 3, g, p, g, p).permute(0, 1, 3, 5, 2, 4, 6)
        patches = self.patch_embed(cut.reshape(batch, views, g * g, -1))
        own = [t[:, [0] + [1] * (views - 1)].expand(batch, -1, -1, -1) for t in (self.camera_token, self.register_token)]
        x = torch.cat([*own, patches], 2)
        tokens = x.shape[2]
        grid = torch.arange(g * g)
        quarter = c["width"] // c["heads"] // 2
        within = []
        for axis in (grid // g + 1, grid % g + 1):
            within.append(angles(torch.cat([torch.zeros(special), axis]), quarter, c["ropeBase"]))
        frame_rotary = [rotation(axis) for axis in within]
        global_rotary = [rotation(axis.repeat(views, 1)) for axis in within]
        mask = real[:, None, None, :, None].expand(-1, -1, -1, -1, tokens).flatten(3)
        for frame, across in zip(self.frame_blocks, self.global_blocks):
            seen = frame(x.view(batch * views, tokens, -1), frame_rotary)
            x = across(seen.view(batch, views * tokens, -1), global_rotary, mask).view(batch, views, tokens, -1)
        both = torch.cat([seen.view_as(x), x], -1)
        return both[:, :, special:].unflatten(2, (g, g))


class DecoderLayer(nn.Module):
    """Of Qwen2.5."""

    def __init__(self, c):
        super().__init__()
        width, self.head = c["width"], c["headWidth"]
        self.input_layernorm, self.post_attention_layernorm = (nn.RMSNorm(width, c["epsilon"]) for _ in range(2))
        self.self_attn = nn.ModuleDict({
            "q_proj": nn.Linear(width, c["heads"] * self.head),
            "k_proj": nn.Linear(width, c["groups"] * self.head),
            "v_proj": nn.Linear(width, c["groups"] * self.head),
            "o_proj": nn.Linear(c["heads"] * self.head, width, bias=False),
        })
        self.mlp = SwiGlu(width, c["hidden"], False)

    def forward(self, x, rotary, mask, before=None):
        """`before`: keys and values of earlier tokens. Returns those of all tokens as well."""
        h = self.input_layernorm(x)
        q, k, v = (heads_of(self.self_attn[f"{name}_proj"](h), self.head) for name in "qkv")
        q, k = rotate(q, rotary), rotate(k, rotary)
        if before is not None:
            k, v = torch.cat([before[0], k], 2), torch.cat([before[1], v], 2)
        x = x + self.self_attn["o_proj"](attention(q, k, v, mask))
        return x + self.mlp(self.post_attention_layernorm(x)), (k, v)


class Language(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embed_tokens = nn.Embedding(c["vocabulary"], c["width"])
        self.layers = nn.ModuleList(DecoderLayer(c) for _ in range(c["layers"]))
        self.norm = nn.RMSNorm(c["width"], c["epsilon"])
        self.c = c

    def rotary(self, positions):
        """positions [B, 3, T]: of d/2 pairs some turn with time, some with height, some with width."""
        each = angles(positions, self.c["headWidth"], self.c["ropeBase"]).split(self.c["sections"], -1)
        return rotation(torch.cat([part[:, axis] for axis, part in enumerate(each)], -1))

    def forward(self, x, positions, mask, before=None):
        rotary, kept = self.rotary(positions), []
        for i, layer in enumerate(self.layers):
            x, own = layer(x, rotary, mask, before and before[i])
            kept.append(own)
        return self.norm(x), kept

    def logits(self, hidden):
        return F.linear(hidden, self.embed_tokens.weight)


class DitBlock(nn.Module):
    def __init__(self, c, text):
        super().__init__()
        width, self.head = c["width"], text["headWidth"]
        self.rows = [c["heads"] * self.head, text["groups"] * self.head, text["groups"] * self.head]
        self.attn = nn.ModuleDict({"qkv": nn.Linear(width, sum(self.rows)), "proj": nn.Linear(self.rows[0], width)})
        self.mlp = Mlp(width, c["hidden"], width, nn.GELU("tanh"))
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))

    def forward(self, x, condition, seen, rotary, mask):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.adaLN_modulation(condition)[:, None].chunk(6, -1)
        h = modulated(x, shift1, scale1)
        q, k, v = (heads_of(part, self.head) for part in self.attn["qkv"](h).split(self.rows, -1))
        keys, values = torch.cat([seen[0], rotate(k, rotary)], 2), torch.cat([seen[1], v], 2)
        x = x + gate1 * self.attn["proj"](attention(rotate(q, rotary), keys, values, mask))
        return x + gate2 * self.mlp(modulated(x, shift2, scale2))


def modulated(x, shift, scale):
    return F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale) + shift


class Expert(nn.Module):
    def __init__(self, c, text, steps, numbers):
        super().__init__()
        width = c["width"]
        self.time = nn.ModuleDict({"mlp": nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))})
        self.action_in = nn.Linear(numbers, width)
        self.step = nn.Parameter(torch.empty(1, steps, width))
        self.blocks = nn.ModuleList(DitBlock(c, text) for _ in range(c["layers"]))
        self.head = nn.ModuleDict({
            "adaLN_modulation": nn.Sequential(nn.SiLU(), nn.Linear(width, 2 * width)),
            "linear": nn.Linear(width, numbers),
        })
        self.text, self.match = text, [(i + 1) * text["layers"] // c["layers"] - 1 for i in range(c["layers"])]

    def rotary(self, positions):
        return rotation(angles(positions, self.text["headWidth"], self.text["ropeBase"]))

    def forward(self, noisy, t, context, rotary, real, there=None):
        """noisy [B, K, A], t [B], context per layer of the language model → velocity [B, K, A]. Steps that are not `there` [B, K] are not seen."""
        mask = None if there is None else F.pad(there[:, None, None], (context[0][0].shape[2], 0), value=True)
        waves = 1000 * t[:, None] * 1e4 ** (-torch.arange(128) / 128)
        condition = self.time["mlp"](torch.cat([waves.cos(), waves.sin()], -1))
        x = self.action_in(noisy * real) + self.step
        for i, block in enumerate(self.blocks):
            x = block(x, condition, context[self.match[i]], rotary, mask)
        shift, scale = self.head["adaLN_modulation"](condition)[:, None].chunk(2, -1)
        return self.head["linear"](modulated(x, shift, scale))


class Nano(nn.Module):
    def __init__(self, config, layout, numbers, state):
        super().__init__()
        tower, solid, text = config["vision"]["tower"], config["geometry"]["encoder"], config["language"]
        self.visual = Vision(tower, config["imageSize"] // tower["patch"], 2 * solid["width"])
        self.aggregator = Aggregator(solid)
        self.model = Language(text)
        robots = config["embodiment"]
        self.state_projectors = nn.ModuleDict(
            {name: Mlp(2 * state, robots["hidden"], text["width"], nn.SiLU()) for name in robots["names"]}
        )
        self.expert = Expert(config["expert"], text, config["chunk"], numbers)
        self.config, self.layout = config, layout
        wrists = [view for view in layout["views"] if view["view"] != "head"]
        action_queries = {"start": layout["state"]["end"], "end": layout["length"]}
        for name, places in {"wrists": wrists, "states": [layout["state"]], "queries": [action_queries]}.items():
            inside = [any(place["start"] <= i < place["end"] for place in places) for i in range(layout["length"])]
            self.register_buffer(name, torch.tensor(inside), persistent=False)

    def embed(self, data):
        """The sequence, views and state written over their places: [B, T, D]."""
        pixels = data["images"].to(torch.get_default_dtype()).permute(0, 1, 4, 2, 3) / 255
        batch, m = pixels.shape[0], self.config["vision"]["tower"]["merge"]
        solid = self.aggregator(pixels, data["visible"][:, [view["start"] for view in self.layout["views"]]])
        groups = solid.unflatten(3, (-1, m)).unflatten(2, (-1, m)).transpose(3, 4)
        visual = self.visual(pixels.flatten(0, 1), groups.reshape(-1, m * m * solid.shape[-1])).view(batch, -1, self.model.c["width"])
        real = data["stateMask"].to(pixels.dtype)
        known = torch.cat([data["state"] * real, real], -1)
        arms = torch.stack([project(known) for project in self.state_projectors.values()])[data["embodiment"], torch.arange(batch)]
        x, views, parts, end = self.model.embed_tokens(data["ids"]), self.layout["views"], [], 0
        for place, tokens in [*zip(views, visual.chunk(len(views), 1)), (self.layout["state"], arms)]:
            parts += [x[:, end : place["start"]], tokens]
            end = place["end"]
        return torch.cat([*parts, x[:, end:]], 1)

    def visible(self, data):
        """Tokens that are there: not the states of arms that a robot lacks. [B, T]"""
        end = self.layout["state"]["end"]
        seen = data["visible"].clone()
        seen[:, end - 2 : end] &= data["stateMask"].any(-1)
        return seen

    def mask(self, data):
        """Causal; what is not there is hidden from all, what is dropped from action queries."""
        length = data["ids"].shape[1]
        seen = torch.ones(length, length, dtype=torch.bool).tril() & self.visible(data)[:, None]
        if "dropWrist" in data:
            dropped = (data["dropWrist"] & self.wrists) | (data["dropState"] & self.states)
            seen = seen & ~(self.queries[:, None] & dropped[:, None])
        return seen[:, None]

    def forward(self, data):
        """The objective: the sum of equations 1 and 2, and its parts."""
        hidden, kept = self.model(self.embed(data), data["positions"], self.mask(data))
        start, latent = self.layout["answers"]["start"], self.layout["latent"]
        said, end = self.model.logits(hidden[:, start:]), latent["end"] - 1

        def loss(begin, stop):
            weights = data["weights"][:, begin:stop]
            each = F.cross_entropy(said[:, begin - start : stop - start].transpose(1, 2), data["targets"][:, begin:stop], reduction="none")
            return (each * weights).sum() / weights.sum().clamp(min=1e-6)

        parts = {"tokens": loss(start, hidden.shape[1]), "latent": loss(start, end), "fast": loss(end, hidden.shape[1])}
        actions, noise, real = (data[name].flatten(2).to(hidden.dtype) for name in ("actions", "noise", "actionMask"))
        t = data["time"][:, None, None]
        seen = [[x[:, :, latent["start"] : latent["end"]].detach() for x in layer] for layer in kept]
        velocity = self.expert(t * actions + (1 - t) * noise, data["time"], seen, self.chunk_rotary(data["positions"][:, 0, end]), real, real.any(-1))
        parts["flow"] = ((velocity - (actions - noise)) ** 2 * real).sum() / real.sum().clamp(min=1)
        return parts["tokens"] + parts["flow"], parts

    def chunk_rotary(self, last):
        """The steps of the chunk come after the last latent token."""
        return self.expert.rotary(last[:, None] + torch.arange(1, self.config["chunk"] + 1))

    def read(self, data):
        hidden, kept = self.model(self.embed(data), data["positions"], self.mask(data))
        return hidden[:, -1:], kept

    def decode(self, token, position, visible, kept):
        hidden, kept = self.model(self.model.embed_tokens(token), position, visible, kept)
        return hidden, kept

    def flow(self, noise, real, seen, last):
        steps, rotary = self.config["expert"]["steps"], self.chunk_rotary(last)
        x = noise * real
        for i in range(steps):
            x = x + self.expert(x, torch.full(x.shape[:1], i / steps), seen, rotary, real) / steps
        return x * real

    def predict(self, data):
        """A chunk [B, K, A] and its latent tokens [B, 16], of a prompt that ends before them."""
        codes, first = self.config["vocabulary"]["latent"], self.config["vocabulary"]["textTokens"]
        hidden, kept = self.read(data)
        after = data["positions"].flatten(1).amax(1) + 1
        visible, tokens = self.visible(data)[:, None, None], []
        for i in range(codes["slots"] * codes["transitions"]):
            group = i % codes["slots"] * codes["groups"] // codes["slots"]
            begin = first + group * codes["entries"]
            token = begin + self.model.logits(hidden)[..., begin : begin + codes["entries"]].argmax(-1)
            tokens.append(token)
            visible = F.pad(visible, (0, 1), value=True)
            hidden, kept = self.decode(token, (after + i)[:, None, None].expand(-1, 3, 1), visible, kept)
        seen = [[x[:, :, -len(tokens) :] for x in layer] for layer in kept]
        noise, real = (data[name].flatten(2).to(hidden.dtype) for name in ("noise", "actionMask"))
        return self.flow(noise, real, seen, after + len(tokens) - 1), torch.cat(tokens, 1)


def prompt_of(data, layout):
    """What a policy is given of a sample: the sequence before the latent tokens."""
    end = layout["latent"]["start"]
    given = {name: data[name][..., :end] for name in ("ids", "visible", "positions")}
    same = ("images", "state", "stateMask", "embodiment", "noise", "actionMask")
    return {**given, **{name: data[name] for name in same}}


def load(path):
    """Of a case the model with its weights, its inputs, and the file's metadata."""
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    dtype = torch.get_default_dtype()
    data = {name[3:]: x.to(dtype) if x.is_floating_point() else x for name, x in tensors.items() if name.startswith("in.")}
    layout = json.loads(metadata["layout"])
    model = Nano(json.loads(metadata["config"]), layout, data["actions"][0, 0].numel(), data["state"].shape[-1])
    weights = {name[7:]: x for name, x in tensors.items() if name.startswith("weight.")}
    model.load_state_dict(weights, strict=True)
    return model, data, metadata, tensors


def fixture(path, out):
    torch.set_default_dtype(torch.float64)
    model, data, metadata, tensors = load(path)
    loss, parts = model(data)
    loss.backward()
    with torch.no_grad():
        actions, latents = model.predict(prompt_of(data, model.layout))
    found = {"loss": loss, **parts, "actions": actions.view_as(data["actions"]), "latents": latents}
    found = {f"out.{name}": x.detach().float() if x.is_floating_point() else x for name, x in found.items()}
    gradients = {f"gradient.{name}": p.grad.float() for name, p in model.named_parameters()}
    made = {**dict(sorted(metadata.items())), "made_by": "reference/nano.py", "torch": torch.__version__}
    save_fixture(out, tensors | found | gradients, made)


def times_of(step, repeats):
    for _ in range(3):
        step()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def measure(mode, path, repeats):
    """Median seconds, and a number to see that it is the same network: the first loss, or the sum of the actions' sizes."""
    model, data, _, _ = load(path)
    if mode.startswith("train"):
        run = torch.compile(model) if mode.endswith("compile") else model
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01, fused=True)
        with torch.no_grad():
            value = model(data)[0].item()

        def step():
            loss, _ = run(data)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()

        return times_of(step, repeats), value
    given = {name: x[:1] for name, x in prompt_of(data, model.layout).items()}
    if mode.endswith("compile"):
        for part in ("read", "decode", "flow"):
            setattr(model, part, torch.compile(getattr(model, part)))
    with torch.inference_mode():
        value = model.predict(given)[0].abs().sum().item()
        return times_of(lambda: model.predict(given), repeats), value


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=["fixture", "train", "train-compile", "chunk", "chunk-compile"])
    parser.add_argument("case")
    parser.add_argument("out", nargs="?")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=10)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    if args.mode == "fixture":
        fixture(args.case, args.out)
        return
    seconds, value = measure(args.mode, args.case, args.repeats)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"torch": torch.__version__, "seconds": seconds, "value": value, "peakBytes": peak}))


if __name__ == "__main__":
    main()
