# SPDX-License-Identifier: Apache-2.0
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_typed
tests_unit_test_typed_SOURCES = tests/unit/test_typed.c tests/unit/unit.h
tests_unit_test_typed_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_typed_LDADD = $(SCHEMA_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_typed
endif
