// SPDX-License-Identifier: Apache-2.0
/* What the files of the drift detail share. */
#ifndef LEEWAY_UI_VIEWS_DRIFT_DETAIL_INT_H
#define LEEWAY_UI_VIEWS_DRIFT_DETAIL_INT_H

#include "app/app.h"
#include "leeway/leeway.h"
#include "views/object_ways.h"
#include "widget/tree.h"

enum detail_kind {
    DETAIL_GROUP,  /* the path that differing fields share */
    DETAIL_FIELD,  /* one field */
    DETAIL_FOLDED, /* fields that are as given, in one row */
};

struct detail_row {
    enum detail_kind kind;
    struct text label;                       /* as shown */
    struct text path;                        /* of the group or the field */
    const struct leeway_object_field *field; /* NULL for groups and folds */
    size_t count;                            /* fields in a fold */
};

struct drift_detail {
    struct view view;
    struct app *app;
    struct tree tree;
    struct arena own; /* the object's names */
    struct arena rows_arena, ref_arena;
    struct text environment, cluster, api_version, kind, namespace_, name;
    struct leeway_snapshot *snapshot;     /* referenced */
    struct leeway_object *object;         /* referenced; NULL: not here yet */
    struct text failed;                   /* why it is not */
    bool gone;                            /* the cluster was asked and has no such object */
    struct leeway_explanation *explained; /* referenced; NULL: not here yet */
    const struct leeway_object_field *fields;
    size_t n_fields, n_differ, n_pending;
    VEC(struct detail_row) rows; /* as the tree's nodes */
    struct list ways;            /* the same field elsewhere, then the ways out */
    bool on_ways;                /* the keys are there */
    int elsewhere_rows;          /* rows of it when last drawn; -1: not even the ways were */
};

/* Fields and rows anew from the object, or without it from the snapshot's differences. */
void drift_detail_build(struct drift_detail *d);
bool drift_detail_stands(const struct leeway_object_field *f);
/* The difference of a field in the snapshot; NULL: none. */
const struct leeway_drift *drift_detail_drift(const struct drift_detail *d, struct text path);
const struct detail_row *drift_detail_here(const struct drift_detail *d);
/* drift_detail_copy.c: row may be NULL */
void drift_detail_copy(struct drift_detail *d, const struct detail_row *row);
/* drift_detail_ways.c */
void drift_detail_draw_ways_line(struct drift_detail *d, struct region r, int y,
                                 const struct leeway_object_field *f);
void drift_detail_draw_more(struct drift_detail *d, struct region r,
                            const struct leeway_object_field *f);
/* Tab goes there and back; NULL when there are such rows under the cursor. */
const char *drift_detail_why_no_ways(const struct drift_detail *d);
void drift_detail_go_to_ways(struct drift_detail *d, bool on);
/* While the keys are there: moving, and Enter, which does what the way's own key does or goes to
 * that cluster. Effect flags; 0 for what is not theirs. */
unsigned drift_detail_ways_command(struct drift_detail *d, enum command c);
/* What the engine said of the field's difference; NULL: nothing yet, or there is none. */
const struct leeway_explained *drift_detail_explained(const struct drift_detail *d,
                                                      struct text path);
/* drift_detail_panel.c; NULL: there is none. */
const struct leeway_environment *drift_detail_environment(const struct drift_detail *d);
const struct leeway_drift *drift_detail_drift_on(const struct drift_detail *d, struct text cluster,
                                                 struct text path);
/* drift_detail_panel.c: a person has to do something about it */
bool drift_detail_has_way_out(const struct detail_row *row);
/* drift_detail_panel.c: everything known about the row under the cursor */
void drift_detail_draw_panel(struct drift_detail *d, struct region r);

#endif
