"""PyTorch's time and memory for the transformer of `bench/tensor.ts`, on the same two threads.

Run by `npm run bench -- tensor` when a Python with PyTorch is found; prints one JSON object.
Usage: python reference/bench_transformer.py {train|train-compile|infer|infer-compile|matmul} [--threads 2]
"""

import argparse
import json
import resource
import time

import torch
import torch.nn.functional as F
from torch import nn

BATCH, TIME, WIDTH, HEADS, LAYERS, VOCAB = 16, 230, 256, 4, 6, 256


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH)
        self.fc1 = nn.Linear(WIDTH, 4 * WIDTH)
        self.fc2 = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, WIDTH))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, WIDTH)
        self.position = nn.Parameter(torch.randn(TIME, WIDTH) * 0.02)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, VOCAB, bias=False)

    def forward(self, tokens):
        x = self.embed(tokens) + self.position
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def median_time(step, repeats):
    for _ in range(3):
        step()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["train", "train-compile", "infer", "infer-compile", "matmul"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=10)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)

    if args.mode == "matmul":
        a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
        out = torch.empty(1024, 1024)
        seconds = median_time(lambda: torch.matmul(a, b, out=out), args.repeats)
    else:
        model = Transformer()
        run = torch.compile(model) if args.mode.endswith("compile") else model
        batch = 1 if args.mode.startswith("infer") else BATCH
        tokens = torch.randint(VOCAB, (batch, TIME))
        if args.mode.startswith("infer"):
            model.eval()

            def step():
                with torch.inference_mode():
                    run(tokens)
        else:
            optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01, fused=True)

            def step():
                loss = F.cross_entropy(run(tokens).flatten(0, 1), tokens.flatten())
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimiser.step()

        seconds = median_time(step, args.repeats)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"mode": args.mode, "torch": torch.__version__, "seconds": seconds, "peakBytes": peak}))


if __name__ == "__main__":
    main()
