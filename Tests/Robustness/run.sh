#!/usr/bin/env bash
# Kills a process that saves, TIMES times for each format, and looks at what is left. The library must have
# been built (`make`). Ends with "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")/../.."
times=${1:-50}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p build/tests
if ${CC:-cc} -std=gnu99 -Wall -Wextra -Werror -O1 -g -Iinclude -o build/tests/kill_save Tests/Robustness/kill_save.c \
  -Lbuild -lequipoise -lm -Wl,-rpath,"$PWD/build" && build/tests/kill_save "$folder" "$times"; then
  echo "1 passed, 0 failed, 0 skipped"
else
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
fi
