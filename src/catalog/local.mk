# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libcatalog.a
libcatalog_a_SOURCES =

# reading of our own files
libcatalog_a_SOURCES += src/catalog/form.c src/catalog/form.h src/catalog/form_int.h src/catalog/form_view.c
libcatalog_a_SOURCES += src/catalog/approval.c src/catalog/approval.h src/catalog/approval_int.h \
	src/catalog/approval_lock.c src/catalog/approval_sign.c src/catalog/signature.c src/catalog/signature.h \
	src/catalog/tree.c src/catalog/tree.h src/catalog/trust.c src/catalog/trust.h
libcatalog_a_SOURCES += src/catalog/document.c src/catalog/document.h \
	src/catalog/environment_file.c src/catalog/environment_file.h \
	src/catalog/kinds.c src/catalog/kinds.h src/catalog/problem.c src/catalog/problem.h

# the schemas of our kinds, carried in the program
catalog_kinds = $(srcdir)/src/catalog/kinds/blueprint.yaml $(srcdir)/src/catalog/kinds/cluster.yaml \
	$(srcdir)/src/catalog/kinds/environment.yaml $(srcdir)/src/catalog/kinds/fleet.yaml \
	$(srcdir)/src/catalog/kinds/guardrail.yaml $(srcdir)/src/catalog/kinds/module.yaml \
	$(srcdir)/src/catalog/kinds/profile.yaml $(srcdir)/src/catalog/kinds/team.yaml
nodist_libcatalog_a_SOURCES = src/catalog/kinds_text.c
src/catalog/kinds_text.c: $(catalog_kinds) $(srcdir)/src/catalog/embed.awk
	$(AM_V_GEN)mkdir -p src/catalog && LC_ALL=C $(AWK) -f $(srcdir)/src/catalog/embed.awk \
	  $(catalog_kinds) >$@.tmp && mv $@.tmp $@
CLEANFILES += src/catalog/kinds_text.c
EXTRA_DIST += $(catalog_kinds) src/catalog/embed.awk

# guardrails
libcatalog_a_SOURCES += \
	src/catalog/guardrail.h src/catalog/guardrail_int.h src/catalog/guardrail_compile.c \
	src/catalog/guardrail_eval.c src/catalog/guardrail_export.c \
	src/catalog/guardrail_folder.c src/catalog/guardrail_kinds.c src/catalog/guardrail_load.c \
	src/catalog/guardrail_match.c src/catalog/guardrail_request.c src/catalog/guardrail_schema.c

# what platform teams publish: read, compiled, linked
libcatalog_a_SOURCES += src/catalog/semver.c src/catalog/semver.h src/catalog/expr.c \
	src/catalog/expr.h src/catalog/template.c src/catalog/template.h src/catalog/reading.c \
	src/catalog/reading.h src/catalog/module.c src/catalog/module.h src/catalog/module_int.h \
	src/catalog/contract.c src/catalog/blueprint.c src/catalog/blueprint.h \
	src/catalog/composition.c src/catalog/cluster.c src/catalog/cluster.h src/catalog/files.c \
	src/catalog/files.h src/catalog/catalog.c src/catalog/catalog.h src/catalog/catalog_int.h \
	src/catalog/condition.c src/catalog/placement.c src/catalog/placement.h \
	src/catalog/published.c src/catalog/team.c src/catalog/team.h src/catalog/link.c src/catalog/topology.c src/catalog/topology.h
