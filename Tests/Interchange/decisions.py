"""Models with a decision that was adjusted after training, saved as ONNX: the file alone decides as the library does.

    decisions.py <libequipoise.so>

Of every model the labels of onnxruntime are equal to the library's on all rows, with the groups as further inputs; opened
by the library again, the file gives the same scores and labels and has the same adjustments, also if it is saved twice.
The models: a network that reads a table's columns, a network of another tool, LightGBM's leaves, several classes, a
regression."""

import csv
import ctypes
import json
import pathlib
import sys
import tempfile

import lightgbm
import numpy
import onnx
import onnxruntime
import pandas
import sklearn.compose
import sklearn.linear_model
import sklearn.pipeline
import sklearn.preprocessing
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType

from library import Library

library = Library(sys.argv[1])
library.c.eqp_set_threads(2, None)
random = numpy.random.default_rng(3)
NAMES = ["x0", "x1", "x2", "sex", "race", "age", "grade", "y", "kind", "pay"]
passed = failed = 0


def people(count, strangers=False):
    x = random.normal(size=(count, 3)).round(4)
    sex = random.choice(["Female", "Male"], count)
    race = random.choice([1, 2, 5], count)
    age = random.integers(18, 80, count)
    signal = x[:, 0] + 0.5 * x[:, 1] * x[:, 2] + 0.7 * (sex == "Male") + 0.2 * race - 1
    noise = random.normal(size=count)
    rows = [list(map(str, row)) for row in zip(
        *x.T, sex, race, age, random.choice(["a", "b"], count), (signal + noise > 0).astype(int),
        numpy.digitize(signal + noise, [-0.8, 0.8]), (100 * signal + 30 * noise).round(2))]
    if strangers:
        for row in rows[::17]:
            row[3] = "Divers"
        for row in rows[::29]:
            row[3] = ""
        for row in rows[::23]:
            row[4] = "9"
    return rows


def table(rows, folder, name):
    path = folder / f"{name}.csv"
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([NAMES, *rows])
    return library.open(path)


def adjusted(model, rows, config):
    result = ctypes.c_void_p()
    library.call("eqp_model_adjust", model, rows, json.dumps(config).encode(), None, ctypes.byref(result), None)
    return result


def predicted(model, rows, folder):
    result = ctypes.c_void_p()
    library.call("eqp_predict", model, rows, None, None, ctypes.byref(result))
    path = folder / "predictions.csv"
    library.call("eqp_dataset_write", result, str(path).encode(), None, None)
    with open(path, newline="") as file:
        header, *lines = csv.reader(file)
    return {name: [line[place] for line in lines] for place, name in enumerate(header)}


def served(path, rows):
    """The outputs of onnxruntime, and the names and types of the inputs."""
    onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(str(path))
    feed = {}
    for port in session.get_inputs():
        is_whole = port.name not in NAMES
        cells = [row[:3] if is_whole else [row[NAMES.index(port.name)]] for row in rows]
        if port.type == "tensor(string)":
            feed[port.name] = numpy.array(cells, object)
        else:
            kind = {"tensor(float)": numpy.float32, "tensor(double)": float, "tensor(int64)": numpy.int64}[port.type]
            feed[port.name] = numpy.array([[kind(cell or "nan") for cell in row] for row in cells], kind)
    outputs = {port.name: value for port, value in zip(session.get_outputs(), session.run(None, feed))}
    return outputs, {port.name: port.type for port in session.get_inputs()}


def check(title, model, test, rows, folder, inputs=None):
    global passed, failed
    try:
        path, second = folder / "saved.onnx", folder / "again.onnx"
        library.save(model, path, {"format": "onnx"})
        outputs, types = served(path, rows)
        ours = predicted(model, test, folder)
        worst = 0
        scores = numpy.array([[float(cell) for cell in ours[name]] for name in ours if name.startswith("score")
                              or name == "prediction"]).T
        if "adjusted_scores" in outputs:
            worst = float((numpy.abs(outputs["adjusted_scores"] - scores) / numpy.maximum(1, abs(scores))).max())
            # Between two scores that are close to each other an isotonic calibration or a repair may rise steeply.
            limit = 1e-4 if "isotonic" in title or "repair" in title else 1e-5
            assert worst < limit, f"scores differ by {worst:.1e}"
        decided = outputs.get("label", outputs.get("output_label"))
        if decided is not None:
            labels = ["" if str(label) == "-1" else str(label) for label in decided]
            wrong = [place for place, pair in enumerate(zip(labels, ours["label"])) if pair[0] != pair[1]]
            assert not wrong, f"{len(wrong)} labels differ, the first in row {wrong[0]}: {labels[wrong[0]]}, {ours['label'][wrong[0]]}"
            assert len(set(labels)) > 1, "every label is the same"
        else:
            assert "adjusted_scores" in outputs or "positive_probability" in outputs, "nothing is adjusted"
        if "positive_probability" in outputs:
            p, drawn = outputs["positive_probability"][:, 0], numpy.array([int(label) for label in ours["label"]])
            assert ((p > 0) & (p < 1)).any() and (drawn[p == 0] == 0).all() and (drawn[p == 1] == 1).all()
            error = abs((drawn - p).sum()) / numpy.sqrt(max(1e-9, (p * (1 - p)).sum()))
            assert error < 4, f"draws are {error:.1f} standard errors from their probabilities"
        for name, kind in (inputs or {}).items():
            assert types.get(name) == f"tensor({kind})", types
        again = library.load(path)
        assert predicted(again, test, folder) == ours, "opened again it predicts something else"
        assert library.describe(again)["decision"] == library.describe(model)["decision"], "other adjustments"
        library.save(again, second)
        assert served(second, rows)[1] == types, "saved twice it has other inputs"
        assert predicted(library.load(second), test, folder) == ours, "saved twice it predicts something else"
        passed += 1
        print(f"ok      {title}: differs by {worst:.1e}")
    except Exception as error:  # a failing case must not hide the others
        failed += 1
        print(f"FAILED  {title}: {error}")


def network(path):
    """A network that another tool wrote, of three numbers."""
    helper = onnx.helper
    weights = numpy.array([[1], [0.4], [0.1]], numpy.float32)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["z"]), helper.make_node("Sigmoid", ["z"], ["probability"])]
    graph = helper.make_graph(
        nodes, "network", [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", 3])],
        [helper.make_tensor_value_info("probability", onnx.TensorProto.FLOAT, ["n", 1])],
        [onnx.numpy_helper.from_array(weights, "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return library.load(path)


def leaves(path, rows):
    numbers = numpy.array([[float(cell) for cell in row[:3]] for row in rows])
    labels = [int(row[7]) for row in rows]
    data = lightgbm.Dataset(numbers, labels, feature_name=NAMES[:3], params={"verbose": -1})
    options = {"objective": "binary", "num_leaves": 9, "verbose": -1, "num_threads": 2, "learning_rate": 0.3}
    lightgbm.train(options, data, 12).save_model(path)
    return library.load(path)


def pipeline(path, rows):
    """scikit-learn's logistic regression behind its preparation of columns."""
    frame = pandas.DataFrame(rows, columns=NAMES)[["x0", "x1", "grade"]].astype({"x0": numpy.float32, "x1": numpy.float32})
    columns = sklearn.compose.make_column_transformer(
        (sklearn.preprocessing.OneHotEncoder(), ["grade"]), (sklearn.preprocessing.StandardScaler(), ["x0", "x1"]))
    model = sklearn.pipeline.make_pipeline(columns, sklearn.linear_model.LogisticRegression())
    model.fit(frame, [int(row[7]) for row in rows])
    types = [(name, StringTensorType([None, 1]) if name == "grade" else FloatTensorType([None, 1])) for name in frame]
    pathlib.Path(path).write_bytes(to_onnx(model, initial_types=types, target_opset=17).SerializeToString())
    return library.load(path)


DATA = {"label": "y", "sensitive": ["sex", "race", {"name": "age", "bins": [30, 55]}]}
PAIR = {"method": "thresholds", "tolerance": 0.1, "attribute": ["sex", "race"], "minimum_count": 5}
METHODS = {
    "thresholds by sex": [{"method": "thresholds", "attribute": "sex", "tolerance": 0.02}],
    "thresholds by sex and race": [PAIR],
    "thresholds by age": [{"method": "thresholds", "attribute": "age", "constraint": "equal_opportunity", "tolerance": 0.05}],
    "minimum rates": [{"method": "minimum_rates", "rate": "tpr", "minimum": 0.85, "attribute": "sex"}],
    "reject option": [{"method": "reject_option", "attribute": "sex", "tolerance": 0.05}],
    "platt": [{"method": "calibration", "kind": "platt", "attribute": "sex"}],
    "isotonic, thresholds by sex": [{"method": "calibration", "kind": "isotonic", "attribute": "race"},
                                    {"method": "thresholds", "attribute": "sex", "tolerance": 0.05}],
    "beta": [{"method": "calibration", "kind": "beta", "attribute": "sex"}],
    "temperature": [{"method": "calibration", "kind": "temperature", "attribute": "sex"}],
    "histogram": [{"method": "calibration", "kind": "histogram", "attribute": "sex"}],
    "venn_abers": [{"method": "calibration", "kind": "venn_abers", "attribute": "sex"}],
    "score repair, thresholds": [{"method": "score_repair", "strength": 0.8, "attribute": "sex"},
                                 {"method": "thresholds", "attribute": "sex", "tolerance": 0.05}],
    "abstention": [{"method": "abstention", "coverage": 0.8, "attribute": "sex"}],
    "drawn thresholds": [{"method": "thresholds", "attribute": "sex", "constraint": "equalized_odds", "randomized": True}],
}

with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    train_rows, rows = people(3000), people(1500, strangers=True)
    train, test = table(train_rows, folder, "train"), table(rows, folder, "test")
    training = {"epochs": 3, "batch_size": 128, "optimizer": {"name": "adamw", "learning_rate": 0.01}}

    def tuned(base, label, include=NAMES[:3], **more):
        return library.tune(base, train, {"data": {"label": label, "include": include, **more}, "train": training})

    new = ctypes.c_void_p()
    library.call("eqp_model_new", b'{"kind": "mlp", "hidden": [16]}', ctypes.byref(new))
    columns = tuned(new, "y", ["x0", "x1", "x2", "sex", "grade"])
    other, trees = network(folder / "other.onnx"), leaves(folder / "trees.txt", train_rows)
    for title, methods in METHODS.items():
        config = {"data": DATA, "adjust": methods}
        check(f"columns, {title}", adjusted(columns, train, config), test, rows, folder)
    numbers = tuned(other, "y")
    whole = {"data": dict(DATA, include=NAMES[:3])}
    pair = {"sex": "string", "race": "int64"}
    for model, name in ((numbers, "a network of another tool"), (trees, "LightGBM's leaves")):
        for title in ("thresholds by sex", "thresholds by sex and race", "isotonic, thresholds by sex"):
            check(f"{name}, {title}", adjusted(model, train, dict(whole, adjust=METHODS[title])), test, rows, folder,
                  pair if "race" in title else {"sex": "string"})
    check("bins of numbers", adjusted(numbers, train, dict(whole, adjust=METHODS["thresholds by age"])), test, rows,
          folder, {"age": "double"})
    prepared = pipeline(folder / "pipeline.onnx", train_rows)
    for sensitive, inputs in (("grade", {"grade": "string"}), ("sex", {"grade": "string", "sex": "string"})):
        method = {"method": "thresholds", "attribute": sensitive, "tolerance": 0.03}
        data = {"label": "y", "sensitive": [sensitive], "include": ["x0", "x1", "grade"]}
        check(f"a pipeline of scikit-learn, thresholds by {sensitive}",
              adjusted(prepared, train, {"data": data, "adjust": [method]}), test, rows, folder, inputs)
    classes = tuned(new, "kind", ["x0", "x1", "x2"])
    for kind in ("temperature", "platt", "isotonic"):
        methods = [{"method": "calibration", "kind": kind, "attribute": "sex"}, {"method": "abstention", "coverage": 0.9}]
        check(f"three classes, {kind}", adjusted(classes, train, {"data": {"label": "kind", "sensitive": ["sex"]},
              "adjust": methods}), test, rows, folder)
    pay = tuned(new, "pay", ["x0", "x1", "x2"])
    check("a regression, score repair", adjusted(pay, train, {"data": {"label": "pay", "sensitive": ["sex"]},
          "adjust": [{"method": "score_repair", "attribute": "sex"}]}), test, rows, folder)

    refusing = adjusted(numbers, train, dict(whole, adjust=[dict(METHODS["thresholds by sex"][0], unknown_group="refuse")]))
    library.save(refusing, folder / "refusing.onnx")
    try:
        served(folder / "refusing.onnx", rows)
        failed += 1
        print("FAILED  a group that is refused was decided")
    except onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument:
        passed += 1
        print("ok      a group that is refused is an error of the runtime")
print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(failed > 0)
