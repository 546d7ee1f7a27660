// SPDX-License-Identifier: Apache-2.0
/*
 * A blueprint's modules in their chosen versions, wired: inputs have the type of the outputs they
 * are given, parameters exist and fit, nothing waits for itself.
 */
#include "catalog/blueprint.h"
#include "catalog/reading.h"

#include "base/vec.h"

#include <stdio.h>
#include <string.h>

struct making {
    struct reading r;
    struct catalog_composition *c;
};

static void make_scope(struct making *k)
{
    struct catalog_composition *c = k->c;
    const char **names = reading_array(&k->r, c->n_instances, sizeof(*names));
    const char ***outputs = reading_array(&k->r, c->n_instances, sizeof(*outputs));
    size_t *counts = reading_array(&k->r, c->n_instances, sizeof(*counts));
    for (size_t i = 0; i < c->n_instances; i++) {
        const struct catalog_module *m = c->instances[i].module;
        names[i] = c->instances[i].name;
        counts[i] = m ? m->n_outputs : SIZE_MAX;
        outputs[i] = reading_array(&k->r, m ? m->n_outputs : 0, sizeof(**outputs));
        for (size_t o = 0; m && o < m->n_outputs; o++)
            outputs[i][o] = m->outputs[o].name;
    }
    catalog_scope_init(&c->scope, &(struct catalog_scope_names){
                                      .params = c->blueprint->parameters,
                                      .modules = names,
                                      .outputs = (const char *const *const *)outputs,
                                      .n_outputs = counts,
                                      .n_modules = c->n_instances,
                                      .with_params = true,
                                      .with_environment = true,
                                      .with_cluster = true,
                                      .with_modules = true,
                                  });
}

static size_t instance_number(const struct catalog_composition *c, const char *name)
{
    for (size_t i = 0; i < c->n_instances; i++)
        if (strcmp(c->instances[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

/* ---- parameters given to a module ---- */

static void hint_nearest(struct making *k, struct err *e, const char *written,
                         const struct schema *s)
{
    const char **names = reading_array(&k->r, s->n_props, sizeof(*names));
    struct buf all;
    for (size_t i = 0; i < s->n_props; i++)
        names[i] = s->props[i].name->s;
    const char *near = catalog_nearest(written, names, s->n_props);
    if (!e)
        return;
    if (near) {
        err_hint(e, "did you mean %s?", near);
        return;
    }
    buf_init(&all, BUF_SMALL);
    for (size_t i = 0; i < s->n_props && i < 12; i++)
        buf_printf(&all, "%s%s", i ? ", " : "", names[i]);
    err_hint(e, s->n_props ? "it has %s" : "it has none%s", buf_str(&all));
    buf_clear(&all);
}

/* A constant is judged by the parameter's schema, an expression by its type. */
static void check_param(struct making *k, const struct schema *s, const struct template_node *node,
                        const char *path)
{
    struct err e = ERR_INIT;
    if (node->kind == TEMPLATE_CONST) {
        struct schema_validator *v = schema_validator_new(s, &e);
        struct schema_errors errors;
        char *base = arena_printf(&k->c->pool.arena, "%s", path);
        struct schema_options how = {.flags = SCHEMA_STRICT, .base = base};
        schema_errors_init(&errors);
        if (v && schema_validate(v, &node->as.value, &how, &errors))
            reading_schema_errors(&k->r, node->source, &errors);
        schema_errors_clear(&errors);
        schema_validator_free(v);
        err_clear(&e);
        return;
    }
    static const enum cel_kind wanted[] = {[SCHEMA_OBJECT] = CEL_MAP,
                                           [SCHEMA_ARRAY] = CEL_LIST,
                                           [SCHEMA_STRING] = CEL_STRING,
                                           [SCHEMA_INTEGER] = CEL_INT,
                                           [SCHEMA_BOOLEAN] = CEL_BOOL};
    if (s->int_or_string || s->type == SCHEMA_ANY || s->type == SCHEMA_NUMBER)
        return;
    if (node->kind == TEMPLATE_TEXT && s->type != SCHEMA_STRING) {
        struct err *p = reading_problem(&k->r, node->source, path, "is a text, %s is needed",
                                        schema_type_name(s->type));
        if (p)
            err_hint(p, "an expression alone in its text keeps its type: \"${params.count}\"");
    }
    if (node->kind != TEMPLATE_EXPR || s->type == SCHEMA_OBJECT)
        return;
    const struct cel_type *t = cel_program_type(node->as.expr->program);
    if (cel_type_is_dyn(t) || cel_type_is(t, wanted[s->type]) || cel_type_is(t, CEL_OPTIONAL))
        return;
    struct buf b;
    buf_init(&b, BUF_SMALL);
    cel_type_print(&b, t);
    reading_problem(&k->r, node->source, path, "the expression gives %s, the parameter is %s",
                    buf_str(&b), schema_type_name(s->type));
    buf_clear(&b);
}

static void check_params(struct making *k, struct composition_instance *in, size_t i)
{
    const struct schema *s = in->module->parameters;
    const struct template_node *n = &in->params;
    const struct val *given = n->source;
    char path[256];
    for (uint32_t e = 0; val_is(given, VAL_MAP) && e < given->len; e++) {
        const struct val_entry *entry = &given->as.entries[e];
        size_t number = schema_prop_number(s, entry->key->s, entry->key->len);
        snprintf(path, sizeof(path), ".spec.modules[%zu].params.%.100s", i, entry->key->s);
        if (number == SIZE_MAX) {
            struct err *p =
                catalog_problem_key(k->r.problems, k->r.file, entry, ERR_INVALID, path,
                                    "module %s@%s has no parameter \"%.100s\"", in->module->name,
                                    in->module->version.text, entry->key->s);
            hint_nearest(k, p, entry->key->s, s);
            continue;
        }
        struct template_node constant = {
            .kind = TEMPLATE_CONST, .source = &entry->value, .as.value = entry->value};
        check_param(k, s->props[number].schema,
                    n->kind == TEMPLATE_MAP ? &n->as.children[e] : &constant, path);
    }
    for (size_t p = 0; p < s->n_props; p++) {
        const struct schema_prop *prop = &s->props[p];
        if (!prop->required || prop->schema->default_value || val_get_key(given, prop->name))
            continue;
        snprintf(path, sizeof(path), ".spec.modules[%zu].params", i);
        struct err *e = reading_problem(&k->r, given ? given : in->at, path,
                                        "module %s@%s needs the parameter \"%.100s\"",
                                        in->module->name, in->module->version.text, prop->name->s);
        if (e)
            err_hint(e, "write %s: …, or hand one through: %s: \"${params.%s}\"", prop->name->s,
                     prop->name->s, prop->name->s);
    }
}

/* ---- wires ---- */

struct wire {
    struct making *k;
    const struct composition_instance *in;
    const struct module_input *input;
    const char *path;
};

static void check_wire(void *ctx, const struct template_node *node, const struct catalog_expr *x)
{
    const struct wire *w = ctx;
    for (size_t i = 0; i < x->n_refs; i++) {
        const struct catalog_ref *ref = &x->refs[i];
        if (ref->what != CATALOG_MODULES || ref->n_fields < 3)
            continue;
        size_t from = instance_number(w->k->c, ref->fields[0]->s);
        const struct catalog_module *m = from == SIZE_MAX ? NULL : w->k->c->instances[from].module;
        const struct module_output *o = m ? module_output(m, ref->fields[2]->s) : NULL;
        if (!o || ref->n_fields > 3 || strcmp(o->type, w->input->type) == 0)
            continue;
        struct err *e =
            reading_problem(&w->k->r, node->source, w->path,
                            "the output %s of %s is a %s, the input %s of module %s@%s is a %s",
                            o->name, ref->fields[0]->s, o->type, w->input->name,
                            w->in->module->name, w->in->module->version.text, w->input->type);
        for (size_t n = 0; e && n < m->n_outputs; n++)
            if (strcmp(m->outputs[n].type, w->input->type) == 0)
                err_hint(e, "modules.%s.outputs.%s is one", ref->fields[0]->s, m->outputs[n].name);
    }
}

static void check_inputs(struct making *k, struct composition_instance *in, size_t i)
{
    const struct catalog_module *m = in->module;
    const struct val *given = in->inputs.source;
    char path[256];
    for (uint32_t e = 0; val_is(given, VAL_MAP) && e < given->len; e++) {
        const struct val_entry *entry = &given->as.entries[e];
        size_t number = module_input_number(m, entry->key->s);
        snprintf(path, sizeof(path), ".spec.modules[%zu].inputs.%.100s", i, entry->key->s);
        if (number == SIZE_MAX) {
            struct err *p = catalog_problem_key(k->r.problems, k->r.file, entry, ERR_INVALID, path,
                                                "module %s@%s has no input \"%.100s\"", m->name,
                                                m->version.text, entry->key->s);
            if (p && m->n_inputs)
                err_hint(p, "it has %s of type %s", m->inputs[0].name, m->inputs[0].type);
            continue;
        }
        if (in->inputs.kind == TEMPLATE_MAP)
            template_each(&in->inputs.as.children[e], check_wire,
                          &(struct wire){k, in, &m->inputs[number], path});
    }
    for (size_t n = 0; n < m->n_inputs; n++) {
        if (m->inputs[n].optional || val_get(given, m->inputs[n].name))
            continue;
        snprintf(path, sizeof(path), ".spec.modules[%zu].inputs", i);
        struct err *e =
            reading_problem(&k->r, given ? given : in->at, path,
                            "module %s@%s needs the input \"%.100s\" of type %s", m->name,
                            m->version.text, m->inputs[n].name, m->inputs[n].type);
        for (size_t o = 0; e && o < k->c->n_instances; o++) {
            const struct catalog_module *other = k->c->instances[o].module;
            for (size_t p = 0; other && other != m && p < other->n_outputs; p++)
                if (strcmp(other->outputs[p].type, m->inputs[n].type) == 0)
                    err_hint(e, "%s has one: %s: \"${modules.%s.outputs.%s}\"",
                             k->c->instances[o].name, m->inputs[n].name, k->c->instances[o].name,
                             other->outputs[p].name);
        }
    }
}

/* ---- who waits for whom ---- */

struct depends {
    const struct catalog_composition *c;
    bool *on;
};

static void note(void *ctx, const struct template_node *node, const struct catalog_expr *x)
{
    struct depends *d = ctx;
    (void)node;
    for (size_t i = 0; x && i < x->n_refs; i++) {
        if (x->refs[i].what != CATALOG_MODULES || !x->refs[i].n_fields)
            continue;
        size_t on = instance_number(d->c, x->refs[i].fields[0]->s);
        if (on != SIZE_MAX)
            d->on[on] = true;
    }
}

static void note_written(struct making *k, struct depends *d, const struct composition_instance *in)
{
    const struct val *list = val_get(in->at, "dependsOn");
    for (size_t i = 0; i < val_count(list); i++) {
        const char *name = val_str(val_item(list, i), "");
        size_t on = instance_number(k->c, name);
        char path[96];
        snprintf(path, sizeof(path), ".spec.modules[%td].dependsOn[%zu]", in - k->c->instances, i);
        if (on != SIZE_MAX) {
            d->on[on] = true;
            continue;
        }
        const char **names = reading_array(&k->r, k->c->n_instances, sizeof(*names));
        for (size_t n = 0; n < k->c->n_instances; n++)
            names[n] = k->c->instances[n].name;
        const char *near = catalog_nearest(name, names, k->c->n_instances);
        struct err *e = reading_problem(&k->r, val_item(list, i), path,
                                        "the blueprint has no module \"%.100s\"", name);
        if (e && near)
            err_hint(e, "did you mean %s?", near);
    }
}

static void read_depends(struct making *k, struct composition_instance *in)
{
    struct depends d = {k->c, mem_calloc(k->c->n_instances + 1, 1)};
    uint32_t *out = reading_array(&k->r, k->c->n_instances, sizeof(*out));
    template_each(&in->params, note, &d);
    template_each(&in->inputs, note, &d);
    note(&d, NULL, in->include_when);
    note_written(k, &d, in);
    for (uint32_t i = 0; i < k->c->n_instances; i++)
        if (d.on[i])
            out[in->n_depends++] = i;
    in->depends = out;
    mem_free(d.on);
}

static void read_order(struct making *k)
{
    struct catalog_composition *c = k->c;
    const uint32_t **depends = reading_array(&k->r, c->n_instances, sizeof(*depends));
    size_t *counts = reading_array(&k->r, c->n_instances, sizeof(*counts));
    c->order = reading_array(&k->r, c->n_instances, sizeof(*c->order));
    for (size_t i = 0; i < c->n_instances; i++) {
        depends[i] = c->instances[i].depends;
        counts[i] = c->instances[i].n_depends;
    }
    size_t cycle = reading_order(depends, counts, c->n_instances, c->order);
    if (!cycle)
        return;
    struct buf b;
    buf_init(&b, BUF_SMALL);
    for (size_t i = 0; i <= cycle; i++)
        buf_printf(&b, "%s%s", i ? " → " : "", c->instances[c->order[i % cycle]].name);
    struct err *e = reading_problem(&k->r, c->instances[c->order[0]].at, ".spec.modules",
                                    "modules wait for each other: %s", buf_str(&b));
    if (e)
        err_hint(e, "an arrow reads: needs an output of; take one of these wires out");
    buf_clear(&b);
}

/* ---- the whole ---- */

static void read_instance(struct making *k, size_t i)
{
    struct composition_instance *in = &k->c->instances[i];
    char path[96];
    snprintf(path, sizeof(path), ".spec.modules[%zu].includeWhen", i);
    in->include_when =
        reading_expr(&k->r, &k->c->scope, val_get(in->at, "includeWhen"), CEL_BOOL, path);
    snprintf(path, sizeof(path), ".spec.modules[%zu].params", i);
    reading_template(&k->r, &k->c->scope, val_get(in->at, "params"), path, &in->params);
    snprintf(path, sizeof(path), ".spec.modules[%zu].inputs", i);
    reading_template(&k->r, &k->c->scope, val_get(in->at, "inputs"), path, &in->inputs);
    if (in->module) {
        check_params(k, in, i);
        check_inputs(k, in, i);
    }
    read_depends(k, in);
}

static void read_outputs(struct making *k, const struct val *v)
{
    struct catalog_composition *c = k->c;
    c->n_outputs = val_is(v, VAL_MAP) ? v->len : 0;
    c->outputs = reading_array(&k->r, c->n_outputs, sizeof(*c->outputs));
    for (size_t i = 0; i < c->n_outputs; i++) {
        char path[256];
        c->outputs[i].name = v->as.entries[i].key->s;
        snprintf(path, sizeof(path), ".spec.outputs.%.100s", c->outputs[i].name);
        reading_template(&k->r, &c->scope, &v->as.entries[i].value, path, &c->outputs[i].value);
    }
}

struct catalog_composition *composition_new(const struct catalog_blueprint *b,
                                            composition_pick_fn *pick, void *ctx,
                                            struct catalog_problems *problems)
{
    struct catalog_composition *c = mem_new(struct catalog_composition);
    size_t before = problems->len + problems->more;
    val_pool_init(&c->pool);
    c->exprs.pool = &c->pool;
    c->blueprint = b;
    struct making k = {{b->file, &c->pool, problems, &c->exprs}, c};
    c->n_instances = b->n_modules;
    c->instances = reading_array(&k.r, c->n_instances, sizeof(*c->instances));
    for (size_t i = 0; i < c->n_instances; i++) {
        c->instances[i].name = b->modules[i].name;
        c->instances[i].at = b->modules[i].at;
        c->instances[i].module = pick(ctx, b, &b->modules[i], problems);
    }
    bool whole = true; /* a module's own problems are said once, where they are */
    for (size_t i = 0; i < c->n_instances; i++) {
        if (!c->instances[i].module || !c->instances[i].module->broken)
            continue;
        c->instances[i].module = NULL;
        whole = false;
    }
    make_scope(&k);
    reading_parameters_check(&k.r, b->parameters, b->validator, &c->scope, ".spec.parameters");
    for (size_t i = 0; i < c->n_instances; i++)
        read_instance(&k, i);
    read_order(&k);
    read_outputs(&k, val_get(b->spec, "outputs"));
    c->placement_when = reading_expr(&k.r, &c->scope, val_at(b->spec, "placement", "when", NULL),
                                     CEL_BOOL, ".spec.placement.when");
    for (size_t i = 0; c->placement_when && i < c->placement_when->n_refs; i++)
        if (c->placement_when->refs[i].what != CATALOG_CLUSTER)
            reading_problem(&k.r, c->placement_when->at, ".spec.placement.when",
                            "only the cluster can be asked here");
    if (problems->len + problems->more == before && whole)
        return c;
    composition_free(c);
    return NULL;
}

void composition_free(struct catalog_composition *c)
{
    if (!c)
        return;
    catalog_exprs_clear(&c->exprs);
    catalog_scope_clear(&c->scope);
    val_pool_clear(&c->pool);
    mem_free(c);
}
