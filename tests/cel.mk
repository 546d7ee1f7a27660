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
