// SPDX-License-Identifier: Apache-2.0
/* Which view each of the fixed screens opens, and what the palette finds besides commands. */
#ifndef LEEWAY_UI_VIEWS_SCREENS_H
#define LEEWAY_UI_VIEWS_SCREENS_H

#include "app/app.h"

/* Once, after app_new. */
void screens_register(struct app *a);

#endif
