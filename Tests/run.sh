#!/usr/bin/env bash
# Runs every test of the library and ends with a line that counts them all:
#
#   N passed, N failed, N skipped
#
# The parts are Swift's own tests, the C programs of Tests/C, the tools of others with which data and models are
# shared, rendered reports in a browser, the packages as installed, a short while of fuzzing, the reference page, the
# style, and the bindings whose toolchains are here. Each part ends with such a line of its own. The library must have
# been built (`make`).
set -uo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
passed=0 failed=0 skipped=0

add() { passed=$((passed + $1)); failed=$((failed + $2)); skipped=$((skipped + $3)); }

# part NAME COMMAND...: runs a part and adds what its last counting line says.
part() {
  local name=$1 counts status
  shift
  echo
  echo "== $name"
  "$@" 2>&1 | tee "$log/part"
  status=${PIPESTATUS[0]}
  counts=$(grep -Eo '[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' "$log/part" | tail -1)
  if [ -n "$counts" ]; then
    # shellcheck disable=SC2046
    add $(echo "$counts" | grep -Eo '[0-9]+')
    # A part that broke off after counting no failure has failed all the same.
    if [ "$status" -ne 0 ] && [[ "$counts" == *" 0 failed"* ]]; then add 0 1 0; fi
  elif [ "$status" -eq 0 ]; then
    add 1 0 0
  else
    add 0 1 0
  fi
}

swift_tests() {
  local status good bad left
  # One after another: some set the number of threads, which is the process's.
  env -u CC -u CXX swift test --no-parallel --jobs "$jobs" 2>&1 | tee "$log/swift" | grep -Ev '^(◇|✔)|^\[[0-9]+/'
  status=${PIPESTATUS[0]}
  # A line a test; "Test run" is the summary.
  good=$(grep -E '^✔ Test .* passed' "$log/swift" | grep -cv '^✔ Test run')
  bad=$(grep -E '^✘ Test .* failed' "$log/swift" | grep -cv '^✘ Test run')
  left=$(grep -Ec '^[^✔✘◇] Test .* skipped' "$log/swift")
  # What does not compile, or dies, has no line.
  [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
  echo "$good passed, $bad failed, $left skipped"
  return "$status"
}

bindings() {
  local script language
  for script in bindings/*/test.sh; do
    [ -e "$script" ] || continue
    language=$(basename "$(dirname "$script")")
    part "bindings: $language" "$script"
  done
}

Tests/fetch-minilm.sh || echo "SKIPPED: tests of the encoder all-MiniLM-L6-v2, which could not be fetched"
# Swift's tests load XGBoost's library from here.
Tests/Interchange/environment.sh || echo "SKIPPED: trees grown by XGBoost's library"
part "Swift" swift_tests
part "C" Tests/C/run.sh
part "interchange" Tests/Interchange/run.sh
part "reports" Tests/Reports/run.sh
part "installed" Tests/C/installed.sh
part "fuzzing" Tests/Fuzz/run.sh 5
part "reference page" make --no-print-directory docs-check
part "interface" make --no-print-directory interface-check
# Formatters of other versions than the continuous integration's have other opinions.
if [ -n "${CI:-}" ]; then part "style" make --no-print-directory lint; fi
part "bindings: coverage" bindings/check-coverage.sh
bindings

echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
