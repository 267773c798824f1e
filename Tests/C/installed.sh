#!/usr/bin/env bash
# Installs the library into an empty prefix, builds programs against it as users do (a C program with pkg-config and
# a C++ program with CMake), and uninstalls it again.
set -uo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
passed=0 failed=0 skipped=0

# check TITLE COMMAND...
check() {
  local title=$1
  shift
  if "$@" > "$work/log" 2>&1; then
    echo "ok      $title"
    passed=$((passed + 1))
  else
    echo "FAILED  $title"
    sed 's/^/        /' "$work/log"
    failed=$((failed + 1))
  fi
}

with_pkg_config() {
  export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
  [ "$(pkg-config --modversion equipoise)" = 0.1.0 ] || return 1
  # shellcheck disable=SC2046
  ${CC:-cc} -std=c99 -Wall -Werror "$root/Tests/C/consumer.c" -o "$work/consumer" \
    $(pkg-config --cflags --libs equipoise) || return 1
  LD_LIBRARY_PATH=$prefix/lib "$work/consumer"
}

with_cmake() {
  cmake -S "$root/Tests/C/consumer-cmake" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" || return 1
  cmake --build "$work/cmake" || return 1
  "$work/cmake/consumer"
}

staged() {
  make --no-print-directory install PREFIX=/usr DESTDIR="$work/stage" || return 1
  grep -q '^prefix=/usr$' "$work/stage/usr/lib/pkgconfig/equipoise.pc"
}

documents() {
  local folder=$prefix/share/doc/equipoise
  cmp LICENSE "$folder/LICENSE" && [ -s "$folder/docs/ownership.md" ] && [ -s "$prefix/include/equipoise/api.json" ]
}

nothing_left() {
  make --no-print-directory uninstall PREFIX="$prefix" || return 1
  local left
  left=$(find "$prefix" -type f -o -type l)
  [ -z "$left" ] || { echo "left: $left"; return 1; }
}

check "make install into a prefix" make --no-print-directory install PREFIX="$prefix"
check "a C program finds it through pkg-config" with_pkg_config
if command -v cmake > /dev/null; then
  check "a C++ program finds it through CMake" with_cmake
else
  echo "skipped a C++ program through CMake: cmake is not installed"
  skipped=$((skipped + 1))
fi
check "documents, licence and api.json are installed" documents
check "make install with DESTDIR names the final prefix" staged
check "make uninstall leaves nothing" nothing_left
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
