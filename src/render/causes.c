// SPDX-License-Identifier: Apache-2.0
/*
 * Why a leaf has its value. Nothing is recorded while rendering: a rendered value carries the line
 * and column of the template it came from, which lead back to the expression and what it reads.
 */
#include "render/render_int.h"

#include <string.h>

static const char *const names[] = {"module",      "patch",    "parameter", "blueprint",
                                    "default",     "override", "profile",   "cluster",
                                    "environment", "output",   "resource"};

const char *render_cause_name(enum render_cause_kind k)
{
    return names[k];
}

struct causes {
    const struct render_result *r;
    struct render_cause *out;
    size_t n;
    unsigned depth;
};

static void add(struct causes *c, enum render_cause_kind kind, const struct catalog_file *file,
                const struct val *at, const char *name)
{
    if (c->n >= RENDER_CAUSES_MAX)
        return;
    struct render_cause *out = &c->out[c->n];
    *out = (struct render_cause){kind, name ? name : "", file ? file->path : NULL,
                                 at ? at->line : 0, at ? at->col : 0};
    for (size_t i = 0; i < c->n; i++)
        if (c->out[i].kind == kind && c->out[i].line == out->line && c->out[i].col == out->col &&
            strcmp(c->out[i].name, out->name) == 0)
            return;
    c->n++;
}

static const char *text(struct causes *c, const char *prefix, const struct catalog_ref *ref)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    buf_puts(&b, prefix);
    for (uint32_t i = 0; i < ref->n_fields; i++)
        buf_printf(&b, "%s%s", b.len ? "." : "", ref->fields[i]->s);
    char *out = arena_strndup(&c->r->pool->arena, buf_str(&b), b.len);
    buf_clear(&b);
    return out;
}

/* ---- what a blueprint's expression reads ---- */

static void of_profile(struct causes *c, const struct catalog_ref *ref)
{
    const struct catalog *cat = c->r->input->catalog;
    for (size_t i = cat ? cat->n_profiles : 0; i-- > 0;) {
        const struct val *v = cat->profiles[i]->values, *have = c->r->input->cluster;
        for (uint32_t k = 1; k < ref->n_fields; k++)
            v = val_get_key(v, ref->fields[k]);
        for (uint32_t k = 0; k < ref->n_fields; k++)
            have = val_get_key(have, ref->fields[k]);
        if (!v || !have || !val_equal(v, have))
            continue;
        add(c, RENDER_CAUSE_PROFILE, cat->profiles[i]->file, v, cat->profiles[i]->name);
        return;
    }
    add(c, RENDER_CAUSE_CLUSTER, NULL, NULL, text(c, "cluster", ref));
}

static void of_common(struct causes *c, const struct catalog_ref *ref)
{
    if (ref->what == CATALOG_ENV)
        add(c, RENDER_CAUSE_ENVIRONMENT, NULL, NULL, text(c, "env", ref));
    else if (ref->what == CATALOG_CLUSTER && ref->n_fields > 1 &&
             strcmp(ref->fields[0]->s, "profile") == 0)
        of_profile(c, ref);
    else if (ref->what == CATALOG_CLUSTER)
        add(c, RENDER_CAUSE_CLUSTER, NULL, NULL, text(c, "cluster", ref));
}

static void of_blueprint_param(struct causes *c, const struct catalog_ref *ref)
{
    const struct render_input *in = c->r->input;
    const struct catalog_blueprint *b = in->composition->blueprint;
    if (!ref->n_fields)
        return;
    const struct val *given = val_get_key(in->params, ref->fields[0]);
    const struct schema *prop = schema_prop(b->parameters, ref->fields[0]->s, ref->fields[0]->len);
    if (given)
        add(c, RENDER_CAUSE_PARAMETER, in->params_file, given, ref->fields[0]->s);
    else if (prop)
        add(c, RENDER_CAUSE_DEFAULT, b->file,
            prop->default_value ? prop->default_value : prop->source, ref->fields[0]->s);
}

static void of_node(struct causes *c, const struct template_node *n, uint32_t instance);

static void of_output(struct causes *c, const struct catalog_ref *ref)
{
    const struct catalog_composition *all = c->r->input->composition;
    for (uint32_t i = 0; ref->n_fields > 2 && i < all->n_instances; i++) {
        if (strcmp(all->instances[i].name, ref->fields[0]->s) != 0)
            continue;
        const struct catalog_module *m = all->instances[i].module;
        const struct module_output *o = module_output(m, ref->fields[2]->s);
        if (!o)
            return;
        add(c, RENDER_CAUSE_OUTPUT, m->file, o->value.source, text(c, "modules", ref));
        of_node(c, &o->value, i);
    }
}

static void blueprint_expr(void *ctx, const struct template_node *n, const struct catalog_expr *x)
{
    struct causes *c = ctx;
    (void)n;
    for (size_t i = 0; i < x->n_refs; i++) {
        if (x->refs[i].what == CATALOG_PARAMS)
            of_blueprint_param(c, &x->refs[i]);
        else if (x->refs[i].what == CATALOG_MODULES)
            of_output(c, &x->refs[i]);
        else
            of_common(c, &x->refs[i]);
    }
}

/* ---- what a module's expression reads ---- */

struct module_causes {
    struct causes *c;
    uint32_t instance;
};

static void of_module_param(struct causes *c, uint32_t instance, const struct catalog_ref *ref)
{
    const struct render_input *in = c->r->input;
    const struct composition_instance *i = &in->composition->instances[instance];
    if (!ref->n_fields)
        return;
    const char *name = ref->fields[0]->s;
    for (size_t k = in->n_overrides; k-- > 0;) {
        const struct val *v = val_get(in->overrides[k].params, name);
        if (!v || strcmp(in->overrides[k].module, i->name) != 0)
            continue;
        add(c, RENDER_CAUSE_OVERRIDE, in->params_file, v, in->overrides[k].origin);
        return;
    }
    const struct val *given = val_get(i->params.source, name);
    if (given) {
        add(c, RENDER_CAUSE_BLUEPRINT, in->composition->blueprint->file, given,
            in->composition->blueprint->name);
        const struct template_node *n = template_get(&i->params, name);
        if (n)
            template_each(n, blueprint_expr, c);
        return;
    }
    const struct schema *prop = schema_prop(i->module->parameters, name, strlen(name));
    if (prop)
        add(c, RENDER_CAUSE_DEFAULT, i->module->file,
            prop->default_value ? prop->default_value : prop->source, name);
}

static void of_input(struct causes *c, uint32_t instance, const struct catalog_ref *ref)
{
    const struct composition_instance *i = &c->r->input->composition->instances[instance];
    const struct template_node *n =
        ref->n_fields ? template_get(&i->inputs, ref->fields[0]->s) : NULL;
    if (n)
        template_each(n, blueprint_expr, c);
}

static void module_expr(void *ctx, const struct template_node *n, const struct catalog_expr *x)
{
    struct module_causes *m = ctx;
    (void)n;
    for (size_t i = 0; i < x->n_refs; i++) {
        const struct catalog_ref *ref = &x->refs[i];
        const struct catalog_module *mod =
            m->c->r->input->composition->instances[m->instance].module;
        if (ref->what == CATALOG_PARAMS)
            of_module_param(m->c, m->instance, ref);
        else if (ref->what == CATALOG_INPUTS)
            of_input(m->c, m->instance, ref);
        else if (ref->what == CATALOG_RESOURCE)
            add(m->c, RENDER_CAUSE_RESOURCE, mod->file, mod->resources[ref->resource].at,
                mod->resources[ref->resource].id);
        else
            of_common(m->c, ref);
    }
}

static void of_node(struct causes *c, const struct template_node *n, uint32_t instance)
{
    struct module_causes m = {c, instance};
    if (c->depth >= 8)
        return;
    c->depth++;
    template_each(n, module_expr, &m);
    c->depth--;
}

/* ---- from a path to its node ---- */

/* The node of the template whose value stands at the deepest place of the path that a template
 * made: by position, since items may have been left out. */
static const struct template_node *find_node(const struct template_node *n, const struct val *v)
{
    if (n->source->line == v->line && n->source->col == v->col &&
        (n->kind == TEMPLATE_EXPR || n->kind == TEMPLATE_TEXT || n->kind == TEMPLATE_CONST))
        return n;
    for (size_t i = 0; (n->kind == TEMPLATE_MAP || n->kind == TEMPLATE_LIST) && i < n->n; i++) {
        const struct template_node *found = find_node(&n->as.children[i], v);
        if (found)
            return found;
    }
    return NULL;
}

static const struct val *below(const struct val *v, const struct path_elem *e)
{
    struct path one = {e, 1};
    return path_resolve(v, one, NULL, NULL);
}

struct render_place render_locate(const struct render_result *r, const struct render_object *o,
                                  struct path path)
{
    const struct catalog_module *m = r->input->composition->instances[o->instance].module;
    const struct val *v = o->object;
    const struct module_resource *res =
        o->resource != UINT32_MAX ? &m->resources[o->resource] : NULL;
    struct render_place at = {.value = v};
    for (size_t i = 0; i <= path.len && v && res && !at.node; i++) {
        at.value = v->line ? v : at.value;
        at.depth = i;
        if (!val_is(v, VAL_MAP) && !val_is(v, VAL_LIST))
            at.node = find_node(&res->object, v);
        else if ((at.node = find_node(&res->object, v)) && at.node->kind == TEMPLATE_CONST)
            at.node = NULL; /* constants are told at their leaves */
        for (size_t k = 0; k < m->n_patches && !at.node; k++)
            if (m->patches[k].resource == o->resource &&
                (at.node = find_node(&m->patches[k].body, v)))
                at.patched = true;
        if (at.node && at.node->kind == TEMPLATE_CONST && i < path.len) {
            at.node = NULL;
            at.patched = false;
        }
        v = i < path.len ? below(v, &path.elems[i]) : NULL;
    }
    return at;
}

size_t render_causes(const struct render_result *r, const struct render_object *o, struct path path,
                     struct render_cause out[RENDER_CAUSES_MAX])
{
    struct causes c = {r, out, 0, 0};
    const struct catalog_module *m = r->input->composition->instances[o->instance].module;
    const struct render_place at = render_locate(r, o, path);
    const char *name = arena_printf(&r->pool->arena, "%s@%s", m->name, m->version.text);
    add(&c, at.patched ? RENDER_CAUSE_PATCH : RENDER_CAUSE_MODULE, m->file,
        at.node ? at.node->source : at.value, name);
    if (at.node)
        of_node(&c, at.node, o->instance);
    return c.n;
}
