"""Tables of real Arrow producers, through the library and back: pyarrow, DuckDB and polars.

Every case gives a table to eqp_dataset_from_arrow through the C stream interface, takes the dataset back by
eqp_dataset_to_arrow, and compares the values with those that the producer itself reports.
"""

import ctypes
import datetime
import decimal
import gc
import itertools
import math
import os
import re
import sys
import tempfile
import types

import duckdb
import polars
import pyarrow as pa
from pyarrow import parquet

library = ctypes.CDLL(sys.argv[1])
library.eqp_error_message.restype = ctypes.c_char_p
library.eqp_dataset_rows.restype = ctypes.c_int64
for name in ("eqp_dataset_rows", "eqp_dataset_free", "eqp_error_message", "eqp_error_free"):
    getattr(library, name).argtypes = [ctypes.c_void_p]


class Stream(ctypes.Structure):
    """struct ArrowArrayStream."""

    _fields_ = [(name, ctypes.c_void_p) for name in ("schema", "next", "error", "release", "private")]


def refusal(error):
    message = library.eqp_error_message(error).decode()
    library.eqp_error_free(error)
    return message


def taken(reader):
    """The dataset's handle, or the message of the error."""
    stream, dataset, error = Stream(), ctypes.c_void_p(), ctypes.c_void_p()
    reader._export_to_c(ctypes.addressof(stream))
    status = library.eqp_dataset_from_arrow(ctypes.byref(stream), None, ctypes.byref(dataset), ctypes.byref(error))
    assert not stream.release, "the stream is the library's, whether or not the call succeeds"
    return (None, refusal(error)) if status else (dataset, None)


def given(dataset):
    """The dataset as a pyarrow table, which outlives the handle."""
    stream, error = Stream(), ctypes.c_void_p()
    status = library.eqp_dataset_to_arrow(dataset, ctypes.byref(stream), ctypes.byref(error))
    assert status == 0, refusal(error)
    library.eqp_dataset_free(dataset)
    table = pa.RecordBatchReader._import_from_c(ctypes.addressof(stream)).read_all()
    table.validate(full=True)
    return table


def through(source):
    reader = source if isinstance(source, pa.RecordBatchReader) else source.to_reader()
    dataset, message = taken(reader)
    assert dataset, message
    return given(dataset).to_pydict()


passed, failed = 0, 0


def case(title):
    def run(body):
        global passed, failed
        try:
            body()
            gc.collect()
            print(f"ok      {title}")
            passed += 1
        except Exception as problem:  # a failing case must not hide the others
            print(f"FAILED  {title}: {type(problem).__name__}: {problem}")
            failed += 1

    return run


def expect(actual, expected):
    assert actual == expected, f"{actual} is not {expected}"


NUMBERS = [1, None, -3, 100, 0]


@case("integers of every width, with nulls")
def _():
    types = [pa.int8(), pa.int16(), pa.int32(), pa.int64()]
    table = pa.table({str(kind): pa.array(NUMBERS, kind) for kind in types})
    expect(through(table), {str(kind): NUMBERS for kind in types})
    unsigned = [pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
    table = pa.table({str(kind): pa.array([7, None, 200], kind) for kind in unsigned})
    expect(through(table), {str(kind): [7, None, 200] for kind in unsigned})


@case("an unsigned number that no signed one holds is refused by its row")
def _():
    _, message = taken(pa.table({"big": pa.array([1, 2**63], pa.uint64())}).to_reader())
    assert "big" in message and "row 1" in message and "9223372036854775808" in message, message


@case("floats of every width: values, infinities, subnormals; NaN and null are both missing")
def _():
    values = [0.5, None, -2.0, math.inf, float("nan"), 2.0**-24, 65504.0]
    for kind in (pa.float16(), pa.float32(), pa.float64()):
        expect(
            through(pa.table({"x": pa.array(values, kind)})),
            {"x": [0.5, None, -2.0, math.inf, None, 2.0**-24, 65504.0]},
        )


@case("booleans are 0 and 1")
def _():
    values = [True, False, None] * 11
    expect(through(pa.table({"b": values})), {"b": [None if v is None else int(v) for v in values]})


TEXTS = ["Ada", "", None, "Ærøskøbing, a name of more than twelve bytes", "名前", "x" * 1000]


@case("utf8, large_utf8 and utf8_view")
def _():
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        expect(through(pa.table({"t": pa.array(TEXTS, kind)})), {"t": TEXTS})


@case("dictionaries of texts and numbers, with null codes and null words")
def _():
    words = pa.DictionaryArray.from_arrays(
        pa.array([2, 0, None, 1, 2], pa.int8()), pa.array(["Male", None, "Female"])
    )
    expect(through(pa.table({"sex": words})), {"sex": ["Female", "Male", None, None, "Female"]})
    numbers = pa.DictionaryArray.from_arrays(pa.array([1, 0, 1], pa.uint16()), pa.array([10, 20]))
    expect(through(pa.table({"n": numbers})), {"n": [20, 10, 20]})


@case("a dictionary that differs from batch to batch")
def _():
    batches = [
        pa.record_batch({"g": pa.array(values).dictionary_encode()}) for values in (["a", "b"], ["c", "a", "b"])
    ]
    reader = pa.RecordBatchReader.from_batches(batches[0].schema, batches)
    expect(through(reader), {"g": ["a", "b", "c", "a", "b"]})


@case("dates and timestamps of every unit are ISO 8601 texts, before 1970 and on leap days too")
def _():
    days = [datetime.date(1986, 4, 26), None, datetime.date(1900, 2, 28), datetime.date(2000, 2, 29)]
    shown = ["1986-04-26", None, "1900-02-28", "2000-02-29"]
    for kind in (pa.date32(), pa.date64()):
        expect(through(pa.table({"d": pa.array(days, kind)})), {"d": shown})
    moment = datetime.datetime(1969, 12, 31, 23, 59, 58, 250000)
    for unit, text in (
        ("s", "1969-12-31 23:59:58"),
        ("ms", "1969-12-31 23:59:58.25"),
        ("us", "1969-12-31 23:59:58.25"),
        ("ns", "1969-12-31 23:59:58.25"),
    ):
        array = pa.array([moment if unit != "s" else moment.replace(microsecond=0)], pa.timestamp(unit))
        expect(through(pa.table({"t": array})), {"t": [text]})


@case("decimals of 32 to 256 bits and negative scales")
def _():
    values = [decimal.Decimal("123.45"), None, decimal.Decimal("-0.01"), decimal.Decimal("0.00")]
    for kind in (pa.decimal32(9, 2), pa.decimal64(18, 2), pa.decimal128(38, 2), pa.decimal256(76, 2)):
        expect(through(pa.table({"m": pa.array(values, kind)})), {"m": [123.45, None, -0.01, 0.0]})
    expect(through(pa.table({"m": pa.array([decimal.Decimal(-1200)], pa.decimal128(5, -2))})), {"m": [-1200.0]})


@case("a null column, and fixed-size lists of floats")
def _():
    expect(through(pa.table({"n": pa.nulls(3)})), {"n": [None] * 3})
    blocks = pa.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], pa.list_(pa.float32(), 2))
    expect(through(pa.table({"e": blocks.slice(1)})), {"e": [[3.0, 4.0], [5.0, 6.0]]})


@case("slices with offsets, of every kind of column")
def _():
    table = pa.table(
        {
            "i": pa.array(range(100), pa.int16()),
            "b": pa.array([row % 3 == 0 if row % 7 else None for row in range(100)]),
            "t": pa.array([f"text {row}" if row % 5 else None for row in range(100)]),
            "d": pa.array([f"word {row % 4}" for row in range(100)]).dictionary_encode(),
            "v": pa.array([f"a long enough text {row}" for row in range(100)], pa.string_view()),
        }
    )
    part = table.slice(13, 61)
    expected = part.to_pydict()
    expected["b"] = [None if v is None else int(v) for v in expected["b"]]
    expect(through(part), expected)


@case("a struct array's own offset and missing rows")
def _():
    table = pa.StructArray.from_arrays(
        [pa.array([1, 2, 3, 4]), pa.array(["a", "b", "c", "d"])], ["n", "t"]
    ).slice(1, 2)
    batch = pa.RecordBatch.from_struct_array(table)
    expect(through(pa.Table.from_batches([batch])), {"n": [2, 3], "t": ["b", "c"]})


@case("several batches, some of them empty, and a stream of none")
def _():
    schema = pa.schema({"n": pa.int32(), "t": pa.string()})
    batches = [pa.record_batch({"n": range(k), "t": [str(k)] * k}, schema=schema) for k in (3, 0, 5, 1)]
    expect(
        through(pa.RecordBatchReader.from_batches(schema, batches)),
        pa.Table.from_batches(batches).to_pydict(),
    )
    expect(through(pa.RecordBatchReader.from_batches(schema, [])), {"n": [], "t": []})


@case("a type that no column holds is named with its column")
def _():
    for values, kind in (([[1]], pa.list_(pa.int8())), ([b"x"], pa.binary()), ([5], pa.time32("s"))):
        _, message = taken(pa.table({"odd": pa.array(values, kind)}).to_reader())
        assert message and "odd" in message, message


@case("a producer that fails half way passes its words on")
def _():
    def batches():
        yield pa.record_batch({"n": [1]})
        raise ValueError("the disk is gone")

    _, message = taken(pa.RecordBatchReader.from_batches(pa.schema({"n": pa.int64()}), batches()))
    assert "the disk is gone" in message, message


@case("DuckDB: a query's result in many batches, with its decimals, dates, nulls and enums")
def _():
    connection = duckdb.connect()
    connection.execute("CREATE TYPE answer AS ENUM ('no', 'yes')")
    query = """
        SELECT i, i % 3 = 0 AS third, CASE WHEN i % 5 = 0 THEN NULL ELSE 'name ' || i END AS name,
               (i / 4)::DECIMAL(10, 2) AS amount, DATE '2020-02-28' + i::INTEGER AS day,
               (CASE WHEN i % 2 = 0 THEN 'yes' ELSE 'no' END)::answer AS reply, i::UTINYINT AS tiny,
               sum(i) OVER () AS total
        FROM range(200) t(i)"""
    expected = connection.execute(query).fetchall()
    reader = connection.execute(query).to_arrow_reader(50)
    columns = through(reader)
    expect(columns["i"], [row[0] for row in expected])
    expect(columns["third"], [int(row[1]) for row in expected])
    expect(columns["name"], [row[2] for row in expected])
    expect(columns["amount"], [float(row[3]) for row in expected])
    expect(columns["day"], [str(row[4])[:10] for row in expected])
    expect(columns["reply"], [row[5] for row in expected])
    expect(columns["tiny"], [row[6] for row in expected])
    expect(columns["total"], [float(row[7]) for row in expected])


@case("DuckDB queries what the library gives")
def _():
    dataset, message = taken(pa.table({"g": ["a", "b", "a"], "x": [1.0, None, 3.0]}).to_reader())
    assert dataset, message
    people = given(dataset)  # DuckDB finds the table by this name
    expect(duckdb.sql("SELECT g, count(x), sum(x) FROM people GROUP BY g ORDER BY g").fetchall(), [("a", 2, 4.0), ("b", 0, None)])


@case("polars: views, categories and dates")
def _():
    frame = polars.DataFrame(
        {
            "t": TEXTS,
            "c": polars.Series(["x", "y", None, "x", "x", "y"], dtype=polars.Categorical),
            "d": [datetime.date(2024, 2, 29)] * 6,
        }
    )
    expect(
        through(pa.table(frame.to_arrow(compat_level=polars.CompatLevel.newest()))),
        {"t": TEXTS, "c": ["x", "y", None, "x", "x", "y"], "d": ["2024-02-29"] * 6},
    )


@case("the example of docs/auditors.md: a query of DuckDB, and partitions whose sums are merged")
def _():
    with open("docs/auditors.md") as page:
        whole, parts = re.findall(r"```python\n(.*?)```", page.read(), re.S)
    loans = pa.table({
        "repaid": [i * 7 % 10 < 6 for i in range(3000)],
        "score": [i * 7919 % 1000 / 1000 for i in range(3000)],
        "sex": ["female" if i % 3 else "male" for i in range(3000)],
    })

    class Partitions:
        """The part of a Spark table that the example uses."""

        def select(self, *columns):
            self.table = loans.select(columns)
            return self

        def mapInArrow(self, function, schema):
            thirds = [iter(self.table.slice(i, 1000).to_batches(300)) for i in (0, 1000, 2000)] + [iter([])]
            batches = [batch for third in thirds for batch in function(third)]
            self.rows = pa.Table.from_batches(batches).to_pylist()
            return self

        def collect(self):
            return [types.SimpleNamespace(**row) for row in self.rows]

    printed = []
    names = {"duckdb": duckdb, "pyarrow": pa, "itertools": itertools, "loans": Partitions(), "print": printed.append}
    path = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/loans")
        parquet.write_table(loans, f"{folder}/loans/1.parquet")
        query = whole.replace("'loans/", f"'{folder}/loans/").replace('"libequipoise.so"', repr(path))
        exec(query + parts, names)
    assert len(printed) == 2
    for metric in ("selection_rate", "tpr", "fpr"):
        expect(printed[0][metric], printed[1][metric])
    # The scores of 0.5 and above, by sex.
    rates = [
        sum(i * 7919 % 1000 >= 500 for i in rows) / len(rows)
        for rows in ([i for i in range(3000) if i % 3], [i for i in range(3000) if i % 3 == 0])
    ]
    assert abs(printed[0]["selection_rate"]["difference"] - abs(rates[0] - rates[1])) < 1e-12, rates


print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(1 if failed else 0)
