# SPDX-License-Identifier: Apache-2.0
GUARDRAIL_LINK = libcatalog.a $(CEL_LINK)
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_guardrail
tests_unit_test_guardrail_SOURCES = tests/unit/test_guardrail.c tests/unit/unit.h
tests_unit_test_guardrail_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_guardrail_LDADD = $(GUARDRAIL_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_guardrail
endif

TESTS += tests/guardrail.sh tests/catalog_examples.sh
dist_check_SCRIPTS += tests/guardrail.sh tests/catalog_examples.sh

EXTRA_DIST += doc/examples/catalog
dist_guide_DATA += doc/guide/guardrails.md

if FUZZING
fuzz_targets += tests/fuzz/fuzz_guardrail
tests_fuzz_fuzz_guardrail_SOURCES = tests/fuzz/fuzz_guardrail.c
tests_fuzz_fuzz_guardrail_LDADD = $(GUARDRAIL_LINK)
tests_fuzz_fuzz_guardrail_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

# the starter catalog, for people to copy
install-data-local: install-examples
uninstall-local: uninstall-examples
.PHONY: install-examples uninstall-examples
install-examples:
	cd $(srcdir)/doc/examples && find catalog -type d | while read -r d; do \
	  $(MKDIR_P) "$(DESTDIR)$(docdir)/examples/$$d" || exit 1; done
	cd $(srcdir)/doc/examples && find catalog -type f | while read -r f; do \
	  $(INSTALL_DATA) "$$f" "$(DESTDIR)$(docdir)/examples/$$f" || exit 1; done
uninstall-examples:
	rm -rf "$(DESTDIR)$(docdir)/examples/catalog"
