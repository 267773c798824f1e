"""Bootstrap intervals of seven metrics in ten groups of 100,000 rows with Fairlearn's MetricFrame. Five
replicates, because each takes seconds; the time grows with their number."""

import warnings

import fairlearn.metrics as fm
import pandas
import rows
from sklearn.metrics import accuracy_score, precision_score
from timing import measure, report

warnings.filterwarnings("ignore")
y, p, a, b = rows.make(100_000)
metrics = dict(
    accuracy=accuracy_score, selection_rate=fm.selection_rate, tpr=fm.true_positive_rate, fpr=fm.false_positive_rate,
    fnr=fm.false_negative_rate, tnr=fm.true_negative_rate, precision=precision_score)


def frame():
    result = fm.MetricFrame(
        metrics=metrics, y_true=y, y_pred=p, sensitive_features=pandas.DataFrame({"sex": a, "race": b}), n_boot=5,
        ci_quantiles=[0.025, 0.975], random_state=0)
    return result.by_group_ci, result.overall_ci, result.difference_ci()


report("bootstrap", "100,000 rows, 5 replicates", "Fairlearn MetricFrame", "ms", measure(frame, 1, warm=0), 1e3)
