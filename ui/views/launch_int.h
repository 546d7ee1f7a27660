// SPDX-License-Identifier: Apache-2.0
/* What the files of the form share. */
#ifndef LEEWAY_UI_VIEWS_LAUNCH_INT_H
#define LEEWAY_UI_VIEWS_LAUNCH_INT_H

#include "app/requests.h"
#include "base/vec.h"
#include "leeway/form.h"
#include "views/launch.h"
#include "widget/input.h"
#include "widget/tall.h"

enum launch_line_kind {
    LINE_FIELD,   /* a row of one of the two forms */
    LINE_CLUSTER, /* one that the blueprint may go to: chosen or not */
    LINE_LEFT,    /* those that it may not go to, by reason */
    LINE_BUTTON,
};
enum launch_button { BUTTON_PLAN, BUTTON_KEEP, BUTTON_DROP, BUTTON_COUNT };
enum launch_part { PART_HEAD, PART_CLUSTERS, PART_PARAMS, PART_BUTTONS, PART_COUNT };

struct launch_line {
    enum launch_line_kind kind;
    enum launch_part part;
    bool first; /* of its part: a head stands above it */
    const struct leeway_form_row *row;
    struct leeway_form *form;
    struct text text, why; /* of clusters and reasons; in the view's lines arena */
    enum launch_button button;
};

struct launch {
    struct view view;
    struct app *app;
    struct arena own; /* lives as long as the view */
    struct arena lines_arena;
    bool change;        /* of an environment that is there */
    bool own_placement; /* the person chose clusters; otherwise the document's placement stands */
    struct text name;   /* of the environment that is changed */
    struct text blueprint, version, team, draft_name, base; /* base: the document it began with */
    struct leeway_form *head, *params;
    VEC(struct text) clusters; /* chosen; in own */
    VEC(struct launch_line) lines;
    struct list list;
    struct input input;
    uint64_t editing;         /* uid of the line that the input is of; 0: none */
    struct text wrong;        /* of what is being typed, when it cannot be a value; in own */
    struct leeway_plan *plan; /* referenced; of a draft; NULL: none yet */
    uint64_t asked;           /* number of the draft that was asked for last */
    bool waiting;             /* its answer is not there yet */
    bool submitted;
    int cols; /* of the list when it was drawn last */
};

/* launch_lines.c */
void launch_build(struct launch *v);
struct launch_line *launch_here(struct launch *v);
size_t launch_errors(const struct launch *v); /* of both forms, and the clusters */
struct tall launch_height(void *ctx, size_t row, bool first);
void launch_draw_line(void *ctx, struct region r, const struct list_row *row, int above);
/* Given, or by default. */
struct text launch_value(const struct leeway_form_row *row);
/* What the plan of the draft says, in one line and as a pane. */
struct text launch_plan_words(const struct launch *v, struct arena *a);
void launch_draw_plan(const struct launch *v, struct region r);

/* launch.c, for faces that ask line by line: what keys do to the line with this number. Lines are
 * made anew; v->wrong says what could not be a value. */
void launch_put(struct launch *v, size_t line, struct text typed);
void launch_toggle(struct launch *v, size_t line); /* a cluster */
void launch_remove(struct launch *v, size_t line); /* an item */
/* One more item; NULL, or why not, in a. */
const char *launch_add(struct launch *v, size_t line, const char *name, struct arena *a);
const char *launch_why_no_plan(struct launch *v, struct arena *a);  /* NULL: it can be planned */
unsigned launch_press(struct launch *v, enum launch_button button); /* effect flags */

/* launch_document.c: JSON; borrowed from a */
const char *launch_document(const struct launch *v, bool draft, struct arena *a);
const char *launch_head_schema(const struct launch *v, const struct leeway_snapshot *s,
                               struct arena *a);
/* A value of the head form; empty: not given. */
struct text launch_head_value(const struct launch *v, const char *path, struct arena *a);
/* Takes over what a document says; false: it is no document. */
bool launch_take(struct launch *v, const struct leeway_snapshot *s, struct text document,
                 struct text version, struct err *e);

#endif
