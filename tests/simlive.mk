# SPDX-License-Identifier: Apache-2.0
# The living side of the simulated fleet.
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_sim_live
tests_unit_test_sim_live_SOURCES = tests/unit/test_sim_live.c tests/unit/unit.h
tests_unit_test_sim_live_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sim_live_LDADD = $(SIM_LINK) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_sim_scenario
tests_unit_test_sim_scenario_SOURCES = tests/unit/test_sim_scenario.c tests/unit/unit.h
tests_unit_test_sim_scenario_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sim_scenario_LDADD = $(SIM_LINK) $(CMOCKA_LIBS)
endif

TESTS += tests/sim_faults.sh tests/demo_signal.sh
dist_check_SCRIPTS += tests/sim_faults.sh tests/demo_signal.sh
