"""Encoding all texts of a file with the `tokenizers` library, with and without offsets. tokenizers_encode.py <folder>
<threads>; the folder has directories of tokenizers and `texts` (benchmarks/tokenizers)."""

import os
import pathlib
import sys

threads = sys.argv[2]
os.environ["RAYON_NUM_THREADS"] = threads
os.environ["TOKENIZERS_PARALLELISM"] = "false" if threads == "1" else "true"

from timing import measure, report  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

folder = pathlib.Path(sys.argv[1])
data = (folder / "texts").read_bytes()
texts, place = [], 0
while place < len(data):
    length = int.from_bytes(data[place:place + 4], "little")
    texts.append(data[place + 4:place + 4 + length].decode())
    place += 4 + length
for directory in sorted(folder.iterdir()):
    if not directory.is_dir():
        continue
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    report("tokenizers", directory.name, "tokenizers, encode_batch_fast", "ms", measure(lambda: tokenizer.encode_batch_fast(texts), 5), 1e3)
    report("tokenizers", directory.name, "tokenizers, encode_batch", "ms", measure(lambda: tokenizer.encode_batch(texts), 3), 1e3)
