// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of the Resources view: resources.c (keys and the engine), resources_rows.c (which
 * rows), resources_order.c (in which order), resources_table.c (columns and drawing),
 * resources_pick.c (its choosers).
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

/* A row of the screen, made when it is asked for. */
struct resource_item {
    const struct leeway_row *row; /* NULL: what is said of a cluster */
    struct text words;            /* then: "not listed: no answer" */
    struct text cluster;
    enum leeway_state state;     /* LEEWAY_STATE_COUNT: nothing is said */
    enum leeway_verdict verdict; /* of its drift; LEEWAY_VERDICT_COUNT: none */
};

struct resource_note { /* what is said of a cluster, after the objects */
    uint64_t uid;
    struct resource_item item;
};

/* A row of the table, by its number there. There may be half a million: kept small. */
struct resource_object {
    const struct leeway_row *row; /* lives as long as the snapshot */
    double number;                /* sort key, where it is one */
    unsigned char state, verdict;
    bool has_number;
    bool passes; /* the filter */
};

/* A row in the order, with what is needed to walk over half a million of them. */
struct resource_place {
    uint64_t uid;
    uint32_t row;
    bool passes;
    bool loose; /* stands where it may not belong, because somebody was reading */
};

#define RESOURCE_NEW UINT32_MAX

struct resource_change {
    uint32_t row, was; /* the object's number now and before, or RESOURCE_NEW */
};

struct resource_sorting {
    uint64_t look_id;
    int sort;
    bool reverse;
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
    struct leeway_snapshot *snapshot;    /* referenced; NULL before the first */
    const struct leeway_look *look;      /* of it, or NULL */
    VEC(struct resource_object) objects; /* by their number in the table */
    VEC(struct resource_place) order;    /* of all of them */
    VEC(uint32_t) rows;                  /* the order of those that pass the filter */
    VEC(struct resource_note) notes;     /* after them */
    struct resource_sorting sorted_as;
    struct resources_filter filter; /* that objects were judged by */
    uint64_t verdicts;              /* the same number: the same drift */
    size_t shown, total;            /* objects */
    size_t unseen, waiting;
    bool more;
    int sort; /* BY_… or a column of the look */
    bool reverse, sorted_by_hand, wide, touched;
    bool reordered;     /* all keys may have changed while somebody read */
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
/* A row of the list, below list.uids.len. */
struct resource_item resources_item(const struct resources *v, size_t at);
bool resources_here(const struct resources *v, struct resource_item *out); /* false: no row */
void resources_set_key(const struct resources *v, struct resource_object *x);
void resources_sort_all(struct resources *v);
/* The order after these rows changed. keep: rows stay where they are, new ones come at the end. */
void resources_sort_changed(struct resources *v, const struct resource_change *changed, size_t n,
                            bool keep);
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
