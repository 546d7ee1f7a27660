# SPDX-License-Identifier: Apache-2.0
# Looking at any kind: tables, objects, logs.
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_looks
tests_unit_test_looks_SOURCES = tests/unit/test_looks.c tests/unit/engine_fake.h \
	tests/unit/kube_fake.h tests/unit/store_fixture.h tests/unit/unit.h
tests_unit_test_looks_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_looks_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_looks
check_PROGRAMS += tests/unit/test_pod_log
tests_unit_test_pod_log_SOURCES = tests/unit/test_pod_log.c tests/unit/engine_fake.h \
	tests/unit/kube_fake.h tests/unit/store_fixture.h tests/unit/unit.h
tests_unit_test_pod_log_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pod_log_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_pod_log
if TUI
check_PROGRAMS += tests/unit/test_resources
tests_unit_test_resources_SOURCES = tests/unit/test_resources.c tests/unit/story_table.c \
	tests/unit/story_table.h $(story_sources)
tests_unit_test_resources_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_resources_LDADD = libui.a $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_resources
check_PROGRAMS += tests/unit/test_log_views
tests_unit_test_log_views_SOURCES = tests/unit/test_log_views.c $(story_sources)
tests_unit_test_log_views_CPPFLAGS = $(ui_test_cppflags)
tests_unit_test_log_views_LDADD = libui.a $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_log_views
if HAVE_VTERM
check_PROGRAMS += tests/pty/test_live
tests_pty_test_live_SOURCES = tests/pty/test_live.c
tests_pty_test_live_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_pty_test_live_LDADD = libpty.a $(VTERM_LIBS) $(CMOCKA_LIBS) -lutil
check_PROGRAMS += tests/pty/test_hostile
tests_pty_test_hostile_SOURCES = tests/pty/test_hostile.c tests/pty/noise.h
tests_pty_test_hostile_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_pty_test_hostile_LDADD = libpty.a $(VTERM_LIBS) $(CMOCKA_LIBS) -lutil
check_PROGRAMS += tests/pty/test_hostile_views
tests_pty_test_hostile_views_SOURCES = tests/pty/test_hostile_views.c \
	tests/pty/playback.c tests/pty/playback.h tests/pty/noise.h \
	tests/unit/hostile_texts.c tests/unit/hostile_texts.h tests/unit/story_plan.c \
	tests/unit/story_plan.h tests/unit/story_catalog.c tests/unit/story_catalog.h \
	tests/unit/story_table.c tests/unit/story_table.h $(story_sources)
tests_pty_test_hostile_views_CPPFLAGS = $(ui_test_cppflags) $(VTERM_CFLAGS)
tests_pty_test_hostile_views_LDADD = $(UI_LINK) $(ENGINE_LINK) $(VTERM_LIBS) $(CMOCKA_LIBS) -lutil
endif
endif
endif
if TUI
bench_programs += tests/bench/bench_resources
tests_bench_bench_resources_SOURCES = tests/bench/bench_resources.c tests/unit/story_table.c \
	tests/unit/story_table.h tests/unit/story.c tests/unit/story.h
tests_bench_bench_resources_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/ui
tests_bench_bench_resources_LDADD = libui.a $(ENGINE_LINK)
endif
if FUZZING
fuzz_targets += tests/fuzz/fuzz_log
tests_fuzz_fuzz_log_SOURCES = tests/fuzz/fuzz_log.c
tests_fuzz_fuzz_log_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_log_LDADD = $(ENGINE_LINK)
endif
EXTRA_DIST += tests/fuzz/corpus/fuzz_log
EXTRA_DIST += tests/unit/story_table.c tests/unit/story_table.h
real_tests += tests/real/resources.sh
