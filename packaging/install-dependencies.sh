#!/usr/bin/env bash
# Installs the packages of Debian or Ubuntu that the lists name and that are missing: says which, and asks.
#
#   install-dependencies.sh LIST...
#
# Root installs at once. Others are asked when there is a terminal; DEMO=yes or CI=true answers for them.
set -euo pipefail

if ! command -v swift > /dev/null; then
  echo "A Swift toolchain, 6.0 or later, is needed and swift is not on the PATH: https://www.swift.org/install/linux/" >&2
  exit 1
fi
if ! command -v dpkg-query > /dev/null; then
  echo "This system has no dpkg; make sure that it has the equivalents of: $(cat "$@" | tr '\n' ' ')" >&2
  exit 0
fi

missing=()
while read -r package; do
  status=$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2> /dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done < <(cat "$@")
[ ${#missing[@]} -eq 0 ] && exit 0

command="apt-get install --yes --no-install-recommends ${missing[*]}"
echo "Packages that are missing: ${missing[*]}"
if [ "$(id -u)" -eq 0 ]; then
  prefix=""
elif [ "${DEMO:-}" = yes ] || [ "${CI:-}" = true ]; then
  prefix="sudo "
elif [ -t 0 ]; then
  read -r -p "Install them with \"sudo $command\"? [y/N] " answer
  case "$answer" in
    y | Y | yes) prefix="sudo " ;;
    *) echo "Nothing was installed. Install them and run make again." >&2; exit 1 ;;
  esac
else
  echo "Install them, and run make again:  sudo $command" >&2
  exit 1
fi
echo "+ $prefix$command"
${prefix}apt-get update
DEBIAN_FRONTEND=noninteractive $prefix$command
