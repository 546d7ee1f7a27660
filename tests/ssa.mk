# SPDX-License-Identifier: Apache-2.0
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_typed
tests_unit_test_typed_SOURCES = tests/unit/test_typed.c tests/unit/unit.h
tests_unit_test_typed_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_typed_LDADD = $(SCHEMA_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_typed
endif

# Random histories against two API servers: tests/real/differential.sh.
noinst_PROGRAMS += tests/contract/differential
tests_contract_differential_SOURCES = tests/contract/differential.c tests/contract/differential.h \
	tests/contract/differential_run.c tests/contract/differential_compare.c \
	tests/contract/differential_bodies.c tests/contract/differential_steps.c
tests_contract_differential_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/contract
tests_contract_differential_LDADD = $(DATA_LINK) $(CURL_LIBS)

# plan, apply, drift and revert against the simulated fleet
TESTS += tests/sim_apply.sh tests/sim_answers.sh tests/sim_contract.sh tests/sim_override.sh tests/initial_faults.sh tests/rebuild.sh
dist_check_SCRIPTS += tests/sim_apply.sh tests/sim_answers.sh tests/sim_contract.sh tests/sim_override.sh tests/initial_faults.sh tests/rebuild.sh

# what is known only after other objects were applied, and secrets
TESTS += tests/late.sh tests/lifetime.sh tests/teams.sh tests/compare.sh tests/rbac.sh tests/namespace.sh
dist_check_SCRIPTS += tests/late.sh tests/lifetime.sh tests/teams.sh tests/compare.sh tests/rbac.sh \
	tests/namespace.sh
EXTRA_DIST += tests/late_fleet.bash tests/rbac.bash
