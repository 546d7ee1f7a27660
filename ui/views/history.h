// SPDX-License-Identifier: Apache-2.0
/* What was done: the releases of all environments, newest first. */
#ifndef LEEWAY_UI_VIEWS_HISTORY_H
#define LEEWAY_UI_VIEWS_HISTORY_H

#include "app/app.h"

struct view *history_new(struct app *a);

#endif
