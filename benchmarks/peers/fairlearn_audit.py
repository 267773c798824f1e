"""Seven metrics in ten groups of one million rows with Fairlearn's MetricFrame. It stores nothing between two audits,
so the first takes as long as the others."""

import warnings

import fairlearn.metrics as fm
import pandas
import rows
from sklearn.metrics import accuracy_score, precision_score
from timing import measure, report

warnings.filterwarnings("ignore")
y, p, a, b = rows.make(1_000_000)
metrics = dict(
    accuracy=accuracy_score, selection_rate=fm.selection_rate, tpr=fm.true_positive_rate, fpr=fm.false_positive_rate,
    fnr=fm.false_negative_rate, tnr=fm.true_negative_rate, precision=precision_score)


def frame():
    result = fm.MetricFrame(
        metrics=metrics, y_true=y, y_pred=p, sensitive_features=pandas.DataFrame({"sex": a, "race": b}))
    return result.by_group, result.overall, result.difference()


seconds = measure(frame, 1, warm=0)
for variant in ("first", "again"):
    report("audit", f"1 million rows, {variant}", "Fairlearn MetricFrame", "ms", seconds, 1e3)
