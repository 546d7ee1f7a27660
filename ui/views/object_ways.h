// SPDX-License-Identifier: Apache-2.0
/*
 * Keys that lead from a row about an object to what is known of it: `y` YAML, `d` details, `e`
 * events, `L` logs, `b` blame, `c` what can be copied. The same in every view. UI thread.
 */
#ifndef LEEWAY_UI_VIEWS_OBJECT_WAYS_H
#define LEEWAY_UI_VIEWS_OBJECT_WAYS_H

#include "app/app.h"
#include "views/object_ref.h"

/* Of what drift and plans say of an object: "apps/v1". Lives in a. */
struct object_ref object_ref_of(struct arena *a, struct text cluster, struct text api_version,
                                struct text kind, struct text namespace_, struct text name);
/* path: the field under the cursor, may be empty. 0: the command is none of these. */
unsigned object_ways_command(struct app *a, struct view *owner, const struct object_ref *ref,
                             struct text path, enum command c);
/* ref NULL: the cursor is on no object. VIEW_NOT_HERE: the command is none of these. */
const char *object_ways_why_not(const struct object_ref *ref, enum command c);

#endif
