# SPDX-License-Identifier: Apache-2.0

# who owns what, how healthy it is
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_discovery
tests_unit_test_discovery_SOURCES = tests/unit/test_discovery.c tests/unit/kube_fake.h tests/unit/unit.h
tests_unit_test_discovery_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_discovery_LDADD = libsim.a $(NGHTTP2_LIBS) libschema.a $(KUBE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_discovery
check_PROGRAMS += tests/unit/test_kstatus tests/unit/test_ownership tests/unit/test_adopt
tests_unit_test_kstatus_SOURCES = tests/unit/test_kstatus.c tests/unit/unit.h
tests_unit_test_kstatus_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_kstatus_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
tests_unit_test_ownership_SOURCES = tests/unit/test_ownership.c tests/unit/unit.h
tests_unit_test_ownership_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_ownership_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
tests_unit_test_adopt_SOURCES = tests/unit/test_adopt.c tests/unit/unit.h
tests_unit_test_adopt_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_adopt_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_kstatus tests/unit/test_ownership tests/unit/test_adopt
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
check_PROGRAMS += tests/unit/test_kube_call
tests_unit_test_kube_call_SOURCES = tests/unit/test_kube_call.c tests/unit/kube_fake.h tests/unit/unit.h
tests_unit_test_kube_call_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_kube_call_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_kube_call
endif

if FUZZING
fuzz_targets += tests/fuzz/fuzz_http_status tests/fuzz/fuzz_discovery tests/fuzz/fuzz_watch
tests_fuzz_fuzz_http_status_SOURCES = tests/fuzz/fuzz_http_status.c
tests_fuzz_fuzz_http_status_LDADD = $(KUBE_LINK)
tests_fuzz_fuzz_http_status_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_discovery_SOURCES = tests/fuzz/fuzz_discovery.c
tests_fuzz_fuzz_discovery_LDADD = $(KUBE_LINK)
tests_fuzz_fuzz_discovery_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_watch_SOURCES = tests/fuzz/fuzz_watch.c tests/unit/kube_fake.h
tests_fuzz_fuzz_watch_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_fuzz_fuzz_watch_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
tests_fuzz_fuzz_watch_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

# the client and libcurl against servers that misbehave, over real sockets
if HAVE_TESTS
hostile_common = tests/hostile/server.c tests/hostile/server.h tests/hostile/rig.c \
	tests/hostile/rig.h tests/unit/unit.h
hostile_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -I$(top_srcdir)/tests/unit
check_PROGRAMS += tests/hostile/test_answers
tests_hostile_test_answers_SOURCES = tests/hostile/test_answers.c $(hostile_common)
tests_hostile_test_answers_CPPFLAGS = $(hostile_cppflags)
tests_hostile_test_answers_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
check_PROGRAMS += tests/hostile/test_streams tests/hostile/test_roads tests/hostile/test_fleet
tests_hostile_test_fleet_SOURCES = tests/hostile/test_fleet.c $(hostile_common)
tests_hostile_test_fleet_CPPFLAGS = $(hostile_cppflags)
tests_hostile_test_fleet_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
tests_hostile_test_roads_SOURCES = tests/hostile/test_roads.c $(hostile_common)
tests_hostile_test_roads_CPPFLAGS = $(hostile_cppflags)
tests_hostile_test_roads_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
tests_hostile_test_streams_SOURCES = tests/hostile/test_streams.c $(hostile_common)
tests_hostile_test_streams_CPPFLAGS = $(hostile_cppflags)
tests_hostile_test_streams_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/hostile/test_streams tests/hostile/test_roads
endif

# files that are wrong on purpose, given to the program
TESTS += tests/hostile.sh
dist_check_SCRIPTS += tests/hostile.sh
EXTRA_DIST += tests/hostile/README.md
