#!/usr/bin/env bash
# Compares the library with the tools that exchange data and models with it. With --long: hundreds of random models,
# networks, checkpoints and adapters (`make interchange-long`); without, a tenth of them. Continuous integration must have them;
# elsewhere they are skipped with a message if they cannot be installed. Ends with a line that counts all parts.
set -uo pipefail
cd "$(dirname "$0")/../.."
if ! problem=$(Tests/Interchange/environment.sh); then
  if [ "${CI:-}" = true ]; then
    echo "FAILED  $problem"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
  fi
  echo "SKIPPED: $problem"
  echo "0 passed, 0 failed, 1 skipped"
  exit
fi
python=build/interchange/bin/python
log=$(mktemp)
share=10
[ "${1:-}" = --long ] && share=1
trap 'rm -f "$log"' EXIT
status=0
"$python" -W ignore Tests/Interchange/arrow.py build/libequipoise.so | tee "$log" || status=1
"$python" -W ignore Tests/Interchange/columns.py build/libequipoise.so | tee -a "$log" || status=1
"$python" -W ignore Tests/Interchange/decisions.py build/libequipoise.so | tee -a "$log" || status=1
"$python" -W ignore Tests/Interchange/texts.py build/libequipoise.so | tee -a "$log" || status=1
"$python" -W ignore Tests/Interchange/trees.py build/libequipoise.so Tests/Resources/reference/tabular | tee -a "$log" || status=1
"$python" -W ignore Tests/Interchange/objectives.py build/libequipoise.so | tee -a "$log" || status=1
"$python" -W ignore Tests/Interchange/pipelines.py build/libequipoise.so | tee -a "$log" || status=1
"$python" -W ignore Tests/Interchange/boosters.py build/libequipoise.so $((200 / share)) | tee -a "$log" || status=1
parts=8
if [ $share = 1 ]; then
  "$python" -W ignore Tests/Interchange/adult.py build/libequipoise.so | tee -a "$log" || status=1
  parts=9
fi
# PyTorch is large: without --long it is fetched only by continuous integration.
if problem=$(Tests/Interchange/environment.sh networks $([ $share = 1 ] || [ "${CI:-}" = true ] || echo present)); then
  "$python" -W ignore Tests/Interchange/networks.py build/libequipoise.so $((60 / share)) | tee -a "$log" || status=1
  "$python" -W ignore Tests/Interchange/checkpoints.py build/libequipoise.so $((40 / share)) | tee -a "$log" || status=1
  parts=$((parts + 2))
else
  echo "SKIPPED: $problem"
fi
# A part that was aborted has no line and counts as failed.
awk -v expected=$parts '/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { passed += $1; failed += $3; skipped += $5; parts++ }
  END { print passed " passed, " failed + expected - parts " failed, " skipped " skipped" }' "$log"
exit $status
