"""The case `texts`: two BERTs with random weights (MiniLM's size, 6 layers of 384; BERT base, 12 of 768) and tables of
texts, all of 128 tokens or of log-normal lengths (mean 48, at most 128)."""

import csv
import importlib.util
import json
import os
import pathlib
import random
import subprocess
import sys

SIZES = {
    "MiniLM size": dict(num_hidden_layers=6, hidden_size=384, num_attention_heads=12, intermediate_size=1536),
    "BERT base": dict(num_hidden_layers=12, hidden_size=768, num_attention_heads=12, intermediate_size=3072),
}
WORDS = 30522
LIFTED = "MKL as on Intel"


def prepare(folder):
    """Makes the directories and tables once."""
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
        for lengths in ("fixed", "varying"):
            steps = 24 if name == "MiniLM size" else 4 if lengths == "fixed" else 8
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


def ways(lengths, kind, precision, lifted):
    """The ways to run PyTorch: with defaults, with texts grouped by length, compiled, and with MKL as on Intel."""
    found = ["default"] + (["grouped by length"] if lengths == "varying" and kind != "one text" else [])
    if kind != "head":
        compiled = found[-1] + ", compiled"
        # oneDNN multiplies bfloat16 and does not ask for the processor's vendor.
        found += [compiled] + ([f"{way}, {LIFTED}" for way in (found[-1], compiled)] if lifted and precision == "f32" else [])
    return found


def mkl_as_on_intel(here, build):
    """The library to preload, if the processor is AMD's and a compiler is installed; otherwise None."""
    library = build / "libmkl_as_on_intel.so"
    try:
        if "AuthenticAMD" not in pathlib.Path("/proc/cpuinfo").read_text():
            return None
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, here / "peers" / "mkl_as_on_intel.c"], check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return library


def run(here, build, folder, threads, lines):
    prepare(folder)
    lifted = mkl_as_on_intel(here, build)
    results = lines([build / "peak", threads], threads)
    only = os.environ.get("EQUIPOISE_BENCH_TEXTS", "")

    def peers(size, lengths, kind, precision):
        found = []
        for way in ways(lengths, kind, precision, lifted):
            preloaded = {"LD_PRELOAD": str(lifted)} if LIFTED in way else {}
            found += lines([sys.executable, here / "peers" / "transformers_texts.py", folder, size, lengths, kind, precision, threads, way],
                           threads, **preloaded)
        return found

    for size in SIZES:
        for lengths in ("fixed", "varying"):
            for kind in ("full", "lora", "head", "predict"):
                for precision in ("f32", "bf16"):
                    if only in f"{size}, {lengths}, {kind}, {precision}":
                        results += lines([build / "texts", folder, size, lengths, kind, precision, threads], threads)
                        results += peers(size, lengths, kind, precision)
        for precision in ("f32", "bf16", "int8"):
            if only in f"{size}, one text, {precision}":
                results += lines([build / "texts", folder, size, "fixed", "one text", precision, threads], threads)
                if precision != "int8":
                    results += peers(size, "fixed", "one text", precision)
                if precision != "bf16":
                    results += lines([sys.executable, here / "peers" / "onnxruntime_texts.py", folder, size, precision, threads], threads)
                if precision == "int8" and importlib.util.find_spec("openvino"):
                    results += lines([sys.executable, here / "peers" / "openvino_texts.py", folder, size, threads], threads)
    summarize(folder, results)
    return results


def operations(size, kind, counts):
    """Floating-point operations of the matrix products for texts of these numbers of tokens, two for each multiplication:
    forward and the gradients that are needed, without padding and recomputation. Embeddings, normalizations, softmax and the
    optimizer are not counted. Unused positions are not counted either: of the last layer's queries and everything after its
    attention, only the first token counts."""
    layers, hidden, inner = (SIZES[size][key] for key in ("num_hidden_layers", "hidden_size", "intermediate_size"))
    tokens, texts = sum(counts), len(counts)
    rows = (layers - 1) * tokens + texts
    linear = 2 * (rows * (2 * hidden * hidden + 2 * hidden * inner) + layers * tokens * 2 * hidden * hidden)
    attention = 4 * hidden * ((layers - 1) * sum(count * count for count in counts) + tokens)
    pooler = 2 * texts * hidden * hidden
    if kind == "full":
        return 3 * (linear + attention + pooler)
    if kind == "lora":
        # No gradients of the frozen weights and of the first layer's input; two adapters of rank 8 in each layer.
        adapters = 2 * (rows + layers * tokens) * 2 * hidden * 8
        return 2 * linear - 2 * tokens * 3 * hidden * hidden + 3 * (attention + adapters) + 2 * pooler
    return linear + attention + pooler


def summarize(folder, results):
    """One line for each variant: ours with its share of the processor's peak, and the peers'."""
    peak = {r["variant"]: r["median"] for r in results if r["case"] == "peak"}
    print("\nThe threads multiply and add " + ", ".join(f"{rate:.0f} GFLOP/s in {kind}" for kind, rate in peak.items()) + ".")
    print(f"{'variant':48} {'ours':>7} {'GFLOP/s':>8} {'share':>6}  PyTorch or onnxruntime, and how many times as fast ours is")
    for own in results:
        if own["case"] != "texts" or own["who"] != "equipoise":
            continue
        size, *middle, precision = own["variant"].removesuffix(", peak memory").split(", ")
        rate = share = ""
        if own["unit"] in ("tokens/s", "ms"):
            counts = [128] if middle[0] in ("one text", "32 texts") else token_counts(folder / f"{size}-{middle[0]}.csv")
            # If only the head is trained, the layers below it are computed once for its three epochs.
            work = operations(size, middle[-1], counts) / (3 if middle[-1] == "head" else 1)
            rate = work / own["median"] / 1e6 if own["unit"] == "ms" else work / sum(counts) * own["median"] / 1e9
            share = f"{rate / peak[precision]:.0%}" if precision in peak else ""
            rate = f"{rate:.0f}"
        peers = [(r["who"].removeprefix("PyTorch, "), r["median"]) for r in results
                 if r["case"] == "texts" and r["variant"] == own["variant"] and r["who"] != "equipoise"]
        print(f"{own['variant']:48} {own['median']:>7.5g} {rate:>8} {share:>6}  {compared(own, peers)}")


def compared(own, peers):
    """The peer with defaults, its best variant, and its best with MKL as on Intel, each with our speed relative to it."""
    more = own["unit"] == "tokens/s"
    defaults = [peer for peer in peers if peer[0] == "default"]
    common = [peer for peer in peers if LIFTED not in peer[0]]
    lifted = [peer for peer in peers if LIFTED in peer[0]]
    found = []
    for title, group in (("default", defaults), ("best", common), (LIFTED, lifted)):
        if group:
            way, median = (max if more else min)(group, key=lambda peer: peer[1])
            times = own["median"] / median if more else median / own["median"]
            name = "" if title == "default" else f", {way.removesuffix(', ' + LIFTED)}"
            found.append(f"{title} {median:.5g} ({times:.2f}{name})")
    return "; ".join(found)


def token_counts(path):
    """The number of tokens of each text: its words and two special tokens."""
    with open(path) as file:
        return [len(row["text"].split()) + 2 for row in csv.DictReader(file)]
