"""Reading the two tables with pandas' C reader. pandas_csv.py <folder>"""

import sys

import pandas
from timing import measure, report

for name in ("numbers.csv", "mixed.csv"):
    seconds = measure(lambda: pandas.read_csv(f"{sys.argv[1]}/{name}", engine="c"), 7)
    report("csv", name, "pandas (C reader)", "ms", seconds, 1e3)
