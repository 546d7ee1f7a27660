// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of a watch, shared by watch.c (what comes after what), watch_stream.c (one stream,
 * what it says and whether it still lives) and watch_objects.c (what is known to exist). Whoever
 * calls the caller sets busy around it, and kube_watch_leave's the watch when it has died
 * meanwhile.
 */
#ifndef LEEWAY_KUBE_WATCH_INT_H
#define LEEWAY_KUBE_WATCH_INT_H

#include "base/hash.h"
#include "data/json.h"
#include "kube/client_int.h"
#include "kube/watch.h"

enum { VERSION_MAX = 128 };

struct known {
    uint32_t generation; /* of the list that saw it last */
    char text[];         /* uid NUL resourceVersion NUL */
};

struct kube_watch {
    struct kube_cluster *cluster;
    struct kube_watch_options o; /* its strings are owned */
    struct kube_listener *listener;
    struct kube_list *list;
    struct kube_call *call, *probe;
    struct json_stream *stream;
    struct loop_timer *timer, *silence;
    bool for_cluster; /* waits for the cluster to be up */
    bool busy, dead;

    struct strmap known;
    uint32_t generation;
    char version[VERSION_MAX]; /* where to go on; "" for nowhere */
    char best[VERSION_MAX];    /* the highest ever seen; survives the loss of version */
    bool initial;              /* the stream is still delivering the list */
    bool synced, bookmarks;
    unsigned failures, too_large;
    int64_t opened_ms, heard_ms, errors_since_ms;

    struct kube_watch_status status;
    struct kube_error error, event_error;
};

static inline int64_t kube_watch_now(const struct kube_watch *w)
{
    return clock_boot_ms(kube_cluster_clock(w->cluster));
}

static inline struct loop *kube_watch_loop(const struct kube_watch *w)
{
    return kube_cluster_loop(w->cluster);
}

/* ---- watch.c ---- */

void kube_watch_set_state(struct kube_watch *w, enum kube_watch_state state,
                          const struct kube_error *error);
/* The state while it is not current for a reason that may pass. */
enum kube_watch_state kube_watch_waiting_state(const struct kube_watch *w);
void kube_watch_set_version(struct kube_watch *w, const char *version);
void kube_watch_lose_version(struct kube_watch *w);
/* The list, or the list that the stream began with, is complete at this version. */
void kube_watch_complete(struct kube_watch *w, const char *version);
/* A request ended; e is its error, or that of an ERROR event. was_list: a list in pages. */
void kube_watch_trouble(struct kube_watch *w, const struct kube_error *e, bool was_list);
void kube_watch_begin_in(struct kube_watch *w, int64_t delay_ms);
int64_t kube_watch_back_off(struct kube_watch *w, int64_t least_ms);
/* Frees what a dead watch still holds, once nobody is inside it. */
void kube_watch_leave(struct kube_watch *w);

/* ---- watch_stream.c ---- */

void kube_watch_open_stream(struct kube_watch *w);
void kube_watch_close_stream(struct kube_watch *w);

/* ---- watch_objects.c ---- */

/* What was sent, or the object of a table's row. */
const struct val *kube_watch_object(const struct kube_watch *w, const struct val *sent);
const char *kube_watch_meta(const struct val *object, const char *key); /* "" when absent */
/* Of a table, when they are new. */
void kube_watch_columns(struct kube_watch *w, const struct val *columns);
void kube_watch_saw(struct kube_watch *w, const struct val *object);
void kube_watch_saw_gone(struct kube_watch *w, const struct val *object);
void kube_watch_sweep(struct kube_watch *w); /* what the complete list did not have is gone */
void kube_watch_forget_all(struct kube_watch *w);

#endif
