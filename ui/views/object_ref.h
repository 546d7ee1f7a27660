// SPDX-License-Identifier: Apache-2.0
/* Which object of which cluster, as views hand it to each other. UI thread. */
#ifndef LEEWAY_UI_VIEWS_OBJECT_REF_H
#define LEEWAY_UI_VIEWS_OBJECT_REF_H

#include "base/arena.h"
#include "base/text.h"

struct object_ref {
    struct text cluster, group, version, kind, plural, namespace_, name;
};

static inline struct object_ref object_ref_dup(struct arena *a, const struct object_ref *r)
{
    return (struct object_ref){
        .cluster = text_dup(a, r->cluster),
        .group = text_dup(a, r->group),
        .version = text_dup(a, r->version),
        .kind = text_dup(a, r->kind),
        .plural = text_dup(a, r->plural),
        .namespace_ = text_dup(a, r->namespace_),
        .name = text_dup(a, r->name),
    };
}

/* "apps/v1", "v1" */
static inline struct text object_ref_api(struct arena *a, const struct object_ref *r)
{
    return r->group.len ? text_fmt(a, "%s/%s", r->group.str, r->version.str)
                        : text_dup(a, r->version);
}

/* "deployments.apps", "pods" */
static inline struct text object_ref_resource(struct arena *a, const struct object_ref *r)
{
    return r->group.len ? text_fmt(a, "%s.%s", r->plural.str, r->group.str)
                        : text_dup(a, r->plural);
}

#endif
