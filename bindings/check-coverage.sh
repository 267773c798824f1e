#!/usr/bin/env bash
# Checks that every function of the header is used by each binding, and that none uses a function
# that the header does not have. Prints what is missing; fails if anything is.
#
#   check-coverage.sh [BINDING...]      without names, all folders next to this script
set -euo pipefail
cd "$(dirname "$0")"

header=../include/equipoise/equipoise.h
# Comments name functions too: only declarations count.
functions=$(sed -e 's|/\*.*\*/||g' -e '/\/\*/,/\*\//d' "$header" | grep -oE '\beqp_[a-z0-9_]+ *\(' |
  tr -d ' (' | sort -u)
[ -n "$functions" ] || { echo "$header: no function was found" >&2; exit 1; }

# The sources of one binding without comments, and without its tests, examples and builds: users
# cannot reach a function that is only declared or only tested.
sources() {
  find "$1" -type f \( -name '*.hpp' -o -name '*.cpp' -o -name '*.rs' -o -name '*.go' -o -name '*.java' \
    -o -name '*.py' -o -name '*.js' -o -name '*.ts' -o -name '*.cs' -o -name '*.swift' -o -name '*.c' \) \
    -not -path '*/tests/*' -not -path '*/examples/*' -not -path '*/target/*' -not -path '*/build/*' \
    -not -path '*-sys/*' -print0 | xargs -0 sed -e 's|//.*||'
}

status=0
[ $# -gt 0 ] || set -- */
for binding in "$@"; do
  binding=${binding%/}
  used=$(sources "$binding" | grep -oE '\beqp_[a-z0-9_]+' | sort -u)
  missing=$(comm -23 <(echo "$functions") <(echo "$used"))
  if [ -n "$missing" ]; then
    status=1
    echo "bindings/$binding does not reach: $(echo "$missing" | tr '\n' ' ')" >&2
  else
    echo "bindings/$binding: all $(echo "$functions" | wc -l) functions"
  fi
  # Functions that a low-level layer declares must be in the header.
  for declared in "$binding"/*-sys/src/functions.rs; do
    [ -e "$declared" ] || continue
    unknown=$(comm -13 <(echo "$functions") \
      <(grep -oE '\bfn eqp_[a-z0-9_]+' "$declared" | sed 's/^fn //' | sort -u))
    if [ -n "$unknown" ]; then
      status=1
      echo "$declared declares what the header does not: $(echo "$unknown" | tr '\n' ' ')" >&2
    fi
  done
done
exit $status
