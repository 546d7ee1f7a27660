# SPDX-License-Identifier: Apache-2.0
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_val
tests_unit_test_val_SOURCES = tests/unit/test_val.c tests/unit/unit.h
tests_unit_test_val_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_val_LDADD = $(DATA_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_val
endif

# paths, field sets, differences
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_path
tests_unit_test_path_SOURCES = tests/unit/test_path.c tests/unit/unit.h
tests_unit_test_path_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_path_LDADD = $(DATA_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_path
endif
