// SPDX-License-Identifier: Apache-2.0
/*
 * Approvals as plans and releases ask for them: by the rule in the fleet's file and what the store
 * has pinned. Made on the engine thread, asked on a worker, pinned on the engine thread again.
 */
#ifndef LEEWAY_ENGINE_TRUST_H
#define LEEWAY_ENGINE_TRUST_H

#include "catalog/trust.h"
#include "engine/engine_int.h"

struct trust;

/* The rule, the pins as they are now, and the fleet's catalogs, with `catalog` among them (NULL:
 * those alone). Owned; NULL when there is no catalog at all. */
struct trust *trust_new(struct engine *e, const char *catalog);
void trust_free(struct trust *t); /* NULL is fine */
size_t trust_len(const struct trust *t);
const char *trust_catalog(const struct trust *t, size_t i);
const struct approval_trust *trust_rule(const struct trust *t);

/* Worker. Guardrails and profiles of every catalog: 0 and *content, one digest for all of them, or
 * why they may not be used and what to do. */
int trust_judge_policies(struct trust *t, struct digest *content, struct err *e) ERR_CHECKED;
/* Worker. 0, or *e when what lies there is no longer what was judged. */
int trust_still(struct trust *t, const struct digest *content, struct err *e) ERR_CHECKED;
/* Worker. Takes the result over (*a is clear afterwards): 0, or why it may not be used. What is
 * new of it is pinned by trust_pin. */
int trust_take(struct trust *t, struct approval *a, struct err *e) ERR_CHECKED;

/* Engine thread. Each thing that may be used and that nothing but its first use vouches for, in
 * words. */
void trust_each_new(const struct trust *t, void (*fn)(void *ctx, const char *subject), void *ctx);
/* Engine thread: what was used is remembered. */
void trust_pin(const struct trust *t, struct engine *e);

#endif
