# SPDX-License-Identifier: GPL-3.0-or-later
# isocost: `make bench` measures, `make check` tests; both install what is missing first.
# BUILD=dir builds elsewhere, CC=clang with clang, SANITIZE=address,undefined under sanitizers, WERROR=1 fails on warnings.

BUILD ?= build
SUITE ?= standard
CC = gcc
AR = ar
OPT ?= -O2
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef \
       -Wformat=2 -Wvla -Wimplicit-fallthrough -Wno-missing-field-initializers $(if $(WERROR),-Werror)
SAN = $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
VERSION := 0.1.0
# For who packages it. The workload programs don't get them: the timed code is the same everywhere.
CFLAGS_EXTRA ?=
LDFLAGS_EXTRA ?=

PKGS_base := gsl
PKGS_model := inih gsl
PKGS_stats := gsl
PKGS_env := gsl libvirt libvirt-qemu libseccomp libcap-ng libnl-route-3.0 libarchive jansson liblz4 liblzma libzstd
PKGS_store := jansson hwloc
PKGS_report := gsl libvirt libcmark-gfm
PKGS_load := zlib
PKGS := $(sort $(PKGS_load) $(PKGS_base) $(PKGS_model) $(PKGS_stats) $(PKGS_env) $(PKGS_store) $(PKGS_report))

CFLAGS = $(OPT) -g -std=gnu11 $(WARN) $(SAN) $(CFLAGS_EXTRA)
CPPFLAGS = -D_GNU_SOURCE -DISOCOST_VERSION='"$(VERSION)"' -Iharness -Iworkloads -I$(BUILD)/gen $(PKG_CFLAGS)
# Asked once, and only when something is built: bootstrap must run without pkg-config.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)

# Lowest layer last: the order in which the linker wants them.
LAYERS := report run store env stats model base
HARNESS_LIBS := $(LAYERS:%=$(BUILD)/lib%.a)
layer_src = $(wildcard harness/$(1)/*.c)
objs = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

CMD_SRC := $(wildcard harness/*.c)
INIT_SRC := $(wildcard workloads/isoinit*.c)
# The applications' program has libraries in it that isoload, which is started again and again, does without.
APP_SRC := $(wildcard workloads/isoapp*.c)
LOAD_SRC := $(filter-out workloads/isoload.c workloads/app.c $(APP_SRC) $(INIT_SRC),$(wildcard workloads/*.c))
# The timed code is the same bytes in every arm: static, and never built with sanitizers; stripped, since every launch hashes them and
# every guest unpacks them.
LOAD_CFLAGS = $(OPT) -g -std=gnu11 $(WARN) -fno-plt -ffp-contract=off -ffunction-sections -fdata-sections \
              -fno-asynchronous-unwind-tables
# Nothing that is not used, and no padding between segments: the guest's initramfs is to stay small.
LOAD_LDFLAGS = -static -s -Wl,--gc-sections -Wl,-z,noseparate-code
# Experiments on made-up data that the statistics are put to: scripts/bench-stats.d runs them.
LIBS_STORE := store model base load
SIMS := $(patsubst tests/sim/%.c,$(BUILD)/sim/%,$(wildcard tests/sim/*.c))
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_LAYERS := report store stats model base
TESTS := $(patsubst tests/test_%.c,$(BUILD)/tests/test_%,$(wildcard tests/test_*.c))

.PHONY: all bench plots bench-guests bench-peers bench-stats fuzz fuzzers fidelity guest-kernel app-root check check-here clean bootstrap tests syntax \
        unit e2e layers install uninstall dist deb
all: $(BUILD)/isocost $(BUILD)/isoload $(BUILD)/isoapp $(BUILD)/isoinit

# Measure and report. 4 (an arm can't run here) still gives a report; anything worse stops.
bench: bootstrap
	@$(MAKE) --no-print-directory all
	@scripts/bench $(SUITE) $(BUILD)

# The container beside other sandboxes, and the tail of its own startup, which takes 1000 launches to see. Their packages too; the
# reports stay in the runs' directories.
LAUNCHES ?= 200
bench-peers:
	@scripts/bootstrap --peers
	@$(MAKE) --no-print-directory all
	@scripts/bench-peers $(BUILD) $(LAUNCHES)

# Workloads beside the tools that the field trusts, on the host, in turns. ONLY="name …" takes some of scripts/fidelity.d; all of them
# also give the table that documents have.
REPEAT ?= 10
fidelity:
	@scripts/bootstrap --fidelity
	@BUILD=$(BUILD) scripts/app-root || true
	@$(MAKE) --no-print-directory all
	@scripts/fidelity $(if $(ONLY),,--markdown results/fidelity-$$(uname -n).md) $(BUILD) $(REPEAT) $(ONLY)

# The figures of a run as SVG and PNG: RUN=results/…, the last one where it is not said; THEME=slides for slides.
RUN ?= $(lastword $(sort $(wildcard results/*/)))
THEME ?= page
plots: all
	@$(BUILD)/isocost plot $(RUN) --theme $(THEME)

# Many guests: no hang, no leak.
STARTS ?= 200
TOGETHER ?= 20
bench-guests: bootstrap
	@$(MAKE) --no-print-directory all $(BUILD)/tests/test_vm_many
	@scripts/bench-guests $(BUILD) $(STARTS) $(TOGETHER)

# The statistics on made-up data whose truth is known, and on launches that were slowed down. ONLY="name …" takes some of
# scripts/bench-stats.d, TRIES=n fewer experiments.
bench-stats: bootstrap
	@$(MAKE) --no-print-directory all $(SIMS)
	@scripts/bench-stats $(BUILD) $(ONLY)

# The kernel of `kernel = tiny`: minutes, once; nothing when it is there.
guest-kernel:
	@BUILD=$(BUILD) scripts/guest-kernel

# The root file system of applications, of Debian's packages: seconds, once; nothing when it is there.
app-root:
	@BUILD=$(BUILD) scripts/app-root

# Bytes that nobody would write, to everything that reads files or records: FUZZ_TIME seconds a program, all of them or ONLY="name …".
FUZZ_TIME ?= 60
fuzz: bootstrap
	@$(MAKE) --no-print-directory fuzzers BUILD=build-fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined OPT=-O1
	@scripts/fuzz --time $(FUZZ_TIME) build-fuzz $(ONLY)
fuzzers: $(FUZZERS)

check: bootstrap
	@scripts/check

bootstrap:
	@scripts/bootstrap

define layer_rule
$(BUILD)/lib$(1).a: $$(call objs,$$(call layer_src,$(1)))
	@mkdir -p $$(@D) && rm -f $$@
	$$(AR) rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rule,$(l))))

# What a run says it was measured with. Only who includes this is built again when it is another.
$(BUILD)/gen/commit.h: FORCE
	@mkdir -p $(@D)
	@commit=$$(scripts/commit); printf '#define ISOCOST_COMMIT "%s"\n' "$$commit" >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
$(BUILD)/obj/harness/commit.o: $(BUILD)/gen/commit.h

$(BUILD)/libload.a: $(call objs,$(LOAD_SRC))
	@mkdir -p $(@D) && rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/isocost: $(call objs,$(CMD_SRC)) $(HARNESS_LIBS) $(BUILD)/libload.a
	$(CC) $(CFLAGS) $(LDFLAGS_EXTRA) -o $@ $^ $(PKG_LIBS) -lpthread -lm

$(BUILD)/isoload: $(BUILD)/obj/workloads/isoload.o $(BUILD)/obj/workloads/app.o $(BUILD)/libload.a
	$(CC) $(LOAD_LDFLAGS) -o $@ $^ -lz -lm -lpthread

$(BUILD)/isoapp: $(call objs,$(APP_SRC)) $(BUILD)/libload.a $(BUILD)/gen/libsqlite3.a
	$(CC) $(LOAD_LDFLAGS) -o $@ $^ -lm -lpthread

# The package's, but for the functions that load extensions: isoapp.c has its own.
$(BUILD)/gen/libsqlite3.a:
	@mkdir -p $(@D)
	objcopy $(foreach f,dlopen dlsym dlclose dlerror,--redefine-sym $(f)=app_$(f)) $$($(CC) -print-file-name=libsqlite3.a) $@

# isoload becomes this isoapp and no other.
$(BUILD)/gen/isoapp_sha256.h: $(BUILD)/isoapp
	@mkdir -p $(@D)
	sha256sum $< | sed 's/\([0-9a-f]*\).*/#define ISOAPP_SHA256 "\1"/' >$@

$(BUILD)/obj/workloads/app.o: $(BUILD)/gen/isoapp_sha256.h

$(BUILD)/isoinit: $(call objs,$(INIT_SRC))
	$(CC) $(LOAD_LDFLAGS) -o $@ $^

$(BUILD)/obj/workloads/%.o: workloads/%.c
	@mkdir -p $(@D)
	$(CC) $(LOAD_CFLAGS) -D_GNU_SOURCE -DISOCOST_VERSION='"$(VERSION)"' -Iworkloads -I$(BUILD)/gen -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/test_%: $(BUILD)/obj/tests/test_%.o $(HARNESS_LIBS) $(BUILD)/libload.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $^ $(PKG_LIBS) -lcmocka -lpthread -lm

include install.mk

# This one writes run directories as isocost does.
$(BUILD)/sim/make_runs: $(BUILD)/obj/tests/sim/make_runs.o $(LIBS_STORE:%=$(BUILD)/lib%.a)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $^ $(PKG_LIBS) -lm
# The rule of adaptive runs, without what the rest of its layer needs.
$(BUILD)/sim/adaptive: $(call objs,harness/model/adaptive.c)
$(BUILD)/sim/%: $(BUILD)/obj/tests/sim/%.o $(BUILD)/libstats.a $(BUILD)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $^ $(PKG_LIBS) -lm

# libFuzzer's programs, of a build of their own: `make fuzz`. fuzz_kernel takes no more of env than it needs, so that the rest is not built.
$(BUILD)/fuzz/kernel: $(call objs,tests/fuzz/fuzz_kernel.c harness/env/guestkernel.c harness/env/kernelelf.c harness/env/kernelmark.c)
$(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(FUZZ_LAYERS:%=$(BUILD)/lib%.a) $(BUILD)/libload.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -fsanitize=fuzzer -o $@ -Wl,--start-group $^ -Wl,--end-group $(PKG_LIBS) -lpthread -lm

tests: $(TESTS) $(SIMS)

# What a compiler says of the sources that the fuzzers leave out, of which nobody wants its objects: with WERROR=1 it says nothing. What it
# finds does not depend on the code that it would make. The timed code, which has flags of its own, is built.
SYNTAX_SRC := $(CMD_SRC) $(foreach l,$(filter-out $(FUZZ_LAYERS),$(LAYERS)),$(call layer_src,$(l))) $(wildcard tests/test_*.c tests/sim/*.c)
syntax: $(SYNTAX_SRC:%.c=$(BUILD)/obj/syntax/%.ok) $(BUILD)/isoload $(BUILD)/isoapp $(BUILD)/isoinit
$(BUILD)/obj/syntax/harness/commit.ok: $(BUILD)/gen/commit.h
$(BUILD)/obj/syntax/harness/paths.ok: $(BUILD)/gen/installdirs.h
$(BUILD)/obj/syntax/%.ok: %.c
	@mkdir -p $(@D)
	$(CC) -fsyntax-only $(CFLAGS) $(CPPFLAGS) -MMD -MP -MF $(@:.ok=.d) -MT $@ $<
	@touch $@

# The tests of this build: `make check` runs them in every configuration.
unit: all tests
	@scripts/run-units $(BUILD)
# JOBS files at once.
JOBS ?= 1
e2e: all
	@JOBS=$(JOBS) scripts/run-e2e $(BUILD)
layers:
	@scripts/check-layers

clean:
	rm -rf build build-*

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
