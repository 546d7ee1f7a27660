# SPDX-License-Identifier: Apache-2.0
# A fragment per subsystem, so that two people seldom edit one.
include tests/base.mk
include tests/text.mk
include tests/data.mk
include tests/schema.mk
include tests/cel.mk
include tests/guardrail.mk
include tests/document.mk
include tests/catalog.mk
include tests/store.mk
include tests/kube.mk
include tests/kube_config.mk
include tests/sim.mk
include tests/ssa.mk
include tests/simlive.mk
include tests/engine.mk
include tests/ui.mk
include tests/cli.mk
include tests/real.mk
include tests/resources.mk
include tests/spine.mk

if HAVE_TESTS
TESTS += $(check_PROGRAMS)
endif
# What the tests in shell begin with.
EXTRA_DIST += tests/tap.bash tests/sim.bash
TESTS += tests/layering.sh
dist_check_SCRIPTS += tests/layering.sh

.PHONY: bench check-fuzz check-valgrind check-long
bench: $(bench_programs) $(bin_PROGRAMS)
	@for p in $(bench_programs); do ./$$p || exit 1; done

EXTRA_PROGRAMS += $(bench_programs) $(fuzz_targets)

# Seconds a fuzzer runs: make check-fuzz FUZZ_SECONDS=600
FUZZ_SECONDS = 20
FUZZ_JOBS = 2
EXTRA_DIST += tests/fuzz/run tests/fuzz/corpus
check-fuzz: $(fuzz_targets)
	@printf '%s\n' $(fuzz_targets) | \
	  xargs -P $(FUZZ_JOBS) -I{} $(SHELL) $(srcdir)/tests/fuzz/run {} $(FUZZ_SECONDS) $(srcdir)

EXTRA_DIST += tests/valgrind.supp
VALGRIND_JOBS = 2
EXTRA_DIST += tests/valgrind
check-valgrind: $(valgrind_tests)
	@printf '%s\n' $(valgrind_tests) | \
	  top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	  xargs -P $(VALGRIND_JOBS) -I{} $(SHELL) $(srcdir)/tests/valgrind {} $(srcdir)/tests/valgrind.supp
CLEANFILES += tests/unit/*.valgrind tests/hostile/*.valgrind
