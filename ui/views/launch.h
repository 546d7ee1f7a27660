// SPDX-License-Identifier: Apache-2.0
/*
 * The form that launches an environment or changes one: identity, clusters, parameters, and beside
 * them what that would do. It changes nothing: its end is a plan.
 */
#ifndef LEEWAY_UI_VIEWS_LAUNCH_H
#define LEEWAY_UI_VIEWS_LAUNCH_H

#include "app/app.h"
#include "leeway/catalog.h"

/* NULL, after saying why, when there is no form to be made. */
struct view *launch_new(struct app *a, const struct leeway_blueprint *b);
/* file: of the environment; version: to go to, empty: as it is. */
struct view *launch_change_new(struct app *a, const struct leeway_env_file *file,
                               struct text version);

#endif
