// SPDX-License-Identifier: Apache-2.0
/* Releases that run and the last that ended: targets, what they wait for, the log. UI thread. */
#ifndef LEEWAY_UI_VIEWS_ACTIVITY_H
#define LEEWAY_UI_VIEWS_ACTIVITY_H

#include "app/app.h"

struct view *activity_new(struct app *a); /* given to app_push or app_set_screen */

#endif
