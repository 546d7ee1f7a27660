# SPDX-License-Identifier: Apache-2.0
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_cel
tests_unit_test_cel_SOURCES = tests/unit/test_cel.c tests/unit/unit.h
tests_unit_test_cel_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_cel_LDADD = $(CEL_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_cel
endif

if FUZZING
fuzz_targets += tests/fuzz/fuzz_cel tests/fuzz/fuzz_cel_check tests/fuzz/fuzz_cel_eval
tests_fuzz_fuzz_cel_SOURCES = tests/fuzz/fuzz_cel.c
tests_fuzz_fuzz_cel_LDADD = $(CEL_LINK)
tests_fuzz_fuzz_cel_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_cel_check_SOURCES = tests/fuzz/fuzz_cel_check.c
tests_fuzz_fuzz_cel_check_LDADD = $(CEL_LINK)
tests_fuzz_fuzz_cel_check_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_cel_eval_SOURCES = tests/fuzz/fuzz_cel_eval.c
tests_fuzz_fuzz_cel_eval_LDADD = $(CEL_LINK)
tests_fuzz_fuzz_cel_eval_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

EXTRA_DIST += $(srcdir)/tests/fuzz/corpus/fuzz_cel $(srcdir)/tests/fuzz/corpus/fuzz_cel_check \
	$(srcdir)/tests/fuzz/corpus/fuzz_cel_eval

bench_programs += tests/bench/bench_cel
tests_bench_bench_cel_SOURCES = tests/bench/bench_cel.c
tests_bench_bench_cel_LDADD = $(CEL_LINK)
EXTRA_DIST += tests/bench/celgo/main.go tests/bench/celgo/go.mod tests/bench/celgo/go.sum

# the peer; bench_cel says so when it is not there
.PHONY: bench-celgo
bench: bench-celgo
bench-celgo:
	@if command -v go >/dev/null 2>&1; then \
	  mkdir -p tests/bench/celgo && out=`pwd`/tests/bench/celgo/celgo && \
	  (cd $(srcdir)/tests/bench/celgo && go build -mod=readonly -o "$$out" .) || \
	  echo "# celgo: could not be built"; \
	else echo "# celgo: no Go here"; fi

TESTS += tests/cel.sh
dist_check_SCRIPTS += tests/cel.sh
