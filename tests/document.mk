# SPDX-License-Identifier: Apache-2.0
DOCUMENT_LINK = libcatalog.a $(CEL_LINK)

if HAVE_TESTS
check_PROGRAMS += tests/unit/test_document
tests_unit_test_document_SOURCES = tests/unit/test_document.c tests/unit/unit.h
tests_unit_test_document_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_document_LDADD = $(DOCUMENT_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_document

check_PROGRAMS += tests/unit/test_form
tests_unit_test_form_SOURCES = tests/unit/test_form.c tests/unit/unit.h
tests_unit_test_form_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_form_LDADD = $(DOCUMENT_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_form

check_PROGRAMS += tests/unit/test_approval
tests_unit_test_approval_SOURCES = tests/unit/test_approval.c tests/unit/unit.h
tests_unit_test_approval_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_approval_LDADD = $(DOCUMENT_LINK) $(CMOCKA_LIBS)
endif

EXTRA_DIST += $(srcdir)/tests/fixtures/catalog $(srcdir)/tests/fixtures/mistakes
TESTS += tests/approvals.sh
dist_check_SCRIPTS += tests/approvals.sh
TESTS += tests/schema_verb.sh
dist_check_SCRIPTS += tests/schema_verb.sh

if FUZZING
fuzz_targets += tests/fuzz/fuzz_document
tests_fuzz_fuzz_document_SOURCES = tests/fuzz/fuzz_document.c
tests_fuzz_fuzz_document_LDADD = $(DOCUMENT_LINK)
tests_fuzz_fuzz_document_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

EXTRA_DIST += $(srcdir)/tests/fuzz/corpus/fuzz_document
