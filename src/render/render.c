// SPDX-License-Identifier: Apache-2.0
/* A composition from its parameters to objects in the order of applying. */
#include "render/render_int.h"

#include <stdio.h>
#include <string.h>

extern const struct val render_left_out;

/* ---- the environment's parameters ---- */

static const struct render_secret *secret_of(const struct render_input *in, const char *name)
{
    for (size_t i = 0; i < in->n_secrets; i++)
        if (strcmp(in->secrets[i].param, name) == 0)
            return &in->secrets[i];
    return NULL;
}

/* About a parameter of the environment: at its place in the file that it came from, if it did. */
static struct err *param_problem(struct rendering *r, const struct val *at, const char *path,
                                 const char *text)
{
    struct err e = ERR_INIT;
    if (r->in->params_file)
        return catalog_problem(r->problems, r->in->params_file, at, ERR_INVALID, path, "%s", text);
    err_set(&e, ERR_INVALID, "%s: %s", path, text);
    vec_push(r->problems, e);
    return &r->problems->items[r->problems->len - 1];
}

static const struct val *secret_reference(struct rendering *r, const struct val *v,
                                          const char *name)
{
    static const char *const forms[] = {"secretRef", "env", "file", "command"};
    for (size_t i = 0; val_is(v, VAL_MAP) && v->len == 1 && i < ARRAY_LEN(forms); i++)
        if (val_get(v, forms[i]))
            return v;
    char path[160];
    snprintf(path, sizeof(path), "params.%.120s", name);
    struct err *e = param_problem(r, v, path, "is a secret: its value cannot stand here");
    if (e)
        err_hint(e, "say where it is: {secretRef: {namespace, name, key}}, {env: NAME}, {file: "
                    "PATH} or {command: [ARGV]}");
    return NULL;
}

/* Parameters without the secrets among them: those are checked and put aside. */
static const struct val *without_secrets(struct rendering *r, const struct val *given,
                                         bool *deferred, bool *secret)
{
    const struct catalog_blueprint *b = r->in->composition->blueprint;
    for (size_t i = 0; i < b->parameters->n_props && given; i++) {
        const char *name = b->parameters->props[i].name->s;
        const struct val *v = val_get(given, name);
        if (!b->secret[i] || !v)
            continue;
        secret[i] = true;
        deferred[i] = !secret_of(r->in, name);
        secret_reference(r, v, name);
        given = val_map_without(r->pool, given, name);
    }
    return given;
}

static const struct val *with_secrets(struct rendering *r, const struct val *params,
                                      const bool *secret)
{
    const struct catalog_blueprint *b = r->in->composition->blueprint;
    for (size_t i = 0; i < b->parameters->n_props && params; i++) {
        const char *name = b->parameters->props[i].name->s;
        if (!secret[i])
            continue;
        const struct render_secret *known = secret_of(r->in, name);
        char *text = known ? NULL : arena_printf(&r->pool->arena, "${params.%s}", name);
        struct val v = known  ? val_borrow_str(known->value, known->len)
                       : text ? val_borrow_str(text, strlen(text))
                              : val_null;
        params = val_map_with(r->pool, params, name, &v);
    }
    return params;
}

static void say_schema(struct rendering *r, const struct schema_errors *errors, const bool *secret)
{
    const struct catalog_blueprint *b = r->in->composition->blueprint;
    for (size_t i = 0; i < errors->len; i++) {
        const struct schema_error *se = &errors->items[i];
        bool put_aside = false; /* a secret that is given, but not here */
        for (size_t k = 0; k < b->parameters->n_props; k++)
            put_aside = put_aside || (secret[k] && se->kind == SCHEMA_ERR_REQUIRED &&
                                      strcmp(se->path + 1, b->parameters->props[k].name->s) == 0);
        if (put_aside)
            continue;
        struct val at = {.line = se->line, .col = (uint16_t)se->col};
        char path[300];
        snprintf(path, sizeof(path), "params%.280s", se->path);
        struct err *e = param_problem(r, &at, path, se->text);
        if (e && se->right)
            err_hint(e, "%s", se->right);
    }
}

static bool read_params(struct rendering *r, bool *deferred, bool *secret)
{
    const struct catalog_blueprint *b = r->in->composition->blueprint;
    struct schema_errors errors;
    size_t before = r->problems->len;
    const struct val *given = r->in->params ? r->in->params : &render_left_out;
    given = without_secrets(r, given, deferred, secret);
    const struct val *params = given ? schema_default(r->pool, b->parameters, given) : NULL;
    if (!params)
        return false;
    schema_errors_init(&errors);
    struct schema_options how = {.flags = SCHEMA_STRICT};
    if (schema_validate(b->validator, params, &how, &errors))
        say_schema(r, &errors, secret);
    schema_errors_clear(&errors);
    r->out->params = with_secrets(r, params, secret);
    return r->problems->len == before && r->out->params;
}

/* ---- order ---- */

/* What is applied before what: modules by their wires, inside a module by references. */
static void number_waves(struct rendering *r)
{
    const struct catalog_composition *c = r->in->composition;
    uint32_t *first = mem_calloc(c->n_instances + 1, sizeof(*first));
    uint32_t *last = mem_calloc(c->n_instances + 1, sizeof(*last));
    for (size_t i = 0; i < c->n_instances; i++) {
        uint32_t n = c->order[i];
        const struct composition_instance *in = &c->instances[n];
        for (size_t k = 0; k < in->n_depends; k++)
            if (r->out->instances[in->depends[k]].included && last[in->depends[k]] + 1 > first[n])
                first[n] = last[in->depends[k]] + 1;
        uint32_t *wave = mem_calloc(in->module->n_resources + 1, sizeof(*wave));
        last[n] = first[n];
        for (size_t k = 0; k < in->module->n_resources; k++) {
            uint32_t id = in->module->order[k];
            const struct module_resource *res = &in->module->resources[id];
            wave[id] = first[n];
            for (size_t d = 0; d < res->n_depends; d++)
                if (wave[res->depends[d]] + 1 > wave[id])
                    wave[id] = wave[res->depends[d]] + 1;
            last[n] = wave[id] > last[n] ? wave[id] : last[n];
        }
        for (size_t o = 0; o < r->objects.len; o++)
            if (r->objects.items[o].instance == n)
                r->objects.items[o].wave = r->objects.items[o].resource == UINT32_MAX
                                               ? first[n]
                                               : wave[r->objects.items[o].resource];
        mem_free(wave);
    }
    mem_free(first);
    mem_free(last);
}

/* ---- the whole ---- */

/* `modules` as the blueprint's expressions see it, with one more. */
static const struct val *with_module(struct rendering *r, const struct val *modules, uint32_t i)
{
    const struct val *outputs = r->out->instances[i].outputs;
    struct val_entry entry = {.key = val_intern(r->pool, "outputs", 7)};
    if (!outputs)
        return modules;
    entry.value = *outputs;
    const struct val *v = val_map_of(r->pool, &entry, 1);
    return v ? val_map_with(r->pool, modules, r->in->composition->instances[i].name, v) : modules;
}

static void make_outputs(struct seeing *s)
{
    const struct catalog_composition *c = s->r->in->composition;
    const struct val *out = &render_left_out;
    struct arena *a = &s->r->pool->arena;
    bool *late = arena_zalloc(a, c->n_outputs + 1), *hidden = arena_zalloc(a, c->n_outputs + 1);
    s->r->out->output_deferred = late;
    s->r->out->output_secret = hidden;
    for (size_t i = 0; i < c->n_outputs && out && late && hidden; i++) {
        struct leaf_list leaves = {0};
        struct val v;
        bool failed = false;
        if (c->outputs[i].value.kind == TEMPLATE_EXPR) { /* of a module that is left out */
            bool gone = false;
            const struct catalog_expr *x = c->outputs[i].value.as.expr;
            for (size_t k = 0; k < x->n_refs; k++)
                for (size_t n = 0; x->refs[k].what == CATALOG_MODULES && x->refs[k].n_fields &&
                                   n < c->n_instances;
                     n++)
                    gone = gone || (strcmp(c->instances[n].name, x->refs[k].fields[0]->s) == 0 &&
                                    !s->r->out->instances[n].included);
            if (gone)
                continue;
        }
        if (seeing_value(s, &c->outputs[i].value, &v, &leaves, &failed)) {
            bool secret = false;
            for (size_t k = 0; k < leaves.len; k++) {
                secret = secret || leaves.items[k].secret;
                late[out->len] = late[out->len] || leaves.items[k].deferred;
            }
            hidden[out->len] = secret;
            if (secret)
                v = val_borrow_str("(secret)", 8);
            out = val_map_with(s->r->pool, out, c->outputs[i].name, &v);
        }
        vec_clear(&leaves);
    }
    s->r->out->outputs = out ? out : &render_left_out;
}

static void render_modules(struct rendering *r, const bool *deferred, const bool *secret)
{
    const struct catalog_composition *c = r->in->composition;
    const struct val *modules = &render_left_out;
    char what[160];
    snprintf(what, sizeof(what), "blueprint %.120s", c->blueprint->name);
    struct seeing s = {.r = r,
                       .scope = &c->scope,
                       .file = c->blueprint->file,
                       .what = what,
                       .params = c->blueprint->parameters,
                       .params_deferred = deferred,
                       .params_secret = secret};
    cel_activation_init(&s.act, c->scope.env);
    cel_bind_val(&s.act, c->scope.params, r->out->params);
    cel_bind_val(&s.act, c->scope.environment, r->in->environment);
    cel_bind_val(&s.act, c->scope.cluster, r->in->cluster);
    for (size_t i = 0; i < c->n_instances; i++) {
        cel_bind_val(&s.act, c->scope.modules, modules);
        render_instance(r, c->order[i], &s);
        modules = with_module(r, modules, c->order[i]);
        if (!modules)
            modules = &render_left_out;
    }
    cel_bind_val(&s.act, c->scope.modules, modules);
    if (!r->problems->len)
        make_outputs(&s);
    cel_activation_clear(&s.act);
}

int render(const struct render_input *in, struct val_pool *pool, struct render_result *out,
           struct catalog_problems *problems)
{
    const struct catalog_composition *c = in->composition;
    struct catalog_problems own = {0};
    struct rendering r = {in, out, pool, &own, {0}};
    size_t n_params = c->blueprint->parameters->n_props;
    bool *deferred = mem_calloc(n_params + 1, 1), *secret = mem_calloc(n_params + 1, 1);
    bool any = false;
    *out = (struct render_result){
        .pool = pool, .input = in, .params = &render_left_out, .outputs = &render_left_out};
    out->instances = arena_zalloc(&pool->arena, (c->n_instances + 1) * sizeof(*out->instances));
    if (out->instances && read_params(&r, deferred, secret)) {
        for (size_t i = 0; i < n_params; i++)
            any = any || secret[i];
        render_modules(&r, any ? deferred : NULL, any ? secret : NULL);
        render_check_twice(&r);
        number_waves(&r);
    }
    out->objects = arena_array(&pool->arena, r.objects.len + 1, sizeof(*out->objects));
    out->n_objects = out->objects ? r.objects.len : 0;
    if (out->n_objects)
        memcpy(out->objects, r.objects.items, out->n_objects * sizeof(*out->objects));
    if (!out->instances || (!out->objects && r.objects.len))
        catalog_problem(&own, c->blueprint->file, NULL, ERR_LIMIT, "",
                        "what is rendered is larger than allowed");
    vec_clear(&r.objects);
    mem_free(deferred);
    mem_free(secret);
    int rc = own.len ? own.items[0].code : 0;
    catalog_problems_move(problems, &own);
    return rc;
}
