// SPDX-License-Identifier: Apache-2.0
/*
 * What the engine knows, as one immutable picture. A snapshot is reference-counted; everything
 * reachable from it is borrowed and lives until leeway_snapshot_unref. Rows lie in shared pages, so
 * that a new snapshot costs what changed; reach them through the accessors. Any thread may hold and
 * read one. Times are wall milliseconds UTC, 0 for "not known". Counts of -1 are "not known".
 */
#ifndef LEEWAY_SNAPSHOT_H
#define LEEWAY_SNAPSHOT_H

#include "base/text.h"
#include "leeway/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct leeway_label {
    struct text key, value;
};

/* A fact about a cluster or a target that holds or does not: the rows of the conditions tab. */
struct leeway_condition {
    enum leeway_state state; /* OK: it holds; UNKNOWN: could not be read, see says */
    struct text name;        /* "nodes ready" */
    struct text now;         /* "5 of 6" */
    int64_t since_ms;
    struct text says; /* what the cluster says about it */
    bool advice;      /* a fact to know, no state: end of support, certificate far off */
};

struct leeway_node {
    enum leeway_state state;
    struct text name, version, os, roles;
    bool ready, cordoned;
    struct text pressure; /* "memory, disk" or empty */
    struct text reason;   /* why it is not ready */
    int64_t since_ms, created_ms;
    int64_t cpu_milli, memory_bytes, pods; /* allocatable */
};

struct leeway_namespace {
    struct text name, phase;
    int64_t created_ms;
};

struct leeway_api {
    struct text group, version, kind, resource;
    bool namespaced, stale;
};

/* What the connection costs: requests and bytes of the last full minute. */
struct leeway_cost {
    uint32_t connections, watches, watches_current, requests_per_min;
    uint64_t bytes_in_per_min, bytes_out_per_min;
};

enum leeway_reach {
    LEEWAY_REACH_WAITING, /* not tried yet: the store's last sight is shown */
    LEEWAY_REACH_CONNECTING,
    LEEWAY_REACH_OK,
    LEEWAY_REACH_STALE,    /* it answered, but a watch is behind */
    LEEWAY_REACH_DOWN,     /* no answer: see reason, next_try_ms */
    LEEWAY_REACH_LOGIN,    /* a credential plugin needs a person */
    LEEWAY_REACH_REPLACED, /* the uid behind the name changed; a person must confirm */
    LEEWAY_REACH_BROKEN,   /* configuration: cannot be tried at all */
};

struct leeway_cluster {
    uint64_t id;             /* stable while the program runs */
    uint64_t version_of_row; /* changes when the row changes */
    struct text name, context, server, namespace_;
    struct text aliases; /* further contexts that lead to the same uid, comma separated */
    struct text uid;     /* of kube-system; empty until known */
    bool weak_identity;
    const struct leeway_label *labels;
    size_t n_labels;
    struct text distribution, kubernetes, region, provider; /* "k3s", "1.36.1" */
    bool protected_, read_only; /* typed confirmation; no writes at all */

    enum leeway_reach reach;
    enum leeway_state state;   /* the worst of everything below */
    struct text reason;        /* its reason in words; empty when well */
    struct text reason_key;    /* equal for equal reasons on other clusters: rows fold by it */
    struct text reason_detail; /* in full: command, exit code, standard error */
    struct text was;           /* last state seen, for clusters that do not answer: "ok" */
    int64_t since_ms;
    int64_t last_seen_ms, next_try_ms;
    bool settled; /* everything was asked at least once, or it failed */
    uint32_t tries;
    int32_t latency_ms;   /* of the last small request; -1 unknown */
    struct text identity; /* who we are there, by SelfSubjectReview */

    int32_t nodes, nodes_ready, nodes_cordoned, nodes_pressure, pods; /* -1 unknown */
    int64_t cpu_milli, memory_bytes;                                  /* capacity; -1 unknown */
    int64_t cert_not_after_ms; /* of the server certificate; 0 unknown */
    int64_t client_cert_not_after_ms;
    struct leeway_cost cost;

    const struct leeway_condition *conditions; /* worst first */
    size_t n_conditions;
    const struct leeway_node *node_rows; /* worst first, then by name */
    size_t n_node_rows;
    const struct leeway_namespace *namespaces;
    size_t n_namespaces;
    const struct leeway_api *apis;
    size_t n_apis;

    int32_t environments; /* with a target here */
    int32_t drift[LEEWAY_VERDICT_COUNT];
    int32_t drift_checking;
    struct text changing; /* "metrics r31 5/9", empty when nothing runs here */
};

struct leeway_target {
    struct text environment, cluster; /* names */
    uint64_t cluster_id;
    enum leeway_state state;
    enum leeway_target_state phase;
    struct text reason;
    int64_t since_ms, next_try_ms;
    int32_t objects, objects_ready; /* -1 unknown */
    int32_t drift[LEEWAY_VERDICT_COUNT];
    int32_t release; /* number, 0: never deployed */
};

struct leeway_environment {
    struct text name, uuid, namespace_;
    struct text origin; /* "folder /srv/manifests" */
    enum leeway_state state;
    struct text reason;
    int64_t since_ms;
    int32_t release;
    struct text released_by;
    int64_t released_ms;
    int32_t targets, targets_ready;
    int32_t drift[LEEWAY_VERDICT_COUNT];
    const struct leeway_target *target_rows;
    size_t n_target_rows;
    struct text blueprint, team, owner; /* "web-app@1.4.0"; empty: of a folder, nobody's */
    int64_t expires_ms;                 /* the end of its time to live; 0: it has none */
    int64_t expires_max_ms;             /* how far it may be extended; 0: no limit */
    bool expired;                       /* it is over: what is to be deleted waits for a person */
    int32_t exceptions_used,
        exceptions_max;        /* in force; that its blueprint allows, -1: any number */
    int64_t max_expiry_ms;     /* from now, of one; 0: no limit */
    struct text deletion_plan; /* its hash, when it was made; see expired */
};

struct leeway_owner {
    struct text manager, operation, subresource, api_version;
    struct text words; /* "kubectl scale", "HPA" */
    enum leeway_actor actor;
    int64_t at_or_before_ms; /* the entry's time; 0: it has none */
    bool ours;
};

/* One differing field (or object) on one cluster. */
struct leeway_drift {
    uint64_t id; /* stable while it stands */
    enum leeway_verdict verdict;
    enum leeway_drift_kind kind;
    bool checking;  /* not counted yet */
    bool contested; /* managers take it in turns; leeway stopped adding to it */
    bool atomic;    /* the path is an atomic node and is compared as a whole */
    struct text environment, cluster;
    uint64_t cluster_id;
    struct text api_version, object_kind, namespace_, name;
    struct text path;                  /* server notation; empty for a whole object */
    struct text given, live;           /* values as shown, secrets masked, "-" when not there */
    const struct leeway_owner *owners; /* of the field now, newest first; not ours first */
    size_t n_owners;
    int64_t after_ms, before_ms; /* the window in which it happened */
    struct text when;            /* the window in words: "at or before 14:02:07" is for the view;
                                    this holds what qualifies it: "the entry has no time" */
    struct text reason;          /* verdict unknown: why; otherwise what decided */
    struct text fold_key;        /* equal for the same difference on other clusters */
    struct text checked;         /* what the dry run said; empty: none made */
    struct text exception;       /* uuid of the exception that covers it; empty: none does */
    int64_t expires_ms;          /* its end; 0: none, or never */
    struct text wants_owner;     /* whose the field is by its contract: "platform", "runtime" … */
};

/* A person's answer to a difference, that stands: it is accepted, or the field was handed over.
 * Those that ran out stay until somebody ends them or accepts again. */
struct leeway_answer {
    struct text uuid;
    bool handed_over; /* leeway does not apply the field any more */
    bool expired;
    struct text environment, cluster; /* names; cluster empty: all of the environment */
    uint64_t cluster_id;
    struct text api_version, object_kind, namespace_, name;
    struct text path;    /* server notation; empty: the whole object */
    struct text manager; /* whose change it accepts; empty: anybody's */
    struct text accepts; /* "6", "self <= 8"; of a whole object "missing" … */
    bool within;         /* accepts is an expression of self */
    struct text reason, by;
    int64_t created_ms;
    int64_t expires_ms; /* 0: never */
    uint32_t standing;  /* differences that it covers now */
};

enum leeway_release_state {
    LEEWAY_RELEASE_RUNNING,
    LEEWAY_RELEASE_PAUSED,
    LEEWAY_RELEASE_ABORTING,
    LEEWAY_RELEASE_DONE,
    LEEWAY_RELEASE_FAILED,
    LEEWAY_RELEASE_ABORTED,
};

struct leeway_release_target {
    struct text cluster;
    enum leeway_state state;
    enum leeway_target_state phase;
    int32_t done, total;
    struct text waiting; /* for what: "Deployment/web 4/6 ready" */
    int64_t since_ms, fails_at_ms;
    struct text error;
    int32_t stage; /* index of the release's stages; -1: it has none */
};

/* One stage of a rollout; they go in this order. */
struct leeway_release_stage {
    struct text name;
    int32_t targets, done, failed;
    int32_t at_once;          /* how many of its targets go at a time */
    int32_t budget, forgiven; /* failures that do not hold it; those that a person let pass */
    int64_t soak_ms;          /* all of it stays healthy for so long before the next begins */
    bool gate;                /* a person lets it begin */
    bool waits;               /* for that person, now */
    int64_t opened_ms;        /* 0: the gate is closed, or nobody knows when */
    struct text opened_by;
    struct text why; /* what is waited for here: "canary soaks, 4 s more"; empty: nothing */
};

struct leeway_log_line {
    int64_t at_ms;
    struct text cluster, object, what; /* "created", "ready after 86 s" */
    enum leeway_state state;
};

struct leeway_release {
    uint64_t id; /* of the store */
    struct text environment, title, plan, by;
    struct text rollout; /* what it waits for between stages: "rest waits to be approved" */
    int32_t number;
    enum leeway_release_state state;
    bool here; /* this process runs it; false: ended, or nobody does */
    int64_t started_ms, ended_ms;
    int32_t targets, targets_done;
    const struct leeway_release_target *target_rows;
    size_t n_target_rows;
    const struct leeway_release_stage *stages; /* none: every target at once */
    size_t n_stages;
    const struct leeway_log_line *log; /* the newest, oldest first, at most 500 */
    size_t n_log;
};

struct leeway_fleet_info {
    struct text name; /* of leeway.yaml, else the kubeconfig's file name */
    struct text file; /* leeway.yaml or empty */
    bool read_only;   /* spectator, or asked for */
    bool spectator; /* another process does the work: releases can be steered, all else is shown */
    struct text read_only_why;
    struct text identity; /* the person here: login name */
    bool simulated;
    struct text catalog;         /* where blueprints come from; empty: nowhere */
    struct text catalog_problem; /* what is wrong with it, or why there is none; empty: nothing */
    int32_t catalog_problems;    /* how many things are wrong; -1: it is not read yet */
    /* With a store that knows no environment: those that clusters carry, and how many clusters do.
     * 0: none, or nobody asked. */
    int32_t unknown_environments, unknown_on;
    /* Where clusters were looked for, for the first screen: pairs of place and finding. */
    const struct leeway_label *sources;
    size_t n_sources;
};

struct leeway_snapshot;

struct leeway_snapshot *leeway_snapshot_ref(struct leeway_snapshot *s);
void leeway_snapshot_unref(struct leeway_snapshot *s);

uint64_t leeway_snapshot_number(const struct leeway_snapshot *s); /* grows with each */
int64_t leeway_snapshot_taken_ms(const struct leeway_snapshot *s);
const struct leeway_fleet_info *leeway_snapshot_fleet(const struct leeway_snapshot *s);

size_t leeway_clusters(const struct leeway_snapshot *s);
const struct leeway_cluster *leeway_cluster_at(const struct leeway_snapshot *s, size_t i);
const struct leeway_cluster *leeway_cluster_by_id(const struct leeway_snapshot *s, uint64_t id);
const struct leeway_cluster *leeway_cluster_by_name(const struct leeway_snapshot *s,
                                                    const char *name);
size_t leeway_environments(const struct leeway_snapshot *s);
const struct leeway_environment *leeway_environment_at(const struct leeway_snapshot *s, size_t i);
size_t leeway_drifts(const struct leeway_snapshot *s);
const struct leeway_drift *leeway_drift_at(const struct leeway_snapshot *s, size_t i);
size_t leeway_releases(const struct leeway_snapshot *s); /* running ones and the last 20 */
const struct leeway_release *leeway_release_at(const struct leeway_snapshot *s, size_t i);
size_t leeway_answers(const struct leeway_snapshot *s); /* in force and run out, not ended */
const struct leeway_answer *leeway_answer_at(const struct leeway_snapshot *s, size_t i);

/* Building snapshots: the engine, and tests of views. Rows are copied in with everything they point
 * to; seal makes the snapshot with one reference and ends the builder. A builder made from a
 * previous snapshot shares the pages in which no row was put anew. Not thread-safe. */
struct leeway_snapshot_builder;
struct leeway_snapshot_builder *leeway_snapshot_builder_new(struct leeway_snapshot *previous,
                                                            int64_t taken_ms);
void leeway_snapshot_put_fleet(struct leeway_snapshot_builder *b,
                               const struct leeway_fleet_info *fleet);
void leeway_snapshot_put_cluster(struct leeway_snapshot_builder *b, size_t i,
                                 const struct leeway_cluster *row);
void leeway_snapshot_put_environment(struct leeway_snapshot_builder *b, size_t i,
                                     const struct leeway_environment *row);
void leeway_snapshot_put_drift(struct leeway_snapshot_builder *b, size_t i,
                               const struct leeway_drift *row);
void leeway_snapshot_put_release(struct leeway_snapshot_builder *b, size_t i,
                                 const struct leeway_release *row);
void leeway_snapshot_put_answer(struct leeway_snapshot_builder *b, size_t i,
                                const struct leeway_answer *row);
/* Cuts the tables to these lengths. */
void leeway_snapshot_truncate(struct leeway_snapshot_builder *b, size_t clusters,
                              size_t environments, size_t drifts, size_t releases);
void leeway_snapshot_truncate_answers(struct leeway_snapshot_builder *b, size_t exceptions);
struct leeway_snapshot *leeway_snapshot_seal(struct leeway_snapshot_builder *b);

#endif
