# SPDX-License-Identifier: Apache-2.0
# Tests against real API servers: make check-real. Each is a shell script that prints TAP and starts
# its own control planes on loopback. REAL=required turns missing binaries from a skip into a failure.
real_tests = \
	tests/real/smoke.sh
EXTRA_DIST += $(real_tests) tests/real/README.md tests/real/controlplane tests/real/set-status \
	tests/real/tap.bash .ci/kubernetes
noinst_PROGRAMS += $(real_programs)
real_programs =

.PHONY: check-real
check-real: all $(real_programs)
	@$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(real_tests)' check_PROGRAMS=
