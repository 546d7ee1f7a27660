# SPDX-License-Identifier: Apache-2.0
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_val tests/unit/test_json tests/unit/test_yaml
tests_unit_test_val_SOURCES = tests/unit/test_val.c tests/unit/unit.h
tests_unit_test_val_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_val_LDADD = $(DATA_LINK) $(CMOCKA_LIBS)
tests_unit_test_json_SOURCES = tests/unit/test_json.c tests/unit/unit.h
tests_unit_test_json_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_json_LDADD = $(DATA_LINK) $(CMOCKA_LIBS)
tests_unit_test_yaml_SOURCES = tests/unit/test_yaml.c tests/unit/unit.h
tests_unit_test_yaml_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_yaml_LDADD = $(DATA_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_val tests/unit/test_json tests/unit/test_yaml
endif

if FUZZING
fuzz_targets += tests/fuzz/fuzz_json tests/fuzz/fuzz_yaml
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c
tests_fuzz_fuzz_json_LDADD = $(DATA_LINK)
tests_fuzz_fuzz_json_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_yaml_SOURCES = tests/fuzz/fuzz_yaml.c
tests_fuzz_fuzz_yaml_LDADD = $(DATA_LINK)
tests_fuzz_fuzz_yaml_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif
EXTRA_DIST += $(srcdir)/tests/fuzz/corpus/fuzz_json $(srcdir)/tests/fuzz/corpus/fuzz_yaml

bench_programs += tests/bench/bench_data
tests_bench_bench_data_SOURCES = tests/bench/bench_data.c
tests_bench_bench_data_LDADD = $(DATA_LINK)

# paths, field sets, differences
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_path
tests_unit_test_path_SOURCES = tests/unit/test_path.c tests/unit/unit.h
tests_unit_test_path_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_path_LDADD = $(DATA_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_path
endif

if HAVE_TESTS
check_PROGRAMS += tests/unit/test_fieldset tests/unit/test_diff
tests_unit_test_fieldset_SOURCES = tests/unit/test_fieldset.c tests/unit/unit.h
tests_unit_test_fieldset_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_fieldset_LDADD = $(DATA_LINK) $(CMOCKA_LIBS)
tests_unit_test_diff_SOURCES = tests/unit/test_diff.c tests/unit/unit.h
tests_unit_test_diff_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_diff_LDADD = $(DATA_LINK) $(CMOCKA_LIBS)
valgrind_tests += tests/unit/test_fieldset tests/unit/test_diff
endif

if FUZZING
fuzz_targets += tests/fuzz/fuzz_path tests/fuzz/fuzz_fieldset tests/fuzz/fuzz_patch
tests_fuzz_fuzz_path_SOURCES = tests/fuzz/fuzz_path.c
tests_fuzz_fuzz_path_LDADD = $(DATA_LINK)
tests_fuzz_fuzz_path_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_fieldset_SOURCES = tests/fuzz/fuzz_fieldset.c
tests_fuzz_fuzz_fieldset_LDADD = $(DATA_LINK)
tests_fuzz_fuzz_fieldset_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_patch_SOURCES = tests/fuzz/fuzz_patch.c
tests_fuzz_fuzz_patch_LDADD = $(DATA_LINK)
tests_fuzz_fuzz_patch_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif

bench_programs += tests/bench/bench_fields
tests_bench_bench_fields_SOURCES = tests/bench/bench_fields.c
tests_bench_bench_fields_LDADD = $(DATA_LINK)

EXTRA_DIST += $(srcdir)/tests/fuzz/corpus/fuzz_path $(srcdir)/tests/fuzz/corpus/fuzz_fieldset \
	$(srcdir)/tests/fuzz/corpus/fuzz_patch

# cases of other projects' suites; NAMEs in tests/conformance/conformance.c
noinst_PROGRAMS += tests/conformance/conformance
tests_conformance_conformance_SOURCES = tests/conformance/conformance.c \
	tests/conformance/conformance.h tests/conformance/run_cel.c \
	tests/conformance/run_kstatus.c tests/conformance/run_rules.c \
	tests/conformance/run_schema.c tests/conformance/run_ssa.c tests/conformance/run_vap.c \
	tests/conformance/run_yaml.c
tests_conformance_conformance_LDADD = libsim.a $(NGHTTP2_LIBS) libcatalog.a libcel.a libschema.a \
	$(KUBE_LINK)
TESTS += tests/conformance.sh
dist_check_SCRIPTS += tests/conformance.sh
