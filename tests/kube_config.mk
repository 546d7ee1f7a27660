# SPDX-License-Identifier: Apache-2.0
# kubeconfig, credentials, exec plugins
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
valgrind_tests += tests/unit/test_kube_places tests/unit/test_credentials
endif
