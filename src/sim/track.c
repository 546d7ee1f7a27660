// SPDX-License-Identifier: Apache-2.0
/*
 * Whose fields it is that a controller, a kubelet or a person of the scenario writes: what they
 * write goes through the same types and the same tracking as what comes in requests.
 */
#include "sim/live.h"

#include <string.h>

/* An entry that a write of `scale` made has no time: the server takes it from the Scale, which has
 * none. */
static const struct val *without_time(struct val_pool *p, const struct val *entries,
                                      const struct sim_actor *who)
{
    size_t n = val_count(entries);
    struct val *items = arena_array(&p->arena, n ? n : 1, sizeof(*items));
    for (size_t i = 0; i < n; i++) {
        const struct val *one = val_item(entries, i);
        bool ours = val_str_is(val_get(one, "manager"), who->manager) &&
                    val_str_is(val_get(one, "subresource"), who->sub);
        items[i] = ours ? *val_map_without(p, one, "time") : *one;
    }
    return val_list_of(p, items, n);
}

const struct val *sim_track(struct sim_cluster *c, const struct sim_actor *who,
                            const struct sim_kind *k, struct val_pool *p, const struct val *was,
                            const struct val *now)
{
    if (!who || !c->sim->types)
        return now;
    now = sim_write_tracked(c, k, p, was, now, who->manager, who->sub);
    const struct val *entries = val_at(now, "metadata", "managedFields", NULL);
    if (!entries || strcmp(who->sub, "scale") != 0)
        return now;
    entries = without_time(p, entries, who);
    const struct val *meta = val_map_with(p, val_get(now, "metadata"), "managedFields", entries);
    return val_map_with(p, now, "metadata", meta);
}
