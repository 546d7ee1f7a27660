// SPDX-License-Identifier: Apache-2.0
/*
 * Why differences stand and what could be answered: LEEWAY_CMD_EXPLAIN. Immutable and
 * reference-counted; any thread.
 */
#ifndef LEEWAY_EXPLAIN_H
#define LEEWAY_EXPLAIN_H

#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

struct leeway_explained {
    uint64_t drift_id;    /* the rest of it is in the snapshot's row of that number */
    struct text contract; /* whose the field is and why: "runtime, while self <= 8: it is scaled" */
    /* What the wanted value was made of, nearest first, with file and line: "module web@2.3.0,
     * catalog/…/module.yaml:41", "override by alice: load test, environments/shop.yaml:12". Empty:
     * see made_of_why. */
    const struct text *made_of;
    size_t n_made_of;
    struct text made_of_why;
    /* An override is possible (LEEWAY_CMD_PLAN_OVERRIDE): the parameter of a module that would give
     * the live value, "web.replicas", and the value that it would have, as JSON. Empty where it is
     * not: then no_override says why, in words that follow "no override: ". */
    struct text parameter, value;
    struct text no_override;
    /* A filter for the API server's audit log that finds the requests that can have done it. */
    struct text audit_query;
};

struct leeway_explanation {
    const struct leeway_explained *items; /* in the order that was asked for */
    size_t n_items;
};

struct leeway_explanation *leeway_explanation_ref(struct leeway_explanation *x);
void leeway_explanation_unref(struct leeway_explanation *x);
/* Deep copy with one reference. */
struct leeway_explanation *leeway_explanation_new(const struct leeway_explanation *x);

#endif
