// SPDX-License-Identifier: Apache-2.0
/*
 * One API server as the engine sees it: how it is reached, who it is, what it says about itself.
 * cluster.c drives the sequence connect → version → identity → discovery → watches and keeps it
 * going; cluster_facts.c reads facts out of objects, cluster_health.c makes the conditions and the
 * state of them, cluster_row.c the row of the snapshot, cluster_sight.c what the store remembers.
 *
 * Engine thread. Parts may read every field, send requests on c->kube while c->reach is OK (or with
 * wait), and keep c->discovery by reference. Only the functions here change a cluster.
 */
#ifndef LEEWAY_ENGINE_CLUSTER_H
#define LEEWAY_ENGINE_CLUSTER_H

#include "engine/engine_int.h"

struct cluster_observer; /* requests, watches and timers under way: cluster_int.h */
struct inventory_entry;
struct kube_cluster;
struct kube_discovery;
struct managed_kind;
struct target;

#define CLUSTER_NO_ROW ((size_t)-1)

struct cluster_node {
    char *name, *version, *os, *roles, *reason;
    char *provider_id, *region; /* "" unknown */
    bool ready, unknown;        /* unknown: the kubelet is lost */
    bool cordoned;
    unsigned pressure; /* NODE_PRESSURE_* */
    int64_t since_ms, created_ms;
    int64_t cpu_milli, memory_bytes, pods; /* allocatable */
};
enum {
    NODE_PRESSURE_MEMORY = 1,
    NODE_PRESSURE_DISK = 2,
    NODE_PRESSURE_PID = 4,
    NODE_NETWORK_UNAVAILABLE = 8,
};

struct cluster_namespace {
    char *name;
    bool terminating;
    int64_t created_ms;
};

/* Answers come with how they were got: a number that is not known carries the reason. */
struct cluster_answer {
    bool asked; /* answered or failed at least once */
    bool known;
    char *why;     /* why it is not known: "forbidden for erik@acme.example" */
    int64_t at_ms; /* wall */
};

struct cluster {
    struct engine *engine;
    const struct inventory_entry *entry; /* name, labels, protection, access; outlives it */
    const char *name;                    /* of entry */
    const struct inventory_entry *route; /* whose access is used: entry, or an alias's */
    size_t index;                        /* row, or CLUSTER_NO_ROW */
    uint64_t id;
    uint64_t row_version;

    struct kube_cluster *kube;              /* NULL: cannot be tried at all, or an alias at rest */
    const struct kube_discovery *discovery; /* NULL: not known yet */
    struct cluster_observer *observer;      /* of cluster.c */

    /* Identity. uid is that of kube-system, or of CA and URL when weak. */
    char *uid;     /* NULL until known (the store's counts) */
    char *new_uid; /* REPLACED: what answers now */
    bool weak;
    char *weak_uid;           /* CA and URL at the last identification; NULL unknown */
    bool seen;                /* identity was confirmed by the cluster in this run */
    struct cluster *alias_of; /* another row has the same uid */
    VEC(struct cluster *) aliases;

    /* Reach. */
    enum leeway_reach reach;
    enum leeway_state state; /* of the cluster itself, without what runs on it */
    char *reason, *reason_key, *reason_detail;
    char *was; /* word of the state seen last, while it does not answer */
    int64_t since_ms, last_seen_ms;
    bool settled;      /* everything was asked once, or it failed */
    bool told;         /* a person was told of a state of it in this run */
    struct {           /* what the store remembered */
        int64_t at_ms; /* 0: nothing */
        int32_t nodes, nodes_ready;
        int64_t pods;
    } sight;

    /* Facts. Strings "" when not known. */
    char *identity; /* who we are there */
    char *git_version, *kubernetes, *distribution, *provider, *region;
    int major, minor; /* -1 unknown */
    struct cluster_answer nodes_answer, namespaces_answer, pods_answer, unplaced_answer,
        ready_answer, rights_answer;
    VEC(struct cluster_node) nodes;           /* by name */
    VEC(struct cluster_namespace) namespaces; /* by name */
    int64_t pods;                             /* valid when pods_answer.known */
    int64_t unplaced;                         /* pods without a node; capped */
    int64_t unplaced_since_ms;
    char *unplaced_says;
    bool ready;         /* /readyz */
    char *ready_failed; /* names of the checks that fail */
    int64_t ready_since_ms;
    bool may_apply, may_apply_here; /* everywhere; in the context's namespace */
    int64_t cert_not_after_ms, client_cert_not_after_ms;

    VEC(struct managed_kind *) kinds; /* of managed.c: what is watched here for targets */

    /* What other parts say about it; set through the functions below. */
    VEC(struct target *) targets; /* environments on this cluster */
    int32_t drift_unexpected;     /* of all targets */
    char *changing;               /* "metrics r31 5/9" or NULL */
};

/* Made from the inventory; shows the store's last sight until it is started. */
struct cluster *cluster_make(struct engine *e, const struct inventory_entry *entry);
void cluster_start(struct cluster *c); /* begins to connect */
void cluster_free(struct cluster *c);  /* cancels everything at once */
/* What a login by a person printed is the credential, and the cluster is tried again. */
int cluster_logged_in(struct cluster *c, const char *out, int status, struct err *err);
void cluster_try_now(struct cluster *c);
int cluster_confirm_replaced(struct cluster *c, struct err *err);

bool cluster_is_up(const struct cluster *c); /* reach OK or STALE, uid confirmed */
/* "CLUSTER: why" for something that needs it up: ERR_UNREACHABLE, ERR_LOGIN, ERR_CONFLICT … */
int cluster_check_up(const struct cluster *c, struct err *err);
void cluster_set_changing(struct cluster *c, const char *words); /* NULL: nothing */
/* The row's counts and its worst state come from its targets: call after changing one. */
void cluster_targets_changed(struct cluster *c);

#endif
