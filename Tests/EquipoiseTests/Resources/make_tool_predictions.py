"""Makes tool-predictions.json: small models of XGBoost and LightGBM, with the tools' predictions for some rows.

    pip install xgboost-cpu==3.2.0 lightgbm==4.7.0 pandas
    python make_tool_predictions.py
"""

import json
import pathlib
import tempfile

import lightgbm
import numpy
import pandas
import xgboost

random = numpy.random.default_rng(3)
rows = random.normal(size=(200, 3)).astype(numpy.float32).round(3)
signal = rows[:, 0] - rows[:, 1] + 0.3 * random.normal(size=200)
binary = (signal > 0.3).astype(int)
share = 1 / (1 + numpy.exp(-signal))
positive = numpy.exp(signal / 2) + 0.05
shown = rows[:6]
frame = pandas.DataFrame({"c": pandas.Categorical(random.choice(["red", "green", "blue"], 200)), "n": rows[:, 0]})
by_color = ((frame.c == "red") ^ (frame.n > 1)).astype(int)
models = {}


def numbers(values):
    return [[float(f"{value:.9g}") for value in numpy.ravel(row)] for row in values]


def xgb(name, labels, objective, rounds=3, bounds=None, **options):
    table = xgboost.DMatrix(rows, labels)
    if bounds:
        table.set_float_info("label_lower_bound", bounds[0])
        table.set_float_info("label_upper_bound", bounds[1])
    booster = xgboost.train(dict(max_depth=2, objective=objective, **options), table, rounds)
    keep(name, booster, booster.predict(xgboost.DMatrix(shown)))


def keep(name, booster, predicted, inputs=None):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.json"
        booster.save_model(path)
        models[name] = {"file": path.read_text(), "rows": numbers(shown) if inputs is None else inputs,
                        "expected": numbers(predicted)}


def lgb(name, labels, **options):
    data = lightgbm.Dataset(rows.astype(float), labels, params={"verbose": -1})
    booster = lightgbm.train(dict(options, verbose=-1, num_leaves=4), data, 3)
    models[name] = {"file": shortened(booster.model_to_string()), "rows": numbers(shown),
                    "expected": numbers(booster.predict(shown.astype(float)))}


def shortened(text):
    """Without most parameters, which do not affect the model."""
    kept = ("[objective", "[categorical_feature")
    return "\n".join(line for line in text.split("\n") if not line.startswith("[") or line.startswith(kept))


xgb("xgboost reg:logistic", share, "reg:logistic", base_score=0.3)
xgb("xgboost binary:logitraw", binary, "binary:logitraw", base_score=0.7)
xgb("xgboost binary:hinge", binary, "binary:hinge")
xgb("xgboost survival:cox", positive * numpy.where(binary, 1, -1), "survival:cox")
xgb("xgboost survival:aft", None, "survival:aft", bounds=(positive, positive * 1.5))
xgb("xgboost gblinear", binary, "binary:logistic", booster="gblinear")
xgb("xgboost multi:softprob gblinear", binary + (signal > 1), "multi:softprob", booster="gblinear", num_class=3)
xgb("xgboost multi_output_tree", numpy.stack([signal, positive], 1), "reg:squarederror",
    multi_strategy="multi_output_tree", tree_method="hist")
lgb("lightgbm cross_entropy", share, objective="cross_entropy")
lgb("lightgbm cross_entropy_lambda", share, objective="cross_entropy_lambda")
lgb("lightgbm regression sqrt", signal, objective="regression", reg_sqrt=True)


def linear(name, labels, **options):
    """Leaves with linear functions; one of the shown rows lacks each column."""
    holes = numpy.where(numpy.random.default_rng(4).random(rows.shape) < 0.1, numpy.nan, rows).astype(float)
    data = lightgbm.Dataset(holes, labels, params={"verbose": -1, "linear_tree": True})
    booster = lightgbm.train(dict(options, verbose=-1, num_leaves=4, min_data_in_leaf=8, linear_tree=True), data, 3)
    some = shown.astype(float).copy()
    for column in range(some.shape[1]):
        some[column, column] = numpy.nan
    models[name] = {"file": shortened(booster.model_to_string()),
                    "rows": [[None if numpy.isnan(value) else float(f"{value:.9g}") for value in row] for row in some],
                    "expected": numbers(booster.predict(some))}


linear("lightgbm linear", signal, objective="regression")
linear("lightgbm linear classes", binary + (signal > 1), objective="multiclass", num_class=3)

stopped = xgboost.XGBClassifier(n_estimators=30, max_depth=6, learning_rate=1, early_stopping_rounds=4)
stopped.fit(rows[:40], binary[:40], eval_set=[(rows[100:], binary[100:])], verbose=False)
keep("xgboost early stopping", stopped, stopped.predict_proba(shown)[:, 1])
everything = stopped.get_booster().predict(xgboost.DMatrix(shown), iteration_range=(0, 0))
models["xgboost early stopping"]["all_rounds"] = numbers(everything)

cells = [[color, float(f"{number:.9g}")] for color, number in zip(frame.c[:6], frame.n[:6])]
named = xgboost.XGBClassifier(n_estimators=4, max_depth=2, enable_categorical=True).fit(frame, by_color)
keep("xgboost named categories", named, named.predict_proba(frame[:6])[:, 1], cells)
data = lightgbm.Dataset(frame, by_color, params={"verbose": -1, "min_data_per_group": 5, "cat_smooth": 1})
booster = lightgbm.train({"objective": "binary", "verbose": -1, "num_leaves": 4}, data, 4)
models["lightgbm named categories"] = {
    "file": shortened(booster.model_to_string()),
    "rows": cells, "expected": numbers(booster.predict(frame[:6]))}

path = pathlib.Path(__file__).parent / "tool-predictions.json"
lines = (f"{json.dumps(name)}: {json.dumps(model)}" for name, model in models.items())
path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
