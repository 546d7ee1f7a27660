# SPDX-License-Identifier: Apache-2.0
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_kube_places
tests_unit_test_kube_places_SOURCES = tests/unit/test_kube_places.c tests/unit/unit.h
tests_unit_test_kube_places_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_kube_places_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_kube_places
endif
