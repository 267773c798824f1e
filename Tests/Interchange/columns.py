"""Models of tables, saved as ONNX: the file alone reads the columns and decides, as the library does.

    columns.py <libequipoise.so>

Every file passes onnx's checker, runs in onnxruntime with an input for each column, and gives the library's scores to
1e-5 and its labels; opened by the library again it gives the same numbers. The table has missing numbers, missing
categories, and categories that did not occur in training."""

import csv
import ctypes
import json
import pathlib
import random
import sys
import tempfile

import numpy
import onnx
import onnxruntime

library = ctypes.CDLL(sys.argv[1])
library.eqp_error_message.restype = ctypes.c_char_p
library.eqp_set_threads(2, None)
draw = random.Random(1)
WORK = ["Private", "Self-emp", "Local-gov", "Never-worked"]
COUNTRIES = [f"country {number}" for number in range(9)]
HEADER = ["age", "hours", "gain", "work", "sex", "country", "code", "income", "class", "pay"]
NUMBERS = {"age", "hours", "gain", "code"}


def call(function, *arguments):
    error = ctypes.c_void_p()
    if function(*arguments, ctypes.byref(error)) != 0:
        raise RuntimeError(library.eqp_error_message(error).decode())


def people(count, unseen):
    rows = []
    for _ in range(count):
        age, hours, gain = draw.uniform(17, 90), draw.randint(1, 99), draw.choice([0, 0, 0, draw.randint(1, 99999)])
        work, country = draw.choice(WORK), draw.choice(COUNTRIES)
        margin = age / 30 + hours / 40 + gain / 30000 + WORK.index(work) - COUNTRIES.index(country) / 4 - 3
        yes = margin + draw.gauss(0, 1) > 0
        row = [f"{age:.3f}", hours, gain, work, draw.choice(["Female", "Male"]), country, draw.randint(1, 4),
               ">50K" if yes else "<=50K", draw.choice([3, 5, 8]) if yes else 3, f"{1000 * margin + draw.gauss(0, 50):.2f}"]
        for place in (0, 1, 3, 5):
            if draw.random() < 0.1:
                row[place] = ""
        if unseen and draw.random() < 0.2:
            row[3] = draw.choice(["Without-pay", "Füße"])
            row[5] = "elsewhere"
        rows.append([str(cell) for cell in row])
    return rows


def table(rows, folder, name):
    path = folder / f"{name}.csv"
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    dataset = ctypes.c_void_p()
    call(library.eqp_dataset_open, str(path).encode(), None, None, ctypes.byref(dataset))
    return dataset


def tuned(base, train, config):
    model = ctypes.c_void_p()
    call(library.eqp_finetune, base, train, None, json.dumps(config).encode(), None, ctypes.byref(model), None)
    return model


def loaded(path):
    model = ctypes.c_void_p()
    call(library.eqp_model_load, str(path).encode(), None, None, ctypes.byref(model))
    return model


def predicted(model, test, folder):
    """The library's predictions: a list of texts for each column."""
    result = ctypes.c_void_p()
    call(library.eqp_predict, model, test, None, None, ctypes.byref(result))
    path = folder / "predictions.csv"
    call(library.eqp_dataset_write, result, str(path).encode(), None, None)
    with open(path, newline="") as file:
        header, *rows = csv.reader(file)
    return {name: [row[place] for row in rows] for place, name in enumerate(header)}


def fed(session, rows):
    """Every column under its own name, or all numbers as one input."""
    def numbers(name):
        return [float(row[HEADER.index(name)] or "nan") for row in rows]

    feed = {}
    for port in session.get_inputs():
        if port.name == "x":
            feed["x"] = numpy.array([numbers(name) for name in ("age", "hours", "gain")], numpy.float32).T
        elif port.type == "tensor(string)":
            feed[port.name] = numpy.array([[row[HEADER.index(port.name)]] for row in rows], object)
        else:
            assert port.type == "tensor(float)" and port.name in NUMBERS, (port.name, port.type)
            feed[port.name] = numpy.array(numbers(port.name), numpy.float32)[:, None]
    return feed


passed = failed = 0


def check(title, model, test, rows, folder, inputs, options=None):
    global passed, failed
    try:
        path = folder / "saved.onnx"
        call(library.eqp_model_save, model, str(path).encode(), options and json.dumps(options).encode(), None)
        onnx.checker.check_model(str(path), full_check=True)
        session = onnxruntime.InferenceSession(str(path))
        names = [port.name for port in session.get_inputs()]
        assert names == inputs, names
        outputs = {port.name: value for port, value in zip(session.get_outputs(), session.run(None, fed(session, rows)))}
        ours = predicted(model, test, folder)
        scores = numpy.array([[float(cell) for cell in ours[name]] for name in ours if name.startswith("score")]).T
        name = next(name for name in outputs if not name.startswith("label"))
        theirs = outputs[name].reshape(len(rows), -1)[:, -scores.shape[1]:]
        worst = float(numpy.abs(theirs - scores).max() / max(1, numpy.abs(scores).max()))
        assert worst < 1e-5, f"scores differ by {worst:.1e}"
        if "label" in ours:
            labels = [str(label) for label in outputs["label"]]
            different = [place for place in range(len(rows)) if labels[place] != ours["label"][place]]
            assert not different, f"label {labels[different[0]]} for {ours['label'][different[0]]}"
            assert len(set(labels)) > 1, "every label is the same"
        again = loaded(path)
        assert predicted(again, test, folder) == ours, "opened again it predicts something else"
        second = folder / "again.onnx"
        call(library.eqp_model_save, again, str(second).encode(), options and json.dumps(options).encode(), None)
        assert predicted(loaded(second), test, folder) == ours, "saved twice it predicts something else"
        passed += 1
        print(f"ok      {title}: differs by {worst:.1e}")
    except Exception as error:  # a failing case must not hide the others
        failed += 1
        print(f"FAILED  {title}: {error}")


def network(path, inputs, width):
    """A network that another tool wrote, with an input for each of `inputs` and one logit."""
    helper = onnx.helper
    weights = numpy.random.default_rng(1).normal(size=(width, 1)).astype(numpy.float32) / 100
    names = [name for name, _ in inputs]
    nodes = [helper.make_node("Concat", names, ["joined"], axis=1)] if len(names) > 1 else []
    nodes += [helper.make_node("MatMul", ["joined" if nodes else names[0], "w"], ["z"]),
              helper.make_node("Sigmoid", ["z"], ["probability"])]
    ports = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", size]) for name, size in inputs]
    out = [helper.make_tensor_value_info("probability", onnx.TensorProto.FLOAT, ["n", 1])]
    graph = helper.make_graph(nodes, "network", ports, out, [onnx.numpy_helper.from_array(weights, "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return loaded(path)


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    train, rows = table(people(3000, False), folder, "train"), people(1000, True)
    test = table(rows, folder, "test")
    columns = ["age", "hours", "gain", "work", "sex", "country", "code"]

    def config(label, include=columns, **rest):
        training = {"epochs": 3, "batch_size": 128, "optimizer": {"name": "adamw", "learning_rate": 0.01}}
        data = {"label": label, "include": include}
        if label == "income":
            data["positive"] = ">50K"
        return {"data": data, "train": training, **rest}

    new = ctypes.c_void_p()
    call(library.eqp_model_new, b'{"kind": "mlp", "hidden": [16, 8]}', ctypes.byref(new))
    code = {"columns": {"code": {"kind": "category"}}}
    mixed = tuned(new, train, config("income", threshold=0.35, encoding=code))
    check("two classes, a threshold of 0.35", mixed, test, rows, folder, columns)
    texts = {"code": {"kind": "category"}}
    check("unseen categories in a slot of their own, pieces of numbers",
          tuned(new, train, config("income", encoding={"unseen": "own_slot", "scale": "piecewise", "columns": texts})),
          test, rows, folder, columns)
    check("embeddings, rare categories, minima and maxima, three classes",
          tuned(new, train, config("class", encoding={"max_one_hot": 3, "min_frequency": 300, "scale": "minmax",
                                                      "impute": "median", "columns": texts})),
          test, rows, folder, columns)
    check("missing categories among the unseen, a regression",
          tuned(new, train, config("pay", encoding={"missing_category": False, "indicator": False, "columns": texts})),
          test, rows, folder, columns)
    check("categories alone", tuned(new, train, config("income", ["work", "country"])), test, rows, folder, ["work", "country"])
    check("numbers alone", tuned(new, train, config("income", ["hours", "age"])), test, rows, folder, ["hours", "age"])

    full = [row for row in rows if row[0] and row[1]]
    whole = table(full, folder, "full")
    other = network(folder / "numbers.onnx", [("x", 3)], 3)
    numbers = tuned(other, train, config("income", ["age", "hours", "gain"], threshold=0.6))
    check("a network from elsewhere keeps its input", numbers, whole, full, folder, ["x"])
    check("the same by columns", numbers, test, rows, folder, ["age", "hours", "gain"], {"inputs": "columns"})
    several = network(folder / "several.onnx", [("age", 1), ("rest", 6)], 7)
    both = tuned(several, train, config("income", ["age", "hours", "gain", "sex", "code"],
                                        encoding={"unseen": "own_slot", "indicator": False}))
    check("two inputs of a network from elsewhere, and categories", both, test, rows, folder,
          ["age", "hours", "gain", "sex", "code"])
print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(failed > 0)
