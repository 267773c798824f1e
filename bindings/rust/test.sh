#!/usr/bin/env bash
# Tests the Rust crates against build/libequipoise.so. The last line counts: N passed, N failed, N skipped.
set -uo pipefail
cd "$(dirname "$0")"
if ! command -v cargo > /dev/null; then
  echo "skipped: there is no cargo"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
fi
EQUIPOISE_LIB_DIR=$(cd ../../build && pwd) || exit 1
export EQUIPOISE_LIB_DIR
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0

# check CLAIM COMMAND...: counts one test.
check() {
  local claim=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "ok      $claim"
  else
    failed=$((failed + 1))
    echo "FAILED  $claim"
  fi
}

# The main job as the C example runs it, where `make demo` has made the data.
main_job_runs() {
  mkdir -p target/main_job && cargo run --offline --quiet --example main_job -- \
    ../../examples/data/lending.onnx ../../build/data/lending.csv ../../examples/lending_finetune.json \
    ../../examples/lending_audit.json target/main_job > target/main_job.txt 2>&1 &&
    grep -q "demographic parity difference" target/main_job.txt && [ -e target/main_job/tuned.onnx ]
}

berkeley_says_what_is_known() {
  cargo run --offline --quiet --example berkeley | grep -q "female *1835 applied *30.4% admitted"
}

check "the crates reach every function of the header" ../check-coverage.sh rust

cargo test --offline 2>&1 | tee "$log" | grep -E '^test .*\.\.\. |panicked|^error'
status=${PIPESTATUS[0]}
good=$(sed -nE 's/^test result: .* ([0-9]+) passed.*/\1/p' "$log" | awk "{ sum += \$1 } END { print sum + 0 }")
bad=$(grep -cE '^test .*\.\.\. FAILED' "$log")
if [ "$status" -ne 0 ]; then
  tail -40 "$log"
  [ "$bad" -gt 0 ] || bad=1
fi
passed=$((passed + ${good:-0}))
failed=$((failed + bad))

check "berkeley says what is known" berkeley_says_what_is_known
if [ -e ../../build/data/lending.csv ] && [ -e ../../examples/data/lending.onnx ]; then
  check "the main job runs" main_job_runs
else
  echo "skipped: the main job has no data; make demo makes it"
  skipped=$((skipped + 1))
fi
if cargo clippy --version > /dev/null 2>&1 && cargo fmt --version > /dev/null 2>&1; then
  check "clippy has nothing to say" cargo clippy --offline --quiet --all-targets -- -D warnings
  check "the sources are formatted" cargo fmt --check
else
  echo "skipped: there is no clippy or no rustfmt"
  skipped=$((skipped + 1))
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
