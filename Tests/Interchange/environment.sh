#!/usr/bin/env bash
# Makes build/interchange, a Python environment with the tools that exchange data and models with the library: pyarrow, DuckDB
# and polars; XGBoost, LightGBM, onnx and onnxruntime. With `networks` also PyTorch, transformers and peft, and with
# `networks present` only if they are there already. Fails with a message if it cannot be made.
set -uo pipefail
cd "$(dirname "$0")/../.."
environment=build/interchange
python=$environment/bin/python
needed="pyarrow==26.0.1 duckdb==2.0.0 polars==2.1.0 numpy xgboost-cpu==3.2.0 lightgbm==4.7.0 onnx==1.23.2 onnxruntime==1.31.1 pandas scikit-learn==1.9.1 skl2onnx==1.20.0"
modules="pyarrow, duckdb, polars, xgboost, lightgbm, onnx, onnxruntime, pandas, sklearn, skl2onnx"
if [ "${1:-}" = networks ]; then
  needed="torch==2.13.0 onnxscript==0.7.2 transformers peft==0.21.2 tokenizers"
  modules="torch, onnxscript, transformers, peft, tokenizers"
fi
ready() { [ -x "$python" ] && "$python" -c "import $modules" 2> /dev/null; }
ready && exit
if [ "${2:-}" = present ]; then
  echo "random networks and checkpoints, which need $needed in $environment (make interchange-long fetches them)"
  exit 1
fi
# shellcheck disable=SC2086
{ [ -x "$python" ] || python3 -m venv "$environment" > /dev/null 2>&1; } && "$python" -m pip install --quiet $needed 2>&1 | tail -3
ready && exit
echo "the tools that the library shares data and models with need python3-venv and these packages: $needed"
exit 1
