"""Makes pipelines.json and the files of the folder pipelines: small models of scikit-learn and PyTorch as ONNX, by the
exporters' defaults, with onnxruntime's scores.

    pip install scikit-learn==1.9.1 skl2onnx==1.20.0 onnxruntime torch
    python make_pipelines.py
"""

import json
import pathlib
import warnings

import numpy
import onnx
import onnxruntime
import pandas
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_dynamic, quantize_static
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, GradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    Binarizer, KBinsDiscretizer, OneHotEncoder, OrdinalEncoder, PolynomialFeatures, QuantileTransformer, StandardScaler)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

warnings.filterwarnings("ignore")
folder = pathlib.Path(__file__).parent
random = numpy.random.default_rng(11)
rows = random.normal(size=(120, 3)).astype(numpy.float32).round(3)
signal = rows[:, 0] + rows[:, 1] * rows[:, 2] + 0.4 * random.normal(size=120)
binary = (signal > 0.2).astype(int)
holes = numpy.where(random.random(rows.shape) < 0.15, numpy.nan, rows).astype(numpy.float32)
entries = {}


def keep(name, model, labels, inputs=rows):
    onx = to_onnx(model.fit(inputs, labels), inputs[:1])
    (folder / f"pipelines/{name}.onnx").write_bytes(onx.SerializeToString())
    session = onnxruntime.InferenceSession(onx.SerializeToString())
    found = session.run(["output_probability"], {"X": inputs[:8]})[0]
    entries[name] = {"rows": cells(inputs[:8]), "expected": cells([list(row.values()) for row in found])}


def cells(values):
    return [[None if numpy.isnan(cell) else float(f"{cell:.9g}") for cell in row] for row in numpy.asarray(values)]


keep("svc-probability", SVC(probability=True, random_state=0), binary)
keep("imputer", make_pipeline(SimpleImputer(), LogisticRegression()), binary, holes)
keep("polynomial", make_pipeline(PolynomialFeatures(2), LogisticRegression()), binary)
keep("binarizer", make_pipeline(Binarizer(threshold=0.2), LogisticRegression()), binary)
keep("bins", make_pipeline(KBinsDiscretizer(3, encode="onehot-dense"), LogisticRegression()), binary)
keep("quantiles", make_pipeline(QuantileTransformer(n_quantiles=9), LogisticRegression()), binary)
keep("bagging", BaggingClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=3, random_state=0), binary)
keep("adaboost", AdaBoostClassifier(n_estimators=3, random_state=0), binary)
keep("isotonic", CalibratedClassifierCV(DecisionTreeClassifier(max_depth=3), method="isotonic", cv=2), binary)
keep("three-classes", LogisticRegression(), numpy.digitize(signal, [-0.5, 0.5]))
keep("texts-as-labels", LogisticRegression(), numpy.where(binary, "yes", "no"))
keep("margins", SGDClassifier(random_state=0), binary)


frame = pandas.DataFrame({
    "age": rows[:, 0] * 10 + 40, "hours": holes[:, 1], "city": random.choice(["rome", "oslo", "lima"], 120),
    "work": random.choice(["a", "b"], 120)})
frame["age"] = frame["age"].astype(numpy.float32)
numbers = make_pipeline(SimpleImputer(), StandardScaler())
onehot = OneHotEncoder(handle_unknown="ignore")
by_city = (signal + (frame.city == "rome") > 0.4).astype(int)


def keep_table(name, texts, model):
    columns = ColumnTransformer([("numbers", numbers, ["age", "hours"]), ("texts", texts, ["city", "work"])])
    pipeline = make_pipeline(columns, model).fit(frame, by_city)
    types = [(column, StringTensorType([None, 1]) if column in ("city", "work") else FloatTensorType([None, 1]))
             for column in frame.columns]
    onx = to_onnx(pipeline, initial_types=types)
    (folder / f"pipelines/{name}.onnx").write_bytes(onx.SerializeToString())
    shown = frame[:10].copy()
    if texts is onehot:
        shown.loc[3, "city"] = "bonn"
    feeds = {column: shown[column].to_numpy(object if column in ("city", "work") else numpy.float32).reshape(-1, 1)
             for column in frame.columns}
    found = onnxruntime.InferenceSession(onx.SerializeToString()).run(["output_probability"], feeds)[0]
    table = {column: [None if cell != cell else cell for cell in shown[column].tolist()] for column in frame.columns}
    entries[name] = {"table": table, "expected": cells([list(row.values()) for row in found])}


keep_table("columns-logistic", onehot, LogisticRegression())
keep_table("columns-boosting", onehot, GradientBoostingClassifier(n_estimators=3, max_depth=2, random_state=0))
keep_table("columns-ordinal", OrdinalEncoder(), DecisionTreeClassifier(max_depth=3))


words = ["red", "Blue", "don't", "stop", "x", "na\u00efve", "42", "a-b"]
frame["remark"] = [" ".join(random.choice(words, random.integers(0, 6))) for _ in range(120)]
frame.loc[signal > 0.5, "remark"] += " red, Blue"


def keep_words(name, words, model):
    columns = ColumnTransformer([("numbers", numbers, ["age", "hours"]), ("city", onehot, ["city"]), ("remark", words, "remark")])
    used = ["age", "hours", "city", "remark"]
    onx = to_onnx(make_pipeline(columns, model).fit(frame[used], by_city), initial_types=[
        (column, StringTensorType([None, 1]) if column in ("city", "remark") else FloatTensorType([None, 1])) for column in used])
    for node in onx.graph.node:
        if node.op_type == "StringNormalizer":  # the default, en_US, is not on every system
            node.attribute.append(onnx.helper.make_attribute("locale", "C.UTF-8"))
    (folder / f"pipelines/{name}.onnx").write_bytes(onx.SerializeToString())
    session = onnxruntime.InferenceSession(onx.SerializeToString())
    # A row at a time: in a batch, shorter texts are padded, and padding can be counted.
    found = [list(session.run(["output_probability"], {
        column: frame[column][row:row + 1].to_numpy(object if column in ("city", "remark") else numpy.float32).reshape(-1, 1)
        for column in used})[0][0].values()) for row in range(10)]
    table = {column: [None if cell != cell else cell for cell in frame[column][:10].tolist()] for column in used}
    entries[name] = {"table": table, "expected": cells(found)}


keep_words("words", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression())
keep_words("words-present", CountVectorizer(binary=True), GradientBoostingClassifier(n_estimators=3, max_depth=2, random_state=0))
keep_words("words-twice", make_union(CountVectorizer(), TfidfVectorizer(analyzer="char", ngram_range=(2, 2))), LogisticRegression())


class Recurrent(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.r = torch.nn.LSTM(2, 3, batch_first=True)
        self.f = torch.nn.Linear(3, 1)

    def forward(self, x):
        return torch.sigmoid(self.f(self.r(x)[0][:, -1]))


torch.manual_seed(0)
sequences = torch.randn(5, 4, 2)
path = folder / "pipelines/lstm.onnx"
torch.onnx.export(Recurrent(), (sequences,), path, input_names=["x"], output_names=["p"],
                  dynamic_axes={"x": {0: "n"}, "p": {0: "n"}}, dynamo=False)
found = onnxruntime.InferenceSession(path).run(None, {"x": sequences.numpy()})[0]
entries["lstm"] = {"rows": cells(sequences.numpy().reshape(5, -1)), "expected": cells(found)}


def keep_optimized(name, network, shape):
    """As onnxruntime's optimizer rewrites the exported network."""
    example = torch.randn(4, *shape)
    torch.onnx.export(network.eval(), (example,), folder / "whole.onnx", input_names=["x"], output_names=["p"],
                      dynamic_axes={"x": {0: "n"}, "p": {0: "n"}}, dynamo=False)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(folder / f"pipelines/{name}.onnx")
    session = onnxruntime.InferenceSession(folder / "whole.onnx", options)
    (folder / "whole.onnx").unlink()
    found = session.run(None, {"x": example.numpy()})[0]
    entries[name] = {"rows": cells(example.numpy().reshape(4, -1)), "expected": cells(found)}


keep_optimized("fused-gemm", torch.nn.Sequential(
    torch.nn.Linear(5, 6), torch.nn.ReLU(), torch.nn.Linear(6, 4), torch.nn.LeakyReLU(0.2), torch.nn.Linear(4, 1),
    torch.nn.Sigmoid()), [5])
keep_optimized("fused-convolution", torch.nn.Sequential(
    torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(8, 1), torch.nn.Sigmoid()), [1, 4, 4])
keep_optimized("quick-gelu", torch.nn.Sequential(
    torch.nn.Linear(3, 4), torch.nn.SiLU(), torch.nn.Linear(4, 1), torch.nn.Sigmoid()), [3])


class Samples(CalibrationDataReader):
    def __init__(self):
        self.left = [{"x": torch.randn(20, 5).numpy()} for _ in range(3)]

    def get_next(self):
        return self.left.pop() if self.left else None


def keep_quantized(name, quantize):
    network = torch.nn.Sequential(torch.nn.Linear(5, 6), torch.nn.ReLU(), torch.nn.Linear(6, 2))
    torch.onnx.export(network.eval(), (torch.randn(2, 5),), folder / "whole.onnx", input_names=["x"],
                      output_names=["p"], dynamic_axes={"x": {0: "n"}, "p": {0: "n"}}, dynamo=False)
    quantize(folder / "whole.onnx", folder / f"pipelines/{name}.onnx")
    (folder / "whole.onnx").unlink()
    session = onnxruntime.InferenceSession(folder / f"pipelines/{name}.onnx")
    example = torch.randn(6, 5).numpy()
    found = [session.run(None, {"x": row.reshape(1, -1)})[0][0] for row in example]  # each row by itself
    entries[name] = {"rows": cells(example), "expected": cells(found)}


keep_quantized("quantized-around", lambda a, b: quantize_static(a, b, Samples(), quant_format=QuantFormat.QDQ))
keep_quantized("quantized-operators", lambda a, b: quantize_static(a, b, Samples(), quant_format=QuantFormat.QOperator))
keep_quantized("quantized-weights", quantize_dynamic)
lines = (f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in entries.items())
(folder / "pipelines.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
