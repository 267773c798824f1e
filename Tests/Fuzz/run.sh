#!/usr/bin/env bash
# Fuzzes every reader of untrusted bytes:
#
#   Tests/Fuzz/run.sh SECONDS [TARGET...]
#
# Each target runs for SECONDS, starting from its corpus, under AddressSanitizer; for fewer than 30 seconds, in a build
# without optimization (.build-fuzz-quick), which takes half as long. New inputs are saved in .build-fuzz/found. An input
# that breaks the library is saved in .build-fuzz/broken; add it to the corpus once the defect is fixed. Ends with
# "N passed, N failed, N skipped".
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
seconds=${1:-60}
shift || true
targets=${*:-csv jsonl conll configuration onnx revision merging safetensors xgboost lightgbm libsvm record encoder auditor transform front report tokenizer idx image adapter transformer tar}
build=$root/.build-fuzz
optimization=()
if [ "$seconds" -lt 30 ]; then optimization=(-Xswiftc -Onone) build=$root/.build-fuzz-quick; fi
mkdir -p "$build"

if [ "$(uname -s)-$(uname -m)" != "Linux-x86_64" ]; then
  echo "fuzzing is done on Linux x86-64 only"
  echo "0 passed, 0 failed, 23 skipped"
  exit 0
fi
# One -sanitize for both: if there were two, the last would win and the Swift code would have no coverage.
build() {
  (cd "$here" && env -u CC -u CXX swift build -c release --jobs "${JOBS:-$(nproc)}" --scratch-path "$build" \
    "${optimization[@]}" -Xswiftc -sanitize=fuzzer,address -Xswiftc -use-ld=lld \
    -Xcc -fsanitize=address,fuzzer-no-link) > "$build/build.log" 2>&1
}
# Run again, because a build notices new files of the library only then.
if ! build && ! build; then
  tail -20 "$build/build.log"
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
fi

export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:handle_abort=1
FUZZ_WEIGHTS=$(ls "$here"/model-*.safetensors)
FUZZ_TRANSFORMERS=$root/Tests/FormatsTests/Resources/transformers
FUZZ_BERT=$FUZZ_TRANSFORMERS/bert
FUZZ_ONNX=$here/corpus/onnx
export FUZZ_WEIGHTS FUZZ_BERT FUZZ_TRANSFORMERS FUZZ_ONNX
passed=0 failed=0
for target in $targets; do
  found=$build/found/$target
  mkdir -p "$found" "$build/broken"
  options=()
  case $target in
    configuration | record | encoder | front | jsonl | report | tokenizer | adapter | transformer) options+=("-dict=$here/json.dict") ;;
  esac
  log=$build/$target.log
  if "$build/release/Fuzzers" "$target" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=4096 \
    -malloc_limit_mb=3000 -max_len=16384 -print_final_stats=1 -artifact_prefix="$build/broken/$target-" \
    "${options[@]}" "$found" "$here/corpus/$target" > "$log" 2>&1; then
    passed=$((passed + 1)) word=ok
  else
    failed=$((failed + 1)) word=BROKEN
  fi
  runs=$(grep -o 'number_of_executed_units: [0-9]*' "$log" | grep -o '[0-9]*$')
  printf '%-14s %10s runs  %s\n' "$target" "${runs:-0}" "$word"
  if [ $word = BROKEN ]; then tail -60 "$log"; fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
