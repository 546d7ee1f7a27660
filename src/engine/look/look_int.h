// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of looks: look.c (commands, clusters, publishing), look_source.c (one cluster of one
 * look: listing and watching), look_rows.c (rows and columns of what servers print), look_state.c
 * (the state that printed words stand for). Engine thread.
 */
#ifndef LEEWAY_ENGINE_LOOK_INT_H
#define LEEWAY_ENGINE_LOOK_INT_H

#include "engine/fleet/cluster.h"
#include "engine/look/look.h"
#include "kube/discovery.h"
#include "kube/watch.h"

enum {
    LOOKS_MAX = 32,
    LOOK_ROWS_MAX = 100000, /* of one look, over all of its clusters */
    LOOK_LEAST = 20,        /* rows a cluster, however many clusters there are */
    LOOK_COLUMNS_MAX = 64,
    LOOK_CELL_MAX = 4096,   /* bytes of a cell */
    LOOK_STARTING_MAX = 64, /* clusters that are listed at the same time */
};

#define LOOK_NOT_SHOWN UINT16_MAX

struct looks;
struct look;

struct look_row {
    struct look_source *source;
    size_t index;            /* in the look */
    size_t at;               /* in the published look; SIZE_MAX: not there yet */
    struct leeway_row *news; /* what it is now, in one piece of memory; NULL: as published */
    bool dirty;
};

struct look_source {
    struct look *look;
    struct cluster *cluster; /* NULL: it went away */
    uint64_t cluster_id;
    char *name;
    struct kube_watch *watch; /* one of the two, once it began */
    struct kube_list *list;
    bool starting, done; /* holds a place among those that are listed; was listed or failed once */
    enum leeway_source_state state;
    char *reason;
    int64_t since_ms, more;
    struct strmap rows;    /* NAMESPACE/NAME → struct look_row */
    VEC(uint16_t) columns; /* the server's → the look's, or LOOK_NOT_SHOWN */
};

struct look_column {
    char *name, *words;
    bool wide, number, age;
};

struct look {
    struct looks *looks;
    uint64_t id, version;
    char *word, *ns, *labels, *fields; /* as asked; NULL: none */
    uint32_t limit;
    bool own_namespace;                            /* each context's */
    bool all, objects;                             /* every cluster of the fleet; whole objects */
    char *group, *version_of_kind, *kind, *plural; /* NULL until a cluster knew it */
    bool namespaced;
    VEC(struct look_source *) sources;
    VEC(struct look_row *) rows;
    VEC(size_t) dirty; /* rows; may name some that are gone */
    VEC(struct look_column) columns;
    struct leeway_look *published; /* a reference, or NULL */
    bool changed;
};

struct looks {
    struct engine *engine;
    VEC(struct look *) all;
    VEC(uint64_t) ended; /* to be dropped from the next snapshot */
    unsigned starting;
};

void look_changed(struct look *l);
void look_start_more(struct looks *s); /* as many sources as may be listed at once */

/* ---- look_source.c ---- */

struct look_source *look_source_new(struct look *l, struct cluster *c);
void look_source_free(struct look_source *s); /* with its rows */
void look_source_begin(struct look_source *s);
void look_source_cluster(struct look_source *s, enum cluster_change what);
bool look_source_waits(const struct look_source *s); /* could begin, but has not */

/* ---- look_rows.c ---- */

void look_rows_columns(struct look_source *s, const struct val *columns);
/* first: the cluster is being listed, so nothing changed. */
void look_rows_set(struct look_source *s, const struct val *sent, bool first);
void look_rows_remove(struct look_source *s, const struct val *object);
void look_rows_remove_all(struct look_source *s);
void look_row_free(struct look_row *r);

/* ---- look_state.c: pure ---- */

/* LEEWAY_STATE_COUNT: the words say nothing. */
enum leeway_state look_state(const struct look_column *columns, size_t n_columns,
                             const struct text *cells, size_t n_cells);

#endif
