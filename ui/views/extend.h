// SPDX-License-Identifier: Apache-2.0
/* The dialog that lets an environment live longer, or shorter. UI thread. */
#ifndef LEEWAY_UI_VIEWS_EXTEND_H
#define LEEWAY_UI_VIEWS_EXTEND_H

#include "app/app.h"
#include "leeway/snapshot.h"

void extend_ask(struct app *a, struct view *owner, const struct leeway_environment *e);

/* ---- for faces that ask line by line; the view is of extend_ask ---- */

struct input;
struct text extend_title(const struct view *view);
struct input *extend_field(struct view *view, size_t i); /* 0: until, 1: reason; NULL: no more */
const char *extend_why_off(const struct view *view, struct arena *a); /* NULL: it can be pressed */
bool extend_press(struct view *view); /* true: it was sent, and is to be closed */

#endif
