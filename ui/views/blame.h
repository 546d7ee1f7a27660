// SPDX-License-Identifier: Apache-2.0
/* Blame: who owns the fields of an object on every cluster, and which copy is unlike the others. */
#ifndef LEEWAY_UI_VIEWS_BLAME_H
#define LEEWAY_UI_VIEWS_BLAME_H

#include "app/app.h"
#include "views/object_ref.h"

/* Of every object of that kind, namespace and name in the fleet. path: the field under the cursor
 * at first; may be empty. Copies. Given to app_push. */
struct view *blame_new(struct app *a, const struct object_ref *ref, struct text path);

#endif
