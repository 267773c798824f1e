"""The models of one search beside those of other tools, on several tables: for each setting of a peer, its mean accuracy
and gap on unseen rows, and those of the front's model that is the most accurate on the rows of the search among those
with at most that gap there.

    fronts.py [--tables adult,compas,german,communities] [--criteria demographic_parity,equalized_odds] [--seeds 5]
              [--peers fairlearn,fairret,fairgbm] [--search JSON] [--model JSON] [--cache FOLDER]

The sensitive attribute is an input of no model. Adult has its official split, the others one split of 70% and 30% for each
seed. Peers: Fairlearn's exponentiated gradient over a logistic regression and over LightGBM, fairret's norm of violations
(a network of two layers, PyTorch), FairGBM, and LightGBM and a logistic regression without a constraint. Every setting of
a peer is shown, not only a chosen one."""

import argparse
import json
import pathlib
import statistics
import sys
import tempfile
import time
import warnings

import numpy
import pandas

import promise_tables as tables
from promise import Library

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[1]


def splits(name, seed):
    """The label's column, the group's column, and the training and the unseen rows."""
    if name == "adult":
        table = tables.adult("sex")
        train, test = table.frame, adult_test(table.frame.columns)
        return table.label, table.group, train.sample(frac=1, random_state=seed), test
    table = {"compas": lambda: tables.compas(2), "german": tables.german,
             "communities": lambda: tables.communities(False)}[name]()
    frame = table.frame.copy()
    if table.positive:
        frame[table.label] = (frame[table.label] == table.positive).astype(int)
    frame = frame.sample(frac=1, random_state=100 + seed)
    cut = int(len(frame) * 0.7)
    return table.label, table.group, frame[:cut], frame[cut:]


def adult_test(columns):
    import gzip
    names = ["age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation", "relationship", "race",
             "sex", "capital-gain", "capital-loss", "hours-per-week", "native-country", "income"]
    with gzip.open(tables.DATA / "adult" / "adult.test.gz", "rt") as file:
        frame = pandas.read_csv(file, header=None, skipinitialspace=True, na_values="?", names=names, skiprows=1)
    frame = frame[frame["income"].notna()]
    frame["income"] = frame["income"].str.startswith(">50K").astype(int)
    return frame[list(columns)]


def gap(decisions, labels, groups, criterion):
    """The largest difference of two groups of at least 10 rows."""
    worst = 0.0
    for rows in {"demographic_parity": [labels >= 0], "equalized_odds": [labels == 1, labels == 0]}[criterion]:
        values = [decisions[rows & (groups == group)] for group in numpy.unique(groups)]
        means = [value.mean() for value in values if len(value) >= 10]
        worst = max(worst, max(means) - min(means)) if means else worst
    return float(worst)


def matrix(label, group, train, test):
    """The inputs as numbers: one column for each category, standardized."""
    both = pandas.concat([train, test]).drop(columns=[label, group])
    texts = [name for name in both if not pandas.api.types.is_numeric_dtype(both[name])]
    both[texts] = both[texts].fillna("?").astype(str)
    numbers = pandas.get_dummies(both, columns=texts, dtype=float)
    numbers = numbers.fillna(numbers.median())
    first = numbers[:len(train)]
    scaled = ((numbers - first.mean()) / first.std().replace(0, 1).fillna(1)).to_numpy(numpy.float32)
    return scaled[:len(train)], scaled[len(train):]


def fairlearn_points(x, y, g, z, criterion, seed, learner):
    from fairlearn.reductions import DemographicParity, EqualizedOdds, ExponentiatedGradient
    import lightgbm
    from sklearn.linear_model import LogisticRegression
    constraint = {"demographic_parity": DemographicParity, "equalized_odds": EqualizedOdds}[criterion]
    for tolerance in (0.1, 0.05, 0.02, 0.01):
        estimator = (LogisticRegression(max_iter=1000) if learner == "logistic" else
                     lightgbm.LGBMClassifier(n_estimators=60, num_leaves=15, verbose=-1, n_jobs=1, random_state=seed))
        model = ExponentiatedGradient(estimator, constraint(difference_bound=tolerance), max_iter=20)
        model.fit(x, y, sensitive_features=g)
        yield f"Fairlearn, {learner}, {tolerance}", model.predict(z, random_state=seed)


def plain_points(x, y, g, z, criterion, seed):
    import lightgbm
    from sklearn.linear_model import LogisticRegression
    yield "logistic regression", LogisticRegression(max_iter=1000).fit(x, y).predict(z)
    yield "LightGBM, 200 trees", lightgbm.LGBMClassifier(n_estimators=200, verbose=-1, n_jobs=1, random_state=seed).fit(x, y).predict(z)


def fairret_points(x, y, g, z, criterion, seed):
    import torch
    from fairret.loss import NormLoss
    from fairret.statistic import PositiveRate, StackedLinearFractionalStatistic, TruePositiveRate, FalsePositiveRate
    statistics_of = {"demographic_parity": PositiveRate,
                     "equalized_odds": lambda: StackedLinearFractionalStatistic(TruePositiveRate(), FalsePositiveRate())}
    inputs, labels = torch.tensor(x), torch.tensor(numpy.asarray(y, dtype=numpy.float32))[:, None]
    kinds = numpy.unique(g)
    groups = torch.tensor(numpy.stack([g == kind for kind in kinds], 1).astype(numpy.float32))
    for strength in (0.1, 0.3, 1.0, 3.0):
        torch.manual_seed(seed)
        network = torch.nn.Sequential(
            torch.nn.Linear(x.shape[1], 64), torch.nn.ReLU(), torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))
        optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
        loss, penalty = torch.nn.BCEWithLogitsLoss(), NormLoss(statistics_of[criterion]())
        batch = 1024 if len(x) > 10000 else 256
        for _ in range(20):
            order = torch.randperm(len(x))
            for rows in order.split(batch):
                logits = network(inputs[rows])
                extra = () if criterion == "demographic_parity" else (labels[rows],)
                total = loss(logits, labels[rows]) + strength * penalty(logits, groups[rows], *extra)
                if not torch.isfinite(total):
                    continue
                optimizer.zero_grad()
                total.backward()
                optimizer.step()
        with torch.no_grad():
            yield f"fairret, {strength}", (network(torch.tensor(z))[:, 0] > 0).numpy().astype(int)


def renamed(check):
    """A check of scikit-learn that takes the argument that scikit-learn 1.8 renamed."""
    def call(*values, force_all_finite=None, **rest):
        return check(*values, **(rest if force_all_finite is None else dict(rest, ensure_all_finite=force_all_finite)))
    return call


def fairgbm_points(x, y, g, z, criterion, seed):
    if criterion != "equalized_odds":
        return
    import fairgbm.sklearn
    from fairgbm import FairGBMClassifier
    for check in ("_LGBMCheckXY", "_LGBMCheckArray"):
        setattr(fairgbm.sklearn, check, renamed(getattr(fairgbm.sklearn, check)))
    codes = pandas.Series(g).astype("category").cat.codes.to_numpy()
    for tolerance in (0.1, 0.05, 0.02, 0.01):
        model = FairGBMClassifier(
            constraint_type="FNR,FPR", constraint_fnr_threshold=tolerance, constraint_fpr_threshold=tolerance, n_estimators=200,
            num_leaves=15, n_jobs=1, random_state=seed, verbose=-1)
        model.fit(x, y, constraint_group=codes)
        yield f"FairGBM, {tolerance}", (model.predict_proba(z)[:, 1] >= 0.5).astype(int)


def peer_points(name, criterion, seed, chosen, cache):
    """(setting, accuracy, gap, seconds) of every setting of the peers."""
    label, group, train, test = splits(name, seed)
    x, z = matrix(label, group, train, test)
    y, g = train[label].to_numpy(), train[group].astype(str).to_numpy()
    truth, others = test[label].to_numpy(), test[group].astype(str).to_numpy()
    makers = {
        "plain": plain_points, "fairret": fairret_points, "fairgbm": fairgbm_points,
        "fairlearn": lambda *rest: fairlearn_points(*rest, "logistic"), "boosted": lambda *rest: fairlearn_points(*rest, "LightGBM")}
    for peer in chosen:
        path = cache / f"{name}-{criterion}-{seed}-{peer}.json" if cache else None
        if path and path.exists():
            yield from json.loads(path.read_text())
            continue
        found, started = [], time.monotonic()
        try:
            for setting, decisions in makers[peer](x, y, g, z, criterion, seed):
                decisions = numpy.asarray(decisions).astype(int)
                found.append((setting, float((decisions == truth).mean()), gap(decisions, truth, others, criterion),
                              time.monotonic() - started))
                started = time.monotonic()
        except Exception as error:
            print(f"  {peer} on {name}: {error}", file=sys.stderr)
        if path:
            path.write_text(json.dumps(found))
        yield from found


def own_front(library, name, criterion, seed, search, model, tolerance, folder):
    """For each model of the front: quality and gap on the search's rows, accuracy and gap on unseen rows; and seconds."""
    label, group, train, test = splits(name, seed)
    import ctypes
    datasets = []
    for part, rows in (("train", train), ("test", test)):
        rows.to_csv(folder / f"{part}.csv", index=False)
        datasets.append(library.open(folder / f"{part}.csv"))
    base, front = library.new(dict(model, seed=seed)), ctypes.c_void_p()
    config = {"data": {"label": label, "sensitive": [group]}, "train": {"seed": seed},
              "fairness": [{"objective": criterion, "tolerance": tolerance}], "search": dict({"certify": 0, "seed": seed}, **search)}
    started = time.monotonic()
    library.call("eqp_search", base, datasets[0], None, json.dumps(config).encode(), None, ctypes.byref(front))
    seconds = time.monotonic() - started
    library.c.eqp_front_describe.restype = ctypes.c_void_p
    described = json.loads(ctypes.string_at(library.c.eqp_front_describe(front)))
    found = []
    for index, entry in enumerate(described["front"]):
        tuned = ctypes.c_void_p()
        library.call("eqp_front_model", front, ctypes.c_int64(index), ctypes.byref(tuned), None)
        labels = library.scores(tuned, datasets[1], folder)["label"].astype(int).to_numpy()
        truth, groups = test[label].to_numpy(), test[group].astype(str).to_numpy()
        found.append((entry["merit"], entry["gaps"][0]["value"], float((labels == truth).mean()),
                      gap(labels, truth, groups, criterion), entry["values"]))
        library.c.eqp_model_free(tuned)
    library.c.eqp_front_free(front)
    return found, seconds


def chosen(front, limit):
    """The model with the best quality among those whose gap on the search's rows is at most `limit`, or the fairest."""
    judged = [model for model in front if model[1] is not None] or front
    fair = [model for model in judged if (model[1] or 0) <= limit]
    return max(fair, key=lambda model: model[0]) if fair else min(judged, key=lambda model: model[1])


def spread(values):
    return statistics.stdev(values) if len(values) > 1 else 0.0


def main(arguments=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--tables", default="adult,compas,german,communities")
    parser.add_argument("--criteria", default="demographic_parity,equalized_odds")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--peers", default="plain,fairlearn,boosted,fairret,fairgbm")
    parser.add_argument("--search", default="{}")
    parser.add_argument("--model", default='{"kind": "mlp"}')
    parser.add_argument("--tolerance", type=float, default=0.05)
    parser.add_argument("--cache", default="")
    parser.add_argument("--library", default=str(ROOT / "build" / "libequipoise.so"))
    options = parser.parse_args(arguments)
    library = Library(options.library)
    cache = pathlib.Path(options.cache) if options.cache else None
    if cache:
        cache.mkdir(parents=True, exist_ok=True)
    for name in options.tables.split(","):
        for criterion in options.criteria.split(","):
            points, fronts, times = {}, [], []
            for seed in range(options.seeds):
                for setting, accuracy, width, seconds in peer_points(name, criterion, seed, options.peers.split(","), cache):
                    points.setdefault(setting, []).append((accuracy, width, seconds))
                with tempfile.TemporaryDirectory() as folder:
                    front, seconds = own_front(
                        library, name, criterion, seed, json.loads(options.search), json.loads(options.model), options.tolerance,
                        pathlib.Path(folder))
                fronts.append(front)
                times.append(seconds)
            print(f"{name}, {criterion}: {statistics.mean(map(len, fronts)):.1f} models of the front, "
                  f"{statistics.mean(times):.1f} s")
            for setting, values in points.items():
                accuracy, width = (statistics.mean(value[i] for value in values) for i in (0, 1))
                ours = [chosen(front, width) for front in fronts]
                own, own_gap = (statistics.mean(model[i] for model in ours) for i in (2, 3))
                above = accuracy > own and width <= own_gap or width < own_gap and accuracy >= own
                print(f"  {setting}: {accuracy:.4f} ± {spread([v[0] for v in values]):.4f} at {width:.4f} ± "
                      f"{spread([v[1] for v in values]):.4f}, {statistics.mean(v[2] for v in values):.1f} s; ours {own:.4f} ± "
                      f"{spread([m[2] for m in ours]):.4f} at {own_gap:.4f} ± {spread([m[3] for m in ours]):.4f}"
                      f"{'  ABOVE' if above else '  more accurate' if accuracy > own else ''}", flush=True)


if __name__ == "__main__":
    main()
