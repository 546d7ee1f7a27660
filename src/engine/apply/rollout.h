// SPDX-License-Identifier: Apache-2.0
/*
 * How a release goes over its targets: stages in order, so many targets at a time, so many that may
 * fail, a time to soak, a person who has to approve. Pure: it is told how targets are and says
 * which may begin, or what is waited for; apply_rollout.c does it. No clock, no requests.
 */
#ifndef LEEWAY_ENGINE_ROLLOUT_H
#define LEEWAY_ENGINE_ROLLOUT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "engine/fleet/selector.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROLLOUT_MAX_STAGES 64u
#define ROLLOUT_ALL 1000000u /* as many at a time as there are */

/* One stage. Without clusters and without a selector it takes every target that is left. */
struct rollout_stage {
    char *name;
    VEC(char *) clusters;    /* names */
    char *selector;          /* labels of clusters; NULL: none */
    uint32_t max;            /* targets at a time; 0: all */
    bool max_is_percent;     /* of the stage's targets, at least one */
    uint32_t failure_budget; /* targets that may fail before it is held */
    int64_t soak_ms;         /* all of it stays healthy for so long before the next begins */
    bool gate;               /* a person approves it before it begins */

    /* what happened; kept with the release */
    bool approved;
    char *opened_by;   /* login of who opened the gate; NULL: nobody, or nobody knows */
    int64_t opened_ms; /* wall; 0: not known */
    uint32_t forgiven; /* failures that a person has seen and let pass */
};

struct rollout {
    VEC(struct rollout_stage) stages;
    bool drift_seen; /* a person saw the unexpected drift and let it pass */
};

void rollout_init(struct rollout *r);
void rollout_clear(struct rollout *r);
/* "NAME [clusters=a,b] [max=2|25%] [budget=1] [soak=MS|10m] [gate] [selector=k in (a, b)]", as the
 * command line, blueprints and the store have it; the selector is last. ERR_USAGE says which word.
 */
int rollout_add(struct rollout *r, const char *text, struct err *e) ERR_CHECKED;
/* All stages as text that rollout_read understands; the caller frees. */
char *rollout_write(const struct rollout *r);
int rollout_read(struct rollout *r, const char *text, struct err *e) ERR_CHECKED;

enum rollout_target_state {
    ROLLOUT_QUEUED,
    ROLLOUT_RUNNING, /* being sent, or sent and not healthy yet */
    ROLLOUT_HEALTHY,
    ROLLOUT_FAILED, /* to be sent, or degraded */
};

struct rollout_target {
    const char *cluster; /* borrowed */
    const struct labels *labels;
    size_t stage; /* rollout_assign */
    enum rollout_target_state state;
    bool drifted; /* unexpected drift counts against it */
    bool begin;   /* rollout_next: it may begin now */
};

/* Gives each target to the first stage that takes it. ERR_USAGE: one is in no stage, or a stage
 * names a cluster that is no target. */
int rollout_assign(struct rollout *r, struct rollout_target *t, size_t n,
                   struct err *e) ERR_CHECKED;

/* The same stages for other targets, as they were before they began: clusters that are no target
 * are left out, stages that named no other with them; what no stage takes goes in a last one. */
void rollout_again(struct rollout *r, const struct rollout_target *t, size_t n);

enum rollout_wait {
    ROLLOUT_GOES_ON, /* targets run, or may begin */
    ROLLOUT_GATE,    /* for a person */
    ROLLOUT_SOAKS,   /* until until_ms */
    ROLLOUT_HELD,    /* too many failed, or drift: a person decides */
    ROLLOUT_OVER,    /* every target had its turn */
};

struct rollout_step {
    enum rollout_wait wait;
    size_t stage;     /* where it stands */
    int64_t until_ms; /* of the soak */
    char why[240];    /* for a person; "" when it goes on */
};

/* Marks who may begin. soaked_ms: since when each stage is healthy as a whole (boot time; 0 not
 * yet), kept by the caller between calls, one for each stage. */
struct rollout_step rollout_next(const struct rollout *r, struct rollout_target *t, size_t n,
                                 int64_t *soaked_ms, int64_t now_ms);
/* A person lets it go on: what held it is forgiven. */
void rollout_forgive(struct rollout *r, const struct rollout_target *t, size_t n);
/* The stage of that name (NULL: the first) whose gate is closed; NULL: there is none. */
const struct rollout_stage *rollout_closed(const struct rollout *r, const char *stage);
/* Opens its gate. ERR_NOT_FOUND. */
int rollout_approve(struct rollout *r, const char *stage, const char *by, int64_t wall_ms,
                    struct err *e) ERR_CHECKED;
/* How many of a stage's targets go at a time; all: how many it has. */
uint32_t rollout_at_once(const struct rollout_stage *s, uint32_t all);
/* For a person, before it begins: "canary; gate; rest, 25% at a time". */
int rollout_words(const struct rollout *r, struct buf *out);

#endif
