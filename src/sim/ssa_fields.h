// SPDX-License-Identifier: Apache-2.0
/*
 * metadata.managedFields around the updater: entries in and out, whose the current write is, the
 * limit on updaters, fields that are never owned, and the entries of the scale subresource. Source
 * of the rules: k8s.io/apimachinery pkg/util/managedfields.
 */
#ifndef LEEWAY_SIM_SSA_FIELDS_H
#define LEEWAY_SIM_SSA_FIELDS_H

#include "sim/ssa.h"

struct sim_fields { /* one write */
    struct val_pool *pool;
    const char *version; /* "apps/v1": that of the object and of the request */
    const char *sub;     /* "" or the subresource */
    const char *manager; /* the query's fieldManager, or what stands before "/" in the user agent */
    int64_t wall_ms;
    fieldset reset;          /* what writes of this kind cannot own */
    const struct val *empty; /* an object of the kind with nothing in it */
    void *ctx;
    const struct typed_atom *(*type)(void *ctx, const char *version); /* as in ssa_rules */
};

/* now, with the entries it has after it replaced live (NULL: it is created). */
const struct val *sim_fields_update(struct sim_fields *f, const struct val *live,
                                    const struct val *now);
/* *out: what the object would be after patch was applied to live (NULL: it is created), with its
 * entries. 0; ERR_CONFLICT with *conflicts to be cleared; ERR_TYPE with the server's words;
 * ERR_LIMIT. */
int sim_fields_apply(struct sim_fields *f, const struct val *live, const struct val *patch,
                     bool force, const struct val **out, ssa_conflicts *conflicts,
                     struct err *e) ERR_CHECKED;
/* The message and the causes ("causes":[…]) of a conflict. */
void sim_fields_conflict(struct buf *message, struct buf *causes, const ssa_conflicts *conflicts);

/* Same but for the times of entries? Then nothing was changed. */
bool sim_fields_same(const struct val *a, const struct val *b);

/* The entries of an object as its Scale shows them, and back, after a write of the Scale. path:
 * where the object has its replicas, ".spec.replicas". */
const struct val *sim_fields_to_scale(struct val_pool *p, const struct val *entries,
                                      const char *version, const char *path);
const struct val *sim_fields_from_scale(struct val_pool *p, const struct val *entries,
                                        const struct val *scale, const char *version,
                                        const char *path);

#endif
