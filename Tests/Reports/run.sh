#!/usr/bin/env bash
# Checks rendered reports in a real headless Chromium; see check.py. Skipped with a message without Chromium.
set -uo pipefail
cd "$(dirname "$0")/../.."
for tool in chromium tidy python3; do
  if ! command -v $tool > /dev/null; then
    [ "${CI:-}" = true ] && { echo "FAILED  $tool is not installed"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
    echo "SKIPPED: rendered reports are looked at with chromium, tidy and python3, and $tool is not installed"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
  fi
done
out=build/tests/reports
rm -rf "$out" && mkdir -p "$out"
${CC:-cc} -std=c99 -Wall -Wextra -Werror -Iinclude Tests/Reports/pages.c -o "$out/pages" -Lbuild -lequipoise \
  -Wl,-rpath,"$PWD/build" && "$out/pages" examples/data/lending.onnx build/data/lending.csv "$out" || {
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
}
python3 Tests/Reports/check.py "$out"
