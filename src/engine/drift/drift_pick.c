// SPDX-License-Identifier: Apache-2.0
#include "engine/drift/drift_pick.h"

#include "engine/drift/drift_int.h"
#include "engine/fleet/cluster.h"

#include <string.h>
#include <strings.h>

static void add(struct drift_picked *p, struct drift_item *item)
{
    for (size_t i = 0; i < p->items.len; i++)
        if (p->items.items[i] == item)
            return;
    vec_push(&p->items, item);
}

static int pick_numbers(struct engine *e, const struct leeway_command *c, struct drift_picked *out,
                        struct err *err)
{
    for (size_t i = 0; i < c->n_drift_ids; i++) {
        struct drift_item *item = drift_item_by_id(e, c->drift_ids[i]);
        struct drift_object *o = item ? drift_item_object(item) : NULL;
        if (!o)
            return err_set(err, ERR_NOT_FOUND, "that difference does not stand any more");
        struct environment *env = drift_object_target(o)->environment;
        if (out->environment && out->environment != env) {
            err_set(err, ERR_INVALID, "the differences are of several environments");
            err_hint(err, "an answer is of one environment: give them one after the other");
            return err->code;
        }
        out->environment = env;
        add(out, item);
    }
    return 0;
}

static bool is_named(const struct leeway_command *c, const struct drift_object *o)
{
    return (!c->object_kind || !*c->object_kind || strcasecmp(o->kind, c->object_kind) == 0) &&
           (!c->name || !*c->name || strcmp(o->name, c->name) == 0) &&
           (!c->namespace_ || !*c->namespace_ || strcmp(o->ns, c->namespace_) == 0);
}

static bool is_on(const struct leeway_command *c, const struct target *t)
{
    bool on = !c->n_clusters;
    for (size_t i = 0; t->cluster && i < c->n_clusters; i++)
        on = on || strcmp(t->cluster->name, c->clusters[i]) == 0;
    return on && t->cluster &&
           (!c->cluster || !*c->cluster || strcmp(t->cluster->name, c->cluster) == 0);
}

static void pick_of(struct drift_object *o, const struct leeway_command *c, bool *met,
                    struct drift_picked *out)
{
    struct drift_item *item;
    for (size_t i = 0; (item = drift_object_item(o, i)); i++) {
        if (!c->n_paths)
            add(out, item);
        for (size_t k = 0; k < c->n_paths; k++) {
            if (strcmp(drift_item_path(item), c->paths[k]) != 0)
                continue;
            add(out, item);
            met[k] = true;
        }
    }
}

static int pick_named(struct engine *e, const struct leeway_command *c, struct drift_picked *out,
                      struct err *err)
{
    bool *met = mem_calloc(c->n_paths + 1, sizeof(*met));
    out->environment = environment_by_name(e, c->environment ? c->environment : "");
    if (!out->environment)
        err_set(err, ERR_NOT_FOUND, "there is no environment %s",
                c->environment ? c->environment : "");
    for (size_t i = 0; out->environment && i < out->environment->targets.len; i++) {
        struct target *t = out->environment->targets.items[i];
        struct drift_target *dt = is_on(c, t) ? t->drift_state : NULL;
        size_t at = 0;
        const struct strmap_entry *entry;
        while (dt && (entry = strmap_next(&dt->objects, &at)))
            if (is_named(c, entry->value))
                pick_of(entry->value, c, met, out);
    }
    for (size_t k = 0; !err->code && k < c->n_paths; k++)
        if (!met[k]) {
            err_set(err, ERR_NOT_FOUND, "nothing stands against %s", c->paths[k]);
            err_hint(err, "paths are those that leeway drift prints");
        }
    mem_free(met);
    return err->code;
}

int drift_pick(struct engine *e, const struct leeway_command *c, struct drift_picked *out,
               struct err *err)
{
    return c->n_drift_ids ? pick_numbers(e, c, out, err) : pick_named(e, c, out, err);
}
