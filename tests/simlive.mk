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

TESTS += tests/sim_faults.sh tests/demo_signal.sh tests/demo_tour.sh tests/plain.sh
dist_check_SCRIPTS += tests/sim_faults.sh tests/demo_signal.sh tests/demo_tour.sh tests/plain.sh

# A short soak in every check; a long one with another seed each time in check-long.
check_PROGRAMS += tests/soak_sim
tests_soak_sim_SOURCES = tests/soak_sim.c tests/soak_owners.c tests/soak_owners.h
tests_soak_sim_LDADD = $(SIM_LINK)
SOAK_ROUNDS = 400
check-long: check-soak-sim check-differential-long
.PHONY: check-soak-sim check-differential-long
check-soak-sim: tests/soak_sim
	./tests/soak_sim $$(od -An -N4 -tu4 /dev/urandom) $(SOAK_ROUNDS)
# Histories of new seeds on a real server and on a simulated one.
check-differential-long: all
	@LEEWAY_LONG=1 $(MAKE) $(AM_MAKEFLAGS) check TESTS=tests/real/differential.sh check_PROGRAMS=

if FUZZING
fuzz_targets += tests/fuzz/fuzz_sim_h2
tests_fuzz_fuzz_sim_h2_SOURCES = tests/fuzz/fuzz_sim_h2.c
tests_fuzz_fuzz_sim_h2_LDADD = $(SIM_LINK)
tests_fuzz_fuzz_sim_h2_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

# Fleets: make bench, or tests/bench/bench_fleet.sh alone
EXTRA_PROGRAMS += tests/bench/bench_fleet
tests_bench_bench_fleet_SOURCES = tests/bench/bench_fleet.c tests/bench/bench_managed.c \
	tests/bench/bench_clients.c tests/bench/bench_clients.h
tests_bench_bench_fleet_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/bench
tests_bench_bench_fleet_LDADD = $(ENGINE_LINK)
EXTRA_DIST += tests/bench/bench_fleet.sh tests/bench/README.md
.PHONY: bench-fleet
bench: bench-fleet
bench-fleet: $(bin_PROGRAMS) tests/bench/bench_fleet
	@top_builddir='$(abs_top_builddir)' $(srcdir)/tests/bench/bench_fleet.sh
