// SPDX-License-Identifier: Apache-2.0
/*
 * Two releases, environments or clusters side by side: what they were given, folded over clusters.
 * A side is named as a person types it: ENV@rN is what that release gave, ENV the newest that its
 * environment was given, cluster/NAME a cluster's facts and what its environments were given there.
 * Immutable, reference-counted; any thread. Secrets are told apart and never shown.
 */
#ifndef LEEWAY_COMPARE_H
#define LEEWAY_COMPARE_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEEWAY_COMPARE_ROWS 5000 /* at most; then `more` */

#define LEEWAY_COMPARE_KINDS(X)                                                                    \
    X(LEEWAY_COMPARE_CREATED, "created") /* the object is on b alone */                            \
    X(LEEWAY_COMPARE_DELETED, "deleted") /* on a alone */                                          \
    X(LEEWAY_COMPARE_REPLACED, "replaced")                                                         \
    X(LEEWAY_COMPARE_FIELD, "field")

enum leeway_compare_kind {
#define X(id, word) id,
    LEEWAY_COMPARE_KINDS(X)
#undef X
        LEEWAY_COMPARE_KIND_COUNT
};
const char *leeway_compare_kind_word(enum leeway_compare_kind k);

struct leeway_compare_row {
    enum leeway_compare_kind kind;
    struct text environment;                                /* empty: a fact of the clusters */
    struct text api_version, object_kind, namespace_, name; /* as b has it, or a where b has none */
    struct text path; /* server notation; of a fact its name; empty: the object as a whole */
    struct text a, b; /* "-": not there */
    bool secret;
    int32_t on;          /* how many clusters it is so on */
    struct text cluster; /* the first of them; empty: b has it nowhere */
    uint64_t cluster_id; /* 0: not in this fleet */
};

struct leeway_compare {
    struct text a, b;                      /* short: "r1", "shop-prod", "eu-1" */
    struct text about_a, about_b;          /* "r1 of shop: launch, web-app 1.4.0" */
    const struct leeway_compare_row *rows; /* by object, path */
    size_t n_rows;
    bool more;        /* there are others than these */
    int32_t clusters; /* that were compared */
    struct text note; /* what could not be compared, or was in another way; empty */
};

struct leeway_compare *leeway_compare_ref(struct leeway_compare *c);
void leeway_compare_unref(struct leeway_compare *c);
/* Deep copy with one reference. */
struct leeway_compare *leeway_compare_new(const struct leeway_compare *c);

#endif
