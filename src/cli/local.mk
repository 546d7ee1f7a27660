# SPDX-License-Identifier: Apache-2.0
# The verbs and the one program with three faces.
noinst_LIBRARIES += libcli.a
libcli_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/ui
libcli_a_SOURCES = src/cli/cli.c src/cli/cli.h src/cli/help.c src/cli/man.c src/cli/completion.c \
	src/cli/options.c src/cli/options.h \
	src/cli/verb_cel.c src/cli/verb_guardrail.c src/cli/verb_schema.c src/cli/verb_store.c src/cli/verb_version.c \
	src/cli/input.c src/cli/input.h src/cli/output.c src/cli/output.h src/cli/session.c src/cli/session.h src/cli/get_follow.c src/cli/get_follow.h src/cli/get_kind.c src/cli/get_kind.h \
	src/cli/verb_blame.c src/cli/verb_compare.c src/cli/verb_get.c \
	src/cli/doctor.c src/cli/doctor.h src/cli/doctor_online.c src/cli/doctor_online.h \
	src/cli/verb_doctor.c src/cli/verb_health.c \
	src/cli/plan_text.c src/cli/plan_text.h src/cli/verb_plan.c src/cli/verb_apply.c src/cli/verb_reconcile.c src/cli/verb_rollout.c \
	src/cli/drift_explain.c src/cli/drift_explain.h src/cli/verb_drift.c src/cli/verb_revert.c src/cli/answer.c src/cli/answer.h \
	src/cli/verb_accept.c src/cli/verb_handover.c src/cli/get_records.c src/cli/get_records.h

if TUI
libcli_a_SOURCES += src/cli/console.h src/cli/verb_console.c src/cli/verb_open.c src/cli/verb_demo.c
endif

bin_PROGRAMS += leeway
leeway_SOURCES = src/cli/main.c
leeway_LDADD = libcli.a $(UI_LINK) libsim.a $(NGHTTP2_LIBS) $(ENGINE_LINK)

# Man pages and completions come out of the program's own tables.
man1_MANS = doc/leeway.1
CLEANFILES += doc/leeway.1 doc/leeway.bash doc/leeway.zsh doc/leeway.fish doc/verbs.made
EXTRA_DIST += doc/leeway.1.in doc/INTERNALS.md
guidedir = $(docdir)/guide
dist_guide_DATA = doc/guide/README.md doc/guide/apply.md doc/guide/catalog.md \
	doc/guide/drift.md doc/guide/fleet.md doc/guide/keys.md \
	doc/guide/looks.md doc/guide/resources.md doc/guide/security.md doc/guide/start.md
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
doc/leeway.1: $(srcdir)/doc/leeway.1.in leeway$(EXEEXT)
	$(AM_V_GEN)mkdir -p doc && ./leeway$(EXEEXT) help man >$@.verbs && \
	  sed -e 's/@VERSION@/$(VERSION)/' -e '/^@VERBS@$$/{r $@.verbs' -e 'd' -e '}' \
	    $(srcdir)/doc/leeway.1.in >$@.tmp && rm -f $@.verbs && mv $@.tmp $@
doc/verbs.made: leeway$(EXEEXT)
	$(AM_V_GEN)mkdir -p doc/verbs && rm -f doc/verbs/*.1 && for shell in bash zsh fish; do \
	  ./leeway$(EXEEXT) completion $$shell >doc/leeway.$$shell || exit 1; done && \
	for verb in `./leeway$(EXEEXT) help verbs`; do \
	  ./leeway$(EXEEXT) help man $$verb >doc/verbs/leeway-$$verb.1 || exit 1; done && echo >$@
all-local: doc/verbs.made
install-data-local: doc/verbs.made
	$(MKDIR_P) '$(DESTDIR)$(bashcompletiondir)' '$(DESTDIR)$(zshcompletiondir)' \
	  '$(DESTDIR)$(fishcompletiondir)' '$(DESTDIR)$(man1dir)'
	$(INSTALL_DATA) doc/leeway.bash '$(DESTDIR)$(bashcompletiondir)/leeway'
	$(INSTALL_DATA) doc/leeway.zsh '$(DESTDIR)$(zshcompletiondir)/_leeway'
	$(INSTALL_DATA) doc/leeway.fish '$(DESTDIR)$(fishcompletiondir)/leeway.fish'
	$(INSTALL_DATA) doc/verbs/*.1 '$(DESTDIR)$(man1dir)'
uninstall-local:
	rm -f '$(DESTDIR)$(bashcompletiondir)/leeway' '$(DESTDIR)$(zshcompletiondir)/_leeway' \
	  '$(DESTDIR)$(fishcompletiondir)/leeway.fish' '$(DESTDIR)$(man1dir)'/leeway-*.1
clean-local:
	rm -rf doc/verbs

# the simulated fleet
libcli_a_SOURCES += src/cli/verb_sim.c

# the catalog
libcli_a_SOURCES += src/cli/catalog_job.c src/cli/catalog_job.h src/cli/catalog_approve.c src/cli/catalog_trust.c src/cli/catalog_trust.h src/cli/catalog_show.c \
	src/cli/catalog_test.c src/cli/verb_catalog.c src/cli/verb_render.c src/cli/verb_env.c \
	src/cli/env_show.c src/cli/env_show.h

if TUI
libcli_a_SOURCES += src/cli/demo_story.h src/cli/demo_story.c
libcli_a_SOURCES += src/cli/demo_fleet.h src/cli/demo_fleet.c
# the demo's catalog: the starter catalog without its tests
nodist_libcli_a_SOURCES = src/cli/demo_files.c
demo_catalog = $(srcdir)/doc/examples/catalog
src/cli/demo_files.c: $(srcdir)/src/cli/embed_files.awk $(demo_catalog)
	$(AM_V_GEN)mkdir -p src/cli && LC_ALL=C $(AWK) -v root=$(demo_catalog) \
	  -f $(srcdir)/src/cli/embed_files.awk \
	  `find $(demo_catalog) -name '*.yaml' ! -path '*/tests/*' ! -path '*/guardrails/*' | LC_ALL=C sort` \
	  $(demo_catalog)/guardrails/exposure.yaml >$@.tmp && mv $@.tmp $@
CLEANFILES += src/cli/demo_files.c
endif
EXTRA_DIST += src/cli/embed_files.awk
