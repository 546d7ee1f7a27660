# SPDX-License-Identifier: Apache-2.0
if HAVE_TESTS
check_PROGRAMS += tests/unit/test_options
tests_unit_test_options_SOURCES = tests/unit/test_options.c tests/unit/unit.h
tests_unit_test_options_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_options_LDADD = libcli.a $(UI_LINK) libsim.a $(NGHTTP2_LIBS) $(ENGINE_LINK) $(CMOCKA_LIBS)
endif
TESTS += tests/completion.sh tests/guide.sh
dist_check_SCRIPTS += tests/completion.sh tests/guide.sh
TESTS += tests/health.sh
dist_check_SCRIPTS += tests/health.sh
TESTS += tests/doctor.sh
dist_check_SCRIPTS += tests/doctor.sh
