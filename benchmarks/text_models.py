"""The case `texts`: two BERTs with random weights (MiniLM's size, 6 layers of 384; BERT base, 12 of 768) and tables of
texts, all of 128 tokens or of log-normal lengths (mean 48, at most 128)."""

import csv
import json
import os
import random
import sys

SIZES = {
    "MiniLM size": dict(num_hidden_layers=6, hidden_size=384, num_attention_heads=12, intermediate_size=1536),
    "BERT base": dict(num_hidden_layers=12, hidden_size=768, num_attention_heads=12, intermediate_size=3072),
}
WORDS = 30522


def prepare(folder):
    """Directories and tables, made once."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, sizes in SIZES.items():
        if (folder / name / "vocab.txt").exists():
            continue
        import torch
        import transformers
        torch.manual_seed(0)
        config = transformers.BertConfig(vocab_size=WORDS, num_labels=2, **sizes)
        transformers.BertForSequenceClassification(config).save_pretrained(folder / name)
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        (folder / name / "vocab.txt").write_text("\n".join(special + [f"w{i}" for i in range(5, WORDS)]) + "\n")
        (folder / name / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True}))
    numbers = random.Random(1)
    for name in SIZES:
        steps = 24 if name == "MiniLM size" else 8
        for lengths in ("fixed", "varying"):
            path = folder / f"{name}-{lengths}.csv"
            if path.exists():
                continue
            with open(path, "w", newline="") as file:
                table = csv.writer(file)
                table.writerow(["text", "label", "group"])
                for _ in range(16 * steps):
                    length = 128 if lengths == "fixed" else min(max(round(numbers.lognormvariate(3.8712 - 0.18, 0.6)), 4), 128)
                    words = " ".join(f"w{numbers.randrange(1000, 30000)}" for _ in range(length - 2))
                    table.writerow([words, numbers.randrange(2), "ab"[numbers.randrange(2)]])


def run(here, build, folder, threads, lines):
    prepare(folder)
    results = []
    only = os.environ.get("EQUIPOISE_BENCH_TEXTS", "")
    for size in SIZES:
        for lengths in ("fixed", "varying"):
            for kind in ("full", "lora", "head", "predict"):
                for precision in ("f32", "bf16"):
                    if only not in f"{size}, {lengths}, {kind}, {precision}":
                        continue
                    what = [folder, size, lengths, kind, precision, threads]
                    results += lines([build / "texts", *what], threads)
                    results += lines([sys.executable, here / "peers" / "transformers_texts.py", *what], threads)
    for size in SIZES:
        if only not in f"{size}, one text":
            continue
        for precision in ("f32", "bf16"):
            results += lines([build / "texts", folder, size, "fixed", "one text", precision, threads], threads)
        results += lines([sys.executable, here / "peers" / "onnxruntime_texts.py", folder, size, threads], threads)
    return results
