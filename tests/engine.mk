# SPDX-License-Identifier: Apache-2.0
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_snapshot
tests_unit_test_snapshot_SOURCES = tests/unit/test_snapshot.c tests/unit/unit.h
tests_unit_test_snapshot_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_snapshot_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_snapshot

check_PROGRAMS += tests/unit/test_drift
tests_unit_test_drift_SOURCES = tests/unit/test_drift.c tests/unit/engine_fake.h \
	tests/unit/kube_fake.h tests/unit/store_fixture.h tests/unit/unit.h
tests_unit_test_drift_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_drift_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_drift

check_PROGRAMS += tests/unit/test_answers
tests_unit_test_answers_SOURCES = tests/unit/test_answers.c tests/unit/engine_fake.h \
	tests/unit/kube_fake.h tests/unit/store_fixture.h tests/unit/unit.h
tests_unit_test_answers_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_answers_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_answers

check_PROGRAMS += tests/unit/test_record
tests_unit_test_record_SOURCES = tests/unit/test_record.c tests/unit/unit.h
tests_unit_test_record_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_record_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_record

check_PROGRAMS += tests/unit/test_drift_eval
tests_unit_test_drift_eval_SOURCES = tests/unit/test_drift_eval.c tests/unit/unit.h
tests_unit_test_drift_eval_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_drift_eval_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_drift_eval

check_PROGRAMS += tests/unit/test_leftover
tests_unit_test_leftover_SOURCES = tests/unit/test_leftover.c tests/unit/unit.h
tests_unit_test_leftover_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_leftover_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_leftover
endif
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_selector
tests_unit_test_selector_SOURCES = tests/unit/test_selector.c tests/unit/unit.h
tests_unit_test_selector_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_selector_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_selector
endif
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_control
tests_unit_test_control_SOURCES = tests/unit/test_control.c tests/unit/unit.h
tests_unit_test_control_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_control_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_control

check_PROGRAMS += tests/unit/test_manifest
tests_unit_test_manifest_SOURCES = tests/unit/test_manifest.c tests/unit/unit.h
tests_unit_test_manifest_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_manifest_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_manifest
endif
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_catalog_watch
tests_unit_test_catalog_watch_SOURCES = tests/unit/test_catalog_watch.c tests/unit/unit.h
tests_unit_test_catalog_watch_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_catalog_watch_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
endif
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_workers
tests_unit_test_workers_SOURCES = tests/unit/test_workers.c tests/unit/unit.h
tests_unit_test_workers_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_workers_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_workers
endif
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_engine
tests_unit_test_engine_SOURCES = tests/unit/test_engine.c tests/unit/unit.h
tests_unit_test_engine_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_engine_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
endif
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_cluster
tests_unit_test_cluster_SOURCES = tests/unit/test_cluster.c tests/unit/kube_fake.h tests/unit/unit.h
tests_unit_test_cluster_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_cluster_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_cluster
check_PROGRAMS += tests/unit/test_plan
tests_unit_test_plan_SOURCES = tests/unit/test_plan.c tests/unit/unit.h
tests_unit_test_plan_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_plan_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_plan
endif

# 500 objects on a real API server, beside kubectl and bare requests; says so when there is none
.PHONY: bench-apply
bench: bench-apply
bench-apply: $(bin_PROGRAMS)
	@top_builddir='$(abs_top_builddir)' $(srcdir)/tests/bench/bench_apply.sh
EXTRA_DIST += tests/bench/bench_apply.sh
