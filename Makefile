# Equipoise. `make` builds the library, `make demo` shows what it does, `make test` tests everything.
#
#   make               build/libequipoise.so, after installing what is missing
#   make examples      build/examples
#   make demo          builds the examples, makes their data, runs the main job
#   make test          every test; the last line counts them; fetches about 900 MB the first time
#   make interchange-long  hundreds of random models of other tools, through the library and back; about an hour
#   make test-quick    a part of them in less than a minute; nothing is fetched
#   make install       PREFIX=/usr/local DESTDIR=
#   make uninstall     the same PREFIX and DESTDIR
#   make bench         the benchmarks; CASE=name runs one
#   make lint          the style of Swift and C sources
#   make docs          docs/configuration.md from the declarations in the code
#   make interface     what bindings need, from the header: equipoise_ffi.h, api.json, Rust's functions
#   make faults        every call with each of its allocations failing, once and for good
#   make fuzz          the fuzzers, for SECONDS=60 each
#   make clean         removes what make built

VERSION := 0.1.0
ABI := 1
PREFIX ?= /usr/local
LIBDIR ?= lib
DESTDIR ?=
JOBS ?= $(shell nproc)
SECONDS ?= 60
CASE ?=

CC ?= cc
CFLAGS ?= -O2 -g
# The Swift package manager would use CC instead of its own clang.
SWIFT := env -u CC -u CXX swift
WARNINGS := -Wall -Wextra -Werror

library := build/libequipoise.so.$(VERSION)
soname := libequipoise.so.$(ABI)
# A separate build folder, so that these flags do not rebuild what the tests have built.
scratch := .build-release
# Self-contained (the Swift runtime inside), only the symbols of the map, never unloaded.
# Without the modules of regular expressions and concurrency, which Swift imports by default and which
# would be a tenth of the library. Unused functions are left out, and functions with the same machine
# code are merged. Exclusive access to memory is checked in debug builds, in which the tests run.
link_flags := -Xswiftc -static-stdlib -Xswiftc -use-ld=lld -Xswiftc -enforce-exclusivity=unchecked \
  -Xswiftc -Xfrontend -Xswiftc -function-sections -Xswiftc -Xfrontend -Xswiftc -internalize-at-link \
  -Xswiftc -Xfrontend -Xswiftc -disable-implicit-string-processing-module-import \
  -Xswiftc -Xfrontend -Xswiftc -disable-implicit-concurrency-module-import \
  -Xlinker --version-script=$(CURDIR)/packaging/equipoise.map -Xlinker -soname=$(soname) \
  -Xlinker -z -Xlinker nodelete -Xlinker --gc-sections -Xlinker --icf=all \
  -Xlinker --as-needed -Xlinker --no-undefined
# Relative relocations are packed, if the C library supports this (glibc 2.36), which saves a twentieth of the library.
packs_relocations := $(shell ldd --version 2>/dev/null | awk 'NR == 1 { split($$NF, v, "."); if (v[1] > 2 || v[2] >= 36) print "yes" }')
ifeq ($(packs_relocations),yes)
link_flags += -Xlinker -z -Xlinker pack-relative-relocs
endif

# All allocations, including the Swift runtime's, go through Sources/PlatformKernels/memory_wrapping.c: if the system
# refuses one, it comes from a reserve, and the call ends with an error.
wrapped := malloc calloc realloc aligned_alloc memalign posix_memalign free malloc_usable_size strdup \
  _Znwm _Znam _ZnwmSt11align_val_t
link_flags += $(foreach function,$(wrapped),-Xlinker --wrap=$(function))

examples := $(patsubst examples/%.c,build/examples/%,$(wildcard examples/*.c))
headers := $(wildcard include/equipoise/*.h)
cpp_headers := $(wildcard bindings/cpp/include/equipoise/*.hpp)
# Files generated from the header are not checked.
c_sources := $(filter-out %/equipoise_ffi.h, $(wildcard packaging/swift-runtime/*.c Sources/*Kernels/*.c \
  Sources/*Kernels/*.h Sources/*Kernels/include/*.h include/equipoise/*.h examples/*.c examples/*.h Tests/C/*.c \
  Tests/C/*.h Tests/C/*/*.h Tests/C/*/*.cpp))

.PHONY: all library interface interface-check dependencies test-dependencies demo examples test interchange-long test-quick install uninstall \
  bench lint docs docs-check faults fuzz clean
.DEFAULT_GOAL := all

all: library interface

dependencies:
	@packaging/install-dependencies.sh packaging/apt-packages.txt

test-dependencies:
	@packaging/install-dependencies.sh packaging/apt-packages.txt packaging/apt-packages-tests.txt

# ---- The library

# The compiler detects changes; the copy is made only if the library has changed.
library: dependencies
	@mkdir -p build
	@flags="$$(packaging/swift-runtime/link-flags.sh build/swift-runtime)" && set -f && \
	set -x && $(SWIFT) build -c release --scratch-path $(scratch) --jobs $(JOBS) --product equipoise $(link_flags) $$flags
	@built=$$(ls $(scratch)/release/libequipoise.so) && \
	if [ ! -e $(library) ] || [ "$$built" -nt $(library) ]; then \
	  strip --strip-unneeded -o $(library).new "$$built" && mv $(library).new $(library) && \
	  ln -sf $(notdir $(library)) build/$(soname) && ln -sf $(soname) build/libequipoise.so && \
	  echo "$(library): $$(stat -c %s $(library)) bytes"; \
	fi

# ---- The examples

# The library for the examples; a separate rule, so that they are not rebuilt every time.
$(library): | library

build/examples/%: examples/%.c $(wildcard examples/*.h) $(headers) $(library)
	@mkdir -p build/examples
	$(CC) -std=c99 $(WARNINGS) $(CFLAGS) -Iinclude -o $@ $< -Lbuild -lequipoise -ljson-c -lm -pthread \
	  -Wl,-rpath,'$$ORIGIN/..'

examples: library
	@$(MAKE) --no-print-directory $(examples)

build/data/lending.csv: build/examples/generate_lending
	@mkdir -p build/data
	build/examples/generate_lending $@

build/data/berkeley.csv: build/examples/berkeley
	@mkdir -p build/data
	build/examples/berkeley $@ > /dev/null

demo: examples
	@$(MAKE) --no-print-directory build/data/lending.csv
	@mkdir -p build/demo
	@echo
	build/examples/main_job examples/data/lending.onnx build/data/lending.csv \
	  examples/lending_finetune.json examples/lending_audit.json build/demo
	@echo
	build/examples/audit_report build/data/lending.csv examples/lending_report.json build/demo \
	  before=examples/data/lending.onnx after=build/demo/tuned.onnx
	@echo
	build/examples/berkeley build/data/berkeley.csv

# ---- Tests

# The Swift tests are built beside the library, most of whose modules wait for each other. If they do not compile, their
# part of the tests says so.
test: test-dependencies
	@mkdir -p build
	@$(SWIFT) build --build-tests --jobs $(JOBS) > build/swift-tests.log 2>&1 & tests=$$!; \
	$(MAKE) --no-print-directory library || { kill $$tests; exit 1; }; \
	wait $$tests || true
	@# The bindings run the main job on the demo's table.
	@$(MAKE) --no-print-directory examples build/data/lending.csv
	@JOBS=$(JOBS) CC="$(CC)" Tests/run.sh

interchange-long: library
	@Tests/Interchange/run.sh --long

# Takes less than three minutes once the library and the tests are built; needs neither ../shared nor the network.
test-quick: library
	@JOBS=$(JOBS) CC="$(CC)" Tests/run.sh --quick

# ---- Installing

# Builds only missing files: after `make`, `sudo make install` needs no compiler.
install:
	@[ -e $(library) ] || $(MAKE) --no-print-directory library
	install -d $(DESTDIR)$(PREFIX)/$(LIBDIR)/pkgconfig $(DESTDIR)$(PREFIX)/$(LIBDIR)/cmake/Equipoise \
	  $(DESTDIR)$(PREFIX)/include/equipoise
	install -m 755 $(library) $(DESTDIR)$(PREFIX)/$(LIBDIR)/
	ln -sf libequipoise.so.$(VERSION) $(DESTDIR)$(PREFIX)/$(LIBDIR)/$(soname)
	ln -sf $(soname) $(DESTDIR)$(PREFIX)/$(LIBDIR)/libequipoise.so
	install -m 644 $(headers) $(cpp_headers) include/equipoise/module.modulemap include/equipoise/api.json \
	  $(DESTDIR)$(PREFIX)/include/equipoise/
	install -d $(DESTDIR)$(PREFIX)/share/doc/equipoise/docs
	install -m 644 LICENSE README.md CHANGELOG.md SECURITY.md $(DESTDIR)$(PREFIX)/share/doc/equipoise/
	install -m 644 docs/*.md docs/*.svg $(DESTDIR)$(PREFIX)/share/doc/equipoise/docs/
	@for file in pkgconfig/equipoise.pc cmake/Equipoise/EquipoiseConfig.cmake \
	  cmake/Equipoise/EquipoiseConfigVersion.cmake; do \
	  sed -e 's|@PREFIX@|$(PREFIX)|g' -e 's|@LIBDIR@|$(LIBDIR)|g' -e 's|@VERSION@|$(VERSION)|g' \
	    -e 's|@ABI@|$(ABI)|g' packaging/$$(basename $$file).in \
	    > $(DESTDIR)$(PREFIX)/$(LIBDIR)/$$file && echo "$(DESTDIR)$(PREFIX)/$(LIBDIR)/$$file"; \
	done
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" -eq 0 ] && [ "$(filter /usr /usr/local,$(PREFIX))" ]; then ldconfig || true; fi

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/$(LIBDIR)/libequipoise.so.$(VERSION) \
	  $(DESTDIR)$(PREFIX)/$(LIBDIR)/$(soname) $(DESTDIR)$(PREFIX)/$(LIBDIR)/libequipoise.so \
	  $(DESTDIR)$(PREFIX)/$(LIBDIR)/pkgconfig/equipoise.pc
	rm -rf $(DESTDIR)$(PREFIX)/$(LIBDIR)/cmake/Equipoise $(DESTDIR)$(PREFIX)/include/equipoise \
	  $(DESTDIR)$(PREFIX)/share/doc/equipoise

# ---- Measuring, style, documents

bench: library
	@[ -x benchmarks/run.sh ] || { echo "there are no benchmarks here yet" >&2; exit 1; }
	@benchmarks/run.sh $(CASE)

lint:
	$(SWIFT) format lint --strict --recursive --parallel Sources Tests Package.swift
	clang-format --dry-run -Werror $(c_sources)

docs: dependencies
	$(SWIFT) run --jobs $(JOBS) ConfigurationReference > docs/configuration.md.new
	mv docs/configuration.md.new docs/configuration.md

docs-check:
	@$(SWIFT) run --jobs $(JOBS) ConfigurationReference | diff -u docs/configuration.md - || \
	  { echo "docs/configuration.md is not up to date; run make docs" >&2; exit 1; }

interface: dependencies
	@python3 packaging/interface/generate.py

interface-check:
	@python3 packaging/interface/generate.py --check

fuzz:
	@[ -x Tests/Fuzz/run.sh ] || { echo "there are no fuzzers here yet" >&2; exit 1; }
	@Tests/Fuzz/run.sh $(SECONDS)

# `make test` tests some allocations of each call; this tests all of them.
faults: library
	@EQUIPOISE_TEST_FAULTS=0 EQUIPOISE_TEST_TIMEOUT=14400 Tests/C/run.sh faults

clean:
	rm -rf build .build $(scratch)
