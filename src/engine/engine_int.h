// SPDX-License-Identifier: Apache-2.0
/*
 * The engine from the inside: what its parts share. Everything here runs on the engine thread
 * unless a line says otherwise; struct leeway (leeway.c) is the other side of the queues.
 *
 *   parts      a subsystem of the engine is one const struct engine_part in engine_parts.c
 *   commands   a command of the public API is one line in engine_commands.c
 *   tables     rows of the snapshot, filled anew only when somebody marked them
 *   answers    each accepted command is answered exactly once, and there is always room for that
 */
#ifndef LEEWAY_ENGINE_ENGINE_INT_H
#define LEEWAY_ENGINE_ENGINE_INT_H

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/vec.h"
#include "engine/workers.h"
#include "kube/watch.h"
#include "leeway/leeway.h"

struct cluster;
struct engine;
struct environment;
struct inventory;
struct kube;
struct kube_credentials_pool;
struct kube_transport;
struct managed;
struct managed_watch;
struct serve;
struct serve_asker;
struct store;
struct store_view;
struct val;

/* ---- tables of the snapshot ---- */

enum engine_table {
    ENGINE_CLUSTERS,
    ENGINE_ENVIRONMENTS,
    ENGINE_DRIFTS,
    ENGINE_RELEASES,
    ENGINE_BLUEPRINTS,
    ENGINE_ENV_FILES,
    ENGINE_ANSWERS,
    ENGINE_TABLES
};

/* Puts row i with leeway_snapshot_put_*; scratch is emptied after the call. */
typedef void engine_fill_fn(void *ctx, struct leeway_snapshot_builder *b, size_t i,
                            struct arena *scratch);

/* Each table has one owner, which says how its rows are filled, how many there are, and which of
 * them changed. Rows keep their number; an owner that moves one marks both places. */
void engine_table_own(struct engine *e, enum engine_table t, engine_fill_fn *fill, void *ctx);
void engine_table_resize(struct engine *e, enum engine_table t, size_t len); /* new rows: marked */
void engine_dirty_row(struct engine *e, enum engine_table t, size_t i);
void engine_dirty_fleet(struct engine *e);
void engine_dirty_looks(struct engine *e); /* a part has something to publish */
void engine_dirty_cluster(struct engine *e, const struct cluster *c);
void engine_dirty_environment(struct engine *e, const struct environment *env);

/* ---- parts ---- */

enum cluster_change {
    CLUSTER_IDENTIFIED, /* the uid is known (again); targets are bound */
    CLUSTER_UP,         /* reach became OK: watches run, requests may be sent */
    CLUSTER_DOWN,       /* reach became something else than OK; see c->reach and c->reason */
    CLUSTER_DISCOVERED, /* c->discovery is new or changed */
    CLUSTER_REPLACED,   /* another uid behind the name: nothing is sent, nothing is judged */
    CLUSTER_GONE,       /* about to be freed or folded into another row: let go of it */
};

/* Hooks may be NULL. state is what start returned. */
struct engine_part {
    const char *name;
    /* Reads from the store what it needs; contacts nothing, takes milliseconds. 0 or *err. */
    int (*start)(struct engine *e, void **state, struct err *err);
    void (*cluster)(void *state, struct cluster *c, enum cluster_change what);
    /* An event of a managed watch. object lives for the call; on DELETED it may be metadata alone.
     */
    void (*object)(void *state, struct managed_watch *w, enum kube_event type,
                   const struct val *object);
    /* All that the watch selects has been delivered (also after each gap). */
    void (*synced)(void *state, struct managed_watch *w);
    /* State of the watch changed: current, stale, forbidden, unserved, failed. */
    void (*watch)(void *state, struct managed_watch *w);
    /* For so long nothing here ran: the machine slept, or the process was stopped. Connections have
     * been given up. Time that measures somebody's progress is moved on by as much. */
    void (*gap)(void *state, int64_t gap_ms);
    /* False while something of this cluster has not been asked or judged for the first time. The
     * part marks the cluster when that changes. */
    bool (*settled)(void *state, const struct cluster *c);
    /* A snapshot is made: puts what is no table of rows (looks) and changed since the last one. */
    void (*publish)(void *state, struct leeway_snapshot_builder *b);
    /* The program ends. hand_over: what runs goes on in another process. */
    void (*stop)(void *state, bool hand_over);
};

extern const struct engine_part *const engine_parts[]; /* ends with NULL; start order */
void *engine_part_state(struct engine *e, const struct engine_part *part); /* NULL: not started */

/* ---- commands ---- */

/* A deep copy of the public struct, from leeway_post to its answer. */
struct engine_command {
    struct leeway_command c; /* everything in arena, but login in a buffer of its own */
    uint64_t request;
    struct serve_asker *asker; /* another process asked; NULL: the one that opened the engine */
    /* The engine itself asked: takes the answer over, later. NULL: it did not. */
    void (*inside)(void *ctx, struct leeway_event *ev);
    void *inside_ctx;
    struct arena arena;
};

/* Takes the command over and answers it now or later through engine_answer_*, which free it. */
typedef void engine_command_fn(struct engine *e, struct engine_command *cmd);

struct engine_command_kind {
    enum leeway_command_kind kind;
    const char *name;
    bool changes_clusters; /* refused when read-only */
    bool writes_store;     /* refused when another process writes the store */
    bool steers;           /* stops or lets go on what runs: a spectator may */
    const char *may;       /* what the environment's team has to allow for it (team_gate.h); NULL */
    engine_command_fn *run;
};
/* NULL: this program cannot do that. Any thread. */
const struct engine_command_kind *engine_command_find(enum leeway_command_kind kind);

void engine_answer_done(struct engine *e, struct engine_command *cmd, uint64_t release,
                        const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void engine_answer_failed(struct engine *e, struct engine_command *cmd,
                          struct err *err); /* moves */
/* Take a reference each. */
void engine_answer_plan(struct engine *e, struct engine_command *cmd, struct leeway_plan *plan);
void engine_answer_object(struct engine *e, struct engine_command *cmd,
                          struct leeway_object *object);
void engine_answer_kinds(struct engine *e, struct engine_command *cmd, struct leeway_kinds *kinds);
void engine_answer_history(struct engine *e, struct engine_command *cmd,
                           struct leeway_history *history);
void engine_answer_parts(struct engine *e, struct engine_command *cmd, struct leeway_parts *parts);
void engine_answer_compare(struct engine *e, struct engine_command *cmd,
                           struct leeway_compare *compare);
void engine_answer_explanation(struct engine *e, struct engine_command *cmd,
                               struct leeway_explanation *explanation);

/* Something to say; where: a cluster's or an environment's name, or "". detail may be NULL. Goes to
 * the console, the log and the store's messages. Dropped and counted when nobody reads. */
void engine_message(struct engine *e, enum leeway_state state, const char *where,
                    const char *detail, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* ---- the engine ---- */

/* Who sits here, for audit rows and locks. Outside bytes. */
struct engine_person {
    char *login;      /* user name, else the number */
    char *terminal;   /* or NULL */
    char *ssh_client; /* address, or NULL */
};

/* What a test may put in place of the world. All NULL or 0: the real thing. */
struct engine_world {
    const struct clock *clock;
    struct kube_transport *(*transport)(void *ctx, struct loop *loop); /* borrowed from ctx */
    void *ctx;
    int workers; /* threads; 0: cores less one; -1: none, jobs run inline */
    uint64_t seed;
};

struct engine_rows {
    engine_fill_fn *fill;
    void *ctx;
    size_t len;
    bool shrunk;       /* since the last snapshot */
    VEC(size_t) dirty; /* rows to fill, each once */
    VEC(uint8_t) is_dirty;
};

struct engine_client; /* the other side: leeway.c */

struct engine {
    struct leeway_options options; /* strings belong to the struct leeway */
    const struct clock *clock;
    struct loop *loop;
    struct log *log; /* may be NULL */
    struct kube *kube;
    struct kube_credentials_pool *credentials;
    uint64_t nofile_before; /* soft limit of descriptors, for children */
    struct workers *workers;
    struct engine_person person;

    struct store *store;     /* NULL: nothing is remembered */
    struct store_view *view; /* reads, on this thread; NULL with store */
    bool spectator;          /* another process writes the store */
    bool read_only;          /* nothing is sent that changes a cluster */
    char *read_only_why;     /* or NULL */
    char fleet_uuid[37];     /* "" without a store and without metadata.uid */
    struct inventory *inventory;

    VEC(struct cluster *) all;      /* of the inventory, in its order; owned */
    VEC(struct cluster *) clusters; /* rows of the table, in its order */
    VEC(struct cluster *) aliases;  /* contexts that lead to a cluster of the table; no row */
    struct strmap clusters_by_name, clusters_by_uid; /* values: struct cluster */
    uint64_t last_id;
    VEC(struct environment *) environments;
    struct managed *managed;
    VEC(void *) part_states;

    struct engine_rows tables[ENGINE_TABLES];
    bool fleet_dirty, looks_dirty;
    struct leeway_snapshot *snapshot; /* newest; a reference */
    int64_t published_ms;             /* boot time */
    bool publish_at_once;             /* the next one waits for nothing */
    int64_t trim_ms;                  /* boot time when free memory is given back; 0: never */
    struct loop_timer *publish_timer, *start_timer, *sweep_timer;
    size_t started; /* clusters that were told to begin */
    struct arena scratch;

    struct engine_client *client;
    struct serve *serve; /* others of this user; NULL: nobody can follow */
    uint64_t messages_dropped;
    struct hash_key random; /* state of engine_random */
};

/* leeway_open in another world. */
struct leeway *leeway_open_in(const struct leeway_options *opt, const struct engine_world *world,
                              struct err *e);

/* Everything but the thread: used by leeway.c, and by tests that turn the loop themselves. world
 * may be NULL. The first snapshot is there when it returns. */
struct engine *engine_new(const struct leeway_options *o, const struct engine_world *world,
                          struct engine_client *client, struct err *err);
/* The same over an inventory that was read already; taken. NULL: it is read. */
struct engine *engine_new_of(const struct leeway_options *o, const struct engine_world *world,
                             struct inventory *known, struct engine_client *client,
                             struct err *err);
/* The pid of the process that goes on with what runs; 0: none. */
int32_t engine_free(struct engine *e, bool hand_over);
void engine_run_command(struct engine *e, struct engine_command *cmd);
/* Makes a new snapshot when something is marked; true when there is one. */
bool engine_publish(struct engine *e);

/* The two ends meet: something is marked, somebody asked. */
void engine_publish_soon(struct engine *e);
/* The same, now: for what somebody waits for, not for what moves by itself. */
void engine_publish_at_once(struct engine *e);
/* A credential plugin needs a person: what to run. */
void engine_login_needed(struct engine *e, uint64_t cluster_id, const char *where,
                         const char *const *argv, const char *const *envp);

int64_t engine_wall_ms(const struct engine *e);
int64_t engine_boot_ms(const struct engine *e);
uint64_t engine_random(struct engine *e);
/* who as JSON for store records: login, terminal, address; identity: SelfSubjectReview's, or NULL.
 * In a; canonical. */
const char *engine_who_json(const struct engine *e, const char *identity, struct arena *a);
/* The same with what was confirmed by itself, for releases: they are taken up as they were begun.
 */
const char *engine_who_confirmed_json(const struct engine *e, const char *identity,
                                      const char *confirmed, struct arena *a);
/* Whether a write may be sent to this cluster now; *err says why not. */
int engine_may_write(const struct engine *e, const struct cluster *c, struct err *err);

/* Rows of clusters: by cluster.c. A cluster has a row, or is an alias of one that has. */
void engine_row_add(struct engine *e, struct cluster *c);
void engine_row_drop(struct engine *e, struct cluster *c);
void engine_alias_add(struct engine *e, struct cluster *c, struct cluster *of);
void engine_alias_drop(struct engine *e, struct cluster *c);
/* The two change what they are called and how they are protected; each stays on its route. */
void engine_cluster_exchange(struct engine *e, struct cluster *a, struct cluster *b);
/* Its targets are let go; the uid may belong to another row from now on. */
void engine_cluster_forget_uid(struct engine *e, struct cluster *c);

struct cluster *engine_cluster_by_name(struct engine *e, const char *name); /* aliases too */
struct cluster *engine_cluster_by_uid(struct engine *e, const char *uid);

#endif
