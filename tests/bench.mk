# SPDX-License-Identifier: Apache-2.0
# Benchmarks of drift and of the start
bench_programs += tests/bench/bench_drift
tests_bench_bench_drift_SOURCES = tests/bench/bench_drift.c
tests_bench_bench_drift_LDADD = $(ENGINE_LINK)
if HAVE_VTERM
if TUI
bench_programs += tests/bench/bench_start
tests_bench_bench_start_SOURCES = tests/bench/bench_start.c
tests_bench_bench_start_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_bench_bench_start_LDADD = libpty.a $(VTERM_LIBS) $(BASE_LINK) -lutil
endif
endif
