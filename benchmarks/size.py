"""The size of the stripped library, and the time that a program takes to load it."""

import subprocess
import sys


def run(root):
    library = root / "build" / "libequipoise.so.1"
    code = (
        "import ctypes, time\nstart = time.perf_counter()\n"
        f"ctypes.CDLL({str(library)!r})\nprint(time.perf_counter() - start)")
    seconds = sorted(float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(9))
    line = dict(case="size", who="equipoise", threads=1, runs=9)
    return [
        dict(line, variant="stripped", unit="MB", median=library.stat().st_size / 1e6, minimum=0, maximum=0),
        dict(line, variant="dlopen", unit="ms", median=seconds[4] * 1e3, minimum=seconds[0] * 1e3, maximum=seconds[-1] * 1e3),
    ]
