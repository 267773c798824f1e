"""SMOTE of 32,000 rows of 100 numbers with imbalanced-learn; reweighing of one million rows and disparate impact removal
of 50,000 (times 20, because it takes minutes) with AI Fairness 360."""

import logging
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import numpy
import pandas
from timing import measure, report

random = numpy.random.default_rng(0)


def smote():
    from imblearn.over_sampling import SMOTE

    inputs = random.standard_normal((32_000, 100), dtype=numpy.float32)
    sums = inputs @ (random.standard_normal(100) / 10) + 0.5 * random.standard_normal(32_000)
    labels = (sums > numpy.quantile(sums, 0.76)).astype(int)
    seconds = measure(lambda: SMOTE(random_state=0).fit_resample(inputs, labels), 7)
    report("transforms", "SMOTE 32,000 x 100", "imbalanced-learn", "ms", seconds, 1e3)


def rows(count):
    from aif360.datasets import BinaryLabelDataset

    groups = (random.random(count) < 0.4).astype(float)
    labels = (random.random(count) < numpy.where(groups == 1, 0.3, 0.5)).astype(float)
    frame = pandas.DataFrame({"x": random.standard_normal(count) + groups, "g": groups, "y": labels})
    return BinaryLabelDataset(df=frame, label_names=["y"], protected_attribute_names=["g"])


def reweighing():
    from aif360.algorithms.preprocessing import Reweighing

    data = rows(1_000_000)
    step = Reweighing(unprivileged_groups=[{"g": 1}], privileged_groups=[{"g": 0}])
    report("transforms", "reweighing, 1 million", "AIF360", "ms", measure(lambda: step.fit_transform(data), 5), 1e3)


def impact_remover():
    from aif360.algorithms.preprocessing import DisparateImpactRemover

    data = rows(50_000)
    step = DisparateImpactRemover(repair_level=1.0, sensitive_attribute="g")
    seconds = measure(lambda: step.fit_transform(data), 1, warm=0)
    report("transforms", "impact remover, 1 million", "AIF360, 50,000 x 20", "ms", seconds, 20e3)


smote()
reweighing()
impact_remover()
