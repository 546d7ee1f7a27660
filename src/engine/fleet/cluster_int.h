// SPDX-License-Identifier: Apache-2.0
/* What the files of one cluster share: see cluster.h for who does what. Engine thread. */
#ifndef LEEWAY_ENGINE_CLUSTER_INT_H
#define LEEWAY_ENGINE_CLUSTER_INT_H

#include "base/digest.h"
#include "engine/fleet/cluster.h"
#include "engine/fleet/inventory.h"
#include "kube/discovery.h"
#include "kube/watch.h"
#include "kube/write.h"

/* Requests and timers under way: NULL when there is none. */
struct cluster_observer {
    struct kube_listener *listener;
    struct kube_call *version, *kube_system, *whoami, *ready, *pods, *unplaced, *rights;
    struct kube_discovery_fetch *discovery;
    struct kube_watch *nodes, *namespaces;
    int64_t started_ms; /* boot time; when the engine began with it */
    struct loop_timer *ready_timer, *pods_timer, *slow_timer, *retry_timer, *start_timer;
    struct loop_timer *sight_timer, *stale_timer;
    int64_t retry_ms;    /* the next delay of retry_timer */
    unsigned tries;      /* without an answer */
    int64_t next_try_ms; /* boot, as shown last */
    bool discovered;     /* asked once, whatever came */
    char *uid_read;      /* kube-system's, while the version is still asked for; NULL: not yet */
    bool login_told;
    struct digest sight; /* of what the store has */
};

/* ---- cluster.c ---- */

void cluster_set_reach(struct cluster *c, enum leeway_reach reach, const char *reason,
                       const char *key, const char *detail);
/* Everything that is asked of an identified cluster; cluster_ask.c. */
void cluster_ask_start(struct cluster *c);
void cluster_ask_pause(struct cluster *c); /* it does not answer: timers rest, watches stay */
void cluster_ask_stop(struct cluster *c);  /* another cluster, or the end: watches go as well */
void cluster_check_settled(struct cluster *c);
void cluster_tell(struct cluster *c, enum cluster_change what); /* the engine's parts */
/* Once a second: marks the row when what it says of its next try is no longer true. */
void cluster_sweep(struct cluster *c);
/* Judges anew and marks the row. */
void cluster_changed(struct cluster *c);
void cluster_answer_set(struct cluster *c, struct cluster_answer *a, const struct kube_error *e);
void cluster_identified(struct cluster *c, const char *uid, bool weak);

/* What is known from the inventory: its name, and what the file says of it. */
void cluster_take_entry(struct cluster *c);
void cluster_set_route(struct cluster *c, const struct inventory_entry *route);

/* What stands for the uid of kube-system where that may not be read. */
#define CLUSTER_WEAK "weak-"
enum { CLUSTER_WEAK_UID_LEN = 48 };
void cluster_weak_uid(const char *server, const struct digest *ca, char out[CLUSTER_WEAK_UID_LEN]);
bool cluster_uid_is_weak(const char *uid);

/* ---- cluster_facts.c: pure readers ---- */

void cluster_node_clear(struct cluster_node *n);
/* Fills *n (cleared before) from a v1 Node. */
void cluster_node_read(const struct val *object, struct cluster_node *n);
bool cluster_node_same(const struct cluster_node *a, const struct cluster_node *b);
/* distribution, provider, region from version, nodes and groups. */
void cluster_facts_detect(struct cluster *c);
void cluster_version_read(struct cluster *c, const struct kube_version *v);
/* "12", "100m", "16Gi" as thousandths or bytes; -1 when it is none. */
int64_t cluster_quantity(const char *s, bool milli);
/* End of support of a minor: wall ms, 0 unknown. */
int64_t cluster_support_end(int major, int minor);

/* ---- cluster_health.c ---- */

/* Worst first; in a. */
size_t cluster_conditions(const struct cluster *c, struct arena *a, struct leeway_condition **out);
/* Sets state, reason, since from conditions, reach and targets; says what changed. */
void cluster_judge(struct cluster *c);
/* What a library says of a connection, said as the screens say it. The caller frees. */
char *cluster_plain_reason(const struct cluster *c, const char *text);
/* The key by which equal reasons of clusters fold. The caller frees. */
char *cluster_reason_key(const struct cluster *c, const char *reason);

/* ---- cluster_row.c ---- */

void cluster_fill_row(void *engine, struct leeway_snapshot_builder *b, size_t i,
                      struct arena *scratch);

/* ---- cluster_sight.c ---- */

void cluster_sight_load(struct cluster *c, const char *json, size_t len, int64_t at_ms);
void cluster_sight_save(struct cluster *c); /* when it differs from what the store has */
void cluster_sight_save_soon(struct cluster *c);

#endif
