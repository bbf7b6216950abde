"""Two small transformers in PyTorch: loss, gradients, and parameters after five steps of AdamW and of Muon.

Writes the fixture of `test/nn/pytorch.test.ts`; the tests themselves need no Python.
Usage: python reference/nn_block.py [--out test/fixtures/nn_block.safetensors]

`vit`: token embedding, pre-norm blocks (LayerNorm, causal multi-head attention, GELU), LayerNorm, head, cross-entropy.
`llama`: pre-norm blocks (RMSNorm, causal grouped-query attention with rotary positions, SwiGLU), RMSNorm, mean squared error.

Everything is computed in float64 from float32 values and stored as float32. Tensors are called `{net}.{what}.{name}` with `what` one
of `in`, `weight`, `gradient`, `adamw`, `muon`, `muon64`; `{net}.loss` and `{net}.norm` hold the loss and the norm of all gradients
before clipping, for each of the five AdamW steps.

`muon` is torch.optim.Muon itself, which orthogonalises in bfloat16; `muon64` is the same update in float64, for the difference is
1e-2 after five steps. Either steps the matrices inside the blocks, while AdamW steps the rest.

Without rotary positions a key bias shifts all scores of a query alike, so its gradient is zero, and AdamW makes steps out of whatever
rounding leaves of it: `vit`'s key biases after training mean nothing.
"""

import argparse
import json

import torch
import torch.nn.functional as F
from torch.optim._muon import _adjust_lr

from nn_fixture import save_fixture

BATCH, TIME, WIDTH, HEADS, GROUPS, LAYERS, VOCAB = 2, 7, 16, 4, 2, 2, 11
HIDDEN = {"vit": 32, "llama": 24}
ADAMW = {"lr": 3e-3, "betas": [0.9, 0.95], "eps": 1e-8, "weight_decay": 0.1}
MUON = {
    "lr": 0.02,
    "weight_decay": 0.1,
    "momentum": 0.95,
    "nesterov": True,
    "ns_coefficients": [3.4445, -4.7750, 2.0315],
    "eps": 1e-7,
    "ns_steps": 5,
    "adjust_lr_fn": "original",
}
CLIP_NORM, STEPS = 1.0, 5


def shapes(net):
    """Names as in published checkpoints, weights [out, in]."""
    d = WIDTH // HEADS
    if net == "vit":
        yield "embed.weight", (VOCAB, WIDTH)
        for i in range(LAYERS):
            for norm in ("norm1", "norm2"):
                yield f"blocks.{i}.{norm}.weight", (WIDTH,)
                yield f"blocks.{i}.{norm}.bias", (WIDTH,)
            yield f"blocks.{i}.attn.qkv.weight", (3 * WIDTH, WIDTH)
            yield f"blocks.{i}.attn.qkv.bias", (3 * WIDTH,)
            yield f"blocks.{i}.attn.proj.weight", (WIDTH, WIDTH)
            yield f"blocks.{i}.attn.proj.bias", (WIDTH,)
            yield f"blocks.{i}.mlp.fc1.weight", (HIDDEN[net], WIDTH)
            yield f"blocks.{i}.mlp.fc1.bias", (HIDDEN[net],)
            yield f"blocks.{i}.mlp.fc2.weight", (WIDTH, HIDDEN[net])
            yield f"blocks.{i}.mlp.fc2.bias", (WIDTH,)
        yield "norm.weight", (WIDTH,)
        yield "norm.bias", (WIDTH,)
        yield "head.weight", (VOCAB, WIDTH)
        yield "head.bias", (VOCAB,)
        return
    for i in range(LAYERS):
        yield f"layers.{i}.input_layernorm.weight", (WIDTH,)
        for name, heads in (("q", HEADS), ("k", GROUPS), ("v", GROUPS)):
            yield f"layers.{i}.self_attn.{name}_proj.weight", (heads * d, WIDTH)
            yield f"layers.{i}.self_attn.{name}_proj.bias", (heads * d,)
        yield f"layers.{i}.self_attn.o_proj.weight", (WIDTH, HEADS * d)
        yield f"layers.{i}.post_attention_layernorm.weight", (WIDTH,)
        yield f"layers.{i}.mlp.gate_proj.weight", (HIDDEN[net], WIDTH)
        yield f"layers.{i}.mlp.up_proj.weight", (HIDDEN[net], WIDTH)
        yield f"layers.{i}.mlp.down_proj.weight", (WIDTH, HIDDEN[net])
    yield "norm.weight", (WIDTH,)


def draw_weights(net, generator):
    """Far enough from initial values that a forgotten bias or norm weight shows."""
    weights = {}
    for name, shape in shapes(net):
        noise = torch.randn(shape, generator=generator)
        is_scale = len(shape) == 1 and name.endswith("weight")
        weights[name] = 1 + 0.2 * noise if is_scale else noise * (0.3 if len(shape) == 2 else 0.1)
    return weights


def split_heads(x, heads):
    return x.view(BATCH, TIME, heads, WIDTH // HEADS).transpose(1, 2)


def vit(p, inputs):
    x = p["embed.weight"][inputs["ids"]]
    for i in range(LAYERS):
        at = f"blocks.{i}."
        h = F.layer_norm(x, (WIDTH,), p[at + "norm1.weight"], p[at + "norm1.bias"], 1e-6)
        qkv = F.linear(h, p[at + "attn.qkv.weight"], p[at + "attn.qkv.bias"])
        q, k, v = (split_heads(part, HEADS) for part in qkv.chunk(3, -1))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(BATCH, TIME, WIDTH)
        x = x + F.linear(y, p[at + "attn.proj.weight"], p[at + "attn.proj.bias"])
        h = F.layer_norm(x, (WIDTH,), p[at + "norm2.weight"], p[at + "norm2.bias"], 1e-6)
        h = F.gelu(F.linear(h, p[at + "mlp.fc1.weight"], p[at + "mlp.fc1.bias"]))
        x = x + F.linear(h, p[at + "mlp.fc2.weight"], p[at + "mlp.fc2.bias"])
    x = F.layer_norm(x, (WIDTH,), p["norm.weight"], p["norm.bias"], 1e-6)
    logits = F.linear(x, p["head.weight"], p["head.bias"])
    return F.cross_entropy(logits.flatten(0, 1), inputs["targets"].flatten().long())


def rotate(x):
    """x [B, H, T, d], halves of the channels paired."""
    d = x.shape[-1]
    frequencies = 10000 ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    angles = torch.outer(torch.arange(TIME, dtype=torch.float64), frequencies)
    cos, sin = (torch.cat([f(angles)] * 2, -1) for f in (torch.cos, torch.sin))
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat([-second, first], -1) * sin


def llama(p, inputs):
    x = inputs["x"]
    for i in range(LAYERS):
        at = f"layers.{i}."
        h = F.rms_norm(x, (WIDTH,), p[at + "input_layernorm.weight"], 1e-6)
        heads = (("q", HEADS), ("k", GROUPS), ("v", GROUPS))
        q, k, v = (
            split_heads(F.linear(h, p[f"{at}self_attn.{n}_proj.weight"], p[f"{at}self_attn.{n}_proj.bias"]), count)
            for n, count in heads
        )
        y = F.scaled_dot_product_attention(rotate(q), rotate(k), v, is_causal=True, enable_gqa=True)
        x = x + F.linear(y.transpose(1, 2).reshape(BATCH, TIME, WIDTH), p[at + "self_attn.o_proj.weight"])
        h = F.rms_norm(x, (WIDTH,), p[at + "post_attention_layernorm.weight"], 1e-6)
        gate = F.silu(F.linear(h, p[at + "mlp.gate_proj.weight"]))
        x = x + F.linear(gate * F.linear(h, p[at + "mlp.up_proj.weight"]), p[at + "mlp.down_proj.weight"])
    x = F.rms_norm(x, (WIDTH,), p["norm.weight"], 1e-6)
    return F.mse_loss(x, inputs["target"])


NETS = {"vit": vit, "llama": llama}


def draw_inputs(net, generator):
    if net == "vit":
        ids, targets = (torch.randint(VOCAB, (BATCH, TIME), generator=generator, dtype=torch.int32) for _ in range(2))
        return {"ids": ids, "targets": targets}
    x, target = (torch.randn((BATCH, TIME, WIDTH), generator=generator) for _ in range(2))
    return {"x": x, "target": target}


class Muon64(torch.optim.Optimizer):
    """torch.optim.Muon with the Newton-Schulz iteration in the parameters' own precision."""

    def __init__(self, params):
        super().__init__(params, {})

    @torch.no_grad()
    def step(self):
        a, b, c = MUON["ns_coefficients"]
        for p in self.param_groups[0]["params"]:
            average = self.state[p].setdefault("momentum_buffer", torch.zeros_like(p))
            average.lerp_(p.grad, 1 - MUON["momentum"])
            y = p.grad.lerp(average, MUON["momentum"])
            tall = y.shape[0] > y.shape[1]
            y = y.T if tall else y
            y = y / y.norm().clamp(min=MUON["eps"])
            for _ in range(MUON["ns_steps"]):
                gram = y @ y.T
                y = a * y + (b * gram + c * gram @ gram) @ y
            p.mul_(1 - MUON["lr"] * MUON["weight_decay"])
            p.add_(y.T if tall else y, alpha=-_adjust_lr(MUON["lr"], MUON["adjust_lr_fn"], p.shape))


def adamw(params):
    return torch.optim.AdamW(params, **{**ADAMW, "betas": tuple(ADAMW["betas"])})


def train(net, weights, inputs, optimizer):
    """Parameters after STEPS steps, and the loss and gradient norm before each."""
    p = {name: w.double().requires_grad_() for name, w in weights.items()}
    data = {name: x if x.dtype == torch.int32 else x.double() for name, x in inputs.items()}
    matrices = [w for name, w in p.items() if w.dim() == 2 and name.startswith(("blocks.", "layers."))]
    others = [w for w in p.values() if not any(w is m for m in matrices)]
    muon = {"muon": lambda m: torch.optim.Muon(m, **MUON), "muon64": Muon64}.get(optimizer)
    optimizers = [muon(matrices), adamw(others)] if muon else [adamw(list(p.values()))]
    losses, norms = [], []
    for _ in range(STEPS):
        loss = NETS[net](p, data)
        for o in optimizers:
            o.zero_grad()
        loss.backward()
        losses.append(loss.detach())
        norms.append(torch.nn.utils.clip_grad_norm_(p.values(), CLIP_NORM))
        for o in optimizers:
            o.step()
    return {name: w.detach().float() for name, w in p.items()}, torch.stack(losses).float(), torch.stack(norms).float()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="test/fixtures/nn_block.safetensors")
    path = parser.parse_args().out
    torch.use_deterministic_algorithms(True)
    generator = torch.Generator().manual_seed(42)
    tensors = {}
    for net, model in NETS.items():
        weights, inputs = draw_weights(net, generator), draw_inputs(net, generator)
        p = {name: w.double().requires_grad_() for name, w in weights.items()}
        data = {name: x if x.dtype == torch.int32 else x.double() for name, x in inputs.items()}
        gradients = torch.autograd.grad(model(p, data), list(p.values()))
        tensors |= {f"{net}.in.{name}": x for name, x in inputs.items()}
        tensors |= {f"{net}.weight.{name}": w for name, w in weights.items()}
        tensors |= {f"{net}.gradient.{name}": g.float() for name, g in zip(p, gradients)}
        for optimizer in ("adamw", "muon", "muon64"):
            after, losses, norms = train(net, weights, inputs, optimizer)
            tensors |= {f"{net}.{optimizer}.{name}": w for name, w in after.items()}
            if optimizer == "adamw":
                tensors |= {f"{net}.loss": losses, f"{net}.norm": norms}
            if optimizer == "muon64":
                gap = max((after[n] - tensors[f"{net}.muon.{n}"]).abs().max().item() for n in after)
                print(f"{net}: muon in bfloat16 and in float64 differ by up to {gap:.1e} after {STEPS} steps")
        print(f"{net}: losses {losses.tolist()}, gradient norms {norms.tolist()}")
    sizes = {"batch": BATCH, "time": TIME, "width": WIDTH, "heads": HEADS, "groups": GROUPS, "layers": LAYERS, "vocab": VOCAB}
    metadata = {
        "made_by": "reference/nn_block.py",
        "torch": torch.__version__,
        "sizes": json.dumps({**sizes, "hidden": HIDDEN}),
        "adamw": json.dumps(ADAMW),
        "muon": json.dumps({**MUON, "matrices": "2-D parameters under blocks. or layers.; AdamW for the rest"}),
        "clip_norm": str(CLIP_NORM),
        "steps": str(STEPS),
    }
    save_fixture(path, tensors, metadata)


if __name__ == "__main__":
    main()
