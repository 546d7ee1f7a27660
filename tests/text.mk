# SPDX-License-Identifier: Apache-2.0
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_text
tests_unit_test_text_SOURCES = tests/unit/test_text.c tests/unit/unit.h
tests_unit_test_text_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_text_LDADD = $(BASE_LINK) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_zone
tests_unit_test_zone_SOURCES = tests/unit/test_zone.c tests/unit/unit.h
tests_unit_test_zone_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_zone_LDADD = $(BASE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_text tests/unit/test_zone
endif
if FUZZING
fuzz_targets += tests/fuzz/fuzz_text
tests_fuzz_fuzz_text_SOURCES = tests/fuzz/fuzz_text.c
tests_fuzz_fuzz_text_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_text_LDADD = $(BASE_LINK)
endif
EXTRA_DIST += tests/fuzz/corpus/fuzz_text
