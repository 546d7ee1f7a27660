// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of logs: pod_log.c (commands, publishing), log_subject.c (what was asked for: a pod,
 * or something that has pods by a selector), log_pods.c (one pod: its containers and how they are),
 * log_source.c (the stream of one container), log_order.c (lines of several sources in one order),
 * log_lines.c (lines out of bytes). Engine thread.
 */
#ifndef LEEWAY_ENGINE_LOG_INT_H
#define LEEWAY_ENGINE_LOG_INT_H

#include "engine/fleet/cluster.h"
#include "engine/look/pod_log.h"
#include "kube/watch.h"
#include "kube/write.h"

enum {
    LOGS_MAX = 16,
    LOG_TAIL = 1000,      /* lines asked for at first */
    LOG_SOURCES_MAX = 64, /* containers of one log that are read at once */
    LOG_SUBJECTS_MAX = 256,
    LOG_ORDER_MS = 500,  /* so long a line waits for older ones of other sources */
    LOG_FIRST_MS = 2000, /* and so long the first ones, for sources that are not open yet */
    LOG_AGAIN_MS = 1000,
    LOG_AGAIN_MAX_MS = 30000,
    LOG_CONTAINERS_MAX = 64,
};

struct logs {
    struct engine *engine;
    VEC(struct pod_log *) all;
    VEC(uint64_t) ended;
};

struct kept { /* one line that is not published yet */
    struct leeway_line line;
    int64_t ns, arrived_ms; /* what it is ordered by; boot time */
    uint64_t turn;
    char bytes[];
};

struct pod_log {
    struct logs *logs;
    uint64_t id, version, number, dropped, turn;
    bool several;                         /* else one container of one pod */
    char *cluster, *ns, *pod, *container; /* of one; container NULL: the default */
    bool previous, follow, changed;
    uint32_t since_s, tail, last_source;
    int64_t began_ms;
    VEC(struct log_subject *) subjects;
    struct strmap pods;                      /* CLUSTER/NAMESPACE/NAME → struct log_pod */
    VEC(struct log_source *) sources;        /* by id */
    VEC(struct kept *) waiting, news;        /* to be ordered; to be published */
    size_t waiting_bytes, news_bytes, bytes; /* of them; of the published lines */
    struct loop_timer *order_timer;
    struct leeway_log *published;
};

struct log_pod {
    struct pod_log *log;
    char *cluster, *ns, *name;
    bool gone, not_read;
    struct kube_call *call;
    struct loop_timer *timer;
    int64_t delay_ms;
    char *reason; /* why it cannot be read; NULL: it can */
    enum leeway_log_state state;
    VEC(char *) containers;           /* all there are */
    VEC(struct log_source *) sources; /* those that are read */
};

struct log_source {
    struct log_pod *pod;
    uint32_t id;
    char *container;
    struct kube_call *call;
    struct loop_timer *timer;
    int64_t delay_ms, lost_ms;
    struct log_split split;
    int64_t last_ns; /* of the last line that was taken */
    uint64_t last_number;
    bool again; /* the stream is a later one: lines up to last_ns were seen */
    bool said_exit;
    int64_t restarts; /* of the instance that was read last; -1: not known */
    enum leeway_log_state state;
    char *reason;
};

struct log_subject { /* in cluster: one pod, or pods by the selector of what was named */
    struct pod_log *log;
    char *cluster, *ns, *name;
    char *word;               /* "deployments.apps"; NULL: the next two say it */
    char *api_version, *kind; /* NULL with a word */
    struct kube_call *call;
    struct kube_watch *watch;
    struct loop_timer *timer;
    int64_t delay_ms;
    char *said; /* the last problem that was said in the log; NULL: it is well */
};

/* ---- pod_log.c ---- */

void log_changed(struct pod_log *l);
struct cluster *log_cluster(struct pod_log *l, const char *name); /* NULL: it cannot be asked now */
const char *log_why_not(struct pod_log *l, const char *cluster);  /* why */
/* Doubles *delay_ms from LOG_AGAIN_MS on. */
struct loop_timer *log_again(struct pod_log *l, int64_t *delay_ms, loop_timer_fn *fn, void *ctx);

/* ---- log_order.c ---- */

/* s NULL: of the log as a whole. t is copied. */
void log_keep(struct pod_log *l, struct log_source *s, struct text t, int64_t ns, uint64_t cut,
              bool ours);
void log_say(struct pod_log *l, struct log_source *s, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void log_order_clear(struct pod_log *l);

/* ---- log_subject.c ---- */

struct log_subject *log_subject_new(struct pod_log *l, const char *cluster, const char *ns,
                                    const char *name);
void log_subject_begin(struct log_subject *s);
void log_subject_cluster(struct log_subject *s, enum cluster_change what);
void log_subject_free(struct log_subject *s);
/* Cleared when the object has none. */
void log_selector(const struct val *object, struct buf *out);

/* ---- log_pods.c ---- */

struct log_pod *log_pod_put(struct pod_log *l, const char *cluster, const char *ns,
                            const char *name); /* found or made, and begun */
void log_pod_begin(struct log_pod *p);
void log_pod_gone(struct pod_log *l, const char *cluster, const char *ns, const char *name);
void log_pod_stop(struct log_pod *p,
                  const char *why); /* its cluster is not in the fleet any more */
void log_pod_free(struct log_pod *p);

/* ---- log_source.c ---- */

struct log_source *log_source_new(struct log_pod *p, const char *container);
void log_source_begin(struct log_source *s);
void log_source_set(struct log_source *s, enum leeway_log_state state, const char *reason);
void log_source_stop(struct log_source *s);
void log_source_free(struct log_source *s);

#endif
