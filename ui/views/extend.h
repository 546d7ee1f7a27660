// SPDX-License-Identifier: Apache-2.0
/* The dialog that lets an environment live longer, or shorter. UI thread. */
#ifndef LEEWAY_UI_VIEWS_EXTEND_H
#define LEEWAY_UI_VIEWS_EXTEND_H

#include "app/app.h"
#include "leeway/snapshot.h"

void extend_ask(struct app *a, struct view *owner, const struct leeway_environment *e);

#endif
