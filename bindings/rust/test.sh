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

# The main job as the C example runs it, if `make demo` has made the data.
main_job_runs() {
  mkdir -p target/main_job && cargo run --offline --quiet --example main_job -- \
    ../../examples/data/lending.onnx ../../build/data/lending.csv ../../examples/lending_finetune.json \
    ../../examples/lending_audit.json target/main_job > target/main_job.txt 2>&1 &&
    grep -q "demographic parity difference" target/main_job.txt && [ -e target/main_job/tuned.onnx ]
}

# In the demo's table, the selection rate of women is 0.70 of that of men.
audit_page_judges() {
  mkdir -p target/page && echo '{"data": {"label": "approved", "prediction": "approved", "sensitive": ["sex"]}, "metrics": ["selection_rate"],
  "policy": {"require": ["four_fifths"]}}' > target/page/policy.json
  cargo run --offline --quiet --example audit_page -- ../../build/data/lending.csv target/page/policy.json \
    target/page/page.html > target/page/page.txt 2>&1
  [ $? -eq 3 ] && grep -q 'fail: the lowest selection rate (the share with the decision "yes") over the highest is 0.698' target/page/page.txt &&
    grep -q 'The policy is not met' target/page/page.html
}

berkeley_says_what_is_known() {
  cargo run --offline --quiet --example berkeley | grep "female *1835 applied *30.4% admitted" > /dev/null
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
  check "audit_page judges and writes a page" audit_page_judges
else
  echo "skipped: the main job and audit_page have no data; make demo makes it"
  skipped=$((skipped + 2))
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
