#!/bin/sh
# Makes, in the given folder, a copy of the toolchain's standard library whose unused parts the linker
# can leave out (a tenth of libequipoise.so), and prints the flags of `swift build` to link against it.
# Prints nothing if the toolchain has another layout; the library is then larger but works the same.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
copy="$folder/libswiftCore.a"

resources=$(env -u CC -u CXX swiftc -static-stdlib -print-target-info |
  sed -n 's/.*"runtimeResourcePath": *"\(.*\)".*/\1/p')
original="$resources/linux/libswiftCore.a"
archiver=$(command -v llvm-ar || command -v ar || true)
if [ ! -e "$original" ] || [ -z "$archiver" ]; then
  echo "no static standard library in $resources: the library will be larger" >&2
  exit 0
fi

if [ -z "$(find "$copy" -newer "$original" -newer "$here/release_unused.c" -newer "$here/scalar_names.c" \
  2> /dev/null)" ]; then
  compiler=${CC:-cc}
  "$compiler" -O1 -Wall -Wextra -Werror -o "$folder/release_unused" "$here/release_unused.c"
  "$compiler" -O2 -Wall -Wextra -Werror -fPIC -c -o "$folder/scalar_names.o" "$here/scalar_names.c"
  cp "$original" "$copy.new"
  (cd "$folder" && "$archiver" x "$copy.new" Swift.o && ./release_unused Swift.o &&
    "$archiver" r "$copy.new" Swift.o scalar_names.o && rm Swift.o)
  mv "$copy.new" "$copy"
fi >&2
echo "-Xlinker --remap-inputs=*/libswiftCore.a=$copy -Xlinker --wrap=_swift_stdlib_getScalarName"
