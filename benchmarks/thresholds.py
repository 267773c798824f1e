"""Thresholds by group for the scores of one million rows in memory, beside Fairlearn's ThresholdOptimizer on the same
rows: randomized, exactly equal rates. Both get the scores; neither time includes making the rows or the model.
`thresholds.py [rows]`."""

import ctypes
import json
import statistics
import sys
import time
import warnings

import numpy

from calling import call, handle, library

RUNS, PEERS_RUNS = 7, 2


def rows(count):
    """Two groups with different scores, and labels that the scores predict."""
    random = numpy.random.default_rng(0)
    groups = random.integers(0, 2, count)
    scores = numpy.clip(random.beta(2, 3, count) + 0.05 * groups, 0, 1).astype(numpy.float32)
    return groups, scores, (random.random(count) < scores).astype(numpy.int64)


def ours(groups, scores, labels, constraint):
    table = handle("eqp_dataset_new", ctypes.c_int64(len(groups)))
    for name, values in (("g", groups), ("y", labels)):
        call("eqp_dataset_add_i64", table, name.encode(), values.ctypes.data_as(ctypes.POINTER(ctypes.c_int64)), None)
    call("eqp_dataset_add_f32", table, b"s", scores.ctypes.data_as(ctypes.POINTER(ctypes.c_float)), None)
    config = {"data": {"label": "y", "score": "s", "sensitive": ["g"]},
              "adjust": [{"method": "thresholds", "constraint": constraint, "randomized": True}]}
    model = ctypes.c_void_p()
    started = time.perf_counter()
    call("eqp_model_adjust", None, table, json.dumps(config).encode(), None, ctypes.byref(model), None)
    seconds = time.perf_counter() - started
    library.eqp_model_free(model)
    library.eqp_dataset_free(table)
    return seconds


def fairlearns(groups, scores, labels, constraint):
    from fairlearn.postprocessing import ThresholdOptimizer
    from sklearn.base import BaseEstimator

    class Scores(BaseEstimator):
        def fit(self, inputs, labels):
            self.fitted_ = True
            return self

        def predict(self, inputs):
            return numpy.asarray(inputs)[:, 0]

    method = ThresholdOptimizer(estimator=Scores(), constraints=constraint, prefit=True, predict_method="predict")
    started = time.perf_counter()
    method.fit(scores.reshape(-1, 1), labels, sensitive_features=groups)
    return time.perf_counter() - started


def run(count=1_000_000):
    warnings.filterwarnings("ignore")
    data, results = rows(count), []
    for constraint in ("demographic_parity", "equalized_odds"):
        ours(*data, constraint)
        for who, fit, runs in (("equipoise", ours, RUNS), ("fairlearn", fairlearns, PEERS_RUNS)):
            times = [1e3 * fit(*data, constraint) for _ in range(runs)]
            results.append(dict(
                case="thresholds", variant=f"{count}: {constraint}"[:26], who=who, threads=2, unit="ms",
                median=statistics.median(times), minimum=min(times), maximum=max(times), runs=runs))
    return results


if __name__ == "__main__":
    for line in run(*map(int, sys.argv[1:])):
        print(json.dumps(line))
