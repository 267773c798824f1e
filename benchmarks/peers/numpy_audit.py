"""The seven metrics computed by hand from the counts of cells by numpy's bincount."""

import numpy
import rows
from timing import measure, report


def by_hand(y, p, a, b):
    c = numpy.bincount(((a * 5 + b) << 2) | (y << 1) | p, minlength=40).reshape(10, 4).astype(float)
    tn, fp, fn, tp = c.T
    n = c.sum(1)
    return (tp + tn) / n, (tp + fp) / n, tp / (tp + fn), fp / (fp + tn), fn / (tp + fn), tn / (fp + tn), tp / (tp + fp)


for count, size in ((1_000_000, "1 million"), (10_000_000, "10 million")):
    y, p, a, b = rows.make(count)
    whole = measure(lambda: by_hand(y, p, a, b), 5)
    cells = ((a * 5 + b) << 2) | (y << 1) | p
    bare = measure(lambda: numpy.bincount(cells, minlength=40), 9)
    for variant in ("first", "again"):
        report("audit", f"{size} rows, {variant}", "numpy, cells and bincount", "ms", whole, 1e3)
        report("audit", f"{size} rows, {variant}", "numpy, bincount alone", "ms", bare, 1e3)
