"""Writes reference/tabular/made-rows.json: predictions of onnxruntime, XGBoost and LightGBM for synthetic rows.

    make_made_rows.py    (numpy, onnxruntime, xgboost, lightgbm)

The models were trained on UCI Adult. Its rows are not shipped, and no row here is one of them.
"""

import json
import pathlib

import lightgbm
import numpy as np
import onnxruntime
import xgboost

folder = pathlib.Path(__file__).parent / "reference/tabular"
random = np.random.default_rng(20)
rows = 120
numbers = np.column_stack(
    [
        random.integers(17, 91, rows),
        random.integers(1, 17, rows),
        np.where(random.random(rows) < 0.7, 0, random.integers(1, 100_000, rows)),
        np.where(random.random(rows) < 0.8, 0, random.integers(1, 4_400, rows)),
        random.integers(1, 100, rows),
    ]
).astype(np.float32)
gaps = numbers.copy()
gaps[::7, 1] = np.nan

found = {"rows": numbers.tolist(), "models": {}}
for name in ("logistic", "mlp", "tree", "forest", "boosting"):
    session = onnxruntime.InferenceSession(folder / f"adult-{name}.onnx", providers=["CPUExecutionProvider"])
    answer = session.run(["probabilities"], {session.get_inputs()[0].name: numbers})[0]
    found["models"][f"adult-{name}.onnx"] = {"probability_of_class_1": answer[:, 1].tolist()}
for ending in ("json", "ubj"):
    booster = xgboost.Booster(model_file=folder / f"adult-xgboost.{ending}")
    booster.feature_names = None

    def scores(values):
        return booster.predict(xgboost.DMatrix(values), validate_features=False).tolist()

    found["models"][f"adult-xgboost.{ending}"] = {
        "probability_of_class_1": scores(numbers), "probability_with_missing": scores(gaps),
    }
booster = lightgbm.Booster(model_file=str(folder / "adult-lightgbm.txt"))
codes = json.loads((folder / "models.json").read_text())["models"]["adult-lightgbm.txt"]
ranges = {"age": (17, 91), "education-num": (1, 17), "capital-gain": (0, 20_000), "capital-loss": (0, 3_000), "hours-per-week": (1, 100)}
table = np.column_stack(
    [random.integers(*ranges.get(column, (-1, 12)), rows) for column in codes["columns"]]
).astype(np.float64)
found["models"]["adult-lightgbm.txt"] = {"rows": table.tolist(), "probability_of_class_1": booster.predict(table).tolist()}
(folder / "made-rows.json").write_text(json.dumps(found, separators=(",", ":")) + "\n")
