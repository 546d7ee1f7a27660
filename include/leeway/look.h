// SPDX-License-Identifier: Apache-2.0
/*
 * What a view looks at in clusters while it is open: a table of one kind over several clusters, the
 * log of a container, the kinds that are served. A table and a log are parts of the snapshot, begun
 * by a command and ended by another (LEEWAY_CMD_LOOK, _LOG, _LOOK_END); the request's number is
 * their id. They are immutable there, their rows lie in pages that successive snapshots share, and
 * they live as long as the snapshot. Any thread. Texts are cleaned.
 */
#ifndef LEEWAY_LOOK_H
#define LEEWAY_LOOK_H

#include "base/arena.h"
#include "base/text.h"
#include "leeway/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct leeway_snapshot;

/* ---- kinds ---- */

/* One kind in the version that the servers prefer, over all clusters that were asked. */
struct leeway_kind {
    struct text group, version, kind, plural;
    struct text short_names; /* "deploy", comma separated */
    struct text categories;  /* "all", comma separated */
    bool namespaced;
    uint32_t clusters; /* how many serve it */
};

struct leeway_kinds {
    const struct leeway_kind *kinds; /* core first, then by plural and group */
    size_t n_kinds;
    uint32_t clusters; /* whose kinds are known */
    uint32_t unknown;  /* that could not be asked */
};

struct leeway_kinds *leeway_kinds_ref(struct leeway_kinds *k);
void leeway_kinds_unref(struct leeway_kinds *k);
struct leeway_kinds *leeway_kinds_new(const struct leeway_kinds *k); /* deep copy */

/* ---- tables ---- */

#define LEEWAY_SOURCES(X)                                                                          \
    X(LEEWAY_SOURCE_WAITING, "waiting") /* asked, no answer yet */                                 \
    X(LEEWAY_SOURCE_CURRENT, "current")                                                            \
    X(LEEWAY_SOURCE_STALE, "stale") /* was listed; what happened since is not known */             \
    X(LEEWAY_SOURCE_DOWN, "not reached")                                                           \
    X(LEEWAY_SOURCE_FORBIDDEN, "forbidden")                                                        \
    X(LEEWAY_SOURCE_UNSERVED, "not served")                                                        \
    X(LEEWAY_SOURCE_FAILED, "failed") /* it answers, but not so that it can be used */

enum leeway_source_state {
#define X(id, word) id,
    LEEWAY_SOURCES(X)
#undef X
        LEEWAY_SOURCE_COUNT
};
const char *leeway_source_word(enum leeway_source_state s);

struct leeway_source { /* one chosen cluster */
    uint64_t cluster_id;
    struct text cluster;
    enum leeway_source_state state;
    struct text reason; /* why it is not current; empty otherwise */
    int64_t since_ms;
    uint32_t rows;
    int64_t more; /* there, but not shown: over the limit; -1: some, nobody knows how many */
};

struct leeway_column {
    struct text name; /* as the server calls it: "Up-to-date" */
    struct text words;
    bool wide;   /* priority above 0 */
    bool number; /* stands right-aligned */
    bool age;    /* the object's age, which leeway counts itself: see created_ms */
};

struct leeway_row {
    uint64_t id; /* the same object has the same one in every look of this run */
    uint64_t cluster_id;
    struct text cluster, namespace_, name, uid, resource_version;
    int64_t created_ms;
    int64_t changed_ms;       /* wall; 0: as it was when the cluster was listed */
    enum leeway_state state;  /* by what the server printed; LEEWAY_STATE_COUNT: nothing can be said
                               */
    const struct text *cells; /* of the look's columns; there may be fewer */
    size_t n_cells;
    struct text json; /* the object, for looks that asked for objects; not cleaned: for machines */
};

struct leeway_look {
    uint64_t id, version; /* version changes with every change */
    struct text group, version_of_kind, kind, plural, namespace_;
    bool namespaced;
    uint32_t limit; /* rows a cluster; 0: all */
    const struct leeway_column *columns;
    size_t n_columns;
    const struct leeway_source *sources;
    size_t n_sources;
    size_t n_rows;
};

/* NULL: not begun yet, or ended. */
const struct leeway_look *leeway_look_by_id(const struct leeway_snapshot *s, uint64_t id);
/* In no order; rows keep their number while nothing goes away. */
const struct leeway_row *leeway_look_row(const struct leeway_look *l, size_t i);
/* How many rows from number i on are the same in both, and lie in the same place; 0: the row may be
 * another one. For those who keep what they made of the rows of an older version of the same look.
 */
size_t leeway_look_unchanged(const struct leeway_look *a, const struct leeway_look *b, size_t i);

/* ---- logs ---- */

enum leeway_log_state {
    LEEWAY_LOG_OPENING,
    LEEWAY_LOG_OPEN,   /* lines come */
    LEEWAY_LOG_ENDED,  /* all that there is was read */
    LEEWAY_LOG_FAILED, /* see reason; it is tried again when it may pass */
};

struct leeway_line {
    uint64_t number; /* counts from 1 over the whole log */
    int64_t at_ms;   /* the server's time; 0: none */
    struct text text;
    uint32_t cut; /* bytes of the line that are not here */
    bool ours;    /* leeway says this, not the container */
    uint32_t source;
};

/* One container of one pod. Numbered from 1 in the order in which they came; one that is gone stays
 * as long as there are lines of it. */
struct leeway_log_source {
    uint32_t id;
    struct text cluster, namespace_, pod, container;
    enum leeway_log_state state;
    struct text reason;
    bool alone; /* the only container of its pod that is read */
};

struct leeway_log {
    uint64_t id, version;
    struct text cluster, namespace_, pod, container; /* empty when several were asked for */
    const struct text *containers; /* of the one pod, init containers last; empty until known */
    size_t n_containers;
    const struct leeway_log_source *sources; /* by id */
    size_t n_sources;
    uint32_t not_read;           /* pods beyond those that are read at once */
    enum leeway_log_state state; /* of several: the best of them */
    struct text reason;
    size_t n_lines;
    uint64_t dropped; /* lines that made room for newer ones */
};

const struct leeway_log *leeway_log_by_id(const struct leeway_snapshot *s, uint64_t id);
const struct leeway_line *leeway_log_line(const struct leeway_log *l, size_t i); /* oldest first */
/* NULL: there are no lines of it any more. */
const struct leeway_log_source *leeway_log_source_by_id(const struct leeway_log *l, uint32_t id);
/* Are there pods of this kind whose logs can be read: Pod, Deployment, Job, …? */
bool leeway_kind_has_logs(const char *group, const char *kind);

/* ---- building: the engine, and tests of views ---- */

struct leeway_look_builder;
/* previous may be NULL: then every row has to be put. */
struct leeway_look_builder *leeway_look_builder_new(const struct leeway_look *previous,
                                                    const struct leeway_look *head);
void leeway_look_put(struct leeway_look_builder *b, size_t i, const struct leeway_row *row);
/* head->n_rows rows, put or of the previous one. With one reference; ends the builder. */
struct leeway_look *leeway_look_seal(struct leeway_look_builder *b);
struct leeway_look *leeway_look_ref(const struct leeway_look *l);
void leeway_look_unref(struct leeway_look *l);

struct leeway_log_builder;
/* drop: lines that go from the front of the previous log, a multiple of 64. */
struct leeway_log_builder *leeway_log_builder_new(const struct leeway_log *previous, size_t drop,
                                                  const struct leeway_log *head);
void leeway_log_add(struct leeway_log_builder *b, const struct leeway_line *line);
struct leeway_log *leeway_log_seal(struct leeway_log_builder *b);
struct leeway_log *leeway_log_ref(const struct leeway_log *l);
void leeway_log_unref(struct leeway_log *l);

struct leeway_snapshot_builder;
/* Take a reference each. What is not put or dropped stays as in the previous snapshot. */
void leeway_snapshot_put_look(struct leeway_snapshot_builder *b, const struct leeway_look *l);
void leeway_snapshot_put_log(struct leeway_snapshot_builder *b, const struct leeway_log *l);
void leeway_snapshot_drop_look(struct leeway_snapshot_builder *b, uint64_t id); /* or log */

#endif
