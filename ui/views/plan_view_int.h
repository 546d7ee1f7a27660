// SPDX-License-Identifier: Apache-2.0
/* What the files of the plan view share. */
#ifndef LEEWAY_UI_VIEWS_PLAN_VIEW_INT_H
#define LEEWAY_UI_VIEWS_PLAN_VIEW_INT_H

#include "app/requests.h"
#include "widget/tall.h"
#include "widget/tree.h"

/* A line of the tree: an object's change, or one field of it. */
struct plan_line {
    const struct leeway_plan_row *row;
    const struct leeway_plan_field *field; /* NULL: the row itself */
};

struct plan_view {
    struct view view;
    struct app *app;
    struct leeway_plan *plan; /* referenced */
    struct tree tree;
    VEC(struct plan_line) lines; /* as the tree's nodes */
    bool applying;               /* its release is looked for in newer snapshots */
    bool waiting;                /* a choice or the apply was sent and not answered yet */
};

const struct plan_line *plan_view_line(const struct plan_view *p, size_t row);
const struct plan_line *plan_view_here(const struct plan_view *p);
bool plan_row_is_contested(const struct leeway_plan_row *row);

/* plan_rows.c */
void plan_view_build(struct plan_view *p);
void plan_view_draw_rows(struct plan_view *p, struct region r);
struct text plan_row_object(struct arena *a, const struct leeway_plan_row *row);
struct text plan_names(struct arena *a, const struct text *names, size_t n, size_t max);
const char *plan_choice_words(enum leeway_choice c);
/* "kubectl edit, a person has 3; the plan has 1" */
struct text plan_field_has(struct arena *a, const struct leeway_plan_field *f);

/* plan_dialogs.c: both end in a command only by a button */
void plan_view_ask_owner(struct plan_view *p);
void plan_view_ask_apply(struct plan_view *p);
/* The release is on its way: to the screen of releases, which may free the view. */
void plan_view_leave(struct plan_view *p, struct text environment, int32_t release);
void plan_view_take(struct plan_view *p, struct leeway_plan *plan);

#endif
