"""The rows that the peers audit, as benchmarks/audits.c makes them: 24% positive labels, 80% right decisions, and two
times five groups."""

import numpy


def make(count):
    random = numpy.random.default_rng(0)
    y = (random.random(count) < 0.24).astype(numpy.int64)
    p = numpy.where(random.random(count) < 0.8, y, 1 - y)
    return y, p, random.integers(0, 2, count), random.integers(0, 5, count)
