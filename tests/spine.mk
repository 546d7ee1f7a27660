# SPDX-License-Identifier: Apache-2.0
# Several processes around one store, and releases on their way.

# leeway with places to die at; see src/engine/fault.h
noinst_PROGRAMS += tests/leeway-faults
tests_leeway_faults_SOURCES = src/cli/main.c tests/fault.c
tests_leeway_faults_LDADD = $(leeway_LDADD)
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_wire
tests_unit_test_wire_SOURCES = tests/unit/test_wire.c tests/unit/unit.h
tests_unit_test_wire_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_wire_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_wire
check_PROGRAMS += tests/unit/test_rollout
tests_unit_test_rollout_SOURCES = tests/unit/test_rollout.c tests/unit/unit.h
tests_unit_test_rollout_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_rollout_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_rollout
release_fake_headers = tests/unit/release_fake.h tests/unit/engine_fake.h tests/unit/kube_fake.h \
	tests/unit/store_fixture.h tests/unit/unit.h
check_PROGRAMS += tests/unit/test_plan_race tests/unit/test_release tests/unit/test_gap tests/unit/test_lifetime
tests_unit_test_lifetime_SOURCES = tests/unit/test_lifetime.c $(release_fake_headers)
tests_unit_test_lifetime_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_lifetime_LDADD = libsim.a $(NGHTTP2_LIBS) $(ENGINE_LINK) $(CMOCKA_LIBS)
tests_unit_test_gap_SOURCES = tests/unit/test_gap.c $(release_fake_headers)
tests_unit_test_gap_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_gap_LDADD = libsim.a $(NGHTTP2_LIBS) $(ENGINE_LINK) $(CMOCKA_LIBS)
tests_unit_test_plan_race_SOURCES = tests/unit/test_plan_race.c $(release_fake_headers)
tests_unit_test_plan_race_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_plan_race_LDADD = libsim.a $(NGHTTP2_LIBS) $(ENGINE_LINK) $(CMOCKA_LIBS)
tests_unit_test_release_SOURCES = tests/unit/test_release.c $(release_fake_headers)
tests_unit_test_release_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_release_LDADD = libsim.a $(NGHTTP2_LIBS) $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_plan_race
check_PROGRAMS += tests/unit/test_compare
tests_unit_test_compare_SOURCES = tests/unit/test_compare.c $(release_fake_headers)
tests_unit_test_compare_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_compare_LDADD = libsim.a $(NGHTTP2_LIBS) $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_compare
check_PROGRAMS += tests/unit/test_target_health
tests_unit_test_target_health_SOURCES = tests/unit/test_target_health.c \
	tests/unit/engine_fake.h tests/unit/kube_fake.h tests/unit/store_fixture.h tests/unit/unit.h
tests_unit_test_target_health_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_target_health_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_target_health
endif

if HAVE_TESTS
if TUI
if HAVE_VTERM
check_PROGRAMS += tests/pty/test_beside
tests_pty_test_beside_SOURCES = tests/pty/test_beside.c
tests_pty_test_beside_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_pty_test_beside_LDADD = libpty.a $(VTERM_LIBS) $(CMOCKA_LIBS) -lutil
endif
endif
endif

# the console of tests/real/leave.sh
if TUI
if HAVE_VTERM
noinst_PROGRAMS += tests/real/leave
tests_real_leave_SOURCES = tests/real/leave.c
tests_real_leave_LDADD = libpty.a $(VTERM_LIBS) -lutil
endif
endif
