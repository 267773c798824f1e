"""Public and generated tables with a label and groups, on which requested tolerances must be kept."""

import gzip
import pathlib

import numpy
import pandas

DATA = pathlib.Path(__file__).resolve().parents[2] / "shared" / "data"


class Table:
    """Rows, the label's column, the group's column, and whether the label is a number to predict."""

    def __init__(self, name, frame, label, group, regression=False, positive=None):
        self.name, self.frame, self.label, self.group = name, frame.reset_index(drop=True), label, group
        self.regression, self.positive = regression, positive


def adult(group):
    names = (DATA / "adult" / "columns.txt").read_text().split()
    names = [name.strip(",") for name in names][:15]
    with gzip.open(DATA / "adult" / "adult.data.gz", "rt") as file:
        frame = pandas.read_csv(file, header=None, skipinitialspace=True, na_values="?")
    frame.columns = ["age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation",
                     "relationship", "race", "sex", "capital-gain", "capital-loss", "hours-per-week",
                     "native-country", "income"]
    frame["income"] = (frame["income"] == ">50K").astype(int)
    return Table(f"adult {group}", frame.drop(columns=["fnlwgt"]), "income", group)


def compas(races):
    with gzip.open(DATA / "compas" / "compas-scores-two-years.deid.csv.gz", "rt") as file:
        frame = pandas.read_csv(file)
    frame = frame[(frame["days_b_screening_arrest"].abs() <= 30) & (frame["is_recid"] != -1)]
    frame = frame[["sex", "age", "race", "juv_fel_count", "juv_misd_count", "juv_other_count", "priors_count",
                   "c_charge_degree", "two_year_recid"]]
    if races == 2:
        frame = frame[frame["race"].isin(["African-American", "Caucasian"])]
    return Table(f"compas {races} races", frame, "two_year_recid", "race")


def german():
    with gzip.open(DATA / "german_credit" / "german_data_credit.csv.gz", "rt") as file:
        frame = pandas.read_csv(file)
    label = frame.columns[-1]
    frame[label] = (frame[label] == 1).astype(int)
    return Table("german", frame, label, "sex")


def ricci():
    frame = pandas.read_csv(DATA / "ricci" / "ricci.csv")
    frame["promoted"] = (frame["Combine"] >= 70).astype(int)
    frame["Race"] = frame["Race"].where(frame["Race"] == "W", "other")
    return Table("ricci", frame.drop(columns=["Combine"]), "promoted", "Race")


def hmda():
    with gzip.open(DATA / "rdatasets" / "AER__HMDA.csv.gz", "rt") as file:
        frame = pandas.read_csv(file)
    frame = frame[[name for name in frame.columns if name not in ("rownames", "Unnamed: 0")]]
    return Table("hmda", frame, "deny", "afam", positive="yes")


def admissions():
    counts = pandas.read_csv(DATA / "rdatasets" / "datasets__UCBAdmissions.csv")
    counts = counts[[name for name in counts.columns if name not in ("rownames", "Unnamed: 0")]]
    frame = counts.loc[counts.index.repeat(counts["Freq"])].drop(columns=["Freq"])
    frame["Admit"] = (frame["Admit"] == "Admitted").astype(int)
    return Table("admissions", frame.sample(frac=1, random_state=0), "Admit", "Gender")


def communities(regression):
    with gzip.open(DATA / "communities_crime" / "communities_crime.csv.gz", "rt") as file:
        frame = pandas.read_csv(file)
    frame = frame[[name for name in frame.columns if name not in ("communityname", "fold", "state")]]
    numbers = [name for name in frame.columns if frame[name].dtype.kind in "if"]
    frame = frame[numbers + (["class"] if "class" not in numbers else [])]
    if regression:
        return Table("communities", frame.drop(columns=["class"]), "ViolentCrimesPerPop", "Black", regression=True)
    frame["class"] = (frame["class"].astype(str) == sorted(frame["class"].astype(str).unique())[-1]).astype(int)
    return Table("communities class", frame.drop(columns=["ViolentCrimesPerPop"]), "class", "Black")


def generated(rows, base=0.4, shares=(0.6, 0.4), bias=0.8, useful=6, useless=6, seed=0, regression=False,
              nonlinear=False):
    """A label that depends on some columns, groups whose columns and labels differ, and uninformative columns."""
    random = numpy.random.default_rng(seed)
    group = random.choice(len(shares), rows, p=numpy.array(shares) / sum(shares))
    shift = random.normal(size=len(shares)) * bias
    x = random.normal(size=(rows, useful)) + shift[group][:, None] * random.uniform(0, 1, useful)
    z = x @ random.normal(size=useful) * 1.2 / numpy.sqrt(useful) + shift[group] * 0.7
    if nonlinear:
        z = z + numpy.sin(2 * x[:, 0]) * x[:, 1]
    frame = pandas.DataFrame({f"x{i}": x[:, i].round(4) for i in range(useful)})
    for i in range(useless):
        frame[f"n{i}"] = random.normal(size=rows).round(4)
    frame["c"] = numpy.array(list("abcd"))[(numpy.digitize(x[:, 0], [-1, 0, 1]) + random.integers(0, 2, rows)) % 4]
    frame["g"] = [f"g{k}" for k in group]
    if regression:
        frame["y"] = (z + random.normal(size=rows)).round(4)
    else:
        noise = random.logistic(size=rows) * 0.6
        frame["y"] = (z + noise > numpy.quantile(z + noise, 1 - base)).astype(int)
    name = f"generated {rows} base {base} groups {len(shares)} seed {seed}" + (" regression" if regression else "")
    return Table(name, frame, "y", "g", regression=regression)


def separable(rows, seed=0):
    """A label that follows from two columns, in one of which groups differ much: a model that keeps a tolerance must rank
    rows by the other column."""
    random = numpy.random.default_rng(seed)
    group = random.integers(0, 2, rows)
    x0, x1 = random.normal(size=rows) + 1.2 * group, random.normal(size=rows)
    label = (x0 + 0.6 * x1 + 0.3 * random.normal(size=rows) > 0.6).astype(int)
    frame = pandas.DataFrame({"x0": x0, "x1": x1, "g": [f"g{k}" for k in group], "y": label})
    return Table(f"separable {rows} seed {seed}", frame, "y", "g")


def scikit():
    """Tables that scikit-learn ships; groups are halves of a column."""
    from sklearn import datasets
    cancer = datasets.load_breast_cancer(as_frame=True).frame
    cancer["group"] = numpy.where(cancer["mean smoothness"] > cancer["mean smoothness"].median(), "b", "a")
    diabetes = datasets.load_diabetes(as_frame=True).frame
    diabetes["group"] = numpy.where(diabetes["sex"] > 0, "b", "a")
    high = diabetes.copy()
    high["target"] = (high["target"] > high["target"].median()).astype(int)
    return [Table("breast cancer", cancer.drop(columns=["mean smoothness"]), "target", "group"),
            Table("diabetes", diabetes.drop(columns=["sex"]), "target", "group", regression=True),
            Table("diabetes high", high.drop(columns=["sex"]), "target", "group")]


PUBLIC = {
    "adult sex": lambda: adult("sex"), "adult race": lambda: adult("race"), "compas2": lambda: compas(2),
    "compas6": lambda: compas(6), "german": german, "ricci": ricci, "hmda": hmda, "admissions": admissions,
    "communities class": lambda: communities(False), "communities": lambda: communities(True),
}
