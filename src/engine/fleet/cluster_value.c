// SPDX-License-Identifier: Apache-2.0
#include "engine/fleet/cluster_value.h"

#include "base/vec.h"
#include "engine/fleet/cluster.h"
#include "engine/fleet/inventory.h"
#include "kube/discovery.h"

#include <string.h>

static const struct val *text(struct val_pool *p, const char *s)
{
    return val_box(p, val_of_str(p, s ? s : ""));
}

const struct val *labels_as_value(struct val_pool *p, const struct labels *l)
{
    const struct val *v = val_map_of(p, NULL, 0);
    for (size_t i = 0; i < l->len && v; i++)
        v = val_map_with(p, v, l->items[i].key, text(p, l->items[i].value));
    return v;
}

const struct val *apis_as_value(struct val_pool *p, const struct kube_discovery *d)
{
    VEC(struct val) all = {0};
    if (!d)
        return NULL;
    for (size_t i = 0; i < kube_discovery_len(d); i++) {
        const struct kube_resource *r = kube_discovery_at(d, i);
        char *s = arena_printf(&p->arena, "%s%s%s/%s", r->group, *r->group ? "/" : "", r->version,
                               r->kind);
        if (s)
            vec_push(&all, val_borrow_str(s, strlen(s)));
    }
    const struct val *v = val_list_of(p, all.items, all.len);
    vec_clear(&all);
    return v;
}

void cluster_describe(struct val_pool *p, const struct cluster *c, struct catalog_cluster *out)
{
    out->name = text(p, c->name)->as.s;
    out->distribution = text(p, c->distribution)->as.s;
    out->version = text(p, c->git_version)->as.s;
    out->region = text(p, c->region)->as.s;
    out->provider = text(p, c->provider)->as.s;
    out->labels = labels_as_value(p, &c->entry->labels);
    out->facts = labels_as_value(p, &c->entry->facts);
}
