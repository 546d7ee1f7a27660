// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of an environment's view: environment.c (life and keys), environment_rows.c (which
 * rows each tab has), environment_facts.c (what it is, in a few lines), environment_draw.c (rows).
 */
#ifndef LEEWAY_UI_VIEWS_ENVIRONMENT_INT_H
#define LEEWAY_UI_VIEWS_ENVIRONMENT_INT_H

#include "base/vec.h"
#include "leeway/form.h"
#include "leeway/leeway.h"
#include "views/drift_fold.h"
#include "views/environments.h"
#include "views/object_ways.h"
#include "widget/tall.h"

enum env_tab {
    ENV_OVERVIEW,
    ENV_TARGETS,
    ENV_RESOURCES,
    ENV_DRIFT,
    ENV_HISTORY,
    ENV_OVERRIDES,
    ENV_TABS
};

enum env_kind {
    ENV_ROW_OUTPUT,
    ENV_ROW_TARGET,
    ENV_ROW_PART,
    ENV_ROW_DRIFT,
    ENV_ROW_RELEASE,
    ENV_ROW_PARAMETER,
    ENV_ROW_OVERRIDE,
    ENV_ROW_EXCEPTION, /* of its file */
    ENV_ROW_ANSWER,    /* of a person here */
};

struct env_row {
    enum env_kind kind;
    uint64_t uid;
    struct text head;  /* of its section: drawn above the first row that has it */
    struct text count; /* at the right of the head */
    bool again;        /* an output that the row above names already */
    bool everywhere;   /* an output that is the same on each cluster */
    enum drift_group group;
    union {
        const struct leeway_output *output;
        const struct leeway_target *target;
        const struct leeway_part *part;
        const struct leeway_drift *drift;
        const struct leeway_past_release *release;
        const struct leeway_form_row *parameter;
        const struct leeway_override *override;
        const struct leeway_exception *exception;
        const struct leeway_answer *answer;
        const void *what;
    } of;
};

struct environment_view {
    struct view view;
    struct app *app;
    struct arena own;        /* as long as the view */
    struct arena rows_arena; /* as long as the rows */
    struct text name;
    struct leeway_snapshot *snapshot;     /* referenced */
    const struct leeway_environment *row; /* NULL: it is gone */
    const struct leeway_env_file *file;   /* NULL: it comes from a folder */
    const struct leeway_blueprint *blueprint;
    struct leeway_parts *parts;     /* referenced; NULL: not yet */
    struct leeway_history *history; /* referenced; NULL: not yet */
    struct leeway_form *form;       /* of its parameters; NULL: none */
    struct text form_of;            /* document that the form was made of; in own */
    enum env_tab tab;
    int64_t counts[ENV_TABS]; /* -1: none is shown; -2: not known */
    bool asking, asking_history;
    uint64_t seen;         /* what the parts were asked for */
    int32_t asked_release; /* the newest when the history was asked for */
    VEC(struct env_row) rows;
    struct list list;
};

/* environment_rows.c: the rows of the tab, from what the view has. */
void environment_build(struct environment_view *v);
/* The object that a row (may be NULL) is about, in a; false: it is about none. */
bool environment_object(const struct env_row *x, struct arena *a, struct object_ref *out);
/* Exceptions that stand: of people here, and of the file. */
size_t environment_exceptions(const struct environment_view *v);

/* environment_facts.c: lines that were used. */
int environment_facts(struct environment_view *v, struct region r);
/* "27 Nov 12:00, in 2 d 21 h", "ended 27 Nov 12:00" */
struct text environment_left(struct app *app, struct arena *a, int64_t ms);

/* environment_draw.c */
struct tall environment_height(void *ctx, size_t row, bool first);
void environment_draw_row(void *ctx, struct region all, const struct list_row *row, int above);

#endif
