// SPDX-License-Identifier: Apache-2.0
/*
 * Links: the names of places, as a view's `link` gives them and `leeway open` takes them. Parts are
 * joined by `/`, `-` is a part that stands for all, and what comes after `//` is a filter. What a
 * shell would take for its own stands as %XX, a blank as `+`, so no link needs quotes. UI thread.
 */
#ifndef LEEWAY_UI_VIEWS_LINK_H
#define LEEWAY_UI_VIEWS_LINK_H

#include "app/app.h"

/* Empty parts at the end are left out; filter may be "". Lives in a. */
struct text link_make(struct arena *a, const char *filter, const struct text *parts, size_t n);
#define LINK(a, filter, ...)                                                                       \
    link_make((a), (filter), (const struct text[]){__VA_ARGS__},                                   \
              sizeof((const struct text[]){__VA_ARGS__}) / sizeof(struct text))

/* "leeway open LINK" */
struct text link_command(struct arena *a, struct text link);
/* Of a view; empty: it has none. */
struct text link_of_view(struct app *a, struct view *v, struct arena *arena);
/* Opens the place; false: there is none of this name. */
bool link_open(struct app *a, const char *link);

#endif
