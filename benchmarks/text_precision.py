"""The accuracy of text classifiers by the precision of their products: an encoder is tuned on the tweets of
hate_offensive and the sentences of sst2, saved, and loaded in f32, bf16 and int8.

    python benchmarks/text_precision.py ENCODER ../shared/data [FOLDER]

prints, for each set, the accuracy on rows that were not trained on and the difference to f32 in points. FOLDER keeps the
tuned models (default: build/bench/precision)."""

import csv
import ctypes
import gzip
import json
import pathlib
import random
import sys

from calling import call, handle, library

HERE = pathlib.Path(__file__).resolve().parent


def table(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows(rows)
    return str(path)


def tweets(data):
    with gzip.open(data / "hate_offensive" / "labeled_data.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = [(row["tweet"], row["class"]) for row in csv.DictReader(file)]
    random.Random(1).shuffle(rows)
    return rows[:len(rows) * 4 // 5], rows[len(rows) * 4 // 5:]


def sentences(data):
    def read(name):
        with gzip.open(data / "sst2" / name, "rt", encoding="utf-8") as file:
            return [line.rstrip("\n").split("\t") for line in file]
    return read("train.tsv.gz"), read("test.tsv.gz")


def main():
    encoder, data = sys.argv[1], pathlib.Path(sys.argv[2])
    folder = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else HERE.parent / "build" / "bench" / "precision"
    folder.mkdir(parents=True, exist_ok=True)
    for name, read, epochs in (("hate_offensive", tweets, 1), ("sst2", sentences, 2)):
        train, test = (handle("eqp_dataset_open", table(folder / f"{name}-{part}.csv", rows).encode(), None, None)
                       for part, rows in zip(("train", "test"), read(data)))
        saved = folder / name
        if not (saved / "equipoise.json").exists():
            base = handle("eqp_model_load", encoder.encode(), None, None)
            config = {"data": {"text": "text", "label": "label"}, "train": {
                "epochs": epochs, "batch_size": 32, "optimizer": {"learning_rate": 1e-4}, "schedule": {"name": "linear", "warmup": 0.1}}}
            tuned = ctypes.c_void_p()
            call("eqp_finetune", base, train, None, json.dumps(config).encode(), None, ctypes.byref(tuned), None)
            call("eqp_model_save", tuned, str(saved).encode(), None, None)
        found = {}
        for precision in ("f32", "bf16", "int8"):
            model = handle("eqp_model_load", str(saved).encode(), json.dumps({"precision": precision}).encode(), None)
            audit = json.dumps({"data": {"text": "text", "label": "label"}, "metrics": ["accuracy"]}).encode()
            report = ctypes.c_void_p()
            call("eqp_audit", model, test, None, audit, None, ctypes.byref(report))
            found[precision] = json.loads(ctypes.cast(report, ctypes.c_char_p).value)["overall"]["accuracy"]
            library.eqp_model_free(model)
        print(f"{name}: " + ", ".join(
            f"{precision} {accuracy:.4f} ({100 * (accuracy - found['f32']):+.2f} points)" for precision, accuracy in found.items()))


if __name__ == "__main__":
    main()
