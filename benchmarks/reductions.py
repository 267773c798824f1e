"""Exponentiated gradient over a logistic regression beside Fairlearn's over scikit-learn's liblinear, on the same rows:
the time of the whole call, and accuracy and gap on rows that neither learnt from. Fairlearn bounds the difference to all
rows, so it gets half the tolerance. The attribute is no input. `reductions.py [library]`."""

import pathlib
import statistics
import sys
import tempfile
import time
import warnings

import numpy
import pandas

import promise
import promise_tables as tables

TOLERANCE = 0.05
SPLITS = 3


def gap(decisions, labels, groups, criterion):
    """The largest difference of the groups' rates."""
    parts = [labels == labels] if criterion == "demographic_parity" else [labels == 0, labels == 1]
    return max(numpy.ptp([decisions[part & (groups == g)].mean() for g in numpy.unique(groups)]) for part in parts)


def ours(library, table, train, test, criterion):
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in (("train", train), ("test", test)):
            rows.to_csv(f"{folder}/{name}.csv", index=False)
        learnt, unseen = library.open(f"{folder}/train.csv"), library.open(f"{folder}/test.csv")
        config = {"data": {"label": table.label, "sensitive": [table.group]}, "reduction": {},
                  "fairness": [{"objective": criterion, "tolerance": TOLERANCE}]}
        base = library.new({"kind": "logistic"})
        started = time.perf_counter()
        model, _ = library.finetune(base, learnt, config)
        seconds = time.perf_counter() - started
        return seconds, library.scores(model, unseen, folder)["label"].to_numpy()


def fairlearns(table, train, test, criterion):
    from fairlearn.reductions import DemographicParity, EqualizedOdds, ExponentiatedGradient
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    inputs = [c for c in train if c not in (table.label, table.group)]
    numbers = [c for c in inputs if pandas.api.types.is_numeric_dtype(train[c])]
    encoder = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), [c for c in inputs if c not in numbers]),
        (StandardScaler(), numbers))
    x, unseen = encoder.fit_transform(train), encoder.transform(test)
    bound = DemographicParity if criterion == "demographic_parity" else EqualizedOdds
    method = ExponentiatedGradient(LogisticRegression(solver="liblinear"), bound(difference_bound=TOLERANCE / 2))
    started = time.perf_counter()
    method.fit(x, train[table.label].to_numpy(), sensitive_features=train[table.group].to_numpy())
    return time.perf_counter() - started, method.predict(unseen, random_state=0)


def run(path=promise.ROOT / "build" / "libequipoise.so"):
    from sklearn.model_selection import train_test_split
    if not tables.DATA.exists():
        print(f"  SKIPPED: {tables.DATA} is absent", file=sys.stderr)
        return []
    warnings.filterwarnings("ignore")
    library, results = promise.Library(path), []
    for table in (tables.compas(2), tables.adult("sex")):
        for criterion in ("demographic_parity", "equalized_odds"):
            found = {"equipoise": [], "fairlearn": []}
            for seed in range(SPLITS):
                strata = table.frame[table.label].astype(str) + table.frame[table.group].astype(str)
                train, test = train_test_split(table.frame, test_size=0.3, random_state=seed, stratify=strata)
                labels, groups = test[table.label].to_numpy(), test[table.group].to_numpy()
                for who, (seconds, decisions) in (
                        ("equipoise", ours(library, table, train, test, criterion)),
                        ("fairlearn", fairlearns(table, train, test, criterion))):
                    found[who].append((seconds, (decisions == labels).mean(), gap(decisions, labels, groups, criterion)))
            for who, runs in found.items():
                seconds = [run[0] for run in runs]
                results.append(dict(
                    case="reductions", variant=f"{table.name}: {criterion}"[:26], who=who, threads=2, unit="s",
                    median=statistics.median(seconds), minimum=min(seconds), maximum=max(seconds), runs=SPLITS))
                print(f"  {table.name}, {criterion}, {who}: {statistics.median(seconds):.3f} s, accuracy "
                      f"{statistics.mean(run[1] for run in runs):.4f}, gap {statistics.mean(run[2] for run in runs):.4f} "
                      f"(mean of {SPLITS} splits)", flush=True)
    return results


if __name__ == "__main__":
    run(*map(pathlib.Path, sys.argv[1:]))
