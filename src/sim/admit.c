// SPDX-License-Identifier: Apache-2.0
/*
 * Mutating webhooks of a scenario: what they change is changed after the write was tracked, so it
 * is nobody's, or stays with whoever owned the path. One that fails refuses the write.
 */
#include "data/diff.h"
#include "sim/live.h"

#include <stdio.h>
#include <string.h>

struct sim_webhook *sim_webhook_find(struct sim_cluster *c, const char *name)
{
    for (size_t i = 0; i < c->webhooks.len; i++)
        if (strcmp(c->webhooks.items[i].name, name) == 0)
            return &c->webhooks.items[i];
    return NULL;
}

static bool concerns(const struct sim_webhook *h, const struct sim_kind *k, const struct val *v)
{
    const char *ns = val_str(val_at(v, "metadata", "namespace", NULL), "");
    return h->kind == k && (!h->ns || strcmp(h->ns, ns) == 0);
}

/* The containers of a pod, or of what makes pods, with one more at the end. */
static const struct val *with_container(struct val_pool *p, const struct val *v,
                                        const struct val *container)
{
    const struct val *template_ = val_at(v, "spec", "template", NULL);
    const struct val *spec = val_get(template_ ? template_ : v, "spec");
    const struct val *list = val_get(spec, "containers");
    size_t n = val_count(list);
    for (size_t i = 0; i < n; i++)
        if (val_equal(val_get(val_item(list, i), "name"), val_get(container, "name")))
            return v;
    if (!val_is(spec, VAL_MAP))
        return v;
    struct val *items = arena_array(&p->arena, n + 1, sizeof(*items));
    for (size_t i = 0; i < n; i++)
        items[i] = *val_item(list, i);
    items[n] = *val_copy(p, container);
    spec = val_map_with(p, spec, "containers", val_list_of(p, items, n + 1));
    if (!template_)
        return val_map_with(p, v, "spec", spec);
    template_ = val_map_with(p, template_, "spec", spec);
    return val_map_with(p, v, "spec", val_map_with(p, val_get(v, "spec"), "template", template_));
}

const struct val *sim_admit(struct sim_cluster *c, const struct sim_kind *k, struct val_pool *p,
                            const struct val *v, char refused[300])
{
    refused[0] = '\0';
    for (size_t i = 0; i < c->webhooks.len && !refused[0]; i++) {
        const struct sim_webhook *h = &c->webhooks.items[i];
        if (!concerns(h, k, v))
            continue;
        if (h->fails)
            snprintf(refused, 300,
                     "Internal error occurred: failed calling webhook \"%.60s\": %.180s", h->name,
                     h->fails);
        if (h->merge)
            v = merge_patch_apply(p, v, h->merge);
        if (v && h->container)
            v = with_container(p, v, h->container);
    }
    return v;
}
