// SPDX-License-Identifier: Apache-2.0
/* One module: its parameters from the blueprint and overrides, its objects, its outputs. */
#include "render/render_int.h"

#include <stdio.h>
#include <string.h>

extern const struct val render_left_out;

/* A list of leaves says of each entry of a map whether it is deferred or secret. */
static void entry_flags(const struct leaf_list *leaves, const char *name, bool *deferred,
                        bool *secret)
{
    for (size_t i = 0; i < leaves->len; i++) {
        const struct render_leaf *l = &leaves->items[i];
        if (!l->path.len || l->path.elems[0].kind != PATH_FIELD ||
            strcmp(l->path.elems[0].as.field->s, name) != 0)
            continue;
        *deferred |= l->deferred;
        *secret |= l->secret;
    }
}

static void *flags(struct rendering *r, size_t n)
{
    return arena_zalloc(&r->pool->arena, n + 1);
}

/* ---- parameters ---- */

struct unknown_values {
    const struct leaf_list *leaves;
    const struct val *root;
};

/* Values that stand for others are not judged by the schema. */
static bool is_placeholder(void *ctx, const struct val *v)
{
    const struct unknown_values *u = ctx;
    for (size_t i = 0; i < u->leaves->len; i++)
        if (u->leaves->items[i].deferred &&
            path_resolve(u->root, u->leaves->items[i].path, NULL, NULL) == v)
            return true;
    return false;
}

static void say_schema(struct seeing *s, const struct composition_instance *in,
                       const struct schema_errors *errors)
{
    for (size_t i = 0; i < errors->len; i++) {
        const struct schema_error *se = &errors->items[i];
        struct val at = {.line = se->line ? se->line : in->at->line,
                         .col = (uint16_t)(se->line ? se->col : in->at->col)};
        struct err *e = catalog_problem(s->r->problems, s->file, &at, ERR_INVALID, s->what,
                                        "params%s: %s", se->path, se->text);
        if (e && se->right)
            err_hint(e, "%s", se->right);
    }
}

static const struct val *with_overrides(struct rendering *r, const struct composition_instance *in,
                                        const struct val *params)
{
    for (size_t i = 0; i < r->in->n_overrides && params; i++)
        if (strcmp(r->in->overrides[i].module, in->name) == 0)
            params = catalog_merge(r->pool, params, r->in->overrides[i].params);
    return params;
}

static bool make_params(struct rendering *r, const struct composition_instance *in,
                        struct seeing *blueprint, struct render_instance *out)
{
    struct leaf_list leaves = {0};
    struct val given;
    struct schema_errors errors;
    bool failed = false;
    const struct catalog_module *m = in->module;
    bool there = seeing_value(blueprint, &in->params, &given, &leaves, &failed);
    const struct val *v =
        there && val_is(&given, VAL_MAP) ? val_box(r->pool, given) : &render_left_out;
    v = failed || !v ? NULL : with_overrides(r, in, v);
    v = v ? schema_default(r->pool, m->parameters, v) : NULL;
    bool *deferred = flags(r, m->parameters->n_props), *secret = flags(r, m->parameters->n_props);
    if (!v || !deferred || !secret) {
        vec_clear(&leaves);
        return false;
    }
    schema_errors_init(&errors);
    struct schema_options how = {.flags = SCHEMA_STRICT,
                                 .skip = leaves.len ? is_placeholder : NULL,
                                 .ctx = &(struct unknown_values){&leaves, v}};
    bool good = !schema_validate(m->validator, v, &how, &errors);
    if (!good)
        say_schema(blueprint, in, &errors);
    schema_errors_clear(&errors);
    bool any = false;
    for (size_t i = 0; i < m->parameters->n_props; i++) {
        entry_flags(&leaves, m->parameters->props[i].name->s, &deferred[i], &secret[i]);
        secret[i] = secret[i] || (m->secret[i] && val_get_key(v, m->parameters->props[i].name));
        any = any || deferred[i] || secret[i];
    }
    out->params = v;
    out->deferred = any ? deferred : NULL;
    out->secret = any ? secret : NULL;
    vec_clear(&leaves);
    return good;
}

/* ---- inputs ---- */

/* Is what the expression reads an output of a module that is left out here? */
static bool reads_left_out(struct rendering *r, const struct template_node *n)
{
    if (n->kind != TEMPLATE_EXPR)
        return false;
    const struct catalog_composition *c = r->in->composition;
    for (size_t i = 0; i < n->as.expr->n_refs; i++) {
        const struct catalog_ref *ref = &n->as.expr->refs[i];
        for (size_t k = 0;
             ref->what == CATALOG_MODULES && !ref->tested && ref->n_fields && k < c->n_instances;
             k++)
            if (strcmp(c->instances[k].name, ref->fields[0]->s) == 0 &&
                !r->out->instances[k].included)
                return true;
    }
    return false;
}

static bool make_input(struct rendering *r, const struct composition_instance *in,
                       struct seeing *blueprint, size_t number, const struct template_node *node,
                       struct val_entry *entry, bool *deferred, bool *secret, bool *good)
{
    struct leaf_list leaves = {0};
    const struct module_input *input = &in->module->inputs[number];
    bool failed = false, there = false;
    if (reads_left_out(r, node)) {
        if (!input->optional) {
            struct err *e = catalog_problem(
                r->problems, blueprint->file, node->source, ERR_INVALID, blueprint->what,
                "%s needs the input %s, but the module that gives it is left out here", in->name,
                input->name);
            if (e)
                err_hint(e, "leave %s out by the same includeWhen, or give it another input",
                         in->name);
            *good = false;
        }
        return false;
    }
    there = seeing_value(blueprint, node, &entry->value, &leaves, &failed);
    for (size_t i = 0; i < leaves.len; i++) {
        *deferred |= leaves.items[i].deferred;
        *secret |= leaves.items[i].secret;
    }
    vec_clear(&leaves);
    *good = *good && !failed;
    return there;
}

static bool make_inputs(struct rendering *r, const struct composition_instance *in,
                        struct seeing *blueprint, struct render_instance *out)
{
    const struct catalog_module *m = in->module;
    struct val_entry *entries = arena_array(&r->pool->arena, m->n_inputs + 1, sizeof(*entries));
    bool *deferred = flags(r, m->n_inputs), *secret = flags(r, m->n_inputs), good = true;
    size_t n = 0;
    if (!entries || !deferred || !secret)
        return false;
    const struct val *given = in->inputs.source;
    for (uint32_t e = 0; val_is(given, VAL_MAP) && e < given->len; e++) {
        const struct val_entry *entry = &given->as.entries[e];
        struct template_node constant = {
            .kind = TEMPLATE_CONST, .source = &entry->value, .as.value = entry->value};
        size_t i = module_input_number(m, entry->key->s);
        entries[n] = *entry;
        if (make_input(r, in, blueprint, i,
                       in->inputs.kind == TEMPLATE_MAP ? &in->inputs.as.children[e] : &constant,
                       &entries[n], &deferred[i], &secret[i], &good))
            n++;
    }
    out->inputs = val_map_of(r->pool, entries, n);
    out->input_deferred = deferred;
    out->input_secret = secret;
    return good && out->inputs;
}

/* ---- objects ---- */

static const struct val *live_object(const struct rendering *r, const char *instance,
                                     const char *resource, uint32_t item)
{
    for (size_t i = 0; i < r->in->n_live; i++)
        if (r->in->live[i].item == item && strcmp(r->in->live[i].resource, resource) == 0 &&
            strcmp(r->in->live[i].instance, instance) == 0)
            return r->in->live[i].object;
    return NULL;
}

static void bind_resource(struct seeing *s, uint32_t i)
{
    const struct val *v = s->live[i] ? s->live[i] : s->resources[i];
    cel_bind_val(&s->act, s->scope->resources + (int)i, v);
}

static const struct val *one_object(struct seeing *s, uint32_t instance, uint32_t resource,
                                    uint32_t item)
{
    const struct module_resource *res = &s->module->resources[resource];
    struct leaf_list leaves = {0};
    struct val v;
    bool failed = false, there = seeing_value(s, &res->object, &v, &leaves, &failed);
    const struct val *boxed = there && !failed ? val_box(s->r->pool, v) : NULL;
    const struct val *final =
        boxed ? render_finish(s, instance, resource, item, boxed, &leaves) : NULL;
    if (final && !res->each)
        ((struct leaf_list *)s->resource_leaves)[resource] = leaves;
    else
        vec_clear(&leaves);
    return final;
}

static void each_object(struct seeing *s, uint32_t instance, uint32_t resource)
{
    const struct module_resource *res = &s->module->resources[resource];
    const struct val *items = seeing_items(s, res->each);
    const char *name = s->r->in->composition->instances[instance].name;
    VEC(struct val) made = {0}, live = {0};
    for (uint32_t i = 0; i < val_count(items); i++) {
        cel_bind_val(&s->act, res->scope->item, val_item(items, i));
        if (!seeing_condition(s, res->include_when, "includeWhen", true))
            continue;
        const struct val *o = one_object(s, instance, resource, i);
        const struct val *l = live_object(s->r, name, res->id, i);
        if (o)
            vec_push(&made, *o);
        if (l)
            vec_push(&live, *l);
    }
    s->resources[resource] = val_list_of(s->r->pool, made.items, made.len);
    if (made.len && live.len == made.len)
        s->live[resource] = val_list_of(s->r->pool, live.items, live.len);
    vec_clear(&made);
    vec_clear(&live);
}

static void make_resource(struct seeing *s, uint32_t instance, uint32_t resource)
{
    const struct module_resource *res = &s->module->resources[resource];
    s->resources[resource] = &render_left_out;
    if (res->each) {
        each_object(s, instance, resource);
    } else if (seeing_condition(s, res->include_when, "includeWhen", true)) {
        const struct val *v = one_object(s, instance, resource, 0);
        if (v) {
            s->resources[resource] = v;
            s->live[resource] =
                live_object(s->r, s->r->in->composition->instances[instance].name, res->id, 0);
        }
    }
    if (!s->resources[resource])
        s->resources[resource] = &render_left_out;
    bind_resource(s, resource);
}

/* ---- outputs ---- */

static bool make_outputs(struct seeing *s, struct render_instance *out)
{
    const struct catalog_module *m = s->module;
    struct val_entry *entries = arena_array(&s->r->pool->arena, m->n_outputs + 1, sizeof(*entries));
    bool *deferred = flags(s->r, m->n_outputs), *secret = flags(s->r, m->n_outputs);
    bool failed = false;
    size_t n = 0;
    if (!entries || !deferred || !secret)
        return false;
    for (size_t i = 0; i < m->n_outputs; i++) {
        struct leaf_list leaves = {0};
        entries[n] = (struct val_entry){
            .key = val_intern(s->r->pool, m->outputs[i].name, strlen(m->outputs[i].name))};
        if (seeing_value(s, &m->outputs[i].value, &entries[n].value, &leaves, &failed))
            n++;
        for (size_t k = 0; k < leaves.len; k++) {
            deferred[i] |= leaves.items[k].deferred;
            secret[i] |= leaves.items[k].secret;
        }
        vec_clear(&leaves);
    }
    out->outputs = val_map_of(s->r->pool, entries, n);
    out->output_deferred = deferred;
    out->output_secret = secret;
    return out->outputs && !failed;
}

/* ---- the whole ---- */

static void make_objects(struct seeing *s, uint32_t number)
{
    const struct catalog_module *m = s->module;
    const struct render_source *source = render_source_of(m->source);
    if (source)
        source->objects(s, number);
    for (size_t i = 0; i < m->n_resources; i++)
        make_resource(s, number, m->order[i]);
}

void render_instance(struct rendering *r, uint32_t number, struct seeing *blueprint)
{
    const struct composition_instance *in = &r->in->composition->instances[number];
    const struct catalog_module *m = in->module;
    struct render_instance *out = &r->out->instances[number];
    for (size_t i = 0; i < in->n_depends; i++) {
        const struct render_instance *on = &r->out->instances[in->depends[i]];
        if (on->included && !on->outputs)
            return; /* it failed: what was said there is enough */
    }
    out->included = seeing_condition(blueprint, in->include_when, "includeWhen", true);
    if (!out->included)
        return;
    bool params = make_params(r, in, blueprint, out), inputs = make_inputs(r, in, blueprint, out);
    if (!params || !inputs)
        return;
    char what[160];
    snprintf(what, sizeof(what), "module %.120s", in->name);
    struct seeing s = {
        .r = r,
        .scope = &m->scope,
        .file = m->file,
        .what = what,
        .params = m->parameters,
        .params_deferred = out->deferred,
        .params_secret = out->secret,
        .module = m,
        .inputs_deferred = out->input_deferred,
        .inputs_secret = out->input_secret,
        .resources = mem_calloc(m->n_resources + 1, sizeof(struct val *)),
        .live = mem_calloc(m->n_resources + 1, sizeof(struct val *)),
    };
    struct leaf_list *leaves = mem_calloc(m->n_resources + 1, sizeof(*leaves));
    s.resource_leaves = leaves;
    /* Scopes of loops have one variable more, behind the others. */
    cel_activation_init(&s.act, m->n_item_scopes ? m->item_scopes[0].env : m->scope.env);
    cel_bind_val(&s.act, m->scope.params, out->params);
    cel_bind_val(&s.act, m->scope.inputs, out->inputs);
    cel_bind_val(&s.act, m->scope.environment, r->in->environment);
    cel_bind_val(&s.act, m->scope.cluster, r->in->cluster);
    size_t before = r->problems->len;
    make_objects(&s, number);
    if (r->problems->len == before)
        make_outputs(&s, out);
    cel_activation_clear(&s.act);
    for (size_t i = 0; i < m->n_resources; i++)
        vec_clear(&leaves[i]);
    mem_free(leaves);
    mem_free(s.resources);
    mem_free(s.live);
}
