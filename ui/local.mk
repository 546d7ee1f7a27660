# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libui.a
libui_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/ui -I$(top_builddir)/ui -D_XOPEN_SOURCE_EXTENDED $(NCURSES_CFLAGS)
libui_a_SOURCES =
if TUI
libui_a_SOURCES += \
	ui/app/app.c \
	ui/app/app.h \
	ui/app/app_int.h ui/app/export.h \
	ui/app/chooser.c \
	ui/app/chooser.h \
	ui/app/command.c \
	ui/app/command.h \
	ui/app/frame.c \
	ui/app/guide.c ui/app/guide.h ui/tour.def \
	ui/app/message.c \
	ui/app/message.h \
	ui/app/prompt.c \
	ui/app/prompt.h \
	ui/app/quit.c \
	ui/app/requests.c ui/app/requests.h \
	ui/app/script.c \
	ui/app/view.h \
	ui/canvas/canvas.c \
	ui/canvas/canvas.h \
	ui/canvas/canvas_int.h \
	ui/canvas/draw.c \
	ui/canvas/spoken.c ui/canvas/spoken.h \
	ui/canvas/face.c \
	ui/canvas/face.h \
	ui/keys.c \
	ui/keys.h \
	ui/keys_file.c ui/keys_file.h \
	ui/app/run.c ui/app/run.h \
	ui/term/restore.c ui/term/restore.h \
	ui/term/term.c ui/term/term.h \
	ui/term/clipboard.c ui/term/clipboard.h \
	ui/term/child.c ui/term/child.h \
	ui/term/decode.c \
	ui/term/decode.h \
	ui/plain/ask.c ui/plain/ask_dialogs.c ui/plain/ask_form.c ui/plain/choose.c ui/plain/plain.h ui/plain/plain_int.h \
	ui/plain/read.c ui/plain/run.c ui/plain/say.c ui/plain/say_drift.c ui/plain/say_fleet.c ui/plain/say_plan.c ui/plain/say_object.c \
	ui/plain/table.c ui/plain/views.h \
	ui/theme/role.c \
	ui/theme/role.h \
	ui/theme/theme.c \
	ui/theme/theme.h \
	ui/theme/theme_read.c \
	ui/views/fleet.c ui/views/fleet.h ui/views/fleet_int.h \
	ui/views/fleet_cells.c ui/views/fleet_facts.c \
	ui/views/fleet_filter.c ui/views/fleet_filter.h \
	ui/views/fleet_grid.c ui/views/fleet_model.c ui/views/fleet_model.h \
	ui/views/cluster.c ui/views/cluster.h ui/views/cluster_int.h ui/views/cluster_rows.c ui/views/cluster_rows.h \
	ui/views/cluster_pane.c ui/views/cluster_pane.h ui/views/fleet_silent.c ui/views/states.h \
	ui/leave.c ui/leave.h ui/login.c ui/login.h ui/ui.c ui/ui.h ui/keys_table.c ui/views/first_run.c ui/views/first_run.h \
	ui/views/screens.c ui/views/screens.h \
	ui/views/activity.c ui/views/activity.h ui/views/activity_dialogs.c ui/views/activity_int.h ui/views/activity_parts.c \
	ui/views/activity_words.c \
	ui/views/copy.c ui/views/copy.h ui/views/extend.c ui/views/extend.h ui/views/until.c ui/views/until.h ui/views/object_ways.c ui/views/object_ways.h \
	ui/views/environment.c ui/views/environment_draw.c ui/views/environment_facts.c ui/views/environment_int.h \
	ui/views/environment_rows.c ui/views/environment_ways.c ui/views/environments.c ui/views/environments.h \
	ui/views/accept.c ui/views/accept.h ui/views/accept_int.h ui/views/blueprint.c ui/views/catalog.c ui/views/catalog.h ui/views/catalog_words.c \
	ui/views/launch.c ui/views/launch.h ui/views/launch_int.h ui/views/launch_lines.c ui/views/launch_document.c \
	ui/views/drift_detail.c ui/views/drift_detail_copy.c ui/views/drift_detail_ways.c ui/views/drift_detail.h ui/views/drift_detail_int.h \
	ui/views/drift_detail_panel.c ui/views/drift_detail_rows.c \
	ui/views/drift_fold.c ui/views/drift_fold.h \
	ui/views/drift_list.c ui/views/drift_list.h ui/views/drift_list_int.h ui/views/drift_more.c ui/views/drift_more.h \
	ui/views/outliers.c ui/views/outliers.h \
	ui/views/blame.c ui/views/blame.h \
	ui/views/compare.c ui/views/compare.h \
	ui/views/outside.c ui/views/outside.h ui/views/export.c ui/views/export.h ui/views/link.c ui/views/link.h ui/views/link_open.c \
	ui/views/editor.c ui/views/editor.h ui/views/plan_here.c ui/views/plan_here.h \
	ui/views/log.c ui/views/log_int.h ui/views/log_lines.c \
	ui/views/log_pods.c ui/views/log.h \
	ui/views/object.c ui/views/object.h ui/views/object_int.h ui/views/object_ref.h \
	ui/views/object_words.c ui/views/object_yaml.c \
	ui/views/resources.c ui/views/resources.h ui/views/resources_int.h \
	ui/views/resources_order.c ui/views/resources_pick.c ui/views/resources_rows.c ui/views/resources_table.c \
	ui/widget/pick.c ui/widget/pick.h \
	ui/views/plan_dialogs.c ui/views/plan_rows.c \
	ui/views/plan_view.c ui/views/plan_view.h ui/views/plan_view_int.h \
	ui/views/history.c ui/views/history.h ui/views/history_int.h ui/views/history_rows.c ui/views/history_words.c ui/views/messages.c \
	ui/views/messages.h \
	ui/views/words.c ui/views/words.h \
	ui/widget/browse.c ui/widget/browse.h ui/widget/keep_order.c ui/widget/keep_order.h \
	ui/widget/dialog.c \
	ui/widget/dialog.h \
	ui/widget/finder.c ui/widget/finder.h ui/widget/search.c ui/widget/search.h \
	ui/widget/fuzzy.c \
	ui/widget/fuzzy.h \
	ui/widget/input.c \
	ui/widget/input.h \
	ui/widget/list.c \
	ui/widget/list.h \
	ui/widget/tall.c ui/widget/tall.h \
	ui/widget/tabs.c \
	ui/widget/tabs.h \
	ui/widget/tree.c \
	ui/widget/tree.h
endif

# Themes are files; ours are compiled in as well, so that none needs an installation.
EXTRA_DIST += ui/README.md ui/plain/README.md
themes_files = themes/default.yaml themes/mono.yaml themes/light.yaml themes/high-contrast.yaml \
	themes/deuteranopia.yaml themes/tritanopia.yaml themes/solarized.yaml themes/nord.yaml themes/gruvbox.yaml
themesdir = $(pkgdatadir)/themes
dist_themes_DATA = $(themes_files)
EXTRA_DIST += ui/theme/embed.sh
BUILT_SOURCES_UI = ui/theme/themes_builtin.h
CLEANFILES += $(BUILT_SOURCES_UI)
ui/theme/themes_builtin.h: $(themes_files) ui/theme/embed.sh
	@$(MKDIR_P) ui/theme
	$(AM_V_GEN)(cd $(srcdir) && $(SHELL) ui/theme/embed.sh $(themes_files)) >$@.tmp && mv $@.tmp $@
ui/theme/libui_a-theme_read.$(OBJEXT): ui/theme/themes_builtin.h
