// SPDX-License-Identifier: Apache-2.0
/*
 * `c`: what can be copied of what is under the cursor, and the link to the view. A dialog over
 * owner where that is more than one thing. UI thread.
 */
#ifndef LEEWAY_UI_VIEWS_COPY_H
#define LEEWAY_UI_VIEWS_COPY_H

#include "app/app.h"
#include "views/link.h"

struct copy_item {
    struct text what; /* empty: left out */
    const char *note; /* "the link" */
};

#define COPY_ITEMS_MAX 10

/* Copies the one that is chosen, or the only one; texts are copied. */
void copy_pick(struct app *a, struct view *owner, const struct copy_item *items, size_t n);
#define COPY(a, owner, ...)                                                                        \
    copy_pick((a), (owner), (const struct copy_item[]){__VA_ARGS__},                               \
              sizeof((const struct copy_item[]){__VA_ARGS__}) / sizeof(struct copy_item))

#endif
