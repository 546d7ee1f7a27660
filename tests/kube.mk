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

# the client: answers, watches over a scripted transport
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_kube_status tests/unit/test_kube_watch
tests_unit_test_kube_status_SOURCES = tests/unit/test_kube_status.c tests/unit/unit.h
tests_unit_test_kube_status_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_kube_status_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
tests_unit_test_kube_watch_SOURCES = tests/unit/test_kube_watch.c tests/unit/kube_fake.h tests/unit/unit.h
tests_unit_test_kube_watch_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_kube_watch_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_kube_status tests/unit/test_kube_watch
endif
