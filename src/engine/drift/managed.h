// SPDX-License-Identifier: Apache-2.0
/*
 * Watches of what leeway manages: one per (cluster, version, resource, scope), selecting
 * leeway.dev/fleet=FLEET. Targets want kinds; equal wants share a watch, which ends with the last
 * of them. The scope is all namespaces where the server allows list and watch there, else each
 * wanted namespace by itself; who wants does not see the difference but in managed_watch_covers.
 * Events and states go to the hooks of the engine's parts. Engine thread.
 */
#ifndef LEEWAY_ENGINE_MANAGED_H
#define LEEWAY_ENGINE_MANAGED_H

#include "engine/engine_int.h"
#include "kube/watch.h"

#define MANAGED_FLEET_LABEL "leeway.dev/fleet"

enum managed_state {
    MANAGED_WAITING,  /* for the cluster, for discovery, for rights to be asked */
    MANAGED_STARTING, /* the watch is not complete yet */
    MANAGED_CURRENT,
    MANAGED_STALE, /* was current; the cluster is silent or the stream stands */
    MANAGED_FORBIDDEN,
    MANAGED_UNSERVED, /* kind or version is not served: blocked, never missing */
    MANAGED_FAILED,
};
const char *managed_state_word(enum managed_state s);

struct managed_watch {
    struct cluster *cluster;
    const char *group, *version, *kind; /* as wanted */
    const char *plural;                 /* NULL until discovery knows */
    const char *api_version;            /* group/version */
    const char *namespace_;             /* NULL: all, or cluster scope */
    bool namespaced;
    enum managed_state state;
    bool synced;      /* delivered completely at least once since the cluster is the same */
    int64_t since_ms; /* boot time of the state; STALE: last moment it was known current */
    const char *why;  /* for a person; "" when current */
};

struct managed_want;

struct managed *managed_new(struct engine *e);
void managed_free(struct managed *m);

/* One kind in one namespace (NULL or "": cluster scope) of one target. Counted: each want is given
 * back with managed_drop. May be called before the cluster ever answered. */
struct managed_want *managed_want(struct cluster *c, const char *api_version, const char *kind,
                                  const char *ns);
void managed_drop(struct managed_want *w); /* NULL is fine; no hook is called for it */
/* The watch that serves it now; NULL while that is not decided (rights, discovery). */
struct managed_watch *managed_want_watch(const struct managed_want *w);
/* State of the want, also while there is no watch; *why (may be NULL) is borrowed for the turn. */
enum managed_state managed_want_state(const struct managed_want *w, const char **why);
bool managed_watch_covers(const struct managed_watch *w, const char *api_version, const char *kind,
                          const char *ns);

/* By cluster.c. */
void managed_cluster_changed(struct managed *m, struct cluster *c, enum cluster_change what);
/* For the row: how many watches, how many current. */
void managed_count(const struct cluster *c, uint32_t *watches, uint32_t *current);

#endif
