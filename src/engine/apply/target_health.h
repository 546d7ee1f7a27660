// SPDX-License-Identifier: Apache-2.0
/*
 * How well a target is, from what the managed watches say of each object a release gave it (kstatus
 * and its overlay): Waiting until all of them are ready, Healthy, Degraded when one failed, when
 * nothing moved for the progress deadline, or when what was ready is not any more. A release hands
 * a target over here once everything was sent; from then on the objects move it. Engine thread.
 */
#ifndef LEEWAY_ENGINE_TARGET_HEALTH_H
#define LEEWAY_ENGINE_TARGET_HEALTH_H

#include "engine/environments/environment.h"

#define HEALTH_PROGRESS_MS 600000 /* as a Deployment's progressDeadlineSeconds has it */
#define HEALTH_UNWELL_MS 10000    /* what was ready may be not for so long: a restart */

extern const struct engine_part health_part;

/* Drift saw one of its objects anew: it is judged on the next turn. */
void health_touch(struct target *t);
/* Everything was sent: judges now. The phase it has from then on, with the reason in t->reason:
 * HEALTHY, WAITING or DEGRADED. */
enum leeway_target_state health_begin(struct target *t);
/* When a waiting target counts as failed unless something moves, wall; 0: it does not wait. */
int64_t health_fails_at_ms(const struct target *t);
struct kstatus_result;
struct health_result;
/* What an object waits for, as a person would say it: "1 of 3 updated". The caller frees. */
char *health_words(const struct kstatus_result *k, const struct health_result *h);
/* The target goes. */
void health_forget(struct target *t);

#endif
