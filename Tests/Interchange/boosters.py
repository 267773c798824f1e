"""Random models of XGBoost and LightGBM: predicted, tuned by a step, saved in every format and reopened in the peer.

    boosters.py <libequipoise.so> [how many of each] [first]

Ends with how many are equal to 1e-6, and why each other one is not. Saving in a format that cannot hold a model must say
so."""

import json
import pathlib
import sys
import tempfile
import warnings

import lightgbm
import numpy
import onnxruntime
import pandas
import xgboost

from library import Library

warnings.filterwarnings("ignore")
library = Library(sys.argv[1])
count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
TRUE_REASONS = ("cannot hold", "has no objective", "needs the same number of trees", "missing category", "no counterpart",
                "has no split", "a split at inf cannot be written")
passed, failed, refused = 0, [], []
limit = 2e-6


def sigmoid(x):
    return 1 / (1 + numpy.exp(-numpy.asarray(x, numpy.float64)))


def rows_and_signal(random, whole, missing):
    rows = random.normal(size=(400, 5)).astype(numpy.float32) * random.choice([1, 30])
    for column in range(whole):
        rows[:, column] = random.integers(0, random.choice([3, 9, 60]), 400)
    rows = rows.astype(numpy.float32)
    signal = rows[:, 2] / max(rows[:, 2].std(), 1e-6) + rows[:, 3] * rows[:, 4] / max(rows[:, 4].var(), 1e-6)
    signal = signal + (rows[:, 0] % 3 - 1 if whole else 0)
    if missing:
        rows[random.random(rows.shape) < 0.1] = numpy.nan
    return rows, signal


def labels_for(objective, signal, random):
    if objective.startswith(("binary", "rank:map")):
        return (signal > numpy.median(signal)).astype(int)
    if objective.startswith("multi"):
        return numpy.digitize(signal, numpy.quantile(signal, [0.3, 0.7]))
    if objective in ("reg:logistic", "cross_entropy", "cross_entropy_lambda"):
        return sigmoid(signal)
    if objective.startswith(("rank", "lambdarank")):
        return numpy.digitize(signal, numpy.quantile(signal, [0.3, 0.6]))
    if objective.startswith("count") or objective == "poisson":
        return numpy.exp(numpy.clip(signal, -2, 2)).round()
    if objective in ("reg:gamma", "reg:tweedie", "gamma", "tweedie", "reg:squaredlogerror", "survival:cox", "mape"):
        return numpy.exp(numpy.clip(signal, -2, 2)) + 0.01
    return signal


def random_xgboost(random):
    objective = str(random.choice([
        "binary:logistic", "binary:logistic", "binary:logitraw", "binary:hinge", "reg:logistic", "reg:squarederror",
        "reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:gamma", "reg:tweedie", "reg:quantileerror",
        "count:poisson", "survival:cox", "multi:softprob", "multi:softmax", "rank:pairwise", "rank:ndcg"]))
    booster = str(random.choice(["gbtree"] * 4 + ["dart", "gblinear"]))
    if booster == "gblinear" and objective in ("reg:absoluteerror", "reg:quantileerror"):
        booster = "gbtree"
    whole = int(random.choice([0, 0, 2])) if booster != "gblinear" else 0
    named = whole > 0 and bool(random.integers(2))
    rows, signal = rows_and_signal(random, whole, bool(random.integers(2)) and booster != "gblinear")
    labels = labels_for(objective, signal, random)
    options = {"objective": objective, "booster": booster, "nthread": 2, "eta": float(random.uniform(0.05, 0.6))}
    if booster != "gblinear":
        options |= {"max_depth": int(random.integers(1, 8)), "subsample": float(random.choice([1, 0.7])),
                    "min_child_weight": float(random.choice([0, 1, 5])), "reg_alpha": float(random.choice([0, 0.3])),
                    "grow_policy": str(random.choice(["depthwise", "lossguide"])), "tree_method": "hist",
                    "num_parallel_tree": int(random.choice([1, 1, 1, 3])), "max_cat_to_onehot": int(random.choice([1, 4, 100]))}
    if booster == "dart":
        options["rate_drop"] = 0.3
        options["num_parallel_tree"] = 1
    if random.random() < 0.3 and objective not in ("binary:logitraw", "reg:quantileerror") and "multi" not in objective:
        options["base_score"] = float(random.uniform(0.2, 0.8))
    if objective == "reg:quantileerror":
        options["quantile_alpha"] = float(random.uniform(0.1, 0.9))
    if objective.startswith("multi"):
        options["num_class"] = 3
    types = ["c"] * whole + ["q"] * (5 - whole)
    names = [f"column {place}" for place in range(5)] if random.random() < 0.4 else None
    table = xgboost.DMatrix(rows, labels, feature_types=types if whole else None, feature_names=names,
                            enable_categorical=whole > 0)
    if objective.startswith("rank"):
        table.set_group([40] * 10)
    return xgboost.train(options, table, int(random.integers(1, 12))), rows, labels, objective, types if whole else None


def scores_of_xgboost(booster, rows, types):
    table = xgboost.DMatrix(rows, feature_types=types, enable_categorical=types is not None)
    objective = json.loads(booster.save_config())["learner"]["objective"]["name"]
    predicted = booster.predict(table, validate_features=False)
    if objective == "multi:softmax":
        margins = booster.predict(table, output_margin=True, validate_features=False)
        shares = numpy.exp(margins - margins.max(1, keepdims=True))
        return shares / shares.sum(1, keepdims=True)
    return sigmoid(predicted) if objective == "binary:logitraw" else predicted


def random_lightgbm(random):
    objective = str(random.choice([
        "regression", "regression", "regression_l1", "huber", "fair", "quantile", "mape", "poisson", "gamma", "tweedie",
        "binary", "binary", "binary", "multiclass", "multiclass", "multiclassova", "cross_entropy", "cross_entropy_lambda",
        "lambdarank", "rank_xendcg"]))
    boosting = str(random.choice(["gbdt"] * 4 + ["rf", "dart"]))
    whole = int(random.choice([0, 0, 2]))
    rows, signal = rows_and_signal(random, whole, bool(random.integers(2)))
    labels = labels_for(objective, signal, random)
    options = {"objective": objective, "boosting": boosting, "verbose": -1, "num_threads": 2,
               "num_leaves": int(random.integers(2, 40)), "min_data_in_leaf": int(random.choice([1, 5, 20])),
               "learning_rate": float(random.uniform(0.05, 0.6)), "cat_smooth": 1, "min_data_per_group": 5,
               "use_missing": bool(random.random() < 0.8), "zero_as_missing": bool(random.random() < 0.15),
               "lambda_l1": float(random.choice([0, 0.3])), "max_bin": int(random.choice([15, 255])),
               "boost_from_average": bool(random.integers(2)), "linear_tree": bool(random.random() < 0.1) and boosting == "gbdt"
               and objective not in ("regression_l1", "quantile", "mape")}
    if options["linear_tree"]:
        options["zero_as_missing"] = False  # LightGBM refuses both
    if boosting == "rf":
        options |= {"bagging_freq": 1, "bagging_fraction": 0.7}
    if objective == "binary":
        options |= {"sigmoid": float(random.choice([1, 1, 2.5])), "is_unbalance": bool(random.integers(2))}
    if objective.startswith("multi"):
        options["num_class"] = 3
    if objective in ("regression", "regression_l1") and random.random() < 0.3:
        options["reg_sqrt"] = True
    frame = rows.astype(float)
    if whole and random.random() < 0.4:
        frame = pandas.DataFrame(frame, columns=list("abcde"))
    data = lightgbm.Dataset(frame, labels, params={"verbose": -1, "linear_tree": options["linear_tree"]},
                            categorical_feature=list("abcde"[:whole]) if whole and not isinstance(frame, numpy.ndarray)
                            else list(range(whole)) if whole else "auto")
    if "rank" in objective or "ndcg" in objective:
        data.set_group([40] * 10)
    return lightgbm.train(options, data, int(random.integers(1, 12))), rows, labels, objective, None


def by_onnxruntime(path, rows, types):
    session = onnxruntime.InferenceSession(path)
    scores = next(port.name for port in session.get_outputs() if port.name != "label")
    ports = session.get_inputs()
    # A tuned linear booster has an input for each column.
    given = {ports[0].name: rows} if len(ports) == 1 else {port.name: rows[:, [place]] for place, port in enumerate(ports)}
    return session.run([scores], given)[0]


FORMATS = {
    "json": ("xgboost", lambda path, rows, types: scores_of_xgboost(xgboost.Booster(model_file=path), rows, types)),
    "ubj": ("xgboost", lambda path, rows, types: scores_of_xgboost(xgboost.Booster(model_file=path), rows, types)),
    "txt": ("lightgbm", lambda path, rows, types: lightgbm.Booster(model_file=path).predict(rows.astype(float))),
    "onnx": ("onnx", by_onnxruntime), "own": ("equipoise", None)}


def check(title, theirs, ours):
    global passed
    theirs = numpy.asarray(theirs, numpy.float64).reshape(len(ours), -1)[:, -ours.shape[1]:]
    worst = float((numpy.abs(theirs - ours) / numpy.maximum(1, numpy.abs(theirs))).max())
    if worst < limit:
        passed += 1
    else:
        failed.append(f"{title}: differs by {worst:.1e}")


def check_formats(title, model, rows, types, folder):
    ours = library.predict(model, rows)
    for ending, (form, tool) in FORMATS.items():
        saved = str(folder / (f"saved.{ending}" if tool else "saved"))
        try:
            library.save(model, saved, {"format": form, **({} if tool else {"overwrite": True})})
        except RuntimeError as error:
            true = any(reason in str(error) for reason in TRUE_REASONS)
            (refused if true else failed).append(f"{title} as {ending}: {error}")
            continue
        try:
            if tool:
                check(f"{title} as {ending}", tool(saved, rows, types), ours)
            check(f"{title} as {ending}, again", library.predict(library.load(saved), rows), ours)
        except Exception as error:
            failed.append(f"{title} as {ending}: {str(error).splitlines()[0]}")


def tuned(model, rows, labels, objective, folder):
    """One step on the leaves, of a model of classes or numbers; nil for other objectives."""
    names = [f"c{place}" for place in range(rows.shape[1])]
    table = pandas.DataFrame(rows.astype(float), columns=names)
    table["y"], table["group"] = labels, numpy.where(numpy.arange(len(rows)) % 3, "a", "b")
    table.to_csv(folder / "rows.csv", index=False)
    config = {"data": {"label": "y", "sensitive": ["group"], "include": names}, "baseline": False,
              "task": "multiclass" if "multi" in objective else "binary" if "binary" in objective else "regression",
              "train": {"epochs": 1, "batch_size": len(rows), "keep": "last",
                        "optimizer": {"name": "sgd", "learning_rate": 0.01}}}
    return library.tune(model, library.open(folder / "rows.csv"), config)


def compare(title, make, number, folder):
    random = numpy.random.default_rng(number)
    booster, rows, labels, objective, types = make(random)
    title = f"{title} {number} {objective}"
    path = folder / ("model.json" if "xgboost" in title else "model.txt")
    booster.save_model(path)
    # The terms of a linear function are added in float32, and may cancel.
    global limit
    limit = 2e-5 if "is_linear=1" in path.read_text() else 2e-6
    theirs = scores_of_xgboost(booster, rows, types) if "xgboost" in title else booster.predict(rows.astype(float))
    try:
        model = library.load(path)
        ours = library.predict(model, rows)
    except RuntimeError as error:
        failed.append(f"{title}: {error}")
        return
    check(title, theirs, ours)
    check_formats(title, model, rows, types, folder)
    if objective.startswith(("binary", "multi", "regression", "reg:squarederror")) and objective != "binary:hinge":
        try:
            changed = tuned(model, rows, labels, objective, folder)
        except RuntimeError as error:
            (refused if "gblinear" in str(error) else failed).append(f"{title} tuned: {error}")
            return
        check_formats(title + " tuned", changed, rows, types, folder)


with tempfile.TemporaryDirectory() as folder:
    for number in range(first, first + count):
        compare("xgboost", random_xgboost, number, pathlib.Path(folder))
        compare("lightgbm", random_lightgbm, number, pathlib.Path(folder))
for line in failed:
    print("FAILED ", line)
print(f"{len(refused)} refusals of formats, each with its reason: "
      + "; ".join(sorted({line.split(": ", 1)[1].replace("/", " ")[-90:] for line in refused})[:12]))
print(f"{passed} passed, {len(failed)} failed, 0 skipped")
sys.exit(bool(failed))
