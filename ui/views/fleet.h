// SPDX-License-Identifier: Apache-2.0
/* The fleet: tiles, compact and heat map of all clusters, the worst first. UI thread. */
#ifndef LEEWAY_UI_VIEWS_FLEET_H
#define LEEWAY_UI_VIEWS_FLEET_H

#include "app/app.h"

struct view *fleet_new(struct app *a); /* given to app_push or app_set_screen */

#endif
