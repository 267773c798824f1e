"""How every peer in Python is timed, and the line that it prints."""

import json
import statistics
import time


def measure(body, runs, warm=1):
    for _ in range(warm):
        body()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        body()
        seconds.append(time.perf_counter() - start)
    return seconds


def report(case, variant, who, unit, seconds, factor):
    print(json.dumps({
        "case": case, "variant": variant, "who": who, "unit": unit, "median": statistics.median(seconds) * factor,
        "minimum": min(seconds) * factor, "maximum": max(seconds) * factor, "runs": len(seconds)}), flush=True)
