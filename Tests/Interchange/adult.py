"""Adult's raw columns through pipelines of scikit-learn and a network of PyTorch: tuned to demographic parity, saved, and
opened in onnxruntime, which must decide as the library does; and the time of both for one row and for 10,000.

    adult.py <libequipoise.so> [folder with UCI Adult]

Reads ../shared/data/adult unless another folder is given; without it, says so and passes."""

import ctypes
import json
import pathlib
import sys
import tempfile
import time
import warnings

import numpy
import onnxruntime
import pandas
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from library import Library

warnings.filterwarnings("ignore")
onnxruntime.set_default_logger_severity(4)
library = Library(sys.argv[1])
root = pathlib.Path(__file__).resolve().parents[2]
source = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else root.parent / "shared/data/adult"
NAMES = ["age", "workclass", "fnlwgt", "education", "education_num", "marital", "occupation", "relationship", "race", "sex",
         "gain", "loss", "hours", "country", "income"]
TEXTS = ["workclass", "education", "marital", "occupation", "relationship", "race", "country"]
NUMBERS = ["age", "education_num", "gain", "loss", "hours"]
INPUTS = NUMBERS + TEXTS
TOLERANCE = 0.02
# "?" is a category of the pipelines, not a missing text.
WORDS = {"missing": [""]}
passed = failed = 0


def frame(name):
    rows = pandas.read_csv(source / name, names=NAMES, skipinitialspace=True, comment="|")
    rows["y"] = rows.pop("income").str.startswith(">50K").astype(int)
    rows[NUMBERS] = rows[NUMBERS].astype(numpy.float32)
    return rows


def check(good, text):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(("ok      " if good else "FAILED  ") + text)


def gap(labels, rows):
    return abs(labels[rows.sex == "Female"].mean() - labels[rows.sex == "Male"].mean())


def feeds(rows):
    return {name: rows[name].to_numpy(object if name in TEXTS else numpy.float32).reshape(-1, 1) for name in INPUTS}


def predicted(model, table):
    """The library's labels of a table's rows."""
    result = ctypes.c_void_p()
    library.call("eqp_predict", model, table, json.dumps({"include": INPUTS}).encode(), None, ctypes.byref(result))
    count = library.c.eqp_dataset_rows(result)
    values = (ctypes.c_double * count)()
    name = next(name for name in (library.c.eqp_dataset_column_name(result, ctypes.c_int64(place)).decode()
                                  for place in range(library.c.eqp_dataset_columns(result))) if "label" in name or name == "y")
    library.call("eqp_dataset_column_f64", result, name.encode(), values, ctypes.c_size_t(count))
    return numpy.array(values).astype(int)


def in_memory(rows):
    """The arrays of a table, and a function that makes it of them. Names and addresses are converted once, since otherwise
    ctypes would take most of the time."""
    cells = {name: (ctypes.c_char_p * len(rows))(*[text.encode() for text in rows[name]]) for name in TEXTS}
    cells |= {name: (ctypes.c_float * len(rows))(*rows[name]) for name in NUMBERS}
    number, text, error = library.c.eqp_dataset_add_f32, library.c.eqp_dataset_add_text, ctypes.byref(ctypes.c_void_p())
    columns = [(number, name.encode(), cells[name], None, error) for name in NUMBERS]
    columns += [(text, name.encode(), cells[name], error) for name in TEXTS]
    count = ctypes.c_int64(len(rows))

    def make():
        table = ctypes.c_void_p()
        assert library.c.eqp_dataset_new(count, ctypes.byref(table), error) == 0
        for add, *arguments in columns:
            assert add(table, *arguments) == 0
        return table
    return make


def middle(call, prepare=lambda: (), seconds=1.5):
    """The median time of a call with what was prepared for it."""
    call(*prepare())
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        given = prepare()
        start = time.perf_counter()
        call(*given)
        times.append(time.perf_counter() - start)
    return float(numpy.median(times))


def compare_times(name, model, session, rows):
    """Both predict rows that are ready as their inputs. A table is used once, since it keeps what is found in its columns."""
    for count in (1, 10_000):
        some = rows[:count]
        given, make = feeds(some), in_memory(some)
        predict, free = library.c.eqp_predict, library.c.eqp_dataset_free

        def ours(table):
            result, error = ctypes.c_void_p(), ctypes.c_void_p()
            assert predict(model, table, None, None, ctypes.byref(result), ctypes.byref(error)) == 0
            free(result)
            free(table)
        mine, whole = middle(ours, lambda: (make(),)), middle(lambda: ours(make()))
        theirs = middle(lambda: session.run(None, given))
        check(mine <= theirs, f"{name}, {count} rows from text columns: the library {1e6 * mine:.0f} us, with making the table "
              f"{1e6 * whole:.0f} us; onnxruntime {1e6 * theirs:.0f} us, ratio {theirs / mine:.2f}")


def compare_pipeline(name, last, train, test, folder):
    encoder = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS), (OneHotEncoder(handle_unknown="ignore"), TEXTS))
    model = make_pipeline(encoder, last).fit(train[INPUTS], train.y)
    types = [(column, StringTensorType([None, 1]) if column in TEXTS else FloatTensorType([None, 1])) for column in INPUTS]
    (folder / "model.onnx").write_bytes(to_onnx(model, initial_types=types).SerializeToString())
    base = library.load(folder / "model.onnx")
    table, rows = library.open(folder / "train.csv", WORDS), library.open(folder / "test.csv", WORDS)
    config = {"data": {"label": "y", "sensitive": ["sex"], "include": INPUTS}, "train": {"epochs": 10},
              "fairness": [{"objective": "demographic_parity", "tolerance": TOLERANCE}]}
    start = time.perf_counter()
    tuned = library.tune(base, table, config)
    seconds = time.perf_counter() - start
    library.save(tuned, folder / "tuned.onnx")
    session = onnxruntime.InferenceSession(str(folder / "tuned.onnx"))
    answers = dict(zip([port.name for port in session.get_outputs()], session.run(None, feeds(test))))
    label = next(values for key, values in answers.items() if "label" in key)
    ours = predicted(tuned, rows)
    before = gap(predicted(base, rows), test)
    decided = numpy.asarray(label).reshape(-1).astype(int)
    check((decided == ours).all(), f"{name}: onnxruntime decides as the library for {(decided == ours).sum()} of {len(test)} rows")
    trained = gap(predicted(tuned, table), train)
    check(trained <= TOLERANCE, f"{name}: gap of the training rows {trained:.4f}; of unseen rows {before:.4f} before, "
          f"{gap(ours, test):.4f} after; accuracy {(predicted(base, rows) == test.y).mean():.4f}, then {(ours == test.y).mean():.4f}; "
          f"{seconds:.1f} s")
    compare_times(name, base, onnxruntime.InferenceSession(str(folder / "model.onnx")), test)


def compare_transformer(train, test, folder):
    import torch
    from torch import nn

    class FeatureTransformer(nn.Module):
        """FT-Transformer (Gorishniy et al. 2021): a token for each number and category, and a CLS token."""

        def __init__(self, sizes, width=8):
            super().__init__()
            self.scale, self.shift = nn.Parameter(0.5 * torch.randn(5, width)), nn.Parameter(0.5 * torch.randn(5, width))
            self.tables = nn.ModuleList([nn.Embedding(size, width) for size in sizes])
            self.start = nn.Parameter(0.5 * torch.randn(1, 1, width))
            layer = nn.TransformerEncoderLayer(width, 2, 16, 0.0, activation="gelu", batch_first=True, norm_first=True)
            self.body = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
            self.last = nn.Linear(width, 1)

        def forward(self, x):
            numbers = x[:, :5, None] * self.scale + self.shift
            codes = torch.stack([table(x[:, 5 + place].long()) for place, table in enumerate(self.tables)], 1)
            tokens = torch.cat([self.start.expand(x.shape[0], 1, -1), numbers, codes], 1)
            return torch.sigmoid(self.last(self.body(tokens)[:, 0]))

    torch.manual_seed(0)
    mean, spread = train[NUMBERS].mean(), train[NUMBERS].std()
    words = {name: sorted(train[name].unique()) for name in TEXTS}

    def coded(rows):
        result = ((rows[NUMBERS] - mean) / spread).copy()
        for name in TEXTS:
            result[name] = [words[name].index(text) if text in words[name] else 0 for text in rows[name]]
        return result.astype(numpy.float32)
    network = FeatureTransformer([len(words[name]) for name in TEXTS])
    x, y = torch.tensor(coded(train).to_numpy()), torch.tensor(train.y.to_numpy(numpy.float32))
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    for _ in range(2):
        for rows in torch.randperm(len(x)).split(256):
            loss = nn.functional.binary_cross_entropy(network(x[rows])[:, 0], y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    torch.onnx.export(network.eval(), (x[:4],), str(folder / "ft.onnx"), input_names=["x"], output_names=["p"],
                      dynamic_axes={"x": {0: "rows"}, "p": {0: "rows"}}, dynamo=False, opset_version=17)
    base = library.load(folder / "ft.onnx")
    for name, rows in (("ft_train", train), ("ft_test", test)):
        table = coded(rows)
        table["sex"], table["y"] = rows.sex.to_numpy(), rows.y.to_numpy()
        table.to_csv(folder / f"{name}.csv", index=False)
    start = time.perf_counter()
    table, rows = library.open(folder / "ft_train.csv"), library.open(folder / "ft_test.csv")
    tuned = library.tune(base, table, {
        "data": {"label": "y", "sensitive": ["sex"], "include": INPUTS}, "train": {"epochs": 4, "batch_size": 256},
        "fairness": [{"objective": "demographic_parity", "tolerance": TOLERANCE}]})
    seconds = time.perf_counter() - start
    library.save(tuned, folder / "ft_tuned.onnx")
    found = onnxruntime.InferenceSession(str(folder / "ft_tuned.onnx")).run(None, {"x": coded(test).to_numpy()})
    scores = next(values for values in found if values.dtype == numpy.float32).reshape(-1)
    ours, labels = library.scores(tuned, rows).reshape(-1), predicted(tuned, rows)
    threshold = ours[labels == 1].min()
    check(abs(scores - ours).max() < 1e-5, f"FT-Transformer: scores differ by {abs(scores - ours).max():.1e}")
    check(((scores >= threshold - 1e-5) == labels).all(), "FT-Transformer: the scores in onnxruntime decide as the library")
    trained = gap(predicted(tuned, table), train)
    check(trained <= TOLERANCE, f"FT-Transformer: gap of the training rows {trained:.4f}; of unseen rows {gap(labels, test):.4f}, before "
          f"{gap(predicted(base, rows), test):.4f}; accuracy {(labels == test.y).mean():.4f}; {seconds:.1f} s")


if not (source / "adult.data.gz").exists():
    print(f"SKIPPED: UCI Adult, which is read from {source}")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit()
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    train, test = frame("adult.data.gz"), frame("adult.test.gz")
    for name, rows in (("train", train), ("test", test)):
        rows.to_csv(folder / f"{name}.csv", index=False)
    compare_pipeline("logistic regression", LogisticRegression(max_iter=300), train, test, folder)
    compare_pipeline("gradient boosting", GradientBoostingClassifier(n_estimators=50), train, test, folder)
    try:
        import torch  # noqa: F401
        compare_transformer(train[:6000].reset_index(drop=True), test[:4000].reset_index(drop=True), folder)
    except ImportError:
        print("SKIPPED: PyTorch, for the FT-Transformer")
print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(failed > 0)
