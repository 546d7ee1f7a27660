// SPDX-License-Identifier: Apache-2.0
/*
 * What leeway knows about kinds, as one table: the place in the order of applying, whether a kind
 * is shared by many environments, and what a delete keeps. Kinds that are not in it are ordinary.
 */
#ifndef LEEWAY_ENGINE_KINDS_H
#define LEEWAY_ENGINE_KINDS_H

#include <stdbool.h>

/* Stages of one target: all of a stage is sent before the next begins; a stage that others stand on
 * is waited for. Deleting goes the other way. */
enum kind_stage {
    KIND_STAGE_DEFINITIONS, /* CRDs, namespaces, classes, cluster roles: waited for */
    KIND_STAGE_ACCESS,      /* accounts, roles, bindings, quotas */
    KIND_STAGE_CONFIG,      /* config maps, secrets */
    KIND_STAGE_STORAGE,
    KIND_STAGE_NETWORK, /* services before what they route to */
    KIND_STAGE_WORKLOADS,
    KIND_STAGE_CUSTOM,    /* kinds that are not in the table: custom resources */
    KIND_STAGE_ROUTES,    /* ingresses, autoscalers, budgets */
    KIND_STAGE_ADMISSION, /* webhooks and admission policies, last */
    KIND_STAGE_COUNT
};

struct kind_traits {
    const char *group, *kind;
    enum kind_stage stage;
    int order;       /* within the stage */
    bool shared;     /* created when absent, adopted only by name, never pruned by default */
    bool wait;       /* what comes later needs it to be Current */
    bool holds_data; /* deleting loses data: named as a risk, kept on destroy */
};

/* Never NULL: kinds without an entry get the traits of a custom resource. */
const struct kind_traits *kind_traits_of(const char *group, const char *kind);

#endif
