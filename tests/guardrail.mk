# SPDX-License-Identifier: Apache-2.0
GUARDRAIL_LINK = libcatalog.a $(CEL_LINK)
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_guardrail
tests_unit_test_guardrail_SOURCES = tests/unit/test_guardrail.c tests/unit/unit.h
tests_unit_test_guardrail_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_guardrail_LDADD = $(GUARDRAIL_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_guardrail
endif

TESTS += tests/guardrail.sh
dist_check_SCRIPTS += tests/guardrail.sh

EXTRA_DIST += doc/examples/catalog
