#!/usr/bin/env bash
# The tools whose data and models the library shares, against the library: pyarrow, DuckDB and polars; XGBoost,
# LightGBM and onnxruntime. They are in a Python environment of their own below build/. Continuous integration must
# have it; elsewhere it is skipped, loudly, where it cannot be made. Ends with a line that counts both parts.
set -uo pipefail
cd "$(dirname "$0")/../.."
environment=build/interchange
python=$environment/bin/python
needed="pyarrow==26.0.1 duckdb==2.0.0 polars==2.1.0 numpy xgboost-cpu==3.2.0 lightgbm==4.7.0 onnxruntime==1.31.1"
ready() {
  [ -x "$python" ] && "$python" -c 'import pyarrow, duckdb, polars, xgboost, lightgbm, onnxruntime' 2> /dev/null
}
if ! ready; then
  # shellcheck disable=SC2086
  python3 -m venv "$environment" > /dev/null 2>&1 && "$python" -m pip install --quiet $needed 2>&1 | tail -3
fi
if ready; then
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  status=0
  "$python" -W ignore Tests/Interchange/arrow.py build/libequipoise.so | tee "$log" || status=1
  "$python" -W ignore Tests/Interchange/trees.py build/libequipoise.so ../shared/reference/tabular | tee -a "$log" || status=1
  # A part that broke off has no line: it counts as failed.
  awk '/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { passed += $1; failed += $3; skipped += $5; parts++ }
    END { print passed " passed, " failed + 2 - parts " failed, " skipped " skipped" }' "$log"
  exit $status
fi
if [ "${CI:-}" = true ]; then
  echo "FAILED  these could not be installed: $needed"
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
fi
echo "SKIPPED: the tools that the library shares data and models with need python3-venv and these packages: $needed"
echo "0 passed, 0 failed, 1 skipped"
