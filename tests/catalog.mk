# SPDX-License-Identifier: Apache-2.0
CATALOG_LINK = libcatalog.a $(CEL_LINK)
RENDER_LINK = librender.a $(CATALOG_LINK)

if HAVE_TESTS
check_PROGRAMS += tests/unit/test_semver
tests_unit_test_semver_SOURCES = tests/unit/test_semver.c tests/unit/unit.h
tests_unit_test_semver_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_semver_LDADD = $(CATALOG_LINK) $(CMOCKA_LIBS)
endif

TESTS += tests/catalog.sh tests/plan_rules.sh
dist_check_SCRIPTS += tests/catalog.sh tests/plan_rules.sh

if HAVE_TESTS
check_PROGRAMS += tests/unit/test_mistakes
tests_unit_test_mistakes_SOURCES = tests/unit/test_mistakes.c tests/unit/mistakes.def \
	tests/unit/unit.h
tests_unit_test_mistakes_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/unit $(CMOCKA_CFLAGS)
tests_unit_test_mistakes_LDADD = $(RENDER_LINK) $(CMOCKA_LIBS)
endif

bench_programs += tests/bench/bench_render
tests_bench_bench_render_SOURCES = tests/bench/bench_render.c
tests_bench_bench_render_LDADD = $(RENDER_LINK)

if FUZZING
fuzz_targets += tests/fuzz/fuzz_template
tests_fuzz_fuzz_template_SOURCES = tests/fuzz/fuzz_template.c
tests_fuzz_fuzz_template_LDADD = $(RENDER_LINK)
tests_fuzz_fuzz_template_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif
EXTRA_DIST += $(srcdir)/tests/fuzz/corpus/fuzz_template

if HAVE_TESTS
check_PROGRAMS += tests/unit/test_render
tests_unit_test_render_SOURCES = tests/unit/test_render.c tests/unit/unit.h
tests_unit_test_render_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_render_LDADD = $(RENDER_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_render
endif
