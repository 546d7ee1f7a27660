# SPDX-License-Identifier: Apache-2.0
# The contract: requests and what has to be true of the answers, on any API server. Here on the
# simulated fleet; tests/real/contract.sh holds a real one to it.
contract_cases = \
	tests/contract/discovery.yaml \
	tests/contract/objects.yaml \
	tests/contract/lists.yaml \
	tests/contract/watches.yaml \
	tests/contract/patches.yaml \
	tests/contract/apply.yaml \
	tests/contract/deletes.yaml \
	tests/contract/subresources.yaml \
	tests/contract/kinds.yaml \
	tests/contract/definitions.yaml \
	tests/contract/access.yaml
EXTRA_DIST += $(contract_cases) tests/contract/README.md
noinst_PROGRAMS += tests/contract/contract
tests_contract_contract_SOURCES = tests/contract/contract.c tests/contract/match.c \
	tests/contract/match.h
tests_contract_contract_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/contract $(CURL_CFLAGS)
tests_contract_contract_LDADD = $(KUBE_LINK)
check-real: tests/contract/contract
TESTS += tests/contract.sh
dist_check_SCRIPTS += tests/contract.sh
