// SPDX-License-Identifier: Apache-2.0
/*
 * A dialog that lets a person choose one of many by typing a few letters: kinds, namespaces,
 * columns, containers. UI thread.
 */
#ifndef LEEWAY_UI_WIDGET_PICK_H
#define LEEWAY_UI_WIDGET_PICK_H

#include "app/app.h"

struct pick_item {
    struct text label;
    struct text also; /* found by this as well, and not shown: short names */
    struct text note;
};

/* Called once, after the dialog is closed: the item, or SIZE_MAX with what was typed where
 * free_text allows it. Not called when the person went back, or when owner is gone. */
typedef void pick_fn(struct app *a, struct view *owner, size_t item, struct text typed);

struct pick_spec {
    struct text title;
    const struct pick_item *items;
    size_t n_items;
    size_t at;            /* the item under the cursor at first */
    bool free_text;       /* what was typed will do when no item matches */
    bool label_is_answer; /* fn is given the item's label as what was typed */
    bool note_is_answer;  /* its note */
    const char *hint;     /* beside the field: what can be typed; NULL: none */
    struct view *owner;   /* lies below the dialog */
    pick_fn *fn;
};

/* Copies texts and items. Given to app_push. */
struct view *pick_new(const struct pick_spec *spec);

/* ---- for faces that ask line by line; v is of pick_new ---- */

/* Its spec, with title and items as the view has them; borrowed while it lives. */
struct pick_spec pick_read(const struct view *v);
/* What typing that would leave under the cursor; SIZE_MAX: nothing. */
size_t pick_search(struct view *v, struct text typed);
/* Closes and frees it, and gives the item under the cursor or what was typed to its owner; false:
 * there is neither. */
bool pick_take(struct view *v, struct app *a);

#endif
