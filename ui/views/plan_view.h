// SPDX-License-Identifier: Apache-2.0
/* A plan before it is applied: risks first, folded over clusters. UI thread. */
#ifndef LEEWAY_UI_VIEWS_PLAN_VIEW_H
#define LEEWAY_UI_VIEWS_PLAN_VIEW_H

#include "app/requests.h"

struct view *plan_view_new(struct app *a, struct leeway_plan *plan); /* references it */

/* Asks for a plan and opens it when it comes while owner is still what is looked at. */
bool plan_view_request(struct app *a, struct view *owner, const struct leeway_command *c);

#endif
