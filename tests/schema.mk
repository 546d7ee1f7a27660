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
