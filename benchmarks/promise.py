"""Whether requested tolerances are kept: many tables, criteria, tolerances, kinds of model and splits, with
configurations of only data and objective, judged independently on the training rows and on unseen rows.

    promise.py [--tables a,b] [--generated 5] [--separable 6] [--scikit] [--kinds logistic,mlp,lightgbm,xgboost]
               [--criteria …] [--tolerances 0.05,0.02] [--splits 3] [--peer]

Prints one line for each run, with marks: T: over the tolerance on training rows (groups of at least 30); U: over it by
more than two standard errors on unseen rows (groups of at least 10; the last line says how many runs would be marked by
chance if decisions did not depend on groups at all); C: (nearly) constant decisions; B: an accuracy more than 0.005 below
the peer's; D: labels that differ from those by the scores. The peer is Fairlearn's exponentiated gradient over a logistic
regression. Its bound is on the difference to all rows, so it gets half the tolerance; its gap on unseen rows is in
brackets. For bounded_group_loss, the tolerance is 1.05 times the largest group's loss on unseen rows without a constraint.
"""

import argparse
import ctypes
import json
import pathlib
import tempfile
import time
import warnings

import numpy
import pandas

import promise_tables as tables

ROOT = pathlib.Path(__file__).resolve().parents[1]
MEASURES = {
    "demographic_parity": ("selection",), "equal_opportunity": ("tpr",), "equalized_odds": ("tpr", "fpr"),
    "accuracy_parity": ("accuracy",), "predictive_parity": ("precision",), "bounded_group_loss": ("loss",),
}


class Library:
    def __init__(self, path):
        self.c = ctypes.CDLL(str(path))
        self.c.eqp_error_message.restype = ctypes.c_char_p
        self.c.eqp_error_location.restype = ctypes.c_char_p

    def call(self, name, *arguments):
        error = ctypes.c_void_p()
        status = getattr(self.c, name)(*arguments, ctypes.byref(error))
        if status:
            message = self.c.eqp_error_message(error).decode() + " @ " + (self.c.eqp_error_location(error) or b"").decode()
            self.c.eqp_error_free(error)
            raise RuntimeError(message)

    def open(self, path):
        dataset = ctypes.c_void_p()
        self.call("eqp_dataset_open", str(path).encode(), None, None, ctypes.byref(dataset))
        return dataset

    def new(self, config):
        model = ctypes.c_void_p()
        self.call("eqp_model_new", json.dumps(config).encode(), ctypes.byref(model))
        return model

    def load(self, path):
        model = ctypes.c_void_p()
        self.call("eqp_model_load", str(path).encode(), None, None, ctypes.byref(model))
        return model

    def finetune(self, base, train, config, validation=None):
        model, report = ctypes.c_void_p(), ctypes.c_char_p()
        self.call("eqp_finetune", base, train, validation, json.dumps(config).encode(), None, ctypes.byref(model),
                  ctypes.byref(report))
        return model, json.loads(report.value)

    def scores(self, model, dataset, folder):
        predictions = ctypes.c_void_p()
        self.call("eqp_predict", model, dataset, None, None, ctypes.byref(predictions))
        path = pathlib.Path(folder) / "predictions.csv"
        self.call("eqp_dataset_write", predictions, str(path).encode(), None, None)
        self.c.eqp_dataset_free(predictions)
        return pandas.read_csv(path)


def rates(decisions, labels, groups, losses, minimum=1):
    """Each statistic's value and standard error by group."""
    result = {}
    for group in numpy.unique(groups):
        rows = groups == group
        d, y = decisions[rows], labels[rows]
        parts = {"selection": d, "tpr": d[y == 1], "fpr": d[y == 0], "accuracy": (d == y).astype(float),
                 "precision": y[d == 1].astype(float), "loss": losses[rows]}
        for name, values in parts.items():
            if len(values) >= minimum and len(values):
                spread = values.std() if name == "loss" else numpy.sqrt(
                    max(values.mean() * (1 - values.mean()), 1 / (len(values) + 2) * (1 - 1 / (len(values) + 2))))
                result.setdefault(name, {})[group] = (float(values.mean()), float(spread / numpy.sqrt(len(values))))
    return result


def gap(values, criterion):
    worst, error = 0.0, 0.0
    for name in MEASURES[criterion]:
        found = list(values.get(name, {}).values())
        if criterion == "bounded_group_loss":
            high = max(found)
            return high
        if len(found) > 1:
            high, low = max(found), min(found)
            if high[0] - low[0] > worst:
                worst, error = high[0] - low[0], float(numpy.hypot(high[1], low[1]))
    return worst, error


def peer(train, test, table, criterion, tolerance):
    """Fairlearn's exponentiated gradient over a plain logistic regression."""
    import fairlearn.reductions as reductions
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    constraint = {
        "demographic_parity": reductions.DemographicParity, "equal_opportunity": reductions.TruePositiveRateParity,
        "equalized_odds": reductions.EqualizedOdds, "accuracy_parity": reductions.ErrorRateParity,
    }.get(criterion)
    if constraint is None or table.regression:
        return None
    inputs = [name for name in train.columns if name not in (table.label, table.group)]
    texts = [name for name in inputs if train[name].dtype.kind not in "ifb"]
    encoder = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), [name for name in inputs if name not in texts]),
        (OneHotEncoder(handle_unknown="ignore"), texts))
    x, unseen = encoder.fit_transform(train[inputs]), encoder.transform(test[inputs])
    x, unseen = [m.toarray() if hasattr(m, "toarray") else m for m in (x, unseen)]
    def labels(frame):
        return (frame[table.label] == table.positive).astype(int).to_numpy() if table.positive else frame[table.label].to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        numpy.random.seed(0)
        method = reductions.ExponentiatedGradient(
            LogisticRegression(max_iter=1000), constraint(difference_bound=tolerance / 2))
        method.fit(x, labels(train), sensitive_features=train[table.group])
        chance = method._pmf_predict(unseen)[:, 1]
    y = labels(test)
    # In expectation over the random draw of a member.
    return float(numpy.mean(numpy.where(y == 1, chance, 1 - chance))), float(
        (chance[y == 1].mean() + 1 - chance[y == 0].mean()) / 2), expected_gap(
            chance, y, test[table.group].to_numpy(), criterion)


CACHE = pathlib.Path(tempfile.gettempdir()) / "equipoise-promise-peers.json"


def cached_peer(parts, table, criterion, tolerance, split):
    """Caches the peer's result, which does not depend on our library and takes most of the time."""
    known = json.loads(CACHE.read_text()) if CACHE.exists() else {}
    key = f"{table.name}|{criterion}|{tolerance}|{split}"
    if key not in known:
        known[key] = peer(parts["train"], parts["test"], table, criterion, tolerance)
        CACHE.write_text(json.dumps(known))
    return known[key]


def expected_gap(chance, labels, groups, criterion):
    """The gap of randomized decisions, in expectation."""
    worst = 0.0
    for name in MEASURES[criterion]:
        found = []
        for group in numpy.unique(groups):
            rows = groups == group
            p, y = chance[rows], labels[rows]
            part = {"selection": p, "tpr": p[y == 1], "fpr": p[y == 0], "accuracy": numpy.where(y == 1, p, 1 - p)}[name]
            if len(part) >= 10:
                found.append(part.mean())
        worst = max(worst, max(found) - min(found)) if found else worst
    return float(worst)


def run(library, table, kind, criterion, tolerance, split, folder, with_peer, extra=None):
    frame = table.frame.sample(frac=1, random_state=100 + split)
    cut = int(len(frame) * 0.7)
    parts = dict(train=frame[:cut], test=frame[cut:])
    paths = {name: folder / f"{name}.csv" for name in parts}
    for name, part in parts.items():
        part.to_csv(paths[name], index=False)
    datasets = {name: library.open(path) for name, path in paths.items()}
    data = {"label": table.label, "sensitive": [table.group]}
    if table.positive:
        data["positive"] = table.positive
    if kind in ("lightgbm", "xgboost"):
        base, data["include"] = trees(library, kind, table, parts, folder)
        datasets = {name: library.open(folder / f"{name}-numbers.csv") for name in parts}
    else:
        base = library.new({"kind": kind})
    if criterion == "bounded_group_loss":
        tolerance = reachable_loss(library, base, table, kind, parts["test"], datasets, data, folder)
    config = {"data": data, "fairness": [{"objective": criterion, "attribute": table.group, "tolerance": tolerance}]}
    if extra:
        for key, value in extra.items():
            config.setdefault(key, {}).update(value) if isinstance(value, dict) else config.__setitem__(key, value)
        config["fairness"][0].update(config.pop("constraint", {}))
    started = time.monotonic()
    model, report = library.finetune(base, datasets["train"], config)
    seconds = time.monotonic() - started
    result = dict(table=table.name, kind=kind, criterion=criterion, tolerance=tolerance, split=split, seconds=seconds,
                  report=report)
    for name, part in parts.items():
        found = library.scores(model, datasets[name], folder)
        if table.regression:
            y = part[table.label].to_numpy(float)
            score = found["score"].to_numpy(float) if "score" in found else found.iloc[:, 0].to_numpy(float)
            losses = (score - y) ** 2
            decisions, y01 = score, y
            values = {"selection": {}, "loss": {}}
            for group in part[table.group].unique():
                rows = (part[table.group] == group).to_numpy()
                values["selection"][group] = (score[rows].mean(), score[rows].std() / numpy.sqrt(rows.sum()))
                values["loss"][group] = (losses[rows].mean(), losses[rows].std() / numpy.sqrt(rows.sum()))
            result[name] = dict(accuracy=1 - losses.mean() / max(y.var(), 1e-12), selected=0.5, base=0.5,
                                balanced=0)
        else:
            y = ((part[table.label] == table.positive) if table.positive else part[table.label]).to_numpy().astype(int)
            score = found["score"].to_numpy(float)
            decisions = (score.astype(numpy.float32) >= numpy.float32(0.5)).astype(int)
            # Tree files have no names of classes.
            labels = found["label"].astype(str).isin([str(table.positive or 1), "1"])
            if not (labels.to_numpy() == (decisions == 1)).all():
                result["disagreement"] = int((labels.to_numpy() != (decisions == 1)).sum())
            decisions = labels.to_numpy().astype(int)
            losses = -numpy.log(numpy.clip(numpy.where(y == 1, score, 1 - score), 1e-7, 1))
            groups = part[table.group].to_numpy().astype(str)
            values = rates(decisions, y, groups, losses, minimum=30 if name == "train" else 10)
            if name == "test":
                result["chance"] = chance(decisions, y, groups, losses, criterion, tolerance)
            result[name] = dict(
                accuracy=float((decisions == y).mean()), selected=float(decisions.mean()), base=float(y.mean()),
                balanced=float((decisions[y == 1].mean() + 1 - decisions[y == 0].mean()) / 2) if 0 < y.mean() < 1 else 0)
        result[name]["gap"], result[name]["error"] = gap(values, criterion)
    result["over_train"] = result["train"]["gap"] > tolerance + 1e-6
    result["over_test"] = result["test"]["gap"] > tolerance + 2 * result["test"]["error"]
    selected, base_rate = result["train"]["selected"], result["train"]["base"]
    result["constant"] = min(selected, 1 - selected) < min(0.01, min(base_rate, 1 - base_rate) / 10)
    result["majority"] = max(base_rate, 1 - base_rate)
    if with_peer:
        found = cached_peer(parts, table, criterion, tolerance, split)
        if found:
            extreme = min(base_rate, 1 - base_rate) < 0.1
            ours = result["test"]["balanced" if extreme else "accuracy"]
            result["peer"] = found[1 if extreme else 0]
            result["peer_gap"] = found[2]
            result["behind"] = ours < result["peer"] - 0.005
            result["lead"] = ours - result["peer"]
    for dataset in datasets.values():
        library.c.eqp_dataset_free(dataset)
    library.c.eqp_model_free(model)
    library.c.eqp_model_free(base)
    return result


def reachable_loss(library, base, table, kind, part, datasets, data, folder):
    """1.05 times the largest loss of a group on unseen rows of a model without a constraint."""
    if kind in ("logistic", "mlp"):
        model, _ = library.finetune(base, datasets["train"], {"data": data})
    else:
        model = base
    found = library.scores(model, datasets["test"], folder)["score"].to_numpy(float)
    if model is not base:
        library.c.eqp_model_free(model)
    y = ((part[table.label] == table.positive) if table.positive else part[table.label]).to_numpy(float)
    losses = (found - y) ** 2 if table.regression else -numpy.log(
        numpy.clip(numpy.where(y == 1, found, 1 - found), 1e-7, 1))
    groups = part[table.group].to_numpy().astype(str)
    return 1.05 * max(losses[groups == group].mean() for group in numpy.unique(groups) if (groups == group).sum() >= 10)


def chance(decisions, labels, groups, losses, criterion, tolerance, draws=100):
    """The share of shuffles of the groups, within a label, whose gap is over the tolerance by two standard errors."""
    if criterion == "bounded_group_loss":
        return 0.0
    random, over = numpy.random.default_rng(0), 0
    for _ in range(draws):
        shuffled = groups.copy()
        for label in ([0, 1] if criterion in ("equal_opportunity", "equalized_odds") else [None]):
            rows = numpy.flatnonzero(labels == label) if label is not None else numpy.arange(len(groups))
            shuffled[rows] = groups[random.permutation(rows)]
        value, error = gap(rates(decisions, labels, shuffled, losses, minimum=10), criterion)
        over += value > tolerance + 2 * error
    return over / draws


def trees(library, kind, table, parts, folder):
    """A boosted model of the other columns, trained on the same rows, and the tables as it reads them."""
    inputs = [name for name in parts["train"].columns if name not in (table.label, table.group)]
    numbers = {}
    categories = {name: sorted(map(str, table.frame[name].unique())) for name in inputs
                  if table.frame[name].dtype.kind not in "ifb"}
    for name, part in parts.items():
        coded = part.copy()
        for column, names in categories.items():
            coded[column] = part[column].map(str).map({value: code for code, value in enumerate(names)})
        coded.to_csv(folder / f"{name}-numbers.csv", index=False)
        numbers[name] = coded
    y = numbers["train"][table.label]
    y = (y == table.positive).astype(int) if table.positive else y
    if kind == "lightgbm":
        import lightgbm
        model = lightgbm.train(
            dict(objective="regression" if table.regression else "binary", num_leaves=15, learning_rate=0.1, verbose=-1,
                 num_threads=2, seed=0), lightgbm.Dataset(numbers["train"][inputs], y), 60)
        model.save_model(folder / "model.txt")
        return library.load(folder / "model.txt"), inputs
    import xgboost
    model = xgboost.train(
        dict(objective="reg:squarederror" if table.regression else "binary:logistic", max_depth=4, eta=0.2, nthread=2,
             seed=0), xgboost.DMatrix(numbers["train"][inputs], y), 30)
    model.save_model(folder / "model.json")
    return library.load(folder / "model.json"), inputs


def line(result):
    marks = "".join(mark if result.get(key) else "-" for mark, key in
                    (("T", "over_train"), ("U", "over_test"), ("C", "constant"), ("B", "behind"), ("D", "disagreement")))
    train, test = result["train"], result["test"]
    return (f"{result['table'][:34]:34} {result['kind']:8} {result['criterion'][:18]:18} {result['tolerance']:<5.4g} "
            f"s{result['split']} {marks} train {train['gap']:.3f} test {test['gap']:.3f}±{test['error']:.3f} acc "
            f"{test['accuracy']:.3f} peer {result.get('peer', float('nan')):.3f} ({result.get('peer_gap', float('nan')):.3f}) maj {result['majority']:.3f} sel "
            f"{train['selected']:.2f}/{train['base']:.2f} {result['seconds']:.2f}s")


def main(arguments=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", default=ROOT / "build" / "libequipoise.so")
    parser.add_argument("--tables", default=",".join(tables.PUBLIC) if tables.DATA.exists() else "")
    parser.add_argument("--kinds", default="logistic,mlp")
    parser.add_argument("--criteria", default="demographic_parity,equalized_odds")
    parser.add_argument("--tolerances", default="0.05,0.02")
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--generated", type=int, default=0)
    parser.add_argument("--separable", type=int, default=0)
    parser.add_argument("--scikit", action="store_true")
    parser.add_argument("--extra", default="")
    parser.add_argument("--json", default="")
    options = parser.parse_args(arguments)
    library = Library(options.library)
    chosen = [tables.PUBLIC[name]() for name in options.tables.split(",") if name]
    random = numpy.random.default_rng(7)
    for seed in range(options.generated):
        groups = int(random.choice([2, 2, 3, 5, 12]))
        shares = random.dirichlet(numpy.full(groups, 3.0)) + 0.02
        chosen.append(tables.generated(
            int(random.choice([200, 600, 2000, 8000])), float(random.choice([0.05, 0.2, 0.5, 0.8, 0.95])), shares,
            bias=float(random.choice([0.2, 0.8])), seed=seed, nonlinear=bool(seed % 2)))
    chosen += [tables.separable(1430, seed) for seed in range(options.separable)]
    if options.scikit:
        chosen += tables.scikit()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for table in chosen:
            for kind in options.kinds.split(","):
                for criterion in options.criteria.split(","):
                    for tolerance in map(float, options.tolerances.split(",")):
                        for split in range(options.splits):
                            if table.regression and criterion not in ("demographic_parity", "bounded_group_loss"):
                                continue
                            try:
                                result = run(library, table, kind, criterion, tolerance, split, pathlib.Path(folder),
                                             options.peer, json.loads(options.extra) if options.extra else None)
                            except RuntimeError as error:
                                print(f"{table.name} {kind} {criterion} {tolerance}: ERROR {error}", flush=True)
                                results.append(dict(error=str(error)))
                                continue
                            print(line(result), flush=True)
                            results.append(result)
    done = [result for result in results if "error" not in result]
    def count(key): return sum(bool(result.get(key)) for result in done)
    leads = [result["lead"] for result in done if "lead" in result]
    print(f"{len(results)} runs: {len(results) - len(done)} errors, {count('over_train')} over on training rows, "
          f"{count('over_test')} over on unseen rows ({sum(result.get('chance', 0) for result in done):.0f} by chance), {count('constant')} constant, {count('behind')} of {len(leads)} "
          f"behind the peer" + (f" (mean lead {numpy.mean(leads):+.4f})" if leads else "") +
          f", {sum(result['seconds'] for result in done):.1f} s")
    def met(result): return all(entry["met"] == "yes" for entry in result["report"]["constraints"])
    told = [result for result in done if not met(result)]
    print(f"the report doubts the tolerance in {sum(bool(r['over_train']) for r in told)} of the runs over on training rows "
          f"and {sum(bool(r['over_test']) for r in told)} of those over on unseen rows; of {len(done) - len(told)} runs that "
          f"it calls met {sum(bool(r['over_test']) for r in done if met(r))} are over on unseen rows")
    if options.json:
        for result in done:
            result["report"].pop("history", None)
        pathlib.Path(options.json).write_text(json.dumps(results, default=float))


if __name__ == "__main__":
    main()
