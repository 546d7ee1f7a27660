// SPDX-License-Identifier: Apache-2.0
/* What CMD_EDITOR does on a screen that has nothing of its own to open in an editor. UI thread. */
#ifndef LEEWAY_UI_APP_EXPORT_H
#define LEEWAY_UI_APP_EXPORT_H

#include "app/view.h"

typedef void app_export_fn(struct app *a, struct view *v);
void app_set_export(struct app *a, app_export_fn *fn); /* NULL: nothing */

#endif
