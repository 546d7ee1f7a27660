// SPDX-License-Identifier: Apache-2.0
/*
 * What kstatus does not tell apart, laid over its answer: suspended by a person, degraded although
 * "current", waiting for a load balancer. Decided from the object alone, by a table. Any thread.
 */
#ifndef LEEWAY_KUBE_HEALTH_H
#define LEEWAY_KUBE_HEALTH_H

#include "kube/kstatus.h"

#define HEALTH_TABLE(X)                                                                            \
    X(HEALTH_UNKNOWN, "Unknown")                                                                   \
    X(HEALTH_HEALTHY, "Healthy")                                                                   \
    X(HEALTH_SUSPENDED, "Suspended")                                                               \
    X(HEALTH_PROGRESSING, "Progressing")                                                           \
    X(HEALTH_DEGRADED, "Degraded")                                                                 \
    X(HEALTH_FAILED, "Failed")                                                                     \
    X(HEALTH_TERMINATING, "Terminating")

enum health {
#define X(name, word) name,
    HEALTH_TABLE(X)
#undef X
        HEALTH_COUNT
};

struct health_result {
    enum health health;
    const char
        *reason; /* one word, "" for none; borrowed from the object, its kstatus, or static */
    const char *message; /* the same; clean it for a screen */
};

const char *health_word(enum health h);

/* k is what kstatus_compute said of the same object. Failed, Terminating and Unknown are final;
 * else the first row of the table that fits decides, and without one Current is Healthy and
 * InProgress is Progressing. */
void health_overlay(const struct val *object, const struct kstatus_result *k,
                    struct health_result *out);

#endif
