# SPDX-License-Identifier: Apache-2.0
ui_test_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/ui $(CMOCKA_CFLAGS)
if HAVE_TESTS
if TUI
check_PROGRAMS += tests/unit/test_canvas
tests_unit_test_canvas_SOURCES = tests/unit/test_canvas.c tests/unit/unit.h tests/unit/golden.h
tests_unit_test_canvas_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_canvas_LDADD = libui.a $(BASE_LINK) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_keys
tests_unit_test_keys_SOURCES = tests/unit/test_keys.c tests/unit/unit.h
tests_unit_test_keys_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_keys_LDADD = libui.a $(BASE_LINK) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_app
tests_unit_test_app_SOURCES = tests/unit/test_app.c tests/unit/unit.h tests/unit/golden.h
tests_unit_test_app_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_app_LDADD = libui.a $(BASE_LINK) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_keys_file
tests_unit_test_keys_file_SOURCES = tests/unit/test_keys_file.c tests/unit/unit.h
tests_unit_test_keys_file_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_keys_file_LDADD = libui.a $(DATA_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_keys_file

check_PROGRAMS += tests/unit/test_theme
tests_unit_test_theme_SOURCES = tests/unit/test_theme.c tests/unit/unit.h
tests_unit_test_theme_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_theme_LDADD = libui.a $(DATA_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_theme tests/unit/test_canvas tests/unit/test_keys tests/unit/test_app
check_PROGRAMS += tests/unit/test_fleet
tests_unit_test_fleet_SOURCES = tests/unit/test_fleet.c tests/unit/story.c tests/unit/story.h \
	tests/unit/unit.h tests/unit/golden.h
tests_unit_test_fleet_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_fleet_LDADD = libui.a $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_fleet
story_sources = tests/unit/story.c tests/unit/story.h tests/unit/story_day.c tests/unit/story_day.h \
	tests/unit/view_fixture.h tests/unit/unit.h tests/unit/golden.h
check_PROGRAMS += tests/unit/test_plain
tests_unit_test_plain_SOURCES = tests/unit/test_plain.c tests/unit/story_plan.c \
	tests/unit/story_plan.h tests/unit/story_catalog.c tests/unit/story_catalog.h $(story_sources)
tests_unit_test_plain_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_plain_LDADD = libui.a $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_plain
check_PROGRAMS += tests/unit/test_activity
tests_unit_test_activity_SOURCES = tests/unit/test_activity.c tests/unit/story_plan.c \
	tests/unit/story_plan.h $(story_sources)
tests_unit_test_activity_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_activity_LDADD = libui.a $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_activity
check_PROGRAMS += tests/unit/test_environments
tests_unit_test_environments_SOURCES = tests/unit/test_environments.c tests/unit/story_plan.c \
	tests/unit/story_plan.h tests/unit/story_catalog.c tests/unit/story_catalog.h $(story_sources)
tests_unit_test_environments_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_environments_LDADD = libui.a $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_environments
check_PROGRAMS += tests/unit/test_links
tests_unit_test_links_SOURCES = tests/unit/test_links.c tests/unit/story_plan.c \
	tests/unit/story_plan.h tests/unit/story_catalog.c tests/unit/story_catalog.h $(story_sources)
tests_unit_test_links_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_links_LDADD = libui.a $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_links
check_PROGRAMS += tests/unit/test_history_view
tests_unit_test_history_view_SOURCES = tests/unit/test_history_view.c $(story_sources)
tests_unit_test_history_view_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_history_view_LDADD = libui.a $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_history_view
check_PROGRAMS += tests/unit/test_compare_view
tests_unit_test_compare_view_SOURCES = tests/unit/test_compare_view.c $(story_sources)
tests_unit_test_compare_view_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_compare_view_LDADD = libui.a $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_compare_view
check_PROGRAMS += tests/unit/test_catalog_views
tests_unit_test_catalog_views_SOURCES = tests/unit/test_catalog_views.c tests/unit/story_catalog.c \
	tests/unit/story_catalog.h $(story_sources)
tests_unit_test_catalog_views_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_catalog_views_LDADD = libui.a $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_catalog_views
check_PROGRAMS += tests/unit/test_launch_view
tests_unit_test_launch_view_SOURCES = tests/unit/test_launch_view.c tests/unit/story_catalog.c \
	tests/unit/story_catalog.h $(story_sources)
tests_unit_test_launch_view_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_launch_view_LDADD = libui.a $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_launch_view
check_PROGRAMS += tests/unit/test_form_model
tests_unit_test_form_model_SOURCES = tests/unit/test_form_model.c tests/unit/unit.h
tests_unit_test_form_model_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_form_model_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_form_model
check_PROGRAMS += tests/unit/test_plan_view
tests_unit_test_plan_view_SOURCES = tests/unit/test_plan_view.c tests/unit/story_plan.c \
	tests/unit/story_plan.h $(story_sources)
tests_unit_test_plan_view_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_plan_view_LDADD = libui.a $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_plan_view
check_PROGRAMS += tests/unit/test_drift_views
tests_unit_test_drift_views_SOURCES = tests/unit/test_drift_views.c tests/unit/story_catalog.c \
	tests/unit/story_catalog.h $(story_sources)
tests_unit_test_drift_views_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_drift_views_LDADD = libui.a $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_drift_views
if HAVE_VTERM
# A program in a pseudo-terminal; tests/pty/pty.h serves other tests, too.
noinst_LIBRARIES += libpty.a
libpty_a_SOURCES = tests/pty/pty.c tests/pty/pty.h
libpty_a_CPPFLAGS = $(AM_CPPFLAGS) $(VTERM_CFLAGS)
noinst_PROGRAMS += tests/pty/console
tests_pty_console_SOURCES = tests/pty/console.c
tests_pty_console_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/ui
tests_pty_console_LDADD = $(UI_LINK) $(BASE_LINK)
check_PROGRAMS += tests/pty/test_pty
tests_pty_test_pty_SOURCES = tests/pty/test_pty.c
tests_pty_test_pty_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_pty_test_pty_LDADD = libpty.a $(VTERM_LIBS) $(CMOCKA_LIBS) -lutil
check_PROGRAMS += tests/pty/test_tour tests/pty/test_story
# tests/real/tour.sh plays it on real control planes.
real_tour = tests/pty/test_tour
tests_pty_test_story_SOURCES = tests/pty/test_story.c
tests_pty_test_story_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_pty_test_story_LDADD = libpty.a $(VTERM_LIBS) $(CMOCKA_LIBS) -lutil
tests_pty_test_tour_SOURCES = tests/pty/test_tour.c
tests_pty_test_tour_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_pty_test_tour_LDADD = libpty.a $(VTERM_LIBS) $(CMOCKA_LIBS) -lutil
check_PROGRAMS += tests/pty/test_leeway
tests_pty_test_leeway_SOURCES = tests/pty/test_leeway.c
tests_pty_test_leeway_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_pty_test_leeway_LDADD = libpty.a $(VTERM_LIBS) $(CMOCKA_LIBS) -lutil
# A console that is left open: make check-long; LEEWAY_SOAK_MINUTES is 60 unless said otherwise.
EXTRA_PROGRAMS += tests/pty/soak_console
tests_pty_soak_console_SOURCES = tests/pty/soak_console.c
tests_pty_soak_console_LDADD = libpty.a $(VTERM_LIBS) -lutil
soak_console = tests/pty/soak_console
endif
endif
endif
check-long: check-soak-console
.PHONY: check-soak-console
check-soak-console: all
	@test -z '$(soak_console)' || $(MAKE) $(AM_MAKEFLAGS) tests/pty/soak_console
	@test -z '$(soak_console)' || top_builddir=. $(srcdir)/tests/soak_console.sh
if TUI
bench_programs += tests/bench/bench_ui
tests_bench_bench_ui_SOURCES = tests/bench/bench_ui.c tests/unit/story.c tests/unit/story.h
tests_bench_bench_ui_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/ui
tests_bench_bench_ui_LDADD = libui.a $(ENGINE_LINK)
endif
if FUZZING
if TUI
fuzz_targets += tests/fuzz/fuzz_keys
tests_fuzz_fuzz_keys_SOURCES = tests/fuzz/fuzz_keys.c
tests_fuzz_fuzz_keys_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/ui
tests_fuzz_fuzz_keys_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_keys_LDADD = libui.a $(BASE_LINK)
endif
endif
EXTRA_DIST += tests/soak_console.sh tests/golden tests/fuzz/corpus/fuzz_keys
EXTRA_DIST += tests/unit/story.c tests/unit/story.h
EXTRA_DIST += tests/unit/story_day.c tests/unit/story_day.h tests/unit/view_fixture.h
