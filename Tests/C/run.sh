#!/usr/bin/env bash
# Compiles and runs the programs that are written against the header, each as C89, C17 and C++17 if possible, and some
# of them under valgrind. Prints one line for each test, then how many passed.
#
#   Tests/C/run.sh [PROGRAM...]     all programs, or those named (without .c)
set -uo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
out=$root/build/tests
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
passed=0 failed=0 skipped=0
CC=${CC:-cc}
CXX=${CXX:-c++}
common="-Wall -Wextra -Werror -pedantic -O1 -g -Iinclude"
export EQUIPOISE_TEST_RESOURCES=$root/Tests/FormatsTests/Resources
export EQUIPOISE_TEST_BERT=$root/Tests/FormatsTests/Resources/transformers/bert
link="-Lbuild -lequipoise -ldl -lpthread -lm -Wl,-rpath,$root/build"

# report NAME STATUS LOG
report() {
  if [ "$2" -eq 0 ]; then
    echo "ok      $1"
    passed=$((passed + 1))
  else
    echo "FAILED  $1"
    sed 's/^/        /' "$3"
    failed=$((failed + 1))
  fi
}

# program NAME STANDARD COMPILER [FLAG...]: compiles, then runs in a separate folder.
program() {
  local name=$1 compiler=$3 source=Tests/C/$1.c title="$1 ($2)" binary=$out/$1-$2 libraries
  shift 3
  # signals.c loads the library itself.
  [ "$name" = signals ] && libraries="${link/-lequipoise/}" || libraries=$link
  # shellcheck disable=SC2086
  if ! $compiler "$@" $common "$source" -o "$binary" $libraries > "$work/log" 2>&1; then
    report "$title: compiling" 1 "$work/log"
    return
  fi
  rm -rf "$work/run" && mkdir "$work/run"
  (cd "$work/run" && timeout "${EQUIPOISE_TEST_TIMEOUT:-600}" "$binary") > "$work/log" 2>&1
  local status=$?
  grep '^note: ' "$work/log" | sed 's/^note: /        /'
  report "$title" $status "$work/log"
}

# under_valgrind NAME STANDARD: the program again, in its short form.
under_valgrind() {
  if ! command -v valgrind > /dev/null; then
    echo "skipped $1 under valgrind: valgrind is not installed"
    skipped=$((skipped + 1))
    return
  fi
  rm -rf "$work/run" && mkdir "$work/run"
  # The library with its symbols, so that valgrind's findings have names.
  mkdir -p "$out/symbols"
  strip --strip-debug -o "$out/symbols/libequipoise.so.1" .build-release/release/libequipoise.so
  (cd "$work/run" && LD_LIBRARY_PATH=$out/symbols EQUIPOISE_TEST_SHORT=1 timeout 300 valgrind --fair-sched=try --quiet --error-exitcode=9 \
    --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
    --suppressions="$root/Tests/C/valgrind.supp" "$out/$1-$2") > "$work/log" 2>&1
  report "$1 under valgrind" $? "$work/log"
}

# ProPublica's published COMPAS data, next to the checkout if they are available.
compas_example() {
  local table=../shared/data/compas/compas-scores-two-years.deid.csv.gz title="compas reproduces the published rates" status
  if [ ! -e "$table" ]; then
    echo "skipped $title: $table is absent"
    skipped=$((skipped + 1))
    return
  fi
  # shellcheck disable=SC2086
  $CC -std=c99 $common examples/compas.c -o "$out/compas" -ljson-c $link > "$work/log" 2>&1 &&
    "$out/compas" "$table" > "$work/log" 2>&1 &&
    grep -q 'African-American  *3696 .* 44\.85%  *27\.99%$' "$work/log" &&
    grep -q 'Caucasian  *2454 .* 23\.45%  *47\.72%$' "$work/log" &&
    grep -q 'filter keeps, 6172 people' "$work/log"
  status=$?
  report "$title" $status "$work/log"
}

# german_credit prints the groups' base rates as pandas computes them, and reduces the gap between young and old.
german_example() {
  local table=../shared/data/german_credit/german.data title="german_credit: base rates by age and sex" status
  if [ ! -e "$table" ]; then
    echo "skipped $title: $table is absent"
    skipped=$((skipped + 1))
    return
  fi
  # shellcheck disable=SC2086
  $CC -std=c99 $common examples/german_credit.c -o "$out/german_credit" -ljson-c $link > "$work/log" 2>&1 &&
    "$out/german_credit" "$table" > "$work/log" 2>&1 &&
    grep -q 'female  *310 loans,  *64\.8% of them good' "$work/log" &&
    grep -q '<26  *190 loans,  *57\.9% of them good' "$work/log" &&
    awk '/by age: demographic/ { gap[++n] = $NF } END { exit !(n == 2 && gap[1] > 0.05 && gap[2] < gap[1] / 2) }' "$work/log"
  status=$?
  report "$title" $status "$work/log"
}

# tutorial prints what docs/tutorial.md shows, and docs/tutorial.md contains its source unchanged.
tutorial() {
  local table=../shared/data/german_credit/german.data title="tutorial: docs/tutorial.md has the program and what it prints" status
  if [ ! -e "$table" ]; then
    echo "skipped $title: $table is absent"
    skipped=$((skipped + 1))
    return
  fi
  rm -rf "$work/run" && mkdir "$work/run"
  # shellcheck disable=SC2086
  $CC -std=c99 $common examples/tutorial.c -o "$out/tutorial" $link > "$work/log" 2>&1 &&
    (cd "$work/run" && "$out/tutorial" "$root/$table") > "$work/printed" 2>> "$work/log" &&
    sed 's/^/    /' "$work/printed" > "$work/expected" &&
    awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' docs/tutorial.md | diff - examples/tutorial.c >> "$work/log" &&
    grep -A 3 '^    plain: ' docs/tutorial.md | diff - "$work/expected" >> "$work/log"
  status=$?
  report "$title" $status "$work/log"
}

# identity_terms: the areas equal scikit-learn's roc_auc_score for the same classifier.
identity_example() {
  local table=../shared/data/unintended_bias_madlibs/bias_madlibs_77k.csv.gz title="identity_terms: areas by term" status
  if [ ! -e "$table" ]; then
    echo "skipped $title: $table is absent"
    skipped=$((skipped + 1))
    return
  fi
  # shellcheck disable=SC2086
  $CC -std=c99 $common examples/identity_terms.c -o "$out/identity_terms" -ljson-c $link > "$work/log" 2>&1 &&
    "$out/identity_terms" "$table" > "$work/log" 2>&1 &&
    grep -q 'area under ROC 0\.985$' "$work/log" &&
    grep -q 'gay  *1514  *0\.996  *0\.697  *1\.000$' "$work/log" &&
    grep -q 'straight  *1514  *0\.994  *0\.999  *0\.947$' "$work/log"
  status=$?
  report "$title" $status "$work/log"
}

# stream_audit, first_audit and audit_report on the demo's table, which `make test` has created.
lending_examples() {
  local table=build/data/lending.csv network=examples/data/lending.onnx status
  if [ ! -e "$table" ]; then
    echo "skipped stream_audit, first_audit and audit_report: $table is absent; make demo makes it"
    skipped=$((skipped + 3))
    return
  fi
  # shellcheck disable=SC2086
  $CC -std=c99 $common examples/stream_audit.c -o "$out/stream_audit" -ljson-c $link > "$work/log" 2>&1 &&
    "$out/stream_audit" "$network" "$table" > "$work/log" 2>&1 && grep -q '32 of 32 counts and rates are equal' "$work/log"
  status=$?
  report "stream_audit: auditors of two threads report what one pass does" $status "$work/log"
  rm -rf "$work/pages" && mkdir "$work/pages"
  # shellcheck disable=SC2086
  $CC -std=c99 $common examples/first_audit.c -o "$out/first_audit" $link > "$work/log" 2>&1 &&
    ! "$out/first_audit" "$table" "$work/pages/lender.html" > "$work/log" 2>&1 &&
    grep -q 'not at least 0.8$' "$work/log" &&
    grep -q 'highest is 0.698, and with 95% confidence between 0.677 and 0.72: not at least 0.8' "$work/pages/lender.html"
  status=$?
  report "first_audit: the page has the verdict that README.md shows" $status "$work/log"
  # shellcheck disable=SC2086
  $CC -std=c99 $common examples/audit_report.c -o "$out/audit_report" -ljson-c $link > "$work/log" 2>&1 &&
    "$out/audit_report" "$table" examples/lending_report.json "$work/pages" lending="$network" again="$network" \
      > "$work/log" 2>&1 && grep -q '  lending: fail$' "$work/log" &&
    grep -q 'The policy is not met' "$work/pages/lending.html" && [ -s "$work/pages/again.svg" ] &&
    grep -q '0 of 2 models meet the policy' "$work/pages/comparison.html"
  status=$?
  report "audit_report: the lending model does not meet the policy" $status "$work/log"
}

exported_symbols() {
  nm -D --defined-only build/libequipoise.so | awk '{ print $3 }' | sed 's/@.*//' | LC_ALL=C sort > "$work/symbols"
  LC_ALL=C diff packaging/exported-symbols.txt "$work/symbols" > "$work/log" 2>&1
  report "the library exports the functions of the header and nothing else" $? "$work/log"
}

size_limit() {
  local bytes
  bytes=$(stat -Lc %s build/libequipoise.so)
  echo "        $bytes bytes" > "$work/log"
  [ "$bytes" -le 25165824 ]
  report "the stripped library has at most 24 MB ($bytes bytes)" $? "$work/log"
  ldd build/libequipoise.so > "$work/log" 2>&1
  ! grep -qE 'libswift|Foundation|not found' "$work/log"
  report "the library needs neither the Swift runtime nor Foundation" $? "$work/log"
}

all="header flat arguments datasets arrow auditor lifecycle allocations threads serving adjust search memory policy cancel fork save files faults stacks signals texts reports compas german tutorial identity lending"
chosen=${*:-$all}
for name in $chosen; do
  case $name in
    flat) program "$name" c89 "$CC" -std=c89 -Wno-long-long "-DFLAT_HEADER=\"$root/include/equipoise/equipoise_ffi.h\"" ;;
    header | arguments | datasets)
      program "$name" c89 "$CC" -std=c89 -Wno-long-long
      program "$name" c17 "$CC" -std=c17
      program "$name" c++17 "$CXX" -std=c++17 -x c++
      ;;
    compas) compas_example ;;
    german) german_example ;;
    tutorial) tutorial ;;
    identity) identity_example ;;
    lending) lending_examples ;;
    *) program "$name" c17 "$CC" -std=gnu17 ;;
  esac
done
if [ $# -eq 0 ]; then
  under_valgrind arguments c17
  under_valgrind datasets c17
  under_valgrind arrow c17
  under_valgrind auditor c17
  under_valgrind lifecycle c17
  under_valgrind serving c17
  under_valgrind adjust c17
  under_valgrind search c17
  under_valgrind memory c17
  under_valgrind threads c17
  under_valgrind reports c17
  under_valgrind policy c17
  exported_symbols
  python3 Tests/C/interface.py build/libequipoise.so > "$work/log" 2>&1
  report "api.json says what each function needs" $? "$work/log"
  size_limit
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
