// SPDX-License-Identifier: Apache-2.0
/* What stands instead of the fleet when no cluster is configured: where was looked, what to do. */
#ifndef LEEWAY_UI_VIEWS_FIRST_RUN_H
#define LEEWAY_UI_VIEWS_FIRST_RUN_H

#include "app/app.h"

struct view *first_run_new(struct app *a);

#endif
