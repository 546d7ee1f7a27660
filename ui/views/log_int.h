// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of the log view: log.c (keys and the engine), log_lines.c (which lines are seen, and
 * how), log_pods.c (the containers that are read: their short names, the pane below). UI thread.
 */
#ifndef LEEWAY_UI_VIEWS_LOG_INT_H
#define LEEWAY_UI_VIEWS_LOG_INT_H

#include "base/vec.h"
#include "leeway/leeway.h"
#include "views/log.h"
#include "widget/list.h"
#include "widget/search.h"

struct log_name { /* of a source */
    uint32_t id;
    struct text cluster, pod; /* as short as they can be told apart; in names_arena */
    uint32_t recent;          /* lines in the last 5 min */
};

struct log_view {
    struct view view;
    struct app *app;
    struct arena arena;
    struct object_ref ref; /* of one pod; in arena */
    struct text container; /* asked for; empty: the default */
    const char **subjects; /* of several; in arena */
    size_t n_subjects;
    struct text environment, title; /* in arena */
    bool several;
    uint64_t log_id;
    struct leeway_snapshot *snapshot; /* referenced */
    const struct leeway_log *log;     /* of it, or NULL */
    uint64_t cursor;                  /* a line's number; 0: none yet */
    bool follow, wrap, times, previous;
    size_t since; /* of sinces */
    uint32_t tail;
    int page; /* rows when last drawn */
    struct search search;

    struct arena names_arena;
    VEC(struct log_name) names; /* one a source, in the order of the log's */
    int cluster_cols, pod_cols; /* of the source column; 0: none */
    bool in_pods;               /* keys go to the pods below */
    struct list pods;
    VEC(uint32_t) hidden; /* sources */
};

/* ---- log_lines.c ---- */

uint64_t log_first(const struct log_view *v);
uint64_t log_last(const struct log_view *v);
const struct leeway_line *log_line(const struct log_view *v, uint64_t number); /* NULL: gone */
/* The next line in a direction that is not hidden; 0: there is none. */
uint64_t log_step(const struct log_view *v, uint64_t number, int step);
void log_keep_cursor(struct log_view *v);
void log_draw_lines(struct log_view *v, struct region r);

/* ---- log_pods.c ---- */

void log_pods_load(struct log_view *v); /* after the log changed */
const struct log_name *log_name_of(const struct log_view *v, uint32_t source); /* NULL: none */
const struct leeway_log_source *log_pods_here(const struct log_view *v);
bool log_pods_hidden(const struct log_view *v, uint32_t source);
/* "5 pods on 2 clusters" */
struct text log_pods_count(const struct log_view *v, struct arena *a);
void log_pods_hide(struct log_view *v);                /* or show: the one under the cursor */
int log_pods_rows(const struct log_view *v, int rows); /* of the pane, below that many rows */
void log_pods_draw(struct log_view *v, struct region r);
enum role log_source_role(uint32_t source);

#endif
