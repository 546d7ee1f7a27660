# SPDX-License-Identifier: Apache-2.0

# who owns what, how healthy it is
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_kstatus tests/unit/test_ownership
tests_unit_test_kstatus_SOURCES = tests/unit/test_kstatus.c tests/unit/unit.h
tests_unit_test_kstatus_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_kstatus_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
tests_unit_test_ownership_SOURCES = tests/unit/test_ownership.c tests/unit/unit.h
tests_unit_test_ownership_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_ownership_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_kstatus tests/unit/test_ownership
endif
