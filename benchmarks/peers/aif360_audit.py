"""Seven metrics in ten groups of one million rows with AIF360: its metric objects over existing data sets, because
creating these is not part of an audit."""

import logging
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import pandas
import rows
from aif360.datasets import BinaryLabelDataset
from aif360.metrics import ClassificationMetric
from timing import measure, report

y, p, a, b = rows.make(1_000_000)
truth = BinaryLabelDataset(
    df=pandas.DataFrame({"sex": a, "race": b, "y": y}).astype(float), label_names=["y"],
    protected_attribute_names=["sex", "race"])
decided = truth.copy()
decided.labels = p.reshape(-1, 1).astype(float)
groups = [{"sex": sex, "race": race} for sex in range(2) for race in range(5)]


def audit():
    found = []
    for group in groups:
        others = [other for other in groups if other is not group]
        metric = ClassificationMetric(truth, decided, unprivileged_groups=[group], privileged_groups=others)
        found.append((
            metric.accuracy(False), metric.selection_rate(False), metric.true_positive_rate(False),
            metric.false_positive_rate(False), metric.false_negative_rate(False), metric.true_negative_rate(False),
            metric.precision(False)))
    return found


seconds = measure(audit, 1, warm=0)
for variant in ("first", "again"):
    report("audit", f"1 million rows, {variant}", "AIF360", "ms", seconds, 1e3)
