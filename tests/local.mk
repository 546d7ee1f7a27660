# SPDX-License-Identifier: Apache-2.0
# A fragment per subsystem, so that two people seldom edit one.
include tests/base.mk
include tests/text.mk
include tests/data.mk
include tests/schema.mk
include tests/cel.mk
include tests/store.mk
include tests/kube.mk
include tests/kube_config.mk
include tests/sim.mk
include tests/engine.mk
include tests/ui.mk
include tests/cli.mk
include tests/real.mk

if HAVE_TESTS
TESTS += $(check_PROGRAMS)
endif
TESTS += tests/layering.sh
dist_check_SCRIPTS += tests/layering.sh

.PHONY: bench check-fuzz check-valgrind check-long
bench: $(bench_programs) $(bin_PROGRAMS)
	@for p in $(bench_programs); do ./$$p || exit 1; done

EXTRA_PROGRAMS += $(bench_programs) $(fuzz_targets)

# Seconds a fuzzer runs: make check-fuzz FUZZ_SECONDS=600
FUZZ_SECONDS = 20
check-fuzz: $(fuzz_targets)
	@for p in $(fuzz_targets); do n=$$(basename $$p); \
	  mkdir -p fuzz-corpus/$$n; \
	  seeds=$(srcdir)/tests/fuzz/corpus/$$n; [ -d $$seeds ] || seeds=; \
	  echo "fuzz $$n $(FUZZ_SECONDS) s"; \
	  ./$$p -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=2048 -timeout=10 -print_final_stats=0 \
	    -verbosity=0 fuzz-corpus/$$n $$seeds 2>fuzz-$$n.log || { tail -40 fuzz-$$n.log; exit 1; }; \
	done

EXTRA_DIST += tests/valgrind.supp
check-valgrind: $(valgrind_tests)
	@bad=; for p in $(valgrind_tests); do \
	  top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	  valgrind -q --suppressions=$(srcdir)/tests/valgrind.supp --error-exitcode=9 --leak-check=full \
	    --errors-for-leak-kinds=definite ./$$p >$$p.valgrind 2>&1 && echo "ok valgrind $$p" \
	    || { echo "not ok valgrind $$p"; grep -A12 '^==\|ERROR\|FAILED' $$p.valgrind | head -60; bad=1; }; \
	done; test -z "$$bad"
CLEANFILES += tests/unit/*.valgrind
