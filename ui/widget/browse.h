// SPDX-License-Identifier: Apache-2.0
/*
 * What all screens with a list do alike: moving, marks, `[` `]`, `/` with its filter and `Esc`, the
 * mouse, and not sorting anew while somebody reads. A view has a struct browse, a const spec, and
 * gives what it does not do itself to these functions. UI thread.
 */
#ifndef LEEWAY_UI_WIDGET_BROWSE_H
#define LEEWAY_UI_WIDGET_BROWSE_H

#include "app/app.h"
#include "widget/list.h"

struct browse {
    struct list list;
    char filter[256]; /* bytes of cleaned text; "" shows everything */
    char scope[256];  /* what the view was opened with: Esc comes back to it, and then goes */
};

/* ctx is the view, which begins with its struct view. */
struct browse_spec {
    list_test_fn *is_problem;  /* for `[` `]`; NULL: there are none here */
    const char *no_problem;    /* "nothing more that way is not well" */
    void (*reload)(void *ctx); /* the rows by the filter; ends in list_set */
    /* The view's rows as they are in the list, and the bytes of one: what changes while somebody
     * reads is shown in the order that was there. NULL: it is shown once nobody reads. */
    void *(*rows)(void *ctx, size_t *size);
    int head; /* rows of the screen above the first of the list */
};

void browse_init(struct browse *b);
void browse_clear(struct browse *b);
void browse_set_filter(struct browse *b, struct text t);
void browse_set_scope(struct browse *b, struct text t); /* and the filter */
/* The filter was typed: Esc clears it. */
bool browse_is_filtered(const struct browse *b);

/* Effect flags; 0 for what is not a list's. */
unsigned browse_command(struct browse *b, const struct browse_spec *spec, void *ctx, struct app *a,
                        enum command c);
/* NULL for what browse_command does, otherwise VIEW_NOT_HERE. */
const char *browse_why_not(const struct browse_spec *spec, enum command c);
/* For the view's operations of the same names. */
unsigned browse_filter(struct browse *b, const struct browse_spec *spec, void *ctx,
                       struct text text);
unsigned browse_mouse(struct browse *b, const struct browse_spec *spec, const struct event *ev);
/* Loads anew; while somebody reads in the order that was there, and with marks or under a dialog
 * later. Where nothing is shown yet, what comes is shown at once. */
unsigned browse_refresh(struct browse *b, const struct browse_spec *spec, void *ctx, struct app *a);
/* The last part of the path: "drift /payments". */
struct text browse_path(const struct browse *b, struct arena *a, const char *name);

#endif
