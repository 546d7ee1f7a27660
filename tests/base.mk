# SPDX-License-Identifier: Apache-2.0
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_base
tests_unit_test_base_SOURCES = tests/unit/test_base.c tests/unit/unit.h
tests_unit_test_base_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base_LDADD = $(BASE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_base

check_PROGRAMS += tests/unit/test_loop
tests_unit_test_loop_SOURCES = tests/unit/test_loop.c tests/unit/unit.h
tests_unit_test_loop_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_loop_LDADD = $(BASE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_loop

check_PROGRAMS += tests/unit/test_tree_watch
tests_unit_test_tree_watch_SOURCES = tests/unit/test_tree_watch.c tests/unit/unit.h
tests_unit_test_tree_watch_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_tree_watch_LDADD = $(BASE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_tree_watch

check_PROGRAMS += tests/unit/test_log
tests_unit_test_log_SOURCES = tests/unit/test_log.c tests/unit/unit.h
tests_unit_test_log_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_log_LDADD = $(BASE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_log
endif
