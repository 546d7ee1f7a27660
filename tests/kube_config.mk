# SPDX-License-Identifier: Apache-2.0
# kubeconfig, credentials, exec plugins, leeway.yaml. Not under valgrind: tests on a fake clock that
# wait for processes, because valgrind has no pidfd_open and the timer that stands in never fires.
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_kube_places
tests_unit_test_kube_places_SOURCES = tests/unit/test_kube_places.c tests/unit/unit.h
tests_unit_test_kube_places_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_kube_places_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_exec_plugin
tests_unit_test_exec_plugin_SOURCES = tests/unit/test_exec_plugin.c tests/unit/unit.h
tests_unit_test_exec_plugin_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_exec_plugin_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_credentials
tests_unit_test_credentials_SOURCES = tests/unit/test_credentials.c tests/unit/unit.h
tests_unit_test_credentials_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_credentials_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_kubeconfig
tests_unit_test_kubeconfig_SOURCES = tests/unit/test_kubeconfig.c tests/unit/unit.h
tests_unit_test_kubeconfig_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_kubeconfig_LDADD = $(KUBE_LINK) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_fleet_file
tests_unit_test_fleet_file_SOURCES = tests/unit/test_fleet_file.c tests/unit/unit.h
tests_unit_test_fleet_file_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_fleet_file_LDADD = $(ENGINE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_kube_places tests/unit/test_kubeconfig tests/unit/test_fleet_file
endif
if FUZZING
fuzz_targets += tests/fuzz/fuzz_kubeconfig
tests_fuzz_fuzz_kubeconfig_SOURCES = tests/fuzz/fuzz_kubeconfig.c
tests_fuzz_fuzz_kubeconfig_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_kubeconfig_LDADD = $(KUBE_LINK)
endif
EXTRA_DIST += tests/fuzz/corpus/fuzz_kubeconfig
