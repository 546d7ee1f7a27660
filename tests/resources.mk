# SPDX-License-Identifier: Apache-2.0
# Looking at any kind: tables, objects, logs.
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_looks
tests_unit_test_looks_SOURCES = tests/unit/test_looks.c tests/unit/engine_fake.h \
	tests/unit/kube_fake.h tests/unit/store_fixture.h tests/unit/unit.h
tests_unit_test_looks_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_looks_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_looks
endif
real_tests += tests/real/resources.sh
