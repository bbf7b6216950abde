"""Times FAST in Python on given chunks: the steps of the published processor with SciPy and Hugging Face's `tokenizers`.

Usage: python reference/bench_fast.py FOLDER    (from `npm run bench -- tokens`)
FOLDER/chunks.json has count, horizon, dims, scale and vocab_size, FOLDER/chunks.f64 the chunks as little-endian f64[count, H, D].
Prints a line of JSON with seconds for each chunk (encode, decode: one at a time, and all at once) and for all chunks (fit); leaves
FOLDER/tokenizer.json and FOLDER/ids.json. Needs: numpy, scipy, tokenizers

`transformers`, which the published processor wraps around `tokenizers`, is left out: it would only add time.
"""

import json
import pathlib
import sys
import time

import numpy as np
import scipy
import tokenizers
from scipy.fft import dct, idct

import fast_fixture

folder = pathlib.Path(sys.argv[1])
recipe = json.loads((folder / "chunks.json").read_text())
count, horizon, dims, scale = (recipe[key] for key in ("count", "horizon", "dims", "scale"))
assert scale == fast_fixture.SCALE
chunks = np.fromfile(folder / "chunks.f64", "<f8").reshape(count, horizon, dims)


def seconds(f):
    start = time.perf_counter()
    result = f()
    return time.perf_counter() - start, result


def text_of(q):
    return "".join(map(chr, np.maximum(q.flatten() - min_token, 0).astype(int)))


def encode_all():
    coefficients = np.around(dct(some, axis=1, norm="ortho") * scale)
    return [encoding.ids for encoding in tokenizer.encode_batch([text_of(q) for q in coefficients])]


def decode_all():
    coefficients = [list(map(ord, text)) for text in tokenizer.decode_batch(ids)]
    return idct((np.array(coefficients) + min_token).reshape(-1, horizon, dims) / scale, axis=1, norm="ortho")


fit, (tokenizer, min_token) = seconds(lambda: fast_fixture.fit(chunks, recipe["vocab_size"]))
times = {"encode": [], "decode": [], "encodeBatch": [], "decodeBatch": []}
all_ids = []
for some in np.split(chunks, count // recipe["part"]):
    encode, ids = seconds(lambda: [fast_fixture.encode(tokenizer, min_token, chunk)[0] for chunk in some])
    decode, _ = seconds(lambda: [fast_fixture.decode(tokenizer, min_token, i, dims) for i in ids])
    encode_batch, batch_ids = seconds(encode_all)
    decode_batch, _ = seconds(decode_all)
    assert batch_ids == ids
    all_ids += ids
    for name, time_of_part in zip(times, (encode, decode, encode_batch, decode_batch)):
        times[name].append(time_of_part / len(some))
(folder / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
(folder / "ids.json").write_text(json.dumps(all_ids))
versions = f"Python {sys.version.split()[0]}, numpy {np.__version__}, scipy {scipy.__version__}, tokenizers {tokenizers.__version__}"
print(json.dumps({"fit": fit, **{name: float(np.median(all)) for name, all in times.items()}, "versions": versions}))
