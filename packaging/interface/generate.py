#!/usr/bin/env python3
"""Generates the files that bindings need from include/equipoise/equipoise.h:

  include/equipoise/equipoise_ffi.h           the declarations without macros and comments
  include/equipoise/api.json                  functions with ownership, out-parameters and nullability
  bindings/rust/equipoise-sys/src/functions.rs  the functions for Rust
  docs/functions.md                           the header for reading, with a list of its functions

  generate.py            writes them
  generate.py --check    fails, and shows the differences, where they are not up to date

Facts that C's types do not express are read from the header's comments, whose wording is fixed: a parameter's paragraph
begins with "out:" or "out, may be NULL:", and says "may be NULL", "NULL:" and "release with eqp_..."; a result's says
"release with" and "NULL for" or "NULL when".
"""
import difflib
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADER = ROOT / "include/equipoise/equipoise.h"
TOKEN = re.compile(r"/\*.*?\*/|[A-Za-z_]\w*|\d+|[{}();,=*\[\]]", re.S)
# JSON with options, which may be NULL or "".
OPTIONS = {"options_json", "config_json", "architecture_json", "rule_json"}
HANDLES = re.compile(r"^typedef struct (eqp_\w+) \1;$", re.M)


def fail(message):
    sys.exit(f"{HEADER}: {message}")


def declarations(text):
    """The header without its preprocessor lines, as (comment, declaration) pairs in order; a section's comment alone."""
    start = text.index("/* ---- Versions")
    end = text.rindex("#ifdef __cplusplus")
    body = re.sub(r"^#.*$", "", text[start:end], flags=re.M)
    found, comment, depth, current = [], "", 0, ""
    for token in re.split(r"(/\*.*?\*/|[{};])", body, flags=re.S):
        if token.startswith("/*"):
            if depth == 0 and not current.strip():
                if token.startswith("/* ----"):
                    found.append((token, ""))
                comment = token
            continue
        current += token
        depth += {"{": 1, "}": -1}.get(token, 0)
        if token == ";" and depth == 0:
            found.append((comment, " ".join(current.split())))
            # A declaration immediately after another one shares its comment: eqp_dataset_add_f32 and _f64.
            current = ""
    return found


def plain(comment):
    """A comment's lines without its marks."""
    lines = [re.sub(r"^\s*(/\*|\*)\s?", "", line) for line in comment.removesuffix("*/").split("\n")]
    return [line.rstrip() for line in lines]


def paragraphs(comment):
    """The entry for each name in the comment's list: {"dataset": "out: release with eqp_dataset_free"}."""
    said, names, columns = {}, [], 0
    for line in plain(comment):
        match = re.match(r"^  (\w+(?:, \w+)*)(  +|$)(.*)$", line)
        if match:
            names, columns = match[1].split(", "), match.end(2)
            for name in names:
                said[name] = match[3]
        elif names and line.startswith("   "):
            for name in names:
                said[name] += " " + line.strip()
        else:
            names = []
    return said


def parameter(text):
    """("const char *", "path") of "const char *path"."""
    match = re.fullmatch(r"(.*?)(\w+)", text.strip())
    return match[1].strip().replace(" *", "*").replace("*", " *").replace("* *", "**"), match[2]


def split_parameters(text):
    parts, depth, current = [], 0, ""
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += character
    return [] if text.strip() == "void" else parts + [current]


def described(kind, name, said, handles):
    """A parameter's direction, nullability and ownership."""
    words = said.get(name, "")
    base = kind.replace("const ", "").replace("struct ", "").rstrip(" *")
    entry = {"name": name, "type": kind}
    release = re.search(r"release with (eqp_\w+)", words)
    if kind == "eqp_error **":
        return entry | {"direction": "out", "nullable": True, "ownership": "caller", "release": "eqp_error_free"}
    if base == "eqp_log_callback":
        return entry | {"direction": "in", "nullable": True, "ownership": "borrowed"}
    if "*" not in kind:
        return entry | {"direction": "in"}
    takes_null = bool(re.search(r"may be NULL|NULL:", words))
    is_out = words.startswith("out")
    if kind.endswith("**") and not kind.startswith("const"):
        if not is_out or not release:
            fail(f"the comment of a function does not say \"out: release with\" of {name} ({kind})")
        return entry | {"direction": "out", "nullable": takes_null, "ownership": "caller", "release": release[1]}
    if kind == "size_t *" or is_out:
        return entry | {"direction": "out", "nullable": takes_null}
    if not kind.startswith("const") and base not in handles and base not in ("void", "ArrowArrayStream"):
        return entry | {"direction": "out", "nullable": takes_null, "ownership": "borrowed"}
    takes_null = takes_null or name in OPTIONS or base == "eqp_hooks"
    owner = "taken" if "taken over" in words else "borrowed"
    return entry | {"direction": "in", "nullable": takes_null, "ownership": owner}


def function(comment, text, section, handles):
    match = re.fullmatch(r"EQP_API (.*?)(eqp_\w+)\((.*)\);", text)
    kind, name = parameter(match[1] + match[2])
    said = paragraphs(comment)
    prose = " ".join(plain(comment))
    parameters = [described(*parameter(part), said, handles) for part in split_parameters(match[3])]
    if name.endswith("_free") or name == "eqp_free":
        parameters[0] |= {"nullable": True, "ownership": "taken"}
    elif not any(entry["type"] == "eqp_error **" for entry in parameters):
        # A function that cannot fail accepts NULL, and its comment says what it returns then.
        for entry in parameters:
            if "*" in entry["type"]:
                entry["nullable"] = True
    result = {"type": kind}
    if kind == "char *":
        result |= {"ownership": "caller", "release": "eqp_free", "nullable": True}
    elif "*" in kind:
        result |= {"ownership": "borrowed", "nullable": bool(re.search(r"\bNULL (for|when)\b", prose))}
    return {"name": name, "section": section, "returns": result, "parameters": parameters}


def parsed(text):
    handles = HANDLES.findall(text)
    api = {"version": "", "abi": 0, "constants": [], "handles": [], "structures": [], "callbacks": [], "functions": []}
    macros = dict(re.findall(r"^#define (EQP_\w+) (\d+)$", text, re.M))
    api["version"] = ".".join(macros[f"EQP_VERSION_{part}"] for part in ("MAJOR", "MINOR", "PATCH"))
    api["abi"] = int(macros["EQP_ABI_VERSION"])
    api["constants"] += [{"name": name, "value": int(value)} for name, value in macros.items()]
    api["handles"] = [{"name": handle, "release": f"{handle}_free"} for handle in handles]
    flat, section = ["enum { " + ", ".join(f"{name} = {value}" for name, value in macros.items()) + " };"], ""
    for comment, text in declarations(text):
        if comment.startswith("/* ----") and not text:
            section = re.sub(r"[^\w,: ]", "", comment.strip("/* \n-")).strip()
            continue
        flat.append(text.replace("EQP_API ", ""))
        if text.startswith("EQP_API"):
            api["functions"].append(function(comment, text, section, handles))
        elif text.startswith("enum"):
            for name, value in re.findall(r"(EQP_\w+) = (\d+)", text):
                api["constants"].append({"name": name, "value": int(value)})
        elif match := re.fullmatch(r"typedef struct (eqp_\w+) \{(.*)\} \1;", text):
            members = [part.strip() for part in match[2].split(";") if part.strip()]
            api["structures"].append({"name": match[1], "members": members})
        elif match := re.fullmatch(r"typedef (.*)\(\*(eqp_\w+)\)\((.*)\);", text):
            api["callbacks"].append(
                {"name": match[2], "returns": match[1].strip(), "parameters": split_parameters(match[3])})
    known = {entry["name"] for entry in api["functions"]}
    for entry in api["handles"]:
        if entry["release"] not in known:
            fail(f"{entry['name']} has no {entry['release']}")
    return flat, api


RUST = {"char": "c_char", "void": "c_void", "float": "f32", "double": "f64", "int32_t": "i32", "uint32_t": "u32",
        "int64_t": "i64", "uint64_t": "u64", "uint8_t": "u8", "size_t": "usize"}


def rust_type(kind):
    kind = kind.replace("struct ", "")
    base = re.match(r"(?:const )?(\w+)", kind)[1]
    result = RUST.get(base, base)
    stars = kind.count("*")
    # From the inside outwards: "const char *const *" is a const pointer to const pointers.
    consts = [kind.startswith("const ")] + [part == "const" for part in re.findall(r"\*(const)?", kind)[:-1]]
    for index in range(stars):
        result = ("*const " if consts[index] else "*mut ") + result
    return result


def rust(api):
    lines = ["//! The header's functions, in its order. The header says what each does and asks for.",
             "//! Made by packaging/interface/generate.py; do not edit.", "", "#![allow(missing_docs)]", "",
             "use crate::arrow::ArrowArrayStream;", "use crate::types::*;", "use std::ffi::{c_char, c_void};", "",
             'extern "C" {']
    for entry in api["functions"]:
        parts = [f"{item['name']}: {rust_type(item['type'])}" for item in entry["parameters"]]
        result = "" if entry["returns"]["type"] == "void" else f" -> {rust_type(entry['returns']['type'])}"
        line = f"    pub fn {entry['name']}({', '.join(parts)}){result};"
        if len(line) > 100 or sum(len(part) for part in parts) > 100:
            line = f"    pub fn {entry['name']}(\n" + "".join(f"        {part},\n" for part in parts) + f"    ){result};"
        lines.append(line)
    return "\n".join(lines + ["}", ""])


def page(text):
    """The header as a page: a list of its functions by section, then each with its declaration and comment."""
    listed, body, section = [], [], ""
    last = None
    for comment, declaration in declarations(text):
        if comment.startswith("/* ----") and not declaration:
            section = re.sub(r"[^\w,: ]", "", comment.strip("/* \n-")).strip()
            listed += ["", f"**{section}**", ""]
            body += ["", f"## {section}"]
            continue
        name = re.search(r"(eqp_\w+)\(", declaration) if declaration.startswith("EQP_API") else None
        words = "\n".join(plain(comment)).strip() if comment is not last else ""
        if name:
            listed.append(f"- [`{name[1]}`](#{name[1]})")
            body += ["", f'<a id="{name[1]}"></a>', "", f"### {name[1]}"]
        body += ["", "```c", wrapped(declaration.replace("EQP_API ", "")), "```"]
        if words:
            body += ["", *prose(words)]
        last = comment
    return "\n".join(
        ["# The functions of the header", "",
         "Made from [include/equipoise/equipoise.h](../include/equipoise/equipoise.h) by `make interface`; the header's",
         "beginning has the conventions (order of arguments, ownership, errors) and an example.", *listed, *body]) + "\n"


def wrapped(declaration):
    """A declaration in lines of at most 100 columns, with one member or parameter on each line if it is longer."""
    if len(declaration) <= 100:
        return declaration
    if "{" in declaration:
        head, rest = declaration.split("{", 1)
        inner, tail = rest.rsplit("}", 1)
        mark = ";" if ";" in inner else ","
        members = [part.strip() for part in inner.split(mark) if part.strip()]
        return head + "{\n" + "".join(f"  {member}{mark}\n" for member in members) + "}" + tail
    head, rest = declaration.split("(", 1)
    return head + "(\n    " + ",\n    ".join(part.strip() for part in split_parameters(rest.rsplit(")", 1)[0])) + ");"


def prose(words):
    """A comment as Markdown: paragraphs as text, indented parts (lists of parameters, examples) verbatim."""
    lines, block = [], False
    for line in words.split("\n"):
        indented = line.startswith("  ")
        if line and indented != block:
            lines += ["```text"] if indented else (["```", ""] if lines and lines[-1] else ["```", ""])
            block = indented
        if not line and block:
            lines.append("")
            continue
        lines.append(line.replace("*", "\\*").replace("<", "&lt;") if not block else line)
    if block:
        lines.append("```")
    # A blank line before the end of a block is moved after it.
    found = []
    for line in lines:
        if line == "```" and found and not found[-1]:
            found.pop()
        if line == "```text" and found and found[-1]:
            found.append("")
        found.append(line)
    return found


def main():
    flat, api = parsed(HEADER.read_text())
    outputs = {
        "include/equipoise/equipoise_ffi.h": "\n".join(flat) + "\n",
        "include/equipoise/api.json": json.dumps(api, indent=1) + "\n",
        "bindings/rust/equipoise-sys/src/functions.rs": rust(api),
        "docs/functions.md": page(HEADER.read_text()),
    }
    stale = False
    for name, text in outputs.items():
        path = ROOT / name
        present = path.read_text() if path.exists() else ""
        if present == text:
            continue
        if "--check" in sys.argv:
            stale = True
            sys.stdout.writelines(difflib.unified_diff(
                present.splitlines(True), text.splitlines(True), name, "from the header"))
        else:
            path.write_text(text)
    if stale:
        sys.exit("what is made from the header is not up to date; run make interface")


main()
