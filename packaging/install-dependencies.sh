#!/usr/bin/env bash
# Installs the missing Debian or Ubuntu packages of the lists, after printing them and asking.
#
#   install-dependencies.sh LIST...
#
# Root is not asked. Other users are asked if there is a terminal; DEMO=yes or CI=true answers yes.
set -euo pipefail

install_swift="A Swift toolchain, 6.0 or later, is needed: https://www.swift.org/install/linux/"
if ! command -v swift > /dev/null; then
  echo "$install_swift; swift is not on the PATH." >&2
  exit 1
fi
# A toolchain without the libraries that it needs fails at its first call, with a message that does not name them.
if ! version=$(swift --version 2>&1); then
  compiler=$(readlink -f "$(command -v swift)")
  absent=$({ ldd "$compiler"; ldd "$(dirname "$compiler")/clang"; } 2> /dev/null | awk '/not found/ { print $1 }' | sort -u | tr '\n' ' ' || true)
  echo "$compiler does not run${absent:+; the system lacks $absent}." >&2
  if [ -n "$absent" ]; then
    echo "On Debian and Ubuntu: apt-get install binutils libc6-dev libcurl4 libedit2 libgcc-13-dev libncurses6" \
      "libpython3-dev libsqlite3-0 libstdc++-13-dev libxml2 libz3-4 tzdata zlib1g-dev (the numbers differ by release)" >&2
  else
    echo "$version" >&2
  fi
  exit 1
fi
if ! grep -Eq 'Swift version ([6-9]|[1-9][0-9]+)\.' <<< "$version"; then
  echo "$install_swift; this one is $(head -1 <<< "$version")." >&2
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
