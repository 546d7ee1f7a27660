# SPDX-License-Identifier: Apache-2.0
ui_test_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/ui $(CMOCKA_CFLAGS)
if HAVE_TESTS
if TUI
check_PROGRAMS += tests/unit/test_canvas
tests_unit_test_canvas_SOURCES = tests/unit/test_canvas.c tests/unit/unit.h tests/unit/golden.h
tests_unit_test_canvas_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_canvas_LDADD = libui.a $(BASE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_canvas
endif
endif
EXTRA_DIST += tests/golden
