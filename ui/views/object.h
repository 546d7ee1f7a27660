// SPDX-License-Identifier: Apache-2.0
/*
 * One live object: as YAML with the owner of every line in the margin, and in words. It follows the
 * object while it is open and marks what changed. UI thread.
 */
#ifndef LEEWAY_UI_VIEWS_OBJECT_H
#define LEEWAY_UI_VIEWS_OBJECT_H

#include "app/app.h"
#include "views/object_ref.h"

enum object_tab { OBJECT_YAML, OBJECT_FACTS };

/* Copies the reference. Given to app_push. */
struct view *object_new(struct app *a, const struct object_ref *ref, enum object_tab tab);
/* Pushes the table of the object's events. */
void object_open_events(struct app *a, const struct object_ref *ref);
/* A dialog over owner: its name, the kubectl command, the link. */
/* "resources/CLUSTER/KIND/NAMESPACE/NAME" */
struct text object_link(struct arena *a, const struct object_ref *ref);
void object_pick_copy(struct app *a, struct view *owner, const struct object_ref *ref);

#endif
