# SPDX-License-Identifier: Apache-2.0
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_schema
tests_unit_test_schema_SOURCES = tests/unit/test_schema.c tests/unit/unit.h
tests_unit_test_schema_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_schema_LDADD = $(SCHEMA_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_schema

check_PROGRAMS += tests/unit/test_validate
tests_unit_test_validate_SOURCES = tests/unit/test_validate.c tests/unit/unit.h
tests_unit_test_validate_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_validate_LDADD = $(SCHEMA_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_validate
endif

if FUZZING
fuzz_targets += tests/fuzz/fuzz_schema
tests_fuzz_fuzz_schema_SOURCES = tests/fuzz/fuzz_schema.c
tests_fuzz_fuzz_schema_LDADD = $(SCHEMA_LINK)
tests_fuzz_fuzz_schema_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

EXTRA_DIST += $(srcdir)/tests/fuzz/corpus/fuzz_schema
