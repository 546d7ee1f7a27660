// SPDX-License-Identifier: Apache-2.0
/* Environments: the list, the worst first, and the overview of one. UI thread. */
#ifndef LEEWAY_UI_VIEWS_ENVIRONMENTS_H
#define LEEWAY_UI_VIEWS_ENVIRONMENTS_H

#include "app/app.h"
#include "leeway/catalog.h"
#include "leeway/snapshot.h"

/* The file that it comes from; NULL: of a folder of manifests. */
const struct leeway_env_file *environment_file(const struct leeway_snapshot *s,
                                               const struct leeway_environment *e);
/* What can be planned for it, as a choice where there is one. */
void environment_ask_ways(struct app *a, struct view *owner, const struct leeway_environment *e);
const char *environment_why_no_destroy(const struct leeway_snapshot *s,
                                       const struct leeway_environment *e);
void environment_plan_destroy(struct app *a, struct view *owner,
                              const struct leeway_environment *e);
/* Going back to release number; 0 and the newest one mean the one before the last. NULL: it can be
 * planned. */
const char *environment_why_no_undo(const struct leeway_environment *e, int32_t number);
void environment_plan_undo(struct app *a, struct view *owner, const struct leeway_environment *e,
                           int32_t number);
/* Of the environment's view, or what the list's cursor is on; empty: none. */
struct text environment_name_of(const struct view *view);
struct text environments_here_name(const struct view *view);
/* What can be copied of it. f NULL: it comes from no file. */
void environment_copy(struct app *a, struct view *owner, struct text name,
                      const struct leeway_env_file *f);
struct view *environments_new(struct app *a); /* given to app_push or app_set_screen */
struct view *environment_new(struct app *a, struct text name);

/* What both share. The command to plan the environment's folder again; NULL: it can be asked. */
const char *environment_why_no_plan(const struct leeway_environment *e);
void environment_plan(struct app *a, struct view *owner, const struct leeway_environment *e);
void environment_open_drift(struct app *a, const struct leeway_environment *e);
/* Ready of all, a count of differences: blank for none, "?" when not every target is seen. */
struct text environment_ready(struct arena *a, const struct leeway_environment *e);
struct text environment_count(struct arena *a, int32_t n);

#endif
