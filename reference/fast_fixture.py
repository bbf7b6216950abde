"""FAST action tokens and text tokens in Python: SciPy's DCT and Hugging Face's `tokenizers`.

Writes the fixtures of `test/tokens`; the tests themselves need no Python.
Usage: python reference/fast_fixture.py [--out test/fixtures/tokens]
       python reference/fast_fixture.py --check FOLDER    (loads what `saveFast` wrote there, encodes and decodes with it)
Needs: numpy, scipy, tokenizers

The published processor (physical-intelligence/fast, processing_action_tokenizer.py) is not run, and its weights are not here: its steps
are written out below, with its settings. `transformers`, which it wraps around `tokenizers`, would add nothing to the ids.

The chunks to fit are made by whole numbers only, so that `test/tokens/chunks.ts` makes the same ones, bit for bit.
"""

import argparse
import json
import pathlib

import numpy as np
from scipy.fft import dct, idct
from tokenizers import AddedToken, ByteLevelBPETokenizer, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from tokenizers.trainers import BpeTrainer

# The published settings are scale 10, vocabulary 2048; its lowest coefficient is -354, which "wide" comes close to.
FITS = {
    "arm": {"seed": 1, "count": 120, "horizon": 30, "dims": 10, "amplitude": 0.5, "noise": 16, "vocab_size": 400},
    "bimanual": {"seed": 2, "count": 80, "horizon": 30, "dims": 20, "amplitude": 1, "noise": 4, "vocab_size": 500},
    "joints": {"seed": 3, "count": 150, "horizon": 50, "dims": 7, "amplitude": 1, "noise": 64, "vocab_size": 512},
    "wide": {"seed": 4, "count": 100, "horizon": 30, "dims": 20, "amplitude": 6, "noise": 16, "vocab_size": 1600},
    "still": {"seed": 5, "count": 60, "horizon": 30, "dims": 10, "amplitude": 0.125, "noise": 0, "vocab_size": 256},
    # The root of the horizon is whole, so that round data would have ties; other amplitudes than powers of two make it generic.
    "sixteen": {"seed": 8, "count": 60, "horizon": 16, "dims": 7, "amplitude": 0.7, "noise": 32, "vocab_size": 320},
    "single": {"seed": 6, "count": 400, "horizon": 1, "dims": 1, "amplitude": 1, "noise": 0, "vocab_size": 64},
}
SCALE = 10


def whole_numbers(seed):
    state = seed
    while True:
        state = (1664525 * state + 1013904223) % 2**32
        yield state >> 16


def make_chunks(seed, count, horizon, dims, amplitude, noise):
    """[count, H, D]: cubic polynomials of time and noise of at most noise/1024; every tenth dimension steps from -1 to 1."""
    draw = whole_numbers(seed)
    chunks = np.zeros((count, horizon, dims))
    for chunk in chunks:
        for d in range(dims):
            if d % 10 == 9:
                step = next(draw) % (3 * horizon)
                chunk[:, d] = [-1 if t < step else 1 for t in range(horizon)]
                continue
            terms = [(next(draw) % 257 - 128) / (128 << power) for power in range(4)]
            for t in range(horizon):
                v = (2 * t - horizon + 1) / 32
                wobble = (next(draw) % (2 * noise + 1) - noise) / 1024
                chunk[t, d] = amplitude * (terms[0] + terms[1] * v + terms[2] * v * v + terms[3] * v * v * v + wobble)
    return chunks


def fit(chunks, vocab_size):
    """UniversalActionProcessor.fit"""
    coefficients = [np.around(dct(a, axis=0, norm="ortho").flatten() * SCALE) for a in chunks]
    lowest, highest = int(np.min(coefficients)), int(np.max(coefficients))
    assert highest - lowest <= vocab_size
    strings = ("".join(map(chr, (q - lowest).astype(int))) for q in coefficients)
    bpe = ByteLevelBPETokenizer()
    trainer = BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        show_progress=False,
        special_tokens=[],
        initial_alphabet=[chr(i) for i in range(highest - lowest + 1)],
        max_token_length=10000,
    )
    bpe._tokenizer.train_from_iterator(strings, trainer=trainer)
    return Tokenizer.from_str(bpe._tokenizer.to_str()), lowest


def encode(tokenizer, min_token, chunk):
    """UniversalActionProcessor.__call__, one chunk"""
    q = np.around(dct(chunk[None], axis=1, norm="ortho") * SCALE)[0]
    text = "".join(map(chr, np.maximum(q.flatten() - min_token, 0).astype(int)))
    return tokenizer.encode(text).ids, text


def decode(tokenizer, min_token, ids, dims):
    """UniversalActionProcessor.decode, one chunk"""
    q = np.array(list(map(ord, tokenizer.decode(ids)))) + min_token
    return idct(q.reshape(-1, dims) / SCALE, axis=0, norm="ortho")


def fast_case(out, name, recipe):
    options = {k: v for k, v in recipe.items() if k != "vocab_size"}
    chunks = make_chunks(**options)
    if name == "sixteen":
        scaled = dct(chunks, axis=1, norm="ortho") * SCALE
        assert np.abs(scaled - np.floor(scaled) - 0.5).min() > 1e-6, f"{name}: a coefficient is next to a tie"
    tokenizer, min_token = fit(chunks, recipe["vocab_size"])
    (out / f"fast_{name}.tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
    # Some that were fitted, and one with coefficients below the lowest character.
    encoded, texts = zip(*(encode(tokenizer, min_token, chunk) for chunk in [*chunks[:5], np.full_like(chunks[0], -100)]))
    for ids, text in zip(encoded, texts):
        assert tokenizer.decode(ids, skip_special_tokens=False) == text, f"{name}: a character was dropped"
    decoded = decode(tokenizer, min_token, encoded[0], recipe["dims"])
    characters = sorted({c for text in texts for c in text})
    print(f"{name}: {tokenizer.get_vocab_size()} tokens, lowest {min_token}, {len(encoded[0])} ids a chunk, U+{ord(characters[0]):04X}…U+{ord(characters[-1]):04X}")
    return {**recipe, "scale": SCALE, "min_token": min_token, "ids": encoded, "decoded": decoded.flatten().tolist()}


def words():
    """How texts are cut into words: every code point below U+0800 in shuffled order, and white space, apostrophes and the like densely."""
    draw = whole_numbers(7)
    dense = [0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20, 0x20, 0x20, 0x85, 0xA0, 0x2003, 0x3000, 0xFEFF, 0x1F600, 0x4E00, 0x301, *map(ord, "'''''strevmlda1²½A.!")]
    everything = list(range(0x800))
    for i in range(len(everything) - 1, 0, -1):
        j = next(draw) % (i + 1)
        everything[i], everything[j] = everything[j], everything[i]
    codes = []
    for code in everything:
        codes.append(code)
        codes.extend(dense[next(draw) % len(dense)] for _ in range(next(draw) % 4))
    text = "".join(map(chr, codes))
    spans = [span for _, span in pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str(text)]
    assert spans[0][0] == 0 and spans[-1][1] == len(text) and all(a[1] == b[0] for a, b in zip(spans, spans[1:]))
    return {"text": text, "ends": [end for _, end in spans]}


QWEN_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN_SPECIAL = (
    "<|endoftext|> <|im_start|> <|im_end|> <|object_ref_start|> <|object_ref_end|> <|box_start|> <|box_end|> <|quad_start|> <|quad_end|> "
    "<|vision_start|> <|vision_end|> <|vision_pad|> <|image_pad|> <|video_pad|>"
).split()
CORPUS = """put the red cube on the plate; then put the blue cube into the bowl.
pick up the green mug and place it left of the red mug
You are a helpful assistant.
What is on the table? There's a red cube, a blue bowl and 12 coloured pens.
I'll say it's 3.14 metres, we've measured; they're not sure, I'm sure, he'd say: don't!
Lege den roten Würfel auf den Teller und öffne die Schublade für größere Gläser.
Mets le cube rouge dans l'assiette, à côté du verre déjà cassé.
Поставь красный кубик на тарелку, а синий — в миску.
把红色的方块放到盘子上，然后打开抽屉。
赤い立方体を皿の上に置いてください。引き出しを開ける。
ضع المكعب الأحمر على الطبق
빨간 큐브를 접시 위에 놓으세요
{"bbox_2d": [12, 34, 156, 278], "label": "red cube"}
<|im_start|>user
The RED CUBE, the Blue Plate; THE END'S NOT YOU'RE
"""
STRINGS = [
    "put the red cube on the plate",
    "  two  spaces   three\ttab\n\nlines \r\n end  ",
    "It's we'RE I'M don'T 'quoted' ''",
    "numbers 0 12 345 ½ ² ٣ 3.14",
    "Würfel größer café naïve Å",
    "Cafe\u0301 A\u030a — decomposed \u1e9b\u0323",
    "Поставь кубик, 把红色的方块, 置いて, الأحمر, 큐브를",
    "emoji 😀👍🏽 🇩🇪 math ∑∫ 𝔘",
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<|vision_start|><|image_pad|><|image_pad|><|vision_end|>put it away<|im_end|>\n",
    '{"bbox_2d": [12, 34, 156, 278], "label": "red cube"}',
    "\x00\x01\x7f\xa0\xad\u2003\u3000x \u200b\u200d",
    "<|im_start|<|im_end|>|im_end|>",
]


def qwen_like():
    """The parts of Qwen2.5's tokenizer.json, with a small vocabulary."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN_SPLIT), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(CORPUS.splitlines(), BpeTrainer(vocab_size=500, show_progress=False, initial_alphabet=alphabet))
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in QWEN_SPECIAL])
    return tokenizer


def small_text():
    """A text tokenizer as `trainTextTokenizer` makes them."""
    bpe = ByteLevelBPETokenizer()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = BpeTrainer(vocab_size=450, min_frequency=2, show_progress=False, initial_alphabet=alphabet)
    bpe._tokenizer.train_from_iterator(CORPUS.splitlines(), trainer)
    bpe._tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in QWEN_SPECIAL])
    return Tokenizer.from_str(bpe._tokenizer.to_str())


def text_case(out, name, tokenizer):
    (out / f"text_{name}.tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in STRINGS]
    return {"ids": ids, "decoded": [tokenizer.decode(i, skip_special_tokens=False) for i in ids]}


def write(out):
    out.mkdir(parents=True, exist_ok=True)
    fixture = {
        "fast": {name: fast_case(out, name, recipe) for name, recipe in FITS.items()},
        "words": words(),
        "text": {
            "corpus": CORPUS.splitlines(),
            "special": QWEN_SPECIAL,
            "strings": STRINGS,
            "qwen_like": text_case(out, "qwen_like", qwen_like()),
            "small": text_case(out, "small", small_text()),
        },
    }
    (out / "tokens.json").write_text(json.dumps(fixture, separators=(",", ":")), encoding="utf-8")
    print({path.name: path.stat().st_size for path in sorted(out.iterdir())})


def check(folder):
    """Chunks as large as the "arm" ones, three times as large, and far too large; and how far off they are when they are decoded."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    config = json.loads((folder / "processor_config.json").read_text())
    horizon, dims, min_token = config["time_horizon"], config["action_dim"], config["min_token"]
    result = {"size": tokenizer.get_vocab_size()}
    for name, amplitude in (("ids", 0.5), ("larger", 1.5), ("huge", 500)):
        chunks = make_chunks(seed=1, count=4, horizon=horizon, dims=dims, amplitude=amplitude, noise=16)
        result[name], error = [], 0
        for chunk in chunks:
            ids, text = encode(tokenizer, min_token, chunk)
            result[name].append(ids)
            if tokenizer.decode(ids, skip_special_tokens=False) != text:
                error = None  # a character was dropped
                break
            clipped = np.maximum(dct(chunk, axis=0, norm="ortho"), min_token / SCALE)
            error = max(error, float(np.abs(decode(tokenizer, min_token, ids, dims) - idct(clipped, axis=0, norm="ortho")).max()))
        result[f"{name}_error"] = error
    print(json.dumps(result))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("test/fixtures/tokens"))
    parser.add_argument("--check", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.check:
        check(arguments.check)
    else:
        write(arguments.out)
