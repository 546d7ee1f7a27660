// SPDX-License-Identifier: Apache-2.0
/* What the files of the activity view share. */
#ifndef LEEWAY_UI_VIEWS_ACTIVITY_INT_H
#define LEEWAY_UI_VIEWS_ACTIVITY_INT_H

#include "app/requests.h"
#include "widget/list.h"

struct activity {
    struct view view;
    struct app *app;
    struct leeway_snapshot *snapshot; /* referenced */
    VEC(const struct leeway_release *) rows;
    struct list list; /* of releases by id */
    bool in_log;      /* the keys move the log */
    size_t behind;    /* lines between the log's end and the last in view; 0: following */
    size_t log_len;   /* of the release under the cursor when last seen */
    int log_page;
};

const struct leeway_release *activity_here(const struct activity *v); /* NULL: the list is empty */
enum leeway_state activity_state(enum leeway_release_state s);
const char *activity_word(enum leeway_release_state s);
bool activity_runs(const struct leeway_release *r);

/* activity_parts.c: returns the rows used */
int activity_draw_targets(struct activity *v, const struct leeway_release *r, struct region at);
void activity_draw_log(struct activity *v, const struct leeway_release *r, struct region at);
void activity_draw_release(struct activity *v, const struct leeway_release *r, struct region row);

#endif
