# SPDX-License-Identifier: Apache-2.0
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_cel
tests_unit_test_cel_SOURCES = tests/unit/test_cel.c tests/unit/unit.h
tests_unit_test_cel_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_cel_LDADD = $(CEL_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_cel
endif
