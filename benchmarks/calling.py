"""The library in build, and calls of its functions that end the program with the library's message on an error."""

import ctypes
import pathlib
import sys

library = ctypes.CDLL(str(pathlib.Path(__file__).resolve().parent.parent / "build" / "libequipoise.so"))
library.eqp_error_message.restype = ctypes.c_char_p


def call(function, *arguments):
    error = ctypes.c_void_p()
    if getattr(library, function)(*arguments, ctypes.byref(error)):
        sys.exit(library.eqp_error_message(error).decode())


def handle(function, *arguments):
    """What a function gives through its last parameter before the error."""
    result = ctypes.c_void_p()
    call(function, *arguments, ctypes.byref(result))
    return result
