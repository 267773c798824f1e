"""Random PyTorch networks on tables, by both exporters: the library predicts what PyTorch does, one step of stochastic
gradient descent equals PyTorch's, and the saved file gives the same scores in onnxruntime.

    networks.py <libequipoise.so> [how many] [first] [words of names]

Ends with how many are equal, and why each other one is not."""

import io
import logging
import pathlib
import sys
import tempfile
import warnings

import numpy
import onnxruntime
import torch
from torch import nn
from torch.nn import functional

from library import Library
from network_kinds import KINDS

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
onnxruntime.set_default_logger_severity(4)
library = Library(sys.argv[1])
count = int(sys.argv[2]) if len(sys.argv) > 2 else 60
first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
wanted = sys.argv[4:]
ROWS, RATE = 48, 0.05


class Ending(nn.Module):
    """The network's scores in one of the forms in which people export them."""

    def __init__(self, body, form):
        super().__init__()
        self.body, self.form = body, form

    def forward(self, x):
        scores = self.body(x)
        if self.form == "squeezed":
            return scores.squeeze(-1)
        if self.form == "sigmoid":
            return torch.sigmoid(scores)
        if self.form == "softmax":
            return functional.softmax(scores, -1)
        return scores


def exported(model, rows, by, path, opset):
    silent = io.StringIO()
    # The exporter's optimizer folds normalization and functions of weights into weights, whose steps are then others.
    folds = any(isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d)) for part in model.modules()) or hasattr(model.body, "folds")
    stdout, stderr, sys.stdout, sys.stderr = sys.stdout, sys.stderr, silent, silent
    try:
        if by == "dynamo":
            torch.onnx.export(model, (rows,), str(path), dynamo=True, input_names=["x"], output_names=["y"],
                              dynamic_shapes=({0: torch.export.Dim("rows")},), verbose=False, optimize=not folds)
        else:
            torch.onnx.export(model, (rows,), str(path), dynamo=False, input_names=["x"], output_names=["y"],
                              dynamic_axes={"x": {0: "rows"}, "y": {0: "rows"}}, opset_version=opset)
    finally:
        sys.stdout, sys.stderr = stdout, stderr


def probabilities(scores, form):
    scores = numpy.asarray(scores, numpy.float64).reshape(ROWS, -1)
    if form in ("sigmoid", "softmax"):
        return scores
    if scores.shape[1] == 1:
        return 1 / (1 + numpy.exp(-scores))
    powers = numpy.exp(scores - scores.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def like(theirs, ours, form):
    """The form of PyTorch's scores in which the library gives its own."""
    forms = [numpy.asarray(theirs, numpy.float64).reshape(ROWS, -1), probabilities(theirs, form)]
    forms = [found[:, -ours.shape[1]:] for found in forms]
    return min(numpy.abs(found - ours).max() for found in forms)


def run(path, rows):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": rows})[0]


def stepped(model, x, y, form):
    """One step over all rows, in place."""
    scores = model.body(x)
    if scores.shape[-1] == 1:
        loss = functional.binary_cross_entropy_with_logits(scores.reshape(-1), y.float())
    else:
        loss = functional.cross_entropy(scores, y)
    model.zero_grad()
    loss.backward()
    moved = 0
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter -= RATE * parameter.grad
                moved = max(moved, float(parameter.grad.abs().max()))
    return moved


def compare(name, model, shape, by, opset, folder):
    classes = model.body(torch.zeros(2, *shape)).shape[-1]
    random = numpy.random.default_rng(len(name))
    rows = random.normal(size=(ROWS, *shape)).astype(numpy.float32)
    if hasattr(model.body, "whole"):
        rows[:, :model.body.whole] = random.integers(0, 4, (ROWS, model.body.whole))
    x, y = torch.tensor(rows), torch.tensor(random.integers(0, max(classes, 2), ROWS))
    path = folder / "model.onnx"
    try:
        exported(model, x, by, path, opset)
        theirs = run(path, rows)
    except Exception as error:
        return "not exported", f"{type(error).__name__}: {str(error).splitlines()[0][:150] if str(error) else str()}"
    flat = rows.reshape(ROWS, -1)
    try:
        base = library.load(path)
        ours = library.predict(base, flat)
    except RuntimeError as error:
        return "REFUSED", str(error)
    worst = like(theirs, ours, model.form)
    if not worst < 1e-5:
        return "UNEQUAL", f"predicts with a difference of {worst:.1e}"
    kind = "interpreted" if "Interpretation" in library.describe(base)["operators"] else "engine"
    lines = [",".join([f"c{place}" for place in range(flat.shape[1])] + ["y", "group"])]
    lines += [",".join([repr(float(value)) for value in row] + [str(int(label)), "ab"[place % 2]])
              for place, (row, label) in enumerate(zip(flat, y))]
    (folder / "rows.csv").write_text("\n".join(lines) + "\n")
    table = library.open(folder / "rows.csv")
    config = {"data": {"label": "y", "sensitive": ["group"]}, "task": "multiclass" if classes > 2 else "binary",
              "baseline": False,
              "train": {"epochs": 1, "batch_size": ROWS, "shuffle": False, "keep": "last",
                        "optimizer": {"name": "sgd", "learning_rate": RATE}}}
    if classes <= 2:
        config["data"]["positive"] = 1
    try:
        tuned = library.tune(base, table, config, validation=table)
        now = library.predict(tuned, flat)
    except RuntimeError as error:
        return f"REFUSED ({kind})", f"tuning: {error}"
    moved = stepped(model, x, y, model.form)
    with torch.no_grad():
        expected = model(x).numpy()
    worst = like(expected, now, model.form)
    change = numpy.abs(numpy.asarray(expected) - theirs).max()
    if not worst < 1e-5:
        return f"UNEQUAL ({kind})", f"after a step differs by {worst:.1e}; PyTorch's own change is {change:.1e}"
    try:
        library.save(tuned, folder / "tuned.onnx")
        again = run(folder / "tuned.onnx", rows)
    except Exception as error:
        return f"UNEQUAL ({kind})", f"saved: {str(error).splitlines()[0]}"
    worst = min(numpy.abs(numpy.asarray(again).reshape(ROWS, -1) - expected.reshape(ROWS, -1)).max()
                if again.size == expected.size else numpy.inf, like(again, now, "sigmoid"))
    if not worst < 1e-5:
        return f"UNEQUAL ({kind})", f"saved: differs by {worst:.1e}"
    reopened = library.predict(library.load(folder / "tuned.onnx"), flat)
    if not numpy.abs(reopened - now).max() < 1e-6:
        return f"UNEQUAL ({kind})", f"reopened: differs by {numpy.abs(reopened - now).max():.1e}"
    return kind, f"moved by {change:.1e}"


found = {}
with tempfile.TemporaryDirectory() as folder:
    for number in range(first, first + count):
        title, make = KINDS[number % len(KINDS)]
        name = f"{number} {title}"
        if wanted and not any(word in name for word in wanted):
            continue
        torch.manual_seed(number)
        random = numpy.random.default_rng(number)
        by = ["torchscript", "dynamo"][number // len(KINDS) % 2] if count > len(KINDS) else ["torchscript", "dynamo"][number % 2]
        classes = int(random.choice([1, 1, 1, 2, 3]))
        form = str(random.choice(["plain", "squeezed", "sigmoid"] if classes == 1 else ["plain", "softmax"]))
        body, shape = make(random, classes)
        # Exporters make one weight of parameters with the same values, such as biases of 0; its step is another.
        with torch.no_grad():
            for parameter in body.parameters():
                parameter.add_(0.02 * torch.randn_like(parameter))
        model = Ending(body, form).eval()
        outcome, reason = compare(name, model, shape, by, int(random.choice([13, 15, 17])), pathlib.Path(folder))
        found.setdefault(outcome.split(" (")[0], []).append(name)
        if outcome not in ("engine", "interpreted") or wanted:
            print(f"{outcome:22} {name}, {by}, {form} of {classes}: {reason}", flush=True)
equal = len(found.get("engine", [])) + len(found.get("interpreted", []))
failed = len(found.get("REFUSED", [])) + len(found.get("UNEQUAL", []))
print(f"{equal} of {equal + failed} equal, predicted, tuned by one step and saved ({len(found.get('interpreted', []))} interpreted); "
      f"{len(found.get('not exported', []))} the exporters refuse")
print(f"{equal} passed, {failed} failed, 0 skipped")
sys.exit(failed > 0)
