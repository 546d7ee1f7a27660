// SPDX-License-Identifier: Apache-2.0
/* A shell in a container through kubectl: the screen is its until it ends. UI thread. */
#ifndef LEEWAY_UI_VIEWS_OUTSIDE_H
#define LEEWAY_UI_VIEWS_OUTSIDE_H

#include "app/app.h"
#include "views/object_ref.h"

/* NULL: a shell can be had; else why not. */
const char *outside_why_no_shell(struct app *a);
/* Asks first, and says the command; container may be empty. */
void outside_shell(struct app *a, const struct object_ref *pod, struct text container);

#endif
