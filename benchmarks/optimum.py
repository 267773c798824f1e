"""The solution of a convex problem with defaults, compared with an independent solver's: logistic regression under each
constraint on Adult, COMPAS and German credit, on the smooth signal (`"judged_by": "signal"`), without a margin.

    optimum.py [--library build/libequipoise.so] [--tables adult,compas,german] [--criteria …]

The solver is SciPy's SLSQP, in double precision, started at the unconstrained optimum. Columns are standardized numbers
and indicators, computed here, so that both see the same matrix. Required are a mean log loss within 0.5% of the solver's,
and gaps at most 0.001 above the tolerance, which is half the unconstrained gap (for bounded_group_loss, halfway between
the largest group's loss and its minimum).
"""

import argparse
import pathlib
import tempfile

import numpy
import pandas
from scipy import optimize

import promise
import promise_tables as tables

CRITERIA = ("demographic_parity", "equal_opportunity", "equalized_odds", "accuracy_parity", "predictive_parity",
            "bounded_group_loss")


def matrix(table):
    """Standardized columns (rows, columns), labels, codes of groups."""
    frame = table.frame.drop(columns=[table.label, table.group])
    frame = frame[[name for name in frame.columns if frame[name].dtype.kind in "ifb" or frame[name].nunique() < 20]]
    numbers = pandas.get_dummies(frame, dummy_na=False, drop_first=True).astype(float)
    numbers = numbers.fillna(numbers.mean())
    numbers = numbers.loc[:, numbers.std() > 0]
    # A column that depends linearly on others makes the solver's quadratic programs singular.
    keep, basis = [], numpy.zeros((len(numbers), 0))
    for name in numbers:
        column = ((numbers[name] - numbers[name].mean()) / numbers[name].std(ddof=0)).to_numpy()
        rest = column - basis @ (basis.T @ column)
        if numpy.linalg.norm(rest) > 1e-3 * numpy.linalg.norm(column):
            basis = numpy.column_stack([basis, rest / numpy.linalg.norm(rest)])
            keep.append(name)
    x = numbers[keep].to_numpy()
    x = numpy.float32((x - x.mean(0)) / x.std(0)).astype(float)
    y = (table.frame[table.label] == (table.positive or 1)).to_numpy(float)
    return x, y, pandas.factorize(table.frame[table.group])[0]


def chance(z):
    return 1 / (1 + numpy.exp(-numpy.clip(z, -500, 500)))


class Problem:
    def __init__(self, x, y, g, criterion):
        self.x, self.y, self.g, self.criterion = numpy.column_stack([x, numpy.ones(len(x))]), y, g, criterion
        self.groups = range(g.max() + 1)

    def loss(self, z):
        return float(numpy.mean(numpy.logaddexp(0, z) - self.y * z))

    def loss_and_slope(self, w):
        z = self.x @ w
        return self.loss(z), self.x.T @ (chance(z) - self.y) / len(z)

    def values(self, z):
        """For each statistic, the groups' values and their gradients with respect to the weights, at logits z (rows)."""
        p, y = chance(z), self.y
        slope = p * (1 - p)
        result = []
        def ratio(n, dn, d, dd):
            found = []
            for group in self.groups:
                rows = self.g == group
                top, bottom = n[rows].sum(), d[rows].sum()
                value = top / bottom
                found.append((value, self.x[rows].T @ ((dn - value * dd)[rows]) / bottom))
            result.append(found)
        one, zero = numpy.ones_like(p), numpy.zeros_like(p)
        if self.criterion == "demographic_parity": ratio(p, slope, one, zero)
        if self.criterion in ("equal_opportunity", "equalized_odds"): ratio(p * y, slope * y, y, zero)
        if self.criterion == "equalized_odds": ratio(p * (1 - y), slope * (1 - y), 1 - y, zero)
        if self.criterion == "accuracy_parity": ratio(y * p + (1 - y) * (1 - p), slope * (2 * y - 1), one, zero)
        if self.criterion == "predictive_parity": ratio(p * y, slope * y, p, slope)
        if self.criterion == "bounded_group_loss": ratio(numpy.logaddexp(0, z) - y * z, p - y, one, zero)
        return result

    def gap(self, z):
        if self.criterion == "bounded_group_loss":
            return max(value for value, _ in self.values(z)[0])
        return max(max(v for v, _ in found) - min(v for v, _ in found) for found in self.values(z))

    def inequalities(self, w, tolerance):
        """The numbers constrained to be at least 0, with their gradients."""
        rows = []
        for found in self.values(self.x @ w):
            if self.criterion == "bounded_group_loss":
                rows += [(tolerance - value, -slope) for value, slope in found]
                continue
            for a in self.groups:
                rows += [(tolerance - found[a][0] + found[b][0], found[b][1] - found[a][1])
                         for b in self.groups if a != b]
        return rows

    def free(self):
        return optimize.minimize(self.loss_and_slope, numpy.zeros(self.x.shape[1]), jac=True, method="L-BFGS-B",
                                 options=dict(maxiter=2000, ftol=1e-14)).x

    def least(self, start):
        """The minimum of the largest of the groups' losses, as the minimum of a smooth maximum."""
        def worst(w):
            values = self.values(self.x @ w)[0]
            losses = numpy.array([value for value, _ in values])
            shares = numpy.exp(500 * (losses - losses.max()))
            return (losses.max() + numpy.log(shares.sum()) / 500,
                    sum(share * slope for share, (_, slope) in zip(shares / shares.sum(), values)))
        return self.gap(self.x @ optimize.minimize(worst, start, jac=True, method="L-BFGS-B",
                                                   options=dict(maxiter=2000)).x)

    def solve(self, start, tolerance):
        found = optimize.minimize(
            self.loss_and_slope, start, jac=True, method="SLSQP", options=dict(maxiter=400, ftol=1e-10),
            constraints=[dict(type="ineq", fun=lambda w: numpy.array([v for v, _ in self.inequalities(w, tolerance)]),
                              jac=lambda w: numpy.array([s for _, s in self.inequalities(w, tolerance)]))])
        return found.x


def main(arguments=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", default=promise.ROOT / "build" / "libequipoise.so")
    parser.add_argument("--tables", default="adult,compas,german")
    parser.add_argument("--criteria", default=",".join(CRITERIA))
    options = parser.parse_args(arguments)
    library = promise.Library(options.library)
    sources = dict(adult=lambda: tables.adult("sex"), compas=lambda: tables.compas(2), german=tables.german)
    for name in options.tables.split(","):
        table = sources[name]()
        x, y, g = matrix(table)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "rows.csv"
            frame = pandas.DataFrame(numpy.float32(x), columns=[f"x{i}" for i in range(x.shape[1])])
            frame["y"], frame["g"] = y.astype(int), [f"g{code}" for code in g]
            frame.to_csv(path, index=False)
            dataset = library.open(path)
            for criterion in options.criteria.split(","):
                problem = Problem(x, y, g, criterion)
                x1 = problem.x
                free = problem.free()
                tolerance = problem.gap(x1 @ free) / 2
                if criterion == "bounded_group_loss":
                    tolerance = (problem.gap(x1 @ free) + problem.least(free)) / 2
                solved = problem.solve(free, tolerance)
                base = library.new({"kind": "logistic"})
                started = promise.time.monotonic()
                model, report = library.finetune(base, dataset, {
                    "data": {"label": "y", "positive": "1", "sensitive": ["g"],
                             "include": [f"x{i}" for i in range(x.shape[1])]},
                    "encoding": {"scale": "none"},
                    "fairness": [{"objective": criterion, "tolerance": tolerance, "judged_by": "signal",
                                  "confidence": 0.5}]}, validation=dataset)
                seconds = promise.time.monotonic() - started
                scores = library.scores(model, dataset, folder)["score"].to_numpy(float)
                scores = numpy.clip(scores, 1e-7, 1 - 1e-7)
                z, optimum, start = numpy.log(scores / (1 - scores)), x1 @ solved, x1 @ free
                ours, theirs = problem.loss(z), problem.loss(optimum)
                print(f"{name:7} {criterion:19} tolerance {tolerance:.4f} free {problem.loss(start):.5f} "
                      f"{problem.gap(start):.4f} SLSQP {theirs:.5f} {problem.gap(optimum):.4f} ours {ours:.5f} "
                      f"{problem.gap(z):.4f} ({100 * (ours / theirs - 1):+.2f}%, excess {problem.gap(z) - tolerance:+.4f}) "
                      f"{seconds:.2f}s", flush=True)
                library.c.eqp_model_free(model)
                library.c.eqp_model_free(base)
            library.c.eqp_dataset_free(dataset)


if __name__ == "__main__":
    main()
