// SPDX-License-Identifier: Apache-2.0
/*
 * libleeway: the engine behind the console and the verbs, headless. One struct leeway runs the
 * engine thread, the store thread and what they need. The thread that opened it reads snapshots and
 * events and posts commands; it never waits for network or disk here.
 */
#ifndef LEEWAY_LEEWAY_H
#define LEEWAY_LEEWAY_H

#include "base/err.h"
#include "leeway/catalog.h"
#include "leeway/compare.h"
#include "leeway/environment.h"
#include "leeway/explain.h"
#include "leeway/history.h"
#include "leeway/look.h"
#include "leeway/object.h"
#include "leeway/plan.h"
#include "leeway/snapshot.h"

struct clock;
struct leeway;

struct leeway_options {
    const char *fleet_file;      /* leeway.yaml; NULL: the one in the working directory, if any */
    const char *kubeconfig;      /* --kubeconfig; NULL: environment, home, in-cluster */
    const char *const *contexts; /* NULL-terminated; NULL: all of the inventory */
    const char *selector;        /* labels of clusters, as kubectl's -l; NULL: all */
    const char *store_path;      /* NULL: the fleet's */
    const char *log_path;        /* NULL: no log */
    int log_level;               /* enum log_level */
    bool read_only;              /* never writes to a cluster */
    bool no_store;               /* nothing is remembered: doctor, health, get */
    bool no_watch;               /* ask once, then be idle: verbs that print and end */
    bool brief;                  /* with no_watch: how clusters are doing is not asked, only what
                                    they are; their state stays as it was */
    bool simulated;              /* the clusters are leeway's own simulated ones */
    const char *program;         /* who we are, for others: "console", "plan" */
    bool lasting;                /* will be there for a while: a console, not a command */
    bool heals;                  /* gives back what contracts say (onDrift: revert) by itself */
    int lock_fd;   /* of the store, locked, from the process that handed over; 0: none */
    bool spectate; /* where another process writes the store: look on, steer releases, write nothing
                    */
    const struct clock *clock; /* NULL: the system's */
};

/* Loads the fleet, opens the store and starts the threads; contacts nothing by itself before it
 * returns. The first snapshot, from the store, is there at once. NULL and *e on failure.
 * Where another process of this user writes the store, that one does the work: snapshots come from
 * it and commands go to it, until it ends; then this one takes over. */
struct leeway *leeway_open(const struct leeway_options *opt, struct err *e);
/* Stops within a second; running releases go on in a detached process when hand_over is set and
 * otherwise stop at a safe point and resume with the next process. */
void leeway_close(struct leeway *l, bool hand_over);
/* Leaves running releases to a detached process of the same user and follows it from then on. Its
 * pid; 0: nothing runs here. Waits until the store is closed, at most some seconds. */
int32_t leeway_hand_over(struct leeway *l);

/* Readable when there is a newer snapshot or an event. */
int leeway_event_fd(const struct leeway *l);
/* The newest snapshot, with a reference for the caller. Also asks the engine for the next one. */
struct leeway_snapshot *leeway_snapshot_take(struct leeway *l);
/* True when every cluster has been asked for everything at least once or has failed. */
bool leeway_settled(const struct leeway_snapshot *s);

/* ---- commands ---- */

enum leeway_command_kind {
    LEEWAY_CMD_TRY_NOW, /* cluster (or all) */
    /* folder (or an environment's document, destroy), environment, namespace_, clusters →
     * EVENT_PLAN */
    LEEWAY_CMD_PLAN_FOLDER,
    LEEWAY_CMD_PLAN_REVERT, /* drift_ids, or environment + object + paths → EVENT_PLAN */
    LEEWAY_CMD_PLAN_CHOOSE, /* plan, row, path, choice → EVENT_PLAN with another hash */
    LEEWAY_CMD_PLAN_OPEN,   /* plan (hash or unique prefix) → EVENT_PLAN */
    LEEWAY_CMD_APPLY,       /* plan, confirm → EVENT_DONE with release, or EVENT_FAILED */
    LEEWAY_CMD_ABORT,       /* release */
    LEEWAY_CMD_PAUSE,       /* release */
    LEEWAY_CMD_RESUME,      /* release; what held its rollout is forgiven */
    LEEWAY_CMD_APPROVE,     /* release, name: a stage; NULL: the next that waits */
    LEEWAY_CMD_OBJECT, /* cluster, api_version, object_kind, namespace_, name → EVENT_OBJECT */
    LEEWAY_CMD_CONFIRM_REPLACED, /* cluster: the new uid is the one meant */
    LEEWAY_CMD_LOGGED_IN, /* cluster, login: a person ran the login; what it printed is taken */
    LEEWAY_CMD_KINDS,     /* clusters (none: all) → EVENT_KINDS */
    /* object_kind as a person types it ("deploy", "pods", "certificates.cert-manager.io"), clusters
     * (none: all), namespace_, labels, fields, limit, objects → EVENT_DONE. The table is in the
     * snapshots from then on: leeway_look_by_id with the request's number, until LOOK_END. */
    LEEWAY_CMD_LOOK,
    LEEWAY_CMD_LOOK_END, /* look: of a table or a log */
    /* cluster, namespace_, name (a pod), container (none: the pod's default), previous, since_s,
     * limit (lines at first), once → EVENT_DONE; then leeway_log_by_id, until LOOK_END. Of several:
     * subjects (pods, and what has pods by a selector), or environment (what it gave its targets);
     * their lines are merged by the servers' times, and pods come and go. */
    LEEWAY_CMD_LOG,
    LEEWAY_CMD_CATALOG, /* catalogs, environment files and drafts are read again */
    /* environment, document, fresh: the file is written when its blueprint renders → EVENT_PLAN */
    LEEWAY_CMD_PLAN_ENVIRONMENT,
    /* document, name (of the draft that is kept; none: it is not) → EVENT_PLAN without a hash, also
     * when nothing can be planned (why_not); or EVENT_FAILED, ERR_CANCELLED: a newer one came */
    LEEWAY_CMD_PLAN_DRAFT,
    LEEWAY_CMD_DRAFT, /* name, document (JSON; none: it goes): what a form keeps until it is done */
    /* Differences are accepted: drift_ids, or environment + object + paths (and cluster), reason;
     * expires_ms (0: never, where its blueprint allows that), within (an expression of self in
     * place of the values as they are now) → EVENT_DONE. Nothing is sent to a cluster. */
    LEEWAY_CMD_ACCEPT,
    LEEWAY_CMD_END_EXCEPTION, /* exceptions, reason → EVENT_DONE: the differences count again */
    /* drift_ids, or environment + object + paths; reason → EVENT_PLAN: leeway stops applying these
     * fields, and their values stay as they are */
    LEEWAY_CMD_PLAN_HANDOVER,
    /* environment, release: its number (0: the one before the last) → EVENT_PLAN of
     * what it had applied, under today's rules */
    LEEWAY_CMD_PLAN_UNDO,
    LEEWAY_CMD_HISTORY, /* environment (none: all), limit (0: 200) → EVENT_HISTORY */
    LEEWAY_CMD_PARTS,   /* environment → EVENT_PARTS: its outputs and objects */
    /* environment, expires_ms: the new end of its time to live, reason (may be none) → EVENT_DONE,
     * or EVENT_FAILED, ERR_FORBIDDEN: later than its blueprint allows. Its file is written; nothing
     * is sent to a cluster. */
    LEEWAY_CMD_EXTEND,
    /* Differences become the environment's own: drift_ids, or environment + object + paths (and
     * cluster); reason; expires_ms (0: never). Where the leaf is made of a parameter, what is live
     * becomes an override in the environment's file, and → EVENT_PLAN of that; its values stay as
     * they are. Where one of them is not, EVENT_FAILED says which and why; EXPLAIN tells before. */
    LEEWAY_CMD_PLAN_OVERRIDE,
    /* drift_ids, or environment + object + paths (and cluster) → EVENT_EXPLANATION: whose the
     * field is, what the wanted value was made of, whether an override is possible */
    LEEWAY_CMD_EXPLAIN,
    /* subjects: two sides as compare.h names them → EVENT_COMPARE: what differs between them */
    LEEWAY_CMD_COMPARE,
    /* cluster (none: no word counts more): environments that clusters remember and the store does
     * not are taken into it → MESSAGEs, EVENT_DONE. The process is to end then: what it knows stays
     * as it was. Nothing is sent to a cluster. */
    LEEWAY_CMD_REBUILD,
};

/* All strings and arrays are copied by leeway_post. */
struct leeway_command {
    enum leeway_command_kind kind;
    const char *cluster; /* name */
    const char *const *clusters;
    size_t n_clusters;
    const char *folder, *environment, *namespace_;
    const char *api_version, *object_kind, *name;
    const char *const *paths;
    size_t n_paths;
    const uint64_t *drift_ids;
    size_t n_drift_ids;
    const char *plan; /* hash */
    uint32_t row;
    enum leeway_choice choice;
    const char *confirm; /* the environment's name, typed */
    bool prune_anyway;   /* said in words: more than 30 % of a target and more than 3 objects go */
    bool confirm_shared; /* deletions of shared kinds were confirmed by themselves */
    bool destroy;        /* folder is an environment's document: everything of it is to go */
    uint64_t release;
    bool at_once; /* PLAN_UNDO: everywhere, although what it undoes went in stages */
    /* of an apply, in order, see engine/apply/rollout.h for the words; none: as the plan's
     * blueprint has them */
    const char *const *stages;
    size_t n_stages;
    const char *labels, *fields; /* selectors as kubectl has them */
    uint32_t limit;              /* rows a cluster; 0: all */
    bool own_namespace;          /* of each context, not namespace_ (none: all) */
    bool objects;                /* rows with the whole object, of which secrets are masked */
    uint64_t look;
    const char *login;    /* LOGGED_IN: the plugin's standard output; wiped when it was taken */
    int32_t login_status; /* as waitpid gives it */
    const char *container;
    bool previous; /* of the container that ran before */
    bool once;     /* what there is now, without waiting for more */
    uint32_t since_s;
    const char *document; /* of an environment: JSON */
    const char *reason;
    int64_t expires_ms; /* wall */
    const char *within;
    const char *const *exceptions; /* uuids, or unique beginnings of them */
    size_t n_exceptions;
    bool fresh; /* there must be no such environment yet */
    /* of a LOG: CLUSTER/NAMESPACE/KIND.GROUP/NAME each; of a COMPARE: its two sides */
    const char *const *subjects;
    size_t n_subjects;
};

/* Returns the request's number (> 0), which the answering event carries, or 0 with *e: ERR_BUSY
 * when the queue is full, ERR_FORBIDDEN when read-only. */
uint64_t leeway_post(struct leeway *l, const struct leeway_command *c, struct err *e);

/* ---- events ---- */

enum leeway_event_kind {
    LEEWAY_EVENT_MESSAGE, /* something to say: state, where, text */
    LEEWAY_EVENT_PLAN,
    LEEWAY_EVENT_OBJECT,
    LEEWAY_EVENT_KINDS,
    LEEWAY_EVENT_DONE,   /* a command without another answer succeeded */
    LEEWAY_EVENT_FAILED, /* err */
    LEEWAY_EVENT_LOGIN,  /* cluster: a plugin needs a person; argv to run in a suspended screen */
    LEEWAY_EVENT_HISTORY,
    LEEWAY_EVENT_PARTS,
    LEEWAY_EVENT_EXPLANATION,
    LEEWAY_EVENT_COMPARE,
};

struct leeway_event {
    enum leeway_event_kind kind;
    uint64_t request; /* 0: not an answer */
    int64_t at_ms;
    enum leeway_state state;
    struct text where, text, detail;
    uint64_t cluster_id;
    struct leeway_plan *plan;               /* owned by the event */
    struct leeway_object *object;           /* owned by the event */
    struct leeway_kinds *kinds;             /* owned by the event */
    struct leeway_history *history;         /* owned by the event */
    struct leeway_parts *parts;             /* owned by the event */
    struct leeway_explanation *explanation; /* owned by the event */
    struct leeway_compare *compare;         /* owned by the event */
    uint64_t release;
    char **argv; /* LOGIN: what to run, resolved; NULL-terminated */
    char **envp; /* LOGIN: what its environment has besides one's own; NULL-terminated */
    struct err err;
    struct arena arena; /* holds the texts */
};

struct leeway_event *leeway_next_event(struct leeway *l); /* owned; NULL: none now */
void leeway_event_free(struct leeway_event *ev);

#endif
