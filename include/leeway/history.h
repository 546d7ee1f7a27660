// SPDX-License-Identifier: Apache-2.0
/*
 * What happened, from the store, newest first: releases, plans, what was done and by whom.
 * Immutable and reference-counted; any thread. Source: the store's records, which are kept for
 * ever.
 */
#ifndef LEEWAY_HISTORY_H
#define LEEWAY_HISTORY_H

#include "base/text.h"
#include "leeway/snapshot.h"

struct leeway_past_release {
    struct text environment;
    int32_t number;
    struct text plan;  /* hash */
    struct text title; /* "folder /srv/shop", "revert 2 fields" */
    struct text kind;  /* apply, revert, handover, undo, destroy */
    enum leeway_release_state state;
    struct text by, reason;
    int64_t started_ms, changed_ms;
    int32_t targets;
    int32_t done, failed; /* of them; as the release left them */
    struct text problem;  /* the first target that failed: "dev-ap-1: the job timed out" */
    struct text lost;     /* what did not come back with it: volumes that were made anew, empty */
    bool newest;          /* of its environment: what is given now */
};

struct leeway_past_plan {
    struct text hash, environment, title, kind, by;
    int64_t planned_ms;
    int32_t release; /* that applied it; 0: none did */
};

struct leeway_past_act { /* a row of the audit */
    int64_t row;         /* from 1 without gaps */
    int64_t at_ms;
    struct text by;     /* login name */
    struct text who;    /* all that is known of them: terminal, address; JSON */
    struct text action; /* "accept", "release began" */
    struct text subject;
    struct text detail; /* JSON */
    struct text chain;  /* 64 hexadecimal digits over this row and all before it */
};

struct leeway_history {
    const struct leeway_past_release *releases;
    size_t n_releases;
    const struct leeway_past_plan *plans;
    size_t n_plans;
    const struct leeway_past_act *acts;
    size_t n_acts;
    const struct leeway_answer *ended; /* exceptions that were ended by somebody */
    size_t n_ended;
    bool more; /* there are older ones */
    /* The audit as a whole, its chain followed from the first row on. */
    int64_t audit_rows;
    int64_t audit_since_ms;    /* of the first; 0: there is none */
    struct text audit_problem; /* where the chain breaks; empty: it does not */
};

struct leeway_history *leeway_history_ref(struct leeway_history *h);
void leeway_history_unref(struct leeway_history *h);
/* Deep copy with one reference. */
struct leeway_history *leeway_history_new(const struct leeway_history *h);

#endif
