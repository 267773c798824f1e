#!/usr/bin/env bash
# Real Arrow producers and consumers against the library: pyarrow, DuckDB and polars, in a Python
# environment of their own below build/. Continuous integration must have it; elsewhere it is skipped, loudly,
# where it cannot be made.
set -uo pipefail
cd "$(dirname "$0")/../.."
environment=build/interchange
python=$environment/bin/python
needed="pyarrow==26.0.1 duckdb==2.0.0 polars==2.1.0"
ready() { [ -x "$python" ] && "$python" -c 'import pyarrow, duckdb, polars' 2> /dev/null; }
if ! ready; then
  # shellcheck disable=SC2086
  python3 -m venv "$environment" > /dev/null 2>&1 && "$python" -m pip install --quiet $needed 2>&1 | tail -3
fi
if ready; then
  "$python" -W ignore Tests/Interchange/arrow.py build/libequipoise.so
  exit
fi
if [ "${CI:-}" = true ]; then
  echo "FAILED  pyarrow, DuckDB and polars could not be installed"
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
fi
echo "SKIPPED: Arrow with its real producers needs python3-venv and these packages: $needed"
echo "0 passed, 0 failed, 1 skipped"
