"""Every objective of XGBoost and LightGBM, through the library and back: scores are what the tool predicts.

    objectives.py <libequipoise.so>

For each objective and kind of booster a small model is made, compared, saved in each tool's format, opened by that tool
and compared again. Saving in a format without such a prediction must fail with a message."""

import ctypes
import json
import pathlib
import sys
import tempfile
import warnings

import lightgbm
import numpy
import onnxruntime
import xgboost

from library import Library

warnings.filterwarnings("ignore")
library = Library(sys.argv[1])
random = numpy.random.default_rng(7)
ROWS = random.normal(size=(400, 4)).astype(numpy.float32)
SIGNAL = ROWS[:, 0] + ROWS[:, 1] * ROWS[:, 2] + 0.3 * random.normal(size=400)
BINARY = (SIGNAL > 0.2).astype(int)
CLASSES = numpy.digitize(SIGNAL, [-0.7, 0.7])
COUNTS = numpy.exp(numpy.clip(SIGNAL, -2, 2)).round()
POSITIVE = numpy.exp(numpy.clip(SIGNAL, -2, 2)) + 0.01
SHARE = 1 / (1 + numpy.exp(-SIGNAL))
PAIR = numpy.stack([SIGNAL, ROWS[:, 3] - SIGNAL], 1)
GROUPS = [40] * 10
RANKS = numpy.digitize(SIGNAL, [-1, 0, 1])


def sigmoid(x):
    return 1 / (1 + numpy.exp(-numpy.asarray(x, numpy.float64)))


def xgb(labels, objective, group=None, bounds=None, rounds=5, **options):
    table = xgboost.DMatrix(ROWS, labels)
    if group:
        table.set_group(group)
    if bounds:
        table.set_float_info("label_lower_bound", bounds[0])
        table.set_float_info("label_upper_bound", bounds[1])
    settings = dict(max_depth=3, nthread=2, objective=objective, **options)
    return xgboost.train(settings, table, rounds)


def xgboost_models():
    """Name, booster."""
    for name, labels in [
        ("binary:logistic", BINARY), ("binary:logitraw", BINARY), ("binary:hinge", BINARY), ("reg:logistic", SHARE),
        ("reg:squarederror", SIGNAL), ("reg:squaredlogerror", POSITIVE), ("reg:absoluteerror", SIGNAL),
        ("reg:pseudohubererror", SIGNAL), ("reg:gamma", POSITIVE), ("reg:tweedie", POSITIVE),
        ("count:poisson", COUNTS), ("survival:cox", POSITIVE * numpy.where(BINARY, 1, -1)),
    ]:
        for booster in ["gbtree", "dart", "gblinear"]:
            if booster == "gblinear" and name in ("reg:absoluteerror",):
                continue
            more = {"rate_drop": 0.3} if booster == "dart" else {}
            yield f"{name} {booster}", xgb(labels, name, booster=booster, **more)
    yield "binary:logitraw base", xgb(BINARY, "binary:logitraw", base_score=0.7)
    yield "binary:hinge base", xgb(BINARY, "binary:hinge", base_score=0.3)
    yield "binary:logistic base", xgb(BINARY, "binary:logistic", base_score=0.2)
    yield "reg:quantileerror", xgb(SIGNAL, "reg:quantileerror", quantile_alpha=0.7)
    yield "reg:quantileerror two", xgb(SIGNAL, "reg:quantileerror", quantile_alpha=numpy.array([0.2, 0.7]))
    yield "survival:aft", xgb(None, "survival:aft", bounds=(POSITIVE, POSITIVE * 1.5))
    yield "multi:softprob", xgb(CLASSES, "multi:softprob", num_class=3)
    yield "multi:softmax", xgb(CLASSES, "multi:softmax", num_class=3)
    yield "multi:softprob gblinear", xgb(CLASSES, "multi:softprob", num_class=3, booster="gblinear")
    for name in ["rank:pairwise", "rank:ndcg", "rank:map"]:
        labels = BINARY if name == "rank:map" else RANKS
        yield name, xgb(labels, name, group=GROUPS)
    for strategy in ["one_output_per_tree", "multi_output_tree"]:
        yield f"two values {strategy}", xgb(PAIR, "reg:squarederror", multi_strategy=strategy, tree_method="hist")
        several = numpy.stack([BINARY, CLASSES > 0], 1)
        yield f"two labels {strategy}", xgb(several, "binary:logistic", multi_strategy=strategy, tree_method="hist")
    yield "classes multi_output_tree", xgb(
        CLASSES, "multi:softprob", num_class=3, multi_strategy="multi_output_tree", tree_method="hist")
    yield "forest", xgb(BINARY, "binary:logistic", num_parallel_tree=3, subsample=0.7, rounds=2)


def lightgbm_models():
    for name, labels in [
        ("regression", SIGNAL), ("regression_l1", SIGNAL), ("huber", SIGNAL), ("fair", SIGNAL), ("quantile", SIGNAL),
        ("mape", POSITIVE), ("poisson", COUNTS), ("gamma", POSITIVE), ("tweedie", POSITIVE), ("binary", BINARY),
        ("multiclass", CLASSES), ("multiclassova", CLASSES), ("cross_entropy", SHARE),
        ("cross_entropy_lambda", SHARE), ("lambdarank", RANKS), ("rank_xendcg", RANKS),
    ]:
        for boosting in ["gbdt", "rf", "dart"]:
            options = {"bagging_freq": 1, "bagging_fraction": 0.7} if boosting == "rf" else {}
            yield f"{name} {boosting}", light(name, labels, boosting=boosting, **options)
    yield "binary sigmoid 2.5", light("binary", BINARY, sigmoid=2.5)
    yield "multiclassova sigmoid 0.7", light("multiclassova", CLASSES, sigmoid=0.7)
    for name in ["regression", "regression_l1"]:
        yield f"{name} sqrt", light(name, POSITIVE * numpy.where(BINARY, 1, -1), reg_sqrt=True)


def light(objective, labels, **options):
    data = lightgbm.Dataset(ROWS.astype(float), labels, params={"verbose": -1})
    if "rank" in objective or "ndcg" in objective:
        data.set_group(GROUPS)
    settings = dict(options, objective=objective, verbose=-1, num_threads=2, num_leaves=6)
    if "multiclass" in objective:
        settings["num_class"] = 3
    return lightgbm.train(settings, data, 5)


def scores_of_xgboost(booster):
    """The score expected of the library: a probability if the tool predicts classes or a margin."""
    table = xgboost.DMatrix(ROWS)
    objective = json.loads(booster.save_config())["learner"]["objective"]["name"]
    predicted = booster.predict(table, validate_features=False)
    if objective == "multi:softmax":
        margins = booster.predict(table, output_margin=True, validate_features=False)
        shares = numpy.exp(margins - margins.max(1, keepdims=True))
        return shares / shares.sum(1, keepdims=True)
    return sigmoid(predicted) if objective == "binary:logitraw" else predicted


def by_xgboost(path):
    return scores_of_xgboost(xgboost.Booster(model_file=path))


def by_lightgbm(path):
    return lightgbm.Booster(model_file=path).predict(ROWS.astype(float))


def by_onnxruntime(path):
    session = onnxruntime.InferenceSession(path)
    scores = next(port.name for port in session.get_outputs() if port.name != "label")
    return session.run([scores], {session.get_inputs()[0].name: ROWS})[0]


FORMATS = {"json": ("xgboost", by_xgboost), "ubj": ("xgboost", by_xgboost), "txt": ("lightgbm", by_lightgbm),
           "onnx": ("onnx", by_onnxruntime), "own": ("equipoise", None)}
passed = failed = refused = 0


def check(title, theirs, ours):
    global passed, failed
    theirs = numpy.asarray(theirs, numpy.float64).reshape(len(ours), -1)[:, -ours.shape[1]:]
    worst = float((numpy.abs(theirs - ours) / numpy.maximum(1, numpy.abs(theirs))).max())
    good = worst < 2e-6
    passed, failed = passed + good, failed + (not good)
    if not good:
        print(f"FAILED  {title}: differs by {worst:.1e}")


def check_model(name, path, theirs, folder):
    global passed, failed, refused
    try:
        model = library.load(path)
        ours = library.predict(model, ROWS)
    except RuntimeError as error:
        failed += 1
        print(f"FAILED  {name}: {error}")
        return
    check(name, theirs, ours)
    for ending, (form, tool) in FORMATS.items():
        saved = str(folder / (f"saved.{ending}" if tool else "saved"))
        try:
            library.save(model, saved, {"format": form})
        except RuntimeError as error:
            words = str(error)
            truth = "cannot hold" in words or "has no objective" in words or "needs the same number of trees" in words
            refused, failed = refused + truth, failed + (not truth)
            print(f"{'refused' if truth else 'FAILED '} {name} as {ending}: {words}")
            continue
        try:
            check(f"{name} as {ending}", tool(saved) if tool else library.predict(library.load(saved), ROWS), ours)
            check(f"{name} as {ending}, again", library.predict(library.load(saved), ROWS), ours)
        except Exception as error:
            failed += 1
            print(f"FAILED  {name} as {ending}: {error}")


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    for name, booster in xgboost_models():
        booster.save_model(folder / "model.json")
        check_model("xgboost " + name, folder / "model.json", scores_of_xgboost(booster), folder)
    for name, booster in lightgbm_models():
        booster.save_model(folder / "model.txt")
        check_model("lightgbm " + name, folder / "model.txt", booster.predict(ROWS.astype(float)), folder)
print(f"{refused} refusals, each of which says why")
print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(failed > 0)
