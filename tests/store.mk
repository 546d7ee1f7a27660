# SPDX-License-Identifier: Apache-2.0
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_store tests/unit/test_store_crash
tests_unit_test_store_SOURCES = tests/unit/test_store.c tests/unit/store_fixture.h tests/unit/unit.h
tests_unit_test_store_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_store_LDADD = $(STORE_LINK) $(CMOCKA_LIBS)
tests_unit_test_store_crash_SOURCES = tests/unit/test_store_crash.c tests/unit/store_fixture.h \
	tests/unit/unit.h
tests_unit_test_store_crash_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_store_crash_LDADD = $(STORE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_store
endif

bench_programs += tests/bench/bench_store
tests_bench_bench_store_SOURCES = tests/bench/bench_store.c
tests_bench_bench_store_LDADD = $(STORE_LINK)

TESTS += tests/store_verb.sh
dist_check_SCRIPTS += tests/store_verb.sh
