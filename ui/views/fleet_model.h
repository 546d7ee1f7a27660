// SPDX-License-Identifier: Apache-2.0
/*
 * The clusters of a snapshot in the order of the screen: filtered, grouped, worst first. A new
 * snapshot costs one pass over its rows and the sorting of those that changed. UI thread.
 */
#ifndef LEEWAY_UI_VIEWS_FLEET_MODEL_H
#define LEEWAY_UI_VIEWS_FLEET_MODEL_H

#include "base/vec.h"
#include "base/zone.h"
#include "canvas/canvas.h"
#include "views/fleet_filter.h"

struct fleet_item {
    const struct leeway_cluster *row; /* of the model's snapshot */
    uint64_t id, version;
    uint32_t group;
    uint8_t rank;     /* state, and within ok those that have something to tell first */
    bool fact, moved; /* fact: a third line in its tile */
    bool advice;      /* fleet_advice says something */
    bool shown;       /* passes the filter */
};

struct fleet_group {
    struct text name; /* of the model's snapshot */
    size_t count;     /* shown */
    size_t by_state[LEEWAY_STATE_COUNT];
    uint32_t place; /* in the order of groups */
};

enum fleet_sort { FLEET_BY_STATE, FLEET_BY_NAME };

struct fleet_model {
    struct leeway_snapshot *snapshot; /* referenced; NULL before the first */
    struct fleet_filter filter;
    char reason_key[FLEET_FILTER_MAX]; /* only clusters with this reason; "" for all */
    char group_by[64];                 /* label; "" for one group */
    bool flat;                         /* one group whatever group_by says */
    enum fleet_sort sort;
    VEC(struct fleet_item) items;   /* in the order of the snapshot */
    VEC(struct fleet_group) groups; /* in no order: see place */
    VEC(uint32_t) order;            /* items as shown */
    VEC(uint32_t) group_order;
    size_t by_state[LEEWAY_STATE_COUNT]; /* shown */
    size_t total;                        /* clusters of the fleet */
    int longest_name;                    /* cells, of those shown */
    uint64_t generation;                 /* changes when order or anything to lay out changes */
    bool stale_order;                    /* was not sorted because the order is frozen */
};

void fleet_model_init(struct fleet_model *m);
void fleet_model_clear(struct fleet_model *m);
/* Takes over what changed; with frozen the order stays when it can. */
void fleet_model_update(struct fleet_model *m, struct leeway_snapshot *s, bool frozen);
/* After group_by, flat or sort changed. */
void fleet_model_rebuild(struct fleet_model *m);
/* After filter or reason_key changed. */
void fleet_model_refilter(struct fleet_model *m);
/* The label to group by when nobody chose one, and the one after `now` ("" ends the round). */
const char *fleet_default_group(const struct leeway_snapshot *s);
void fleet_next_group(const struct leeway_snapshot *s, char now[64]);

/* ---- facts in few words ---- */

/* Something to know about a cluster that is well: "past end of life". TEXT_NONE: nothing. */
struct text fleet_advice(const struct leeway_cluster *c);
/* The worst reason in at most cols cells: the third line of a tile, the end of a compact cell. */
struct text fleet_fact(struct region r, const struct zone *z, const struct leeway_cluster *c,
                       int64_t now_ms, int cols);
/* Everything there is to say in one paragraph. */
struct text fleet_story(struct region r, const struct zone *z, const struct leeway_cluster *c,
                        int64_t now_ms);

/* ---- reasons folded over clusters ---- */

struct fleet_fold {
    enum leeway_state state;
    struct text what; /* of the snapshot or the arena */
    struct text key;
    size_t clusters;
    int64_t since_ms, next_try_ms; /* the earliest */
    uint64_t first_id;
    bool advice;
};
/* Worst first, then the most clusters; at most max rows, the last of which stands for the rest.
 * Returns how many; rows live in a. */
size_t fleet_fold_reasons(const struct fleet_model *m, struct arena *a, size_t max,
                          struct fleet_fold **rows);

#endif
