// SPDX-License-Identifier: Apache-2.0
/* Environments: the list, the worst first, and the overview of one. UI thread. */
#ifndef LEEWAY_UI_VIEWS_ENVIRONMENTS_H
#define LEEWAY_UI_VIEWS_ENVIRONMENTS_H

#include "app/app.h"
#include "leeway/snapshot.h"

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
