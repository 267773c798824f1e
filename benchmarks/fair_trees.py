"""Accuracy against the gap of selection rates on UCI Adult's test rows, by sex, which is not used at prediction:
a LightGBM model made fairer by examples/fair_trees.c, by its leaves and by further trees, compared with Fairlearn's
ExponentiatedGradient over LightGBM of the same size, in one run."""

import csv
import gzip
import json
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
PLACES = {"age": 0, "workclass": 1, "education-num": 4, "marital-status": 5, "occupation": 6, "relationship": 7, "race": 8,
          "sex": 9, "capital-gain": 10, "capital-loss": 11, "hours-per-week": 12}


def tables(folder):
    """adult.data and adult.test as the model reads them, with categories by its codes, and income and gender."""
    reference = json.loads((SHARED / "reference/tabular/models.json").read_text())["models"]["adult-lightgbm.txt"]
    codes = {name: {word: code for code, word in enumerate(words)} for name, words in reference["category_codes"].items()}
    for part in ("data", "test"):
        with gzip.open(SHARED / f"data/adult/adult.{part}.gz", "rt") as lines, open(folder / f"fair_trees_{part}.csv", "w") as file:
            table = csv.writer(file)
            table.writerow(reference["columns"] + ["income", "gender"])
            for line in lines:
                fields = [field.strip() for field in line.split(",")]
                if len(fields) == 15:
                    values = {name: codes[name].get(fields[place], -1) if name in codes else fields[place] for name, place in PLACES.items()}
                    table.writerow([values[name] for name in reference["columns"]] + [int(fields[14].startswith(">")), fields[9]])


def peer(folder):
    import lightgbm
    import numpy
    import pandas
    from fairlearn.metrics import demographic_parity_difference
    from fairlearn.reductions import DemographicParity, ExponentiatedGradient
    train, test = (pandas.read_csv(folder / f"fair_trees_{part}.csv") for part in ("data", "test"))
    columns = [name for name in train.columns if name not in ("income", "gender", "sex")]
    categories = ["workclass", "marital-status", "occupation", "relationship", "race"]
    for table in (train, test):
        table[categories] = table[categories].astype(pandas.CategoricalDtype(range(-1, 64)))
    for tolerance in (0.1, 0.05, 0.02, 0.01, 0.005):
        model = ExponentiatedGradient(
            lightgbm.LGBMClassifier(n_estimators=60, num_leaves=15, verbose=-1, n_jobs=2), DemographicParity(difference_bound=tolerance))
        started = time.monotonic()
        model.fit(train[columns], train["income"], sensitive_features=train["gender"])
        seconds = time.monotonic() - started
        # Its decisions are random; this is the mean of ten draws.
        draws = [model.predict(test[columns], random_state=seed) for seed in range(10)]
        accuracy = numpy.mean([(draw == test["income"]).mean() for draw in draws])
        gap = numpy.mean([demographic_parity_difference(test["income"], draw, sensitive_features=test["gender"]) for draw in draws])
        yield "ExponentiatedGradient", tolerance, accuracy, gap, seconds


def run(build, data):
    if not SHARED.exists():
        print(f"  SKIPPED: {SHARED} is absent", file=sys.stderr)
        return []
    import xgboost
    tables(data)
    library = next(pathlib.Path(xgboost.__file__).parent.glob("lib/libxgboost.*"))
    program = build / "fair_trees"
    subprocess.run(["cc", "-O2", f"-I{ROOT}/include", "-o", program, ROOT / "examples/fair_trees.c", f"-L{ROOT}/build", "-lequipoise",
                    "-ljson-c", f"-Wl,-rpath,{ROOT}/build"], check=True)
    output = subprocess.run(
        [program, SHARED / "reference/tabular/adult-lightgbm.txt", data / "fair_trees_data.csv", data / "fair_trees_test.csv",
         "income", "gender", "sex", library], capture_output=True, text=True, check=True, cwd=data).stdout
    print(output, end="")
    lines = [(line[:22].strip(), *line[22:].split()) for line in output.splitlines()[2:]]
    found = [("equipoise, " + method, *map(float, rest)) for method, *rest in lines]
    for line in peer(data):
        print("%-22s %9.3f %9.4f %9.4f %8.2f" % line, flush=True)
        found.append(line)
    return [dict(case="fair_trees", variant=f"{tolerance}: {measure}", who=method, threads=2, unit=unit, median=value, minimum=value,
                 maximum=value, runs=1)
            for method, tolerance, *figures in found for measure, unit, value in zip(("accuracy", "gap", "seconds"), ("", "", "s"), figures)]
