# SPDX-License-Identifier: Apache-2.0
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_sim_request tests/unit/test_sim_client
tests_unit_test_sim_request_SOURCES = tests/unit/test_sim_request.c tests/unit/unit.h
tests_unit_test_sim_request_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sim_request_LDADD = $(SIM_LINK) $(CMOCKA_LIBS)
tests_unit_test_sim_client_SOURCES = tests/unit/test_sim_client.c tests/unit/unit.h
tests_unit_test_sim_client_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sim_client_LDADD = libsim.a $(NGHTTP2_LIBS) libschema.a $(KUBE_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_sim_request
endif

if FUZZING
fuzz_targets += tests/fuzz/fuzz_sim_request
tests_fuzz_fuzz_sim_request_SOURCES = tests/fuzz/fuzz_sim_request.c
tests_fuzz_fuzz_sim_request_LDADD = $(SIM_LINK)
tests_fuzz_fuzz_sim_request_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_targets += tests/fuzz/fuzz_sim_define
tests_fuzz_fuzz_sim_define_SOURCES = tests/fuzz/fuzz_sim_define.c
tests_fuzz_fuzz_sim_define_LDADD = $(SIM_LINK)
tests_fuzz_fuzz_sim_define_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

TESTS += tests/sim_http.sh
dist_check_SCRIPTS += tests/sim_http.sh
