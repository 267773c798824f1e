"""The plain recipe of examples/fair_texts.c by the library and in transformers and PyTorch: an encoder with a new head
for three classes, one epoch of 19,826 tweets, the accuracy on the 4,957 others. Both learn from the same rows, which
the library sets apart.

    python benchmarks/hate_offensive.py ENCODER labeled_data.csv [SEEDS [THREADS]]

prints accuracy and seconds of training for the seeds 1 to SEEDS (default 1), and their means.
"""

import ctypes
import json
import random
import statistics
import sys
import time

import torch
import transformers

from calling import call, handle, library

EPOCHS, SIZE, RATE, WARMUP = 1, 32, 1e-4, 0.1
library.eqp_dataset_cell_text.restype = ctypes.c_char_p
library.eqp_dataset_rows.restype = ctypes.c_int64
for name in ("model", "dataset"):
    getattr(library, f"eqp_{name}_free").argtypes = [ctypes.c_void_p]
library.eqp_free.argtypes = [ctypes.c_void_p]


def rows(part):
    count = library.eqp_dataset_rows(part)
    labels = (ctypes.c_int64 * count)()
    call("eqp_dataset_column_i64", part, b"class", labels, ctypes.c_int64(count))
    return [(library.eqp_dataset_cell_text(part, b"tweet", ctypes.c_int64(row)).decode(), labels[row]) for row in range(count)]


def ours(encoder, train, test, seed):
    data = {"text": "tweet", "label": "class"}
    config = {"data": data, "train": {
        "epochs": EPOCHS, "batch_size": SIZE, "seed": seed, "optimizer": {"learning_rate": RATE},
        "schedule": {"name": "linear", "warmup": WARMUP}}}
    model, report = ctypes.c_void_p(), ctypes.c_void_p()
    start = time.perf_counter()
    call("eqp_finetune", encoder, train, test, json.dumps(config).encode(), None, ctypes.byref(model), None)
    seconds = time.perf_counter() - start
    audit = json.dumps({"data": data, "metrics": ["accuracy"]}).encode()
    call("eqp_audit", model, test, None, audit, None, ctypes.byref(report))
    accuracy = json.loads(ctypes.cast(report, ctypes.c_char_p).value)["overall"]["accuracy"]
    library.eqp_free(report)
    library.eqp_model_free(model)
    return accuracy, seconds


def theirs(directory, train, test, seed):
    random.seed(seed)
    torch.manual_seed(seed)
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(directory, num_labels=3)
    train = random.sample(train, len(train))

    def logits(part):
        return model(**tokenizer([text for text, _ in part], truncation=True, padding=True, return_tensors="pt")).logits

    steps = EPOCHS * ((len(train) + SIZE - 1) // SIZE)
    warmup = round(WARMUP * steps)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: (step + 1) / warmup if step < warmup else (steps - step) / (steps - warmup))
    model.train()
    start = time.perf_counter()
    for epoch in range(EPOCHS):
        random.shuffle(train)
        for first in range(0, len(train), SIZE):
            part = train[first : first + SIZE]
            loss = torch.nn.functional.cross_entropy(logits(part), torch.tensor([label for _, label in part]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    seconds = time.perf_counter() - start
    model.eval()
    right = 0
    with torch.no_grad():
        for first in range(0, len(test), 64):
            part = test[first : first + 64]
            right += sum(best == label for best, (_, label) in zip(logits(part).argmax(-1).tolist(), part))
    return right / len(test), seconds


def main():
    directory, table = sys.argv[1:3]
    seeds = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    threads = int(sys.argv[4]) if len(sys.argv) > 4 else 2
    torch.set_num_threads(threads)
    transformers.logging.set_verbosity_error()
    call("eqp_set_threads", threads)
    encoder = handle("eqp_model_load", directory.encode(), None, None)
    tweets = handle("eqp_dataset_open", table.encode(), None, None)
    parts = (ctypes.c_void_p * 2)()
    call("eqp_dataset_split", tweets, b'{"fractions": [0.8, 0.2], "stratify": ["class"]}', parts, ctypes.c_size_t(2))
    train, test = (ctypes.c_void_p(part) for part in parts)
    found = {"equipoise": [], "PyTorch": []}
    for seed in range(1, seeds + 1):
        for who, result in (("equipoise", lambda: ours(encoder, train, test, seed)),
                            ("PyTorch", lambda: theirs(directory, rows(train), rows(test), seed))):
            accuracy, seconds = result()
            found[who].append(accuracy)
            print(f"seed {seed}: {who:9} accuracy {accuracy:.4f}, {seconds:.0f} s", flush=True)
    for who, accuracies in found.items():
        print(f"{who:9} {statistics.mean(accuracies):.4f}, from {min(accuracies):.4f} to {max(accuracies):.4f}")


main()
