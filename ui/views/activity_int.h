// SPDX-License-Identifier: Apache-2.0
/* What the files of the activity view share. */
#ifndef LEEWAY_UI_VIEWS_ACTIVITY_INT_H
#define LEEWAY_UI_VIEWS_ACTIVITY_INT_H

#include "app/requests.h"
#include "widget/list.h"

enum activity_pane { ACTIVITY_RELEASES, ACTIVITY_TARGETS, ACTIVITY_LOG, ACTIVITY_PANES };

/* A line of the middle pane: a stage, or a target. */
struct activity_part {
    const struct leeway_release_stage *stage;   /* or NULL */
    const struct leeway_release_target *target; /* or NULL */
};

struct activity {
    struct view view;
    struct app *app;
    struct leeway_snapshot *snapshot; /* referenced */
    VEC(const struct leeway_release *) rows;
    struct list list; /* of releases by id */
    VEC(struct activity_part) parts;
    struct list targets; /* of parts */
    uint64_t parts_of;   /* whose parts they are */
    enum activity_pane pane;
    size_t behind;  /* lines between the log's end and the last in view; 0: following */
    size_t log_len; /* of the release under the cursor when last seen */
    int log_page;
    int cols; /* of the middle pane, when last drawn */
};

const struct leeway_release *activity_here(const struct activity *v); /* NULL: the list is empty */
bool activity_runs(const struct leeway_release *r);

/* activity_words.c: what a release, a stage, a target is and waits for */
struct activity_state {
    enum leeway_state state;
    const char *word;
};
/* A release that waits for a person says so. */
struct activity_state activity_state(const struct leeway_release *r);
/* The stage whose gate waits for a person; NULL: none. */
const struct leeway_release_stage *activity_gate(const struct leeway_release *r);
enum leeway_state activity_stage_state(const struct leeway_release_stage *s);
struct text activity_stage_words(struct activity *v, struct arena *a,
                                 const struct leeway_release *r,
                                 const struct leeway_release_stage *s);
struct text activity_target_words(struct activity *v, struct arena *a,
                                  const struct leeway_release_target *t);
/* "running for 15 min, about 8 min left" */
struct text activity_time_words(struct activity *v, struct arena *a,
                                const struct leeway_release *r);

/* activity_parts.c: returns the rows used */
void activity_load_parts(struct activity *v); /* of the release under the cursor */
int activity_draw_targets(struct activity *v, const struct leeway_release *r, struct region at);
void activity_draw_log(struct activity *v, const struct leeway_release *r, struct region at);
void activity_draw_release(struct activity *v, const struct leeway_release *r, struct region row);

/* activity_dialogs.c */
void activity_ask_release(struct activity *v);
void activity_ask_gate(struct activity *v, const struct leeway_release_stage *s);

#endif
