"""The files that the cases read: a network as PyTorch exports it, and three tables of about 25 to 45 MB."""

import csv
import warnings


def prepare(folder):
    if not (folder / "mlp.onnx").exists():
        network(folder / "mlp.onnx")
    if not (folder / "text.csv").exists():
        tables(folder)


def network(path):
    import torch
    torch.manual_seed(0)
    layers = torch.nn.Sequential(
        torch.nn.Linear(100, 64), torch.nn.ReLU(), torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            layers.eval(), torch.zeros(1, 100), str(path), input_names=["x"], output_names=["y"],
            dynamic_axes={"x": {0: "rows"}, "y": {0: "rows"}}, dynamo=False)


def tables(folder):
    import numpy
    import pandas
    random = numpy.random.default_rng(0)
    rows = 420_000
    numbers = {f"n{j}": random.normal(size=rows).round(6) for j in range(8)}
    whole = {f"i{j}": random.integers(0, 100_000, rows) for j in range(4)}
    pandas.DataFrame({**numbers, **whole}).to_csv(folder / "numbers.csv", index=False)
    words = numpy.array(["Private", "Self-emp", "Federal-gov", "Local-gov", "Never-worked"])
    mixed = {
        "age": random.integers(17, 90, rows), "work": words[random.integers(0, 5, rows)],
        "income": random.lognormal(10, 1, rows).round(2), "sex": numpy.array(["Female", "Male"])[random.integers(0, 2, rows)],
        "hours": random.integers(1, 99, rows),
        "note": ['said "' + words[k] + '", once' for k in random.integers(0, 5, rows)],
    }
    pandas.DataFrame(mixed).to_csv(folder / "mixed.csv", index=False)
    # Texts in quotes; a fifth of the comments have quotes within.
    comments = [f"{words[k]}: {'no' if k % 2 else 'yes'}, as before" for k in range(5)] + ['said "never" and left, again']
    text = {
        "id": [f"{k:08d}-{k * 2654435761 % 2**32:08x}" for k in range(rows)], "work": words[random.integers(0, 5, rows)],
        "comment": numpy.array(comments)[random.choice(6, rows, p=[0.16] * 5 + [0.2])],
        "place": numpy.array(["Lyon, France", "Porto", "Kraków"])[random.integers(0, 3, rows)],
    }
    pandas.DataFrame(text).to_csv(folder / "text.csv", index=False, quoting=csv.QUOTE_ALL)
