"""Reading the three tables with the readers that Python has. csv_readers.py <threads> <folder>

Each reader as it comes, with the types that it finds itself, to the columns of its own kind of table.
"""

import os
import sys

threads = int(sys.argv[1])
os.environ["POLARS_MAX_THREADS"] = str(threads)

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.csv
from timing import measure, report

pyarrow.set_cpu_count(threads)
database = duckdb.connect()
database.execute(f"SET threads = {threads}")

READERS = {
    "pandas (C reader)": lambda path: pandas.read_csv(path, engine="c"),
    "pandas (pyarrow)": lambda path: pandas.read_csv(path, engine="pyarrow"),
    "pyarrow": lambda path: pyarrow.csv.read_csv(path, pyarrow.csv.ReadOptions(use_threads=threads > 1)),
    "polars": lambda path: polars.read_csv(path),
    "DuckDB": lambda path: database.sql(f"SELECT * FROM read_csv('{path}')").to_arrow_table(),
}
for name in ("numbers.csv", "text.csv", "mixed.csv"):
    for who, read in READERS.items():
        seconds = measure(lambda: read(f"{sys.argv[2]}/{name}"), 7)
        report("csv", name, who, "ms", seconds, 1e3)
