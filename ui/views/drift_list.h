// SPDX-License-Identifier: Apache-2.0
/* All differences of the fleet, one row a distinct difference. UI thread. */
#ifndef LEEWAY_UI_VIEWS_DRIFT_LIST_H
#define LEEWAY_UI_VIEWS_DRIFT_LIST_H

#include "app/app.h"

struct view *drift_list_new(struct app *a); /* given to app_push or app_set_screen */
/* The same with a filter, "cluster:dev-eu-1" or "env:payments-dev": what `i` opens elsewhere. */
struct view *drift_list_new_filtered(struct app *a, const char *filter);

#endif
