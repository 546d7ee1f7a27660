// SPDX-License-Identifier: Apache-2.0
/* `c` where more than one thing can be copied: a dialog over owner. UI thread. */
#ifndef LEEWAY_UI_VIEWS_COPY_H
#define LEEWAY_UI_VIEWS_COPY_H

#include "app/app.h"

struct copy_item {
    struct text what; /* empty: left out */
    const char *note; /* "the link" */
};

#define COPY_ITEMS_MAX 8

/* Copies the one that is chosen; texts are copied. */
void copy_pick(struct app *a, struct view *owner, const struct copy_item *items, size_t n);

#endif
