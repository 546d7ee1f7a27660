# SPDX-License-Identifier: Apache-2.0
# Tests against real API servers: make check-real. Each is a shell script that prints TAP and starts
# its own control planes on loopback. REAL=required turns missing binaries from a skip into a failure.
real_tests = \
	tests/real/smoke.sh \
	tests/real/clusters.sh \
	tests/real/contract.sh \
	tests/real/controllers.sh \
	tests/real/sim_kubectl.sh \
	tests/real/differential.sh \
	tests/real/kube_client.sh \
	tests/real/doctor.sh \
	tests/real/drift.sh \
	tests/real/e2e.sh \
	tests/real/e2e_sim.sh \
	tests/real/environments.sh \
	tests/real/traps.sh \
	tests/real/adopt.sh \
	tests/real/apply.sh tests/real/rbac.sh \
	tests/real/outcome.sh \
	tests/real/beside.sh \
	tests/real/ready.sh \
	tests/real/leave.sh \
	tests/real/manifests.sh \
	tests/real/rollout.sh \
	tests/real/guardrails.sh tests/real/rebuild.sh \
	tests/real/wishes.sh \
	tests/real/tour.sh
EXTRA_DIST += $(real_tests) tests/real/README.md tests/real/controlplane tests/real/set-status \
	tests/real/tap.bash tests/real/drift.bash tests/real/e2e.bash tests/real/webhook.py \
	tests/real/stages.yaml tests/real/one-node.yaml .ci/kubernetes
EXTRA_PROGRAMS += $(real_programs)
real_programs = tests/real/kube_client
tests_real_kube_client_SOURCES = tests/real/kube_client.c
tests_real_kube_client_LDADD = $(KUBE_LINK)

real_tests += tests/real/starter_catalog.sh

.PHONY: check-real
check-real: all $(real_programs) $(real_tour)
	@$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(real_tests)' check_PROGRAMS=
