// SPDX-License-Identifier: Apache-2.0
/*
 * What an environment is made of and what it hands to people, asked for because somebody looks at
 * it: the outputs of its blueprint on each of its clusters, and its objects with their health and
 * differences, by module. Immutable, reference-counted; any thread. Nothing of a secret is ever
 * read for it.
 */
#ifndef LEEWAY_ENVIRONMENT_H
#define LEEWAY_ENVIRONMENT_H

#include "base/text.h"
#include "leeway/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct leeway_output {
    struct text name, cluster;
    struct text value; /* text as it is, all else as JSON; empty unless known */
    bool known;        /* false: the cluster has not made it yet, or it is a secret */
    bool secret;
};

struct leeway_part { /* one object on one cluster */
    struct text cluster;
    uint64_t cluster_id;
    struct text module; /* the instance of the blueprint that makes it; empty: none does now */
    struct text api_version, object_kind, namespace_, name;
    enum leeway_state state; /* the worst of its health and what differs */
    struct text reason;      /* what it waits for, why it failed; empty when well */
    int32_t drift[LEEWAY_VERDICT_COUNT];
};

struct leeway_parts {
    struct text environment;
    const struct leeway_output *outputs; /* in the order of the blueprint, by cluster */
    size_t n_outputs;
    const struct leeway_part *parts; /* by cluster */
    size_t n_parts;
    struct text why; /* why modules and outputs are not known; empty: they are */
};

struct leeway_parts *leeway_parts_ref(struct leeway_parts *p);
void leeway_parts_unref(struct leeway_parts *p);
/* Deep copy with one reference. */
struct leeway_parts *leeway_parts_new(const struct leeway_parts *p);

#endif
