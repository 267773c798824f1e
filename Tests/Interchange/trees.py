"""Models that the library saved, opened by the tools whose formats they are: predictions are equal.

    trees.py <libequipoise.so> <reference/tabular>

Needs xgboost, lightgbm and onnxruntime; says which is absent. Ends with "N passed, N failed, N skipped"."""

import ctypes
import json
import pathlib
import sys
import tempfile

import numpy

library = ctypes.CDLL(sys.argv[1])
reference = pathlib.Path(sys.argv[2])
library.eqp_error_message.restype = ctypes.c_char_p


def call(function, *arguments):
    error = ctypes.c_void_p()
    if function(*arguments, ctypes.byref(error)) != 0:
        raise RuntimeError(library.eqp_error_message(error).decode())


def load(path):
    model = ctypes.c_void_p()
    call(library.eqp_model_load, str(path).encode(), None, ctypes.byref(model))
    return model


def predict(model, rows, scores):
    rows = numpy.ascontiguousarray(rows, numpy.float32)
    result = numpy.zeros((len(rows), scores), numpy.float32)
    pointer = ctypes.POINTER(ctypes.c_float)
    call(library.eqp_predict_f32, model, rows.ctypes.data_as(pointer), ctypes.c_size_t(len(rows)),
         ctypes.c_size_t(rows.shape[1]), result.ctypes.data_as(pointer), ctypes.c_size_t(result.size))
    return result


def by_xgboost(path, rows):
    import xgboost
    return xgboost.Booster(model_file=path).predict(xgboost.DMatrix(rows, feature_types=["c" if c else "float" for c in categorical(path, rows)], enable_categorical=True) if any(categorical(path, rows)) else xgboost.DMatrix(rows), validate_features=False)


def categorical(path, rows):
    if path.endswith(".ubj"):
        return [False] * rows.shape[1]
    types = json.load(open(path))["learner"]["feature_types"]
    return [t == "c" for t in types] or [False] * rows.shape[1]


def by_lightgbm(path, rows):
    import lightgbm
    return lightgbm.Booster(model_file=path).predict(rows)


def by_onnxruntime(path, rows):
    import onnxruntime
    session = onnxruntime.InferenceSession(path)
    return session.run(None, {session.get_inputs()[0].name: rows.astype(numpy.float32)})[-1]


WRITERS = [("model.json", "xgboost", by_xgboost), ("model.ubj", "xgboost", by_xgboost),
           ("model.txt", "lightgbm", by_lightgbm), ("model.onnx", "onnx", by_onnxruntime)]
# Name, columns, scores, missing numbers, and the columns that hold categories.
MODELS = [("adult-xgboost.json", 5, 1, True, []), ("multiclass-xgboost.json", 6, 3, True, []),
          ("regression-xgboost.json", 6, 1, True, []), ("adult-lightgbm.txt", 11, 1, False, [5, 6, 7, 8, 9, 10])]
passed = failed = skipped = 0
random = numpy.random.default_rng(0)
for name, columns, scores, missing, categories in MODELS:
    model = load(reference / name)
    rows = random.normal(size=(2000, columns)).astype(numpy.float32) * (30 if "adult" in name else 1)
    if missing:
        rows[random.random(rows.shape) < 0.1] = numpy.nan
    for column in categories:
        rows[:, column] = random.integers(0, 16, len(rows))
    ours = predict(model, rows, scores)
    for ending, format, tool in WRITERS:
        if categories and ending == "model.ubj":
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/{ending}"
            try:
                call(library.eqp_model_save, model, path.encode(), json.dumps({"format": format}).encode())
                theirs = numpy.asarray(tool(path, rows)).reshape(len(rows), -1)[:, -scores:]
                worst = float(numpy.abs(theirs - ours).max())
                passed, failed = passed + (worst < 2e-6 * max(1, numpy.abs(ours).max())), failed + (worst >= 2e-6 * max(1, numpy.abs(ours).max()))
                print(f"{name:26} as {ending:12} differs by {worst:.1e}")
            except ImportError as error:
                skipped += 1
                print(f"{name:26} as {ending:12} SKIPPED: {error}")
            except Exception as error:
                failed += 1
                print(f"{name:26} as {ending:12} FAILED: {error}")
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(failed > 0)
