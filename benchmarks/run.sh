#!/bin/sh
# Times the library and its peers in one run: benchmarks/run.sh [case]; see benchmarks/README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=${EQUIPOISE_BENCH_PYTHON:-}
if [ -z "$python" ]; then
  if [ ! -x build/bench/peers/bin/python ]; then
    echo "benchmarks: making build/bench/peers with the peers (torch, onnxruntime, pandas, fairlearn)" >&2
    python3 -m venv build/bench/peers
    build/bench/peers/bin/pip install --quiet -r "$here/requirements.txt"
  fi
  python=build/bench/peers/bin/python
fi
exec "$python" "$here/run.py" "$@"
