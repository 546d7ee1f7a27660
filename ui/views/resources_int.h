// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of the Resources view: resources.c (keys and the engine), resources_rows.c (which rows
 * in which order), resources_table.c (columns and drawing), resources_pick.c (its choosers).
 */
#ifndef LEEWAY_UI_VIEWS_RESOURCES_INT_H
#define LEEWAY_UI_VIEWS_RESOURCES_INT_H

#include "leeway/leeway.h"
#include "views/object_ref.h"
#include "views/resources.h"
#include "widget/browse.h"

/* Columns that every table has; others are those of the look, from 0. */
enum { BY_STATE = -4, BY_CLUSTER = -3, BY_NAMESPACE = -2, BY_NAME = -1 };

#define RESOURCES_LIMIT 500
#define RESOURCES_WORDS 8

struct resource_item {
    uint64_t uid;
    const struct leeway_row *row; /* NULL: what is said of a cluster */
    struct text words;            /* then: "not listed: no answer" */
    struct text cluster;
    enum leeway_state state;     /* LEEWAY_STATE_COUNT: nothing is said */
    enum leeway_verdict verdict; /* of its drift; LEEWAY_VERDICT_COUNT: none */
    double number;               /* sort key, where all are numbers */
    bool has_number;
    size_t rank; /* place in the order before; SIZE_MAX: new */
};

/* The filter line, read: ns:, label: and field: are the servers' business. */
struct resources_filter {
    char ns[256], labels[256], fields[256], cluster[256];
    char words[RESOURCES_WORDS][64];
    size_t n_words;
};

struct resources {
    struct view view;
    struct app *app;
    struct browse browse; /* first of what other files see */
    struct arena arena;   /* of the query */
    struct text kind;     /* as asked for */
    const char **clusters;
    size_t n_clusters;
    struct resources_filter asked; /* what the look was begun with */
    uint32_t limit;
    uint64_t look_id;
    struct leeway_snapshot *snapshot; /* referenced; NULL before the first */
    const struct leeway_look *look;   /* of it, or NULL */
    VEC(struct resource_item) items;
    size_t shown, total; /* objects */
    size_t unseen, waiting;
    bool more;
    int sort; /* BY_… or a column of the look */
    bool reverse, sorted_by_hand, wide, touched;
    bool unsorted;      /* rows stand as somebody read them; they are sorted when nobody does */
    int first_column;   /* of the look's, scrolled to the left edge */
    int64_t not_before; /* boot ms: sorting so many takes its time */
    VEC(int) widths;    /* of the look's columns: the widest cell */
    VEC(bool) numbers;  /* of them: every cell is a number, whatever the server calls it */
    int cluster_width, namespace_width, name_width;
    struct arena row_arena; /* of words of items */
};

void resources_read_filter(const char *line, struct resources_filter *out);
/* keep: rows stay in their order, new ones come after them. */
void resources_load(struct resources *v, bool keep);
void resources_begin(struct resources *v); /* a new look */
const struct resource_item *resources_here(const struct resources *v);
struct object_ref resources_ref(const struct resources *v, const struct leeway_row *row);
bool resources_is_events(const struct resources *v);
int resources_column_named(const struct resources *v, const char *name); /* -1: none */

void resources_draw(struct resources *v, struct region r);
void resources_describe(struct resources *v, struct region r);
void resources_preview(struct resources *v, struct region r);

void resources_pick_kind(struct resources *v);
void resources_pick_sort(struct resources *v);
void resources_pick_copy(struct resources *v);

#endif
