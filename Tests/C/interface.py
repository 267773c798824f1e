#!/usr/bin/env python3
"""Calls every function that api.json lists with empty arguments: NULL for each pointer, 0 for each number. A function
that can fail must return EQP_INVALID_ARGUMENT at a parameter that api.json says is required, or succeed if there is none.
A function that cannot fail must return. Prints every violation.

  interface.py LIBRARY
"""
import ctypes
import json
import pathlib
import sys

root = pathlib.Path(__file__).resolve().parents[2]
api = json.loads((root / "include/equipoise/api.json").read_text())
library = ctypes.CDLL(sys.argv[1])
library.eqp_error_location.restype = ctypes.c_char_p
library.eqp_error_location.argtypes = [ctypes.c_void_p]
library.eqp_error_free.argtypes = [ctypes.c_void_p]
INVALID_ARGUMENT = next(entry["value"] for entry in api["constants"] if entry["name"] == "EQP_INVALID_ARGUMENT")
NUMBERS = {"int32_t": ctypes.c_int32, "eqp_status": ctypes.c_int32, "int64_t": ctypes.c_int64, "size_t": ctypes.c_size_t}
failures = 0


def check(condition, text):
    global failures
    if not condition:
        failures += 1
        print(text)


for entry in api["functions"]:
    name = entry["name"]
    parameters = entry["parameters"]
    call = library[name]  # a separate object, unlike library.name
    call.restype = None if entry["returns"]["type"] == "void" else NUMBERS.get(
        entry["returns"]["type"], ctypes.c_void_p)
    call.argtypes = [NUMBERS.get(item["type"], ctypes.c_void_p) for item in parameters]
    fails = bool(parameters) and parameters[-1]["type"] == "eqp_error **"
    error = ctypes.c_void_p()
    arguments = [0 if item["type"] in NUMBERS else None for item in parameters]
    if fails:
        arguments[-1] = ctypes.byref(error)
    result = call(*arguments)
    needed = {item["name"] for item in parameters if item.get("nullable") is False}
    if fails:
        location = library.eqp_error_location(error).decode()
        check((result == INVALID_ARGUMENT) == bool(needed), f"{name}: status {result}, though {needed or 'nothing'} is needed")
        check(result == 0 or not needed or location in needed,
              f"{name}: the error names \"{location}\", which api.json does not say is needed ({needed})")
        library.eqp_error_free(error)
    elif entry["returns"].get("nullable") is False:
        check(result, f"{name}: NULL, which api.json says it never gives")
print(f"{len(api['functions'])} functions, {failures} wrong")
sys.exit(1 if failures else 0)
