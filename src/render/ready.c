// SPDX-License-Identifier: Apache-2.0
/* Readiness as a module defines it: `readyWhen` over what the cluster made of its objects. */
#include "render/render_int.h"

#include <string.h>

extern const struct val render_left_out;

static const struct val *as_read(const struct render_result *r, const struct render_object *o,
                                 const struct render_live *live, size_t n_live)
{
    const struct composition_instance *in = &r->input->composition->instances[o->instance];
    const char *id = in->module->resources[o->resource].id;
    for (size_t i = 0; i < n_live; i++)
        if (live[i].item == o->item && strcmp(live[i].resource, id) == 0 &&
            strcmp(live[i].instance, in->name) == 0)
            return live[i].object;
    return o->object;
}

/* One object, or the list of a forEach; what is left out is an empty map. */
static const struct val *resource_value(const struct render_result *r, uint32_t instance,
                                        uint32_t resource, bool each,
                                        const struct render_live *live, size_t n_live,
                                        struct val_pool *pool)
{
    VEC(struct val) all = {0};
    for (size_t i = 0; i < r->n_objects; i++)
        if (r->objects[i].instance == instance && r->objects[i].resource == resource)
            vec_push(&all, *as_read(r, &r->objects[i], live, n_live));
    const struct val *v = each      ? val_list_of(pool, all.items, all.len)
                          : all.len ? val_box(pool, all.items[0])
                                    : &render_left_out;
    vec_clear(&all);
    return v;
}

int render_ready(const struct render_result *r, const struct render_object *o,
                 const struct val *self, const struct render_live *live, size_t n_live,
                 struct val_pool *pool, enum render_ready *out, struct err *e)
{
    *out = RENDER_READY_KSTATUS;
    if (o->resource == UINT32_MAX)
        return 0;
    const struct composition_instance *in = &r->input->composition->instances[o->instance];
    const struct catalog_module *m = in->module;
    const struct catalog_expr *x = m->resources[o->resource].ready_when;
    const struct render_instance *made = &r->instances[o->instance];
    struct cel_activation act;
    bool yes = false;
    if (!x)
        return 0;
    cel_activation_init(&act, x->scope->env);
    cel_bind_val(&act, x->scope->params, made->params);
    cel_bind_val(&act, x->scope->inputs, made->inputs);
    cel_bind_val(&act, x->scope->environment, r->input->environment);
    cel_bind_val(&act, x->scope->cluster, r->input->cluster);
    if (x->scope->self >= 0)
        cel_bind_val(&act, x->scope->self, self);
    for (uint32_t i = 0; i < m->n_resources; i++)
        cel_bind_val(
            &act, x->scope->resources + (int)i,
            resource_value(r, o->instance, i, m->resources[i].each != NULL, live, n_live, pool));
    int rc = catalog_eval_bool(x, &act, pool, &yes, e);
    cel_activation_clear(&act);
    if (rc == ERR_INVALID) { /* no such key: not made yet */
        err_clear(e);
        rc = 0;
    }
    *out = yes ? RENDER_READY_YES : RENDER_READY_NO;
    return rc;
}
