"""Random tables, compared with an independent reader that was written from docs/tables.md and shares no code with the
library.

    random_tables.py <libequipoise.so> [COUNT]     COUNT tables of each kind, by default 50

Kinds: types (integers, numbers, texts, leading zeros, ids beyond 64 bits), missing markers, quoting (delimiters, line
ends, quotes and blanks in cells), delimiters with decimal commas and thousands, and JSON Lines. Compared are each
column's type, its missing cells and its values.
"""

import ctypes
import json
import pathlib
import random
import sys
import tempfile

library = ctypes.CDLL(sys.argv[1])
count = int(sys.argv[2]) if len(sys.argv) > 2 else 50
library.eqp_error_message.restype = ctypes.c_char_p
library.eqp_dataset_describe.restype = ctypes.c_void_p
library.eqp_dataset_cell_text.restype = ctypes.c_char_p
library.eqp_dataset_cell_text.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64]
library.eqp_free.argtypes = [ctypes.c_void_p]
MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"]
MISSING_NUMBERS = ["-", "--", "n/a", "#N/A", "<NA>", "#VALUE!", "#DIV/0!"]
WORDS = ["red", "Blue", "déjà vu", "東京", "O'Neil", "true", "1.2.3", "12a", "-x", "e5", "a b", "x" * 40]


def opened(path, options):
    """[(name, type, values)] as the library reads them, with None for missing values; or the error's message."""
    dataset, error = ctypes.c_void_p(), ctypes.c_void_p()
    if library.eqp_dataset_open(str(path).encode(), json.dumps(options).encode(), None, ctypes.byref(dataset), ctypes.byref(error)):
        return library.eqp_error_message(error).decode()
    told = library.eqp_dataset_describe(dataset)
    description = json.loads(ctypes.string_at(told))
    library.eqp_free(told)
    rows, columns = description["rows"], []
    for column in description["columns"]:
        name = column["name"].encode()
        if column["type"] == "text":
            cells = [library.eqp_dataset_cell_text(dataset, name, row) for row in range(rows)]
            values = [None if cell is None else cell.decode() for cell in cells]
        else:
            numbers = (ctypes.c_double * rows)()
            assert not library.eqp_dataset_column_f64(dataset, name, numbers, ctypes.c_size_t(rows), ctypes.byref(error))
            values = [None if number != number else number for number in numbers]
        columns.append((column["name"], column["type"], values))
    library.eqp_dataset_free(dataset)
    return columns


# ---- The independent reading


def is_integer(cell):
    digits = cell[1:] if cell[:1] in "+-" else cell
    return digits.isascii() and digits.isdigit()


def is_number(cell):
    body = cell[1:] if cell[:1] in ("+", "-") else cell
    mantissa, *exponent = body.lower().split("e")
    if len(exponent) > 1 or exponent and not is_integer(exponent[0]):
        return False
    whole, *fraction = mantissa.split(".")
    return len(fraction) < 2 and whole.isascii() and whole.isdigit() and all(part.isascii() and part.isdigit() for part in fraction)


def has_leading_zero(cell):
    body = cell.lstrip("+-")
    return len(body) > 1 and body[0] == "0" and body[1].isdigit()


def column(cells, options):
    """(type, values) of (text, quoted) cells according to docs/tables.md, "Types" and "Missing values"."""

    def plain(text):
        for sign in options.get("signs", []):
            text = text.removeprefix(sign).removesuffix(sign).strip(" ") if text not in MISSING else text
        if "thousands" in options:
            text = text.replace(options["thousands"], "")
        return text.replace(options["decimal"], ".") if "decimal" in options else text

    present = [text for text, _ in cells if text not in MISSING]
    numeric = [plain(text) for text in present if text not in MISSING_NUMBERS]
    # A column without values is a column of numbers, unless a quoted cell makes it text.
    if not present and not any(own for _, own in cells):
        return "float64", [None for _ in cells]
    good = all(is_number(text) and not has_leading_zero(text) for text in numeric) and numeric
    if good:
        integers = [text for text in numeric if is_integer(text)]
        if len(integers) == len(numeric) and all(-(2**63) <= int(text) < 2**63 for text in integers):
            kind = "int64"
        elif all(int(float(int(text))) == int(text) for text in integers):
            kind = "float64"
        else:
            good = False
    if good:
        gone = set(MISSING) | set(MISSING_NUMBERS)
        return kind, [None if text in gone else float(plain(text)) for text, _ in cells]
    return "text", [None if text in MISSING and not quoted else text for text, quoted in cells]


# ---- Random tables


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def written(draw, table, delimiter, quoting):
    """The table as text, and its cells as (text, quoted)."""
    lines, cells = [], []
    for row in table:
        line, own = [], []
        for text in row:
            needs = any(mark in text for mark in (delimiter, '"', "\n", "\r")) or text != text.strip(" \t") or text == ""and len(row) == 1
            if needs or draw.random() < quoting:
                line.append(quoted(text))
                own.append((text, True))
            else:
                blanks = " " * draw.choice([0, 0, 0, 1, 2]) if delimiter != " " else ""
                line.append(blanks + text + blanks)
                own.append((text, False))
        lines.append(delimiter.join(line))
        cells.append(own)
    end = draw.choice(["\n", "\r\n"])
    return end.join(lines) + draw.choice(["", end]), cells


def integer(draw):
    return str(draw.choice([draw.randint(0, 9), draw.randint(-999, 9999), draw.randint(-(2**63), 2**63 - 1), 2**63 - 1, -(2**63)]))


def number(draw):
    return draw.choice(
        [str(draw.uniform(-1e3, 1e3)), f"{draw.uniform(0, 1e6):.2f}", f"{draw.uniform(-9, 9):.6e}", str(draw.randint(-50, 50)), "0.1", "1e-300", "-0.0"])


KINDS = {
    "integer": integer,
    "number": number,
    "small": lambda draw: str(draw.randint(0, 3)),
    "word": lambda draw: draw.choice(WORDS),
    "code": lambda draw: f"{draw.randint(0, 99999):05d}",
    "id": lambda draw: str(draw.randint(10**19, 10**21)),
    "mixed": lambda draw: draw.choice([integer, number, lambda d: d.choice(WORDS)])(draw),
    "large number": lambda draw: draw.choice([str(2**53 + draw.randint(0, 3)), "0.5", str(2**60)]),
}


def values(draw, kind, rows, missing, markers=MISSING):
    return [draw.choice(markers) if draw.random() < missing else KINDS[kind](draw) for _ in range(rows)]


def transposed(columns):
    return [list(row) for row in zip(*columns)]


def a_table(draw, kind):
    """(text, ending, options, columns) with the columns as (type, values)."""
    rows, width = draw.randint(1, 40), draw.randint(2, 6)
    options, delimiter, quoting = {}, ",", 0.1
    names = [f"c{place}" for place in range(width)]
    kinds = [draw.choice(list(KINDS)) for _ in range(width)]
    if kind == "types":
        columns = [values(draw, own, rows, 0.05) for own in kinds]
    elif kind == "missing":
        markers = MISSING + draw.sample(MISSING_NUMBERS, draw.randint(0, 3))
        columns = [values(draw, own, rows, 0.4, markers) for own in kinds]
    elif kind == "quoting":
        pieces = ["a", "7", ",", '"', "\n", "\r\n", " ", ";", "NA", "é", ""]
        columns = [["".join(draw.choices(pieces, k=draw.randint(1, 6))) for _ in range(rows)] for _ in kinds]
        quoting = 0.5
    elif kind == "forms":
        delimiter = draw.choice([";", "\t", "|"])
        options = {"delimiter": delimiter, "format": "csv"}
        if draw.random() < 0.6:
            options["decimal"] = ","
        if draw.random() < 0.5:
            options["thousands"] = "." if "decimal" in options else ","
        columns = []
        for own in kinds:
            made = values(draw, draw.choice(["word", "number", "small", "integer"]) if own else own, rows, 0.1)
            if "decimal" in options:
                made = [text.replace(".", ",") if is_number(text) else text for text in made]
            columns.append(made)
    else:
        return json_lines(draw, names, kinds, rows)
    text, cells = written(draw, [names, *transposed(columns)], delimiter, quoting)
    return text, "csv", options, [column([row[place] for row in cells[1:]], options) for place in range(width)], names


def json_lines(draw, names, kinds, rows):
    """Objects with numbers, texts, truth values and nulls; a member may be absent."""
    lines, columns = [], [[] for _ in names]
    for _ in range(rows):
        members = []
        for place, (name, kind) in enumerate(zip(names, kinds)):
            cell = KINDS[kind](draw)
            if draw.random() < 0.1:
                if draw.random() < 0.5:
                    members.append(f'"{name}": null')
                columns[place].append(None)
            elif kind in ("integer", "number", "small", "large number"):
                members.append(f'"{name}": {cell}')
                columns[place].append((cell, False))
            else:
                members.append(f'"{name}": {json.dumps(cell, ensure_ascii=draw.random() < 0.5)}')
                columns[place].append((cell, True))
        lines.append("{" + ", ".join(members) + "}")
    seen = [name for line in lines for name in json.loads(line)]
    order = list(dict.fromkeys(seen))
    found = []
    for name in order:
        cells = columns[names.index(name)]
        texts = [cell for cell in cells if cell is not None]
        integers = [cell for cell, isText in texts if not isText and is_integer(cell)]
        if not texts:
            kind = "float64"
        elif all(not isText for _, isText in texts):
            if len(integers) == len(texts) and all(-(2**63) <= int(cell) < 2**63 for cell in integers):
                kind = "int64"
            elif all(int(float(int(cell))) == int(cell) for cell in integers):
                kind = "float64"
            else:
                kind = "text"
        else:
            kind = "text"
        if kind == "text":
            found.append((kind, [None if cell is None else shortest(*cell) for cell in cells]))
        else:
            found.append((kind, [None if cell is None else float(cell[0]) for cell in cells]))
    return "\n".join(lines) + "\n", "jsonl", {}, found, order


def shortest(cell, isText):
    """A number among texts, in its shortest form."""
    if isText or is_integer(cell):
        return cell
    return float(cell)


def alike(mine, theirs):
    """Columns that are equal; a number among texts may be written in any form."""
    if isinstance(theirs, str) or len(mine) != len(theirs):
        return False
    return all(
        name == other and kind == found and len(cells) == len(values) and all(
            (float(value) == cell if isinstance(cell, float) and isinstance(value, str) else value == cell)
            for cell, value in zip(cells, values))
        for (name, kind, cells), (other, found, values) in zip(mine, theirs))


passed, failed = 0, 0
with tempfile.TemporaryDirectory() as folder:
    for kind in ("types", "missing", "quoting", "forms", "json"):
        different, first = 0, None
        for trial in range(count):
            draw = random.Random(f"{kind} {trial}")
            text, ending, options, expected, names = a_table(draw, kind)
            if not names:
                continue
            path = pathlib.Path(folder) / f"table.{ending}"
            path.write_bytes(text.encode())
            found = opened(path, options)
            wanted = [(name, *own) for name, own in zip(names, expected)]
            if not alike(wanted, found):
                different += 1
                if first is None:
                    first = (trial, text[:600], options, found if isinstance(found, str) else [
                        (name, mine, own) for (name, *mine), (_, *own) in zip(wanted, found) if mine != own])
        passed, failed = (passed + 1, failed) if different == 0 else (passed, failed + 1)
        print(f"{'ok     ' if different == 0 else 'FAILED '} {count} random tables of the kind {kind}: {different} read otherwise")
        if first:
            print(f"        table {first[0]}, options {first[2]}:\n{first[1]}\n        {str(first[3])[:1500]}")
print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(failed > 0)
