#!/usr/bin/env bash
# Compiles and runs the tests and examples of the C++ layer against build/libequipoise.so, with every installed
# compiler. The last line counts: N passed, N failed, N skipped.
set -uo pipefail
cd "$(dirname "$0")/../.."
out=$PWD/build/bindings/cpp
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror"
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

# compile COMPILER STANDARD PROGRAM SOURCE...
compile() {
  local compiler=$1 standard=$2 program=$3
  shift 3
  # shellcheck disable=SC2086
  "$compiler" -std="c++$standard" -O0 $warnings -Ibindings/cpp/include -Iinclude -o "$program" "$@" \
    -Lbuild -lequipoise -pthread -Wl,-rpath,"$PWD/build"
}

berkeley_says_what_is_known() {
  "$1" | grep "female *1835 applied *30.4% admitted" > /dev/null
}

# The main job as the C example runs it, if `make demo` has made the data.
main_job_runs() {
  mkdir -p "$out/main_job" && "$1" examples/data/lending.onnx build/data/lending.csv \
    examples/lending_finetune.json examples/lending_audit.json "$out/main_job" > "$out/main_job.txt" 2>&1 &&
    grep -q "demographic parity difference" "$out/main_job.txt" && [ -e "$out/main_job/tuned.onnx" ]
}

# In the demo's table, the selection rate of women is 0.70 of that of men.
audit_page_judges() {
  echo '{"data": {"label": "approved", "prediction": "approved", "sensitive": ["sex"]}, "metrics": ["selection_rate"],
  "policy": {"require": ["four_fifths"]}}' > "$out/policy.json"
  "$1" build/data/lending.csv "$out/policy.json" "$out/page.html" > "$out/page.txt" 2>&1
  [ $? -eq 3 ] && grep -q 'fail: the lowest selection rate (the share with the decision "yes") over the highest is 0.698' "$out/page.txt" &&
    grep -q 'The policy is not met' "$out/page.html"
}

check "the C++ layer reaches every function of the header" bindings/check-coverage.sh cpp

for compiler in g++ clang++; do
  if ! command -v "$compiler" > /dev/null; then
    echo "skipped: there is no $compiler"
    skipped=$((skipped + 1))
    continue
  fi
  mkdir -p "$out/$compiler"
  for example in bindings/cpp/examples/*.cpp; do
    name=$(basename "$example" .cpp)
    check "$compiler compiles $name as C++17" compile "$compiler" 17 "$out/$compiler/$name" "$example"
  done
  check "$compiler: berkeley says what is known" berkeley_says_what_is_known "$out/$compiler/berkeley"
  if [ -e build/data/lending.csv ] && [ -e examples/data/lending.onnx ]; then
    check "$compiler: the main job runs" main_job_runs "$out/$compiler/main_job"
    check "$compiler: audit_page judges and writes a page" audit_page_judges "$out/$compiler/audit_page"
  else
    echo "skipped: the main job and audit_page have no data; make demo makes it"
    skipped=$((skipped + 2))
  fi
  for standard in 17 20; do
    tests=$out/$compiler/tests$standard
    if compile "$compiler" "$standard" "$tests" bindings/cpp/tests/*.cpp; then
      report=$("$tests")
      echo "$report"
      read -r good bad < <(echo "$report" | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p')
      passed=$((passed + ${good:-0}))
      failed=$((failed + ${bad:-1}))
    else
      echo "FAILED  $compiler compiles the tests as C++$standard"
      failed=$((failed + 1))
    fi
  done
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
