// SPDX-License-Identifier: Apache-2.0
/* The inside of a discovery, shared by what reads it (discovery.c) and what fetches it. */
#ifndef LEEWAY_KUBE_DISCOVERY_INT_H
#define LEEWAY_KUBE_DISCOVERY_INT_H

#include "base/vec.h"
#include "data/val.h"
#include "kube/discovery.h"

#include <stdatomic.h>

enum { KUBE_RESOURCES_MAX = 20000, KUBE_DISCOVERY_BODY_MAX = 32 * 1024 * 1024 };

struct kube_discovery {
    atomic_uint refs;
    struct arena arena;
    VEC(struct kube_resource) resources;
    VEC(struct kube_group_version) versions;
    bool partial;
    const char *etags[2]; /* of /api and /apis, "" for none */
};

struct kube_discovery *kube_discovery_new(void);
/* One document into d. 0, or ERR_PROTOCOL when it is neither list, ERR_LIMIT. */
int kube_discovery_read(struct kube_discovery *d, const char *body, size_t len,
                        const struct kube_discovery *old, struct err *e);
/* A plain APIResourceList of a group and version into d. */
int kube_discovery_read_plain(struct kube_discovery *d, const struct val *list, struct err *e);
/* What old knew of a group and version goes into d, marked stale. */
void kube_discovery_keep(struct kube_discovery *d, const struct kube_discovery *old,
                         const char *group, const char *version);
/* Everything is in: marks what is preferred. */
void kube_discovery_settle(struct kube_discovery *d);

#endif
