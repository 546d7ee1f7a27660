# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libsim.a
libsim_a_SOURCES = \
	src/sim/sim.h src/sim/sim_int.h src/sim/live.h src/sim/fault.h src/sim/scenario.h \
	src/sim/server.c src/sim/tls.c src/sim/h1.c src/sim/h2.c \
	src/sim/strategic.c src/sim/rbac.c src/sim/openapi.c src/sim/define.h src/sim/define.c src/sim/define_check.c src/sim/made.c src/sim/made_check.c src/sim/columns_made.c \
	src/sim/request.c src/sim/discovery.c src/sim/kinds.c src/sim/columns.c src/sim/list.c src/sim/review.c \
	src/sim/selector.c src/sim/store.c src/sim/watch.c src/sim/write.c \
	src/sim/ssa.h src/sim/ssa_update.c src/sim/ssa_fields.h src/sim/ssa_fields.c \
	src/sim/types.h src/sim/types.c src/sim/quantity.c src/sim/default.c src/sim/validate.c \
	src/sim/validate_rbac.c \
	src/sim/write_int.h src/sim/write_finish.c src/sim/write_scale.c src/sim/write_delete.c \
	src/sim/fleet.c src/sim/pattern.c src/sim/behave.c src/sim/behave_rollout.c src/sim/behave_sets.c \
	src/sim/behave_jobs.c src/sim/stages.c src/sim/garbage.c src/sim/events.c src/sim/fault.c src/sim/link.c src/sim/spelling.h src/sim/spelling.c \
	src/sim/login.c src/sim/admit.c src/sim/track.c src/sim/log.c src/sim/actions.c src/sim/script.c

# The scenarios that are compiled in, as C strings.
scenario_files = $(top_srcdir)/doc/examples/scenarios/story.yaml \
	$(top_srcdir)/doc/examples/scenarios/stores.yaml
EXTRA_DIST += doc/SCENARIOS.md doc/examples/scenarios/story.yaml doc/examples/scenarios/stores.yaml \
	doc/examples/scenarios/silence.yaml
CLEANFILES += src/sim/scenarios.h
src/sim/scenarios.h: $(scenario_files) src/sim/$(am__dirstamp)
	$(AM_V_GEN)for f in $(scenario_files); do \
	  n=$$(basename $$f .yaml); echo "static const char sim_scenario_$$n[] ="; \
	  sed -e 's/[\\"]/\\&/g' -e 's/^/    "/' -e 's/$$/\\n"/' $$f; echo ";"; done >$@.tmp && mv $@.tmp $@
src/sim/script.$(OBJEXT): src/sim/scenarios.h

# The types of the built-in kinds, as a C string.
EXTRA_DIST += src/sim/types.txt
CLEANFILES += src/sim/types_text.h
src/sim/types_text.h: $(top_srcdir)/src/sim/types.txt src/sim/$(am__dirstamp)
	$(AM_V_GEN){ echo "static const char sim_types_text[] ="; \
	  sed -e '/^#/d' -e 's/[\\"]/\\&/g' -e 's/^/    "/' -e 's/$$/\\n"/' $(top_srcdir)/src/sim/types.txt; echo ";"; } >$@.tmp && mv $@.tmp $@
src/sim/types.$(OBJEXT): src/sim/types_text.h
