# SPDX-License-Identifier: Apache-2.0
# The short way in; Meson (meson.build) does the work. make help lists the targets.
.POSIX:
.SUFFIXES:

PREFIX = /usr/local
DESTDIR =
BUILD = build
ARGS = --help

all: $(BUILD)/build.ninja
	@quiet=--quiet; if [ -t 1 ]; then quiet=; fi; ninja -C $(BUILD) $$quiet

help:
	@echo 'make            build $(BUILD)/cove, libcove and the examples'
	@echo 'make run        install what is missing, build, and open a first box'
	@echo 'make check      install what is missing, build, and run every test'
	@echo 'make quick      unit tests, golden tests and the layers check only'
	@echo 'make check-vm   limits and the like, in throwaway virtual machines with cgroup v2'
	@echo "make vm ARGS='-- COMMAND'   run a command in a throwaway virtual machine with cgroup v2"
	@echo 'make bench      compare with a bare program, bwrap, unshare, crun and runc'
	@echo 'make coverage   run the tests, and print which lines they reach'
	@echo 'make install    install below PREFIX=$(PREFIX) (and DESTDIR=)'
	@echo 'make fmt        format the sources with clang-format'
	@echo 'make clean      remove $(BUILD)/'

$(BUILD)/build.ninja:
	@meson setup $(BUILD) --prefix='$(PREFIX)' --libdir=lib >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@mv $(BUILD).log $(BUILD)/setup.log

run: run-deps
	@$(MAKE) --no-print-directory all
	@tools/first-box $(BUILD)/cove

check: check-deps
	@$(MAKE) --no-print-directory all
	@test/run-all

quick: check-deps
	@$(MAKE) --no-print-directory all
	@test/run-all --quick

check-vm: check-deps vm-deps
	@$(MAKE) --no-print-directory all
	@test/run-all --machines

vm: vm-deps
	@$(MAKE) --no-print-directory all
	@test/vm/vm $(ARGS)

bench: bench-deps
	@$(MAKE) --no-print-directory all
	@bench/run
	@bench/oci

coverage: check-deps
	@$(MAKE) --no-print-directory all
	@test/run-all --coverage

install: all
	@meson configure $(BUILD) --prefix='$(PREFIX)'
	@DESTDIR='$(DESTDIR)' meson install -C $(BUILD)

fmt:
	@find src include test examples bench -name '*.[ch]' -exec clang-format -i {} +

clean:
	rm -rf $(BUILD)

run-deps check-deps vm-deps bench-deps:
	@tools/install-deps $(@:-deps=)

.PHONY: all help run check quick check-vm vm bench coverage install fmt clean run-deps check-deps vm-deps \
	bench-deps
