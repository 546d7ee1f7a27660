// SPDX-License-Identifier: Apache-2.0
/*
 * The comparison at the heart of drift: one live object against what was given, leaf by leaf, by
 * ownership and not by ignore lists. Pure: no clock, no requests, no memory kept. A clean object
 * costs one walk over its given leaves and no allocation but for the live entry's field set.
 *
 * What makes a difference here has still to stand for a while, to be verified where we own the
 * field, and to be judged by contract and exceptions before anybody is alarmed: drift.c.
 */
#ifndef LEEWAY_ENGINE_DRIFT_EVAL_H
#define LEEWAY_ENGINE_DRIFT_EVAL_H

#include "engine/drift/given.h"
#include "leeway/state.h"

struct drift_finding {
    enum leeway_drift_kind kind;
    struct path path;         /* empty: the whole object; borrowed for the call */
    size_t leaf;              /* of given; SIZE_MAX for the whole object, and with wanted */
    const struct val *wanted; /* of a field outside of our body: what it was wanted to be */
    const struct val *live;   /* NULL: not there */
    bool ours;                /* our Apply entry still holds the path: nobody took it, so verify */
    bool secret;              /* do not show the value */
    enum given_how how;       /* it was compared */
    bool ambiguous;           /* several live items have this key */
    bool unknown;             /* a secret whose key is lost: cannot be told */
};

typedef int drift_finding_fn(void *ctx, const struct drift_finding *f);

/* Calls fn for each difference, in the order of the fields. Whole-object findings (REPLACED,
 * TERMINATING) come first; a replaced object is not compared further. p is scratch. 0, what fn
 * returned, or a code with *e when managedFields cannot be read. */
int drift_evaluate(const struct given_rules *r, const struct given *g, const struct val *live,
                   struct val_pool *p, drift_finding_fn *fn, void *ctx, struct err *e);

#endif
