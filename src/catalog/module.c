// SPDX-License-Identifier: Apache-2.0
/*
 * From a document of kind Module to a struct. Its shape is known to be right, so this file says
 * only what a schema cannot: expressions, names that refer to each other, templates of objects that
 * could never be applied. The field contract is read in contract.c.
 */
#include "catalog/module_int.h"

#include "base/vec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESOURCES_MAX 1000u

static const char *const source_names[] = {"templates", "manifests", "helm", "kustomize", "exec"};

const char *module_source_name(enum module_source s)
{
    return source_names[s];
}

void api_version_group(const char *api_version, const char **group, size_t *len)
{
    const char *slash = strchr(api_version, '/');
    *group = api_version;
    *len = slash ? (size_t)(slash - api_version) : 0;
}

size_t schema_prop_number(const struct schema *s, const char *name, size_t len)
{
    for (size_t i = 0; i < s->n_props; i++)
        if (s->props[i].name->len == len && memcmp(s->props[i].name->s, name, len) == 0)
            return i;
    return SIZE_MAX;
}

bool schema_holds_secret(const struct schema *s)
{
    if (!s)
        return false;
    if (val_bool(val_get(s->source, "x-secret"), false) || schema_holds_secret(s->items) ||
        schema_holds_secret(s->additional))
        return true;
    for (size_t i = 0; i < s->n_props; i++)
        if (schema_holds_secret(s->props[i].schema))
            return true;
    return false;
}

size_t module_input_number(const struct catalog_module *m, const char *name)
{
    for (size_t i = 0; i < m->n_inputs; i++)
        if (strcmp(m->inputs[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

size_t module_resource_number(const struct catalog_module *m, const char *id)
{
    for (size_t i = 0; i < m->n_resources; i++)
        if (strcmp(m->resources[i].id, id) == 0)
            return i;
    return SIZE_MAX;
}

const struct module_output *module_output(const struct catalog_module *m, const char *name)
{
    for (size_t i = 0; i < m->n_outputs; i++)
        if (strcmp(m->outputs[i].name, name) == 0)
            return &m->outputs[i];
    return NULL;
}

/* ---- the head ---- */

static void read_requires(struct reading *r, struct catalog_module *m, const struct val *v)
{
    const struct val *apis = val_get(v, "apis");
    struct module_api *out = reading_array(r, val_count(apis), sizeof(*out));
    reading_range(r, val_get(v, "kubernetes"), ".spec.requires.kubernetes", &m->kubernetes);
    for (size_t i = 0; i < val_count(apis); i++) {
        const struct val *item = val_item(apis, i);
        const char *s = reading_string(item), *slash = strrchr(s, '/');
        char path[64];
        snprintf(path, sizeof(path), ".spec.requires.apis[%zu]", i);
        if (!slash || slash == s || !slash[1]) {
            struct err *e = reading_problem(r, item, path, "\"%.100s\" names no kind", s);
            if (e)
                err_hint(e, "write GROUP/VERSION/KIND, for the core group VERSION/KIND: "
                            "networking.k8s.io/v1/Ingress");
            continue;
        }
        out[m->n_apis++] =
            (struct module_api){arena_strndup(&r->pool->arena, s, (size_t)(slash - s)), slash + 1};
    }
    m->apis = out;
}

static void read_inputs(struct reading *r, struct catalog_module *m, const struct val *v)
{
    struct module_input *out = reading_array(r, val_count(v), sizeof(*out));
    for (size_t i = 0; val_is(v, VAL_MAP) && i < v->len; i++) {
        const struct val *in = &v->as.entries[i].value;
        out[i] = (struct module_input){v->as.entries[i].key->s, reading_string(val_get(in, "type")),
                                       val_bool(val_get(in, "optional"), false)};
    }
    m->inputs = out;
    m->n_inputs = val_is(v, VAL_MAP) ? v->len : 0;
}

static void read_outputs(struct reading *r, struct catalog_module *m, const struct val *v)
{
    struct module_output *out = reading_array(r, val_count(v), sizeof(*out));
    for (size_t i = 0; val_is(v, VAL_MAP) && i < v->len; i++) {
        const struct val *o = &v->as.entries[i].value;
        char path[256];
        snprintf(path, sizeof(path), ".spec.outputs.%.100s.value", v->as.entries[i].key->s);
        out[i].name = v->as.entries[i].key->s;
        out[i].type = reading_string(val_get(o, "type"));
        reading_template(r, &m->scope, val_get(o, "value"), path, &out[i].value);
    }
    m->outputs = out;
    m->n_outputs = val_is(v, VAL_MAP) ? v->len : 0;
}

static void read_secrets(struct reading *r, struct catalog_module *m)
{
    bool *out = reading_array(r, m->parameters->n_props, sizeof(*out));
    for (size_t i = 0; i < m->parameters->n_props; i++)
        out[i] = schema_holds_secret(m->parameters->props[i].schema);
    m->secret = out;
}

/* ---- what expressions may name ---- */

static void make_scope(struct reading *r, struct catalog_module *m, const char *item,
                       struct catalog_scope *out)
{
    const char **inputs = reading_array(r, m->n_inputs, sizeof(*inputs));
    const char **ids = reading_array(r, m->n_resources, sizeof(*ids));
    for (size_t i = 0; i < m->n_inputs; i++)
        inputs[i] = m->inputs[i].name;
    for (size_t i = 0; i < m->n_resources; i++)
        ids[i] = m->resources[i].id;
    catalog_scope_init(out, &(struct catalog_scope_names){
                                .params = m->parameters,
                                .inputs = inputs,
                                .n_inputs = m->n_inputs,
                                .resources = ids,
                                .n_resources = m->n_resources,
                                .item = item,
                                .with_params = true,
                                .with_inputs = true,
                                .with_environment = true,
                                .with_cluster = true,
                            });
}

/* ---- resources ---- */

static void read_ids(struct reading *r, struct catalog_module *m, const struct val *list)
{
    size_t n = val_count(list), n_each = 0;
    if (n > RESOURCES_MAX) {
        reading_problem(r, list, ".spec.resources", "a module has at most %u resources",
                        RESOURCES_MAX);
        n = RESOURCES_MAX;
    }
    struct module_resource *out = reading_array(r, n, sizeof(*out));
    m->resources = out;
    for (size_t i = 0; i < n; i++) {
        const struct val *v = val_item(list, i), *id = val_get(v, "id");
        char path[64];
        snprintf(path, sizeof(path), ".spec.resources[%zu].id", i);
        bool good = reading_identifier(r, id, path);
        size_t other = module_resource_number(m, val_str(id, ""));
        if (good && other != SIZE_MAX) {
            struct err *e =
                reading_problem(r, id, path, "\"%.100s\" is the id of another resource, at line %u",
                                id->as.s, m->resources[other].at->line);
            if (e)
                err_hint(e, "take another id; expressions name resources by it");
            good = false;
        }
        out[i].id = good ? id->as.s : arena_printf(&r->pool->arena, "_%zu", i);
        out[i].at = v;
        m->n_resources = i + 1;
        n_each += val_get(v, "forEach") != NULL;
    }
    m->item_scopes = reading_array(r, n_each, sizeof(*m->item_scopes));
}

static void read_each(struct reading *r, struct catalog_module *m, struct module_resource *res,
                      const struct val *v, size_t i)
{
    char path[64];
    const struct val *var = val_get(v, "var");
    snprintf(path, sizeof(path), ".spec.resources[%zu].forEach.in", i);
    res->each = reading_expr(r, &m->scope, val_get(v, "in"), CEL_LIST, path);
    snprintf(path, sizeof(path), ".spec.resources[%zu].forEach.var", i);
    if (!reading_identifier(r, var, path))
        return;
    static const char *const taken[] = {"params", "inputs", "env", "cluster", "resources", "self"};
    for (size_t k = 0; k < ARRAY_LEN(taken); k++)
        if (strcmp(var->as.s, taken[k]) == 0) {
            reading_problem(r, var, path, "%s has a meaning of its own; take another name",
                            taken[k]);
            return;
        }
    struct catalog_scope *own = &m->item_scopes[m->n_item_scopes++];
    make_scope(r, m, var->as.s, own);
    res->scope = own;
}

/* A constant text below the template's root, or "" and a problem. */
static const char *constant_text(struct reading *r, const struct val *object, const char *key,
                                 const char *path)
{
    const struct val *v = val_get(object, key);
    if (!v) {
        struct err *e = reading_problem(r, object, path, "the template has no %s", key);
        if (e)
            err_hint(e, "every object needs apiVersion, kind and metadata.name");
        return "";
    }
    if (val_is(v, VAL_STRING) && v->len && !strstr(v->as.s, "${"))
        return v->as.s;
    reading_problem(r, v, path, "%s has to be a plain text, known without rendering", key);
    return "";
}

static void read_object(struct reading *r, struct catalog_module *m, struct module_resource *res,
                        const struct val *v, size_t i)
{
    char path[96];
    snprintf(path, sizeof(path), ".spec.resources[%zu].template", i);
    res->api_version = res->kind = "";
    if (!val_is(v, VAL_MAP)) {
        reading_problem(r, v ? v : res->at, path, "is %s, an object is needed",
                        v ? val_type_name(val_type(v)) : "missing");
        reading_template(r, &m->scope, NULL, path, &res->object);
        return;
    }
    reading_template(r, res->scope, v, path, &res->object);
    res->api_version = constant_text(r, v, "apiVersion", path);
    res->kind = constant_text(r, v, "kind", path);
    const struct val *meta = val_get(v, "metadata"), *name = val_get(meta, "name");
    if (!name) {
        struct err *e =
            reading_problem(r, meta ? meta : v, path, "the template has no metadata.name");
        if (e)
            err_hint(e, "%s",
                     val_get(meta, "generateName")
                         ? "generateName makes another object at each apply: name it"
                         : "every object needs apiVersion, kind and metadata.name");
    } else if (!val_is(name, VAL_STRING)) {
        reading_problem(r, name, path, "metadata.name is %s, a text is needed",
                        val_type_name(val_type(name)));
    } else if (res->each && !strstr(name->as.s, "${")) {
        struct err *e = reading_problem(
            r, name, path, "every object of the forEach would be named \"%.100s\"", name->as.s);
        if (e)
            err_hint(e, "put the loop's variable into the name");
    }
    if (val_get(v, "status"))
        reading_problem(r, val_get(v, "status"), path, "status is the cluster's to write");
    const struct val *replicas = val_at(v, "spec", "replicas", NULL);
    struct err *e;
    if (val_is(replicas, VAL_STRING) && !strstr(replicas->as.s, "${"))
        if ((e = reading_problem(r, replicas, path, "spec.replicas is a text, a number is needed")))
            err_hint(e, "without quotes: %.20s", replicas->as.s);
}

struct depends {
    bool *on; /* by resource */
    uint32_t self;
};

static void note_refs(struct depends *d, const struct catalog_expr *x)
{
    for (size_t i = 0; x && i < x->n_refs; i++)
        if (x->refs[i].what == CATALOG_RESOURCE)
            d->on[x->refs[i].resource] = true;
}

static void note_expr(void *ctx, const struct template_node *node, const struct catalog_expr *x)
{
    (void)node;
    note_refs(ctx, x);
}

static void read_depends(struct reading *r, struct catalog_module *m, struct module_resource *res,
                         size_t i)
{
    const struct val *list = val_get(res->at, "dependsOn");
    struct depends d = {.on = mem_calloc(m->n_resources + 1, 1), .self = (uint32_t)i};
    template_each(&res->object, note_expr, &d);
    note_refs(&d, res->include_when);
    note_refs(&d, res->each);
    for (size_t k = 0; k < val_count(list); k++) {
        const struct val *item = val_item(list, k);
        size_t on = module_resource_number(m, val_str(item, ""));
        char path[96];
        snprintf(path, sizeof(path), ".spec.resources[%zu].dependsOn[%zu]", i, k);
        if (on != SIZE_MAX) {
            d.on[on] = true;
            continue;
        }
        struct err *e = reading_problem(r, item, path, "the module has no resource \"%.100s\"",
                                        val_str(item, ""));
        module_hint_resource(m, e, val_str(item, ""));
    }
    uint32_t *out = reading_array(r, m->n_resources, sizeof(*out));
    for (uint32_t k = 0; k < m->n_resources; k++)
        if (d.on[k])
            out[res->n_depends++] = k;
    res->depends = out;
    mem_free(d.on);
}

void module_hint_resource(const struct catalog_module *m, struct err *e, const char *written)
{
    const char **ids = mem_calloc(m->n_resources + 1, sizeof(*ids));
    for (size_t i = 0; i < m->n_resources; i++)
        ids[i] = m->resources[i].id;
    const char *near = catalog_nearest(written, ids, m->n_resources);
    struct buf all;
    buf_init(&all, BUF_SMALL);
    for (size_t i = 0; i < m->n_resources && i < 12; i++)
        buf_printf(&all, "%s%s", i ? ", " : "", ids[i]);
    if (e && near)
        err_hint(e, "did you mean %s?", near);
    else if (e && all.len)
        err_hint(e, "it has %s", buf_str(&all));
    buf_clear(&all);
    mem_free(ids);
}

static void read_resource(struct reading *r, struct catalog_module *m, size_t i)
{
    struct module_resource *res = (struct module_resource *)&m->resources[i];
    char path[96];
    res->scope = &m->scope;
    if (val_get(res->at, "forEach"))
        read_each(r, m, res, val_get(res->at, "forEach"), i);
    snprintf(path, sizeof(path), ".spec.resources[%zu].includeWhen", i);
    res->include_when =
        reading_expr(r, res->scope, val_get(res->at, "includeWhen"), CEL_BOOL, path);
    snprintf(path, sizeof(path), ".spec.resources[%zu].readyWhen", i);
    res->ready_when = reading_expr(r, &m->scope, val_get(res->at, "readyWhen"), CEL_BOOL, path);
    read_object(r, m, res, val_get(res->at, "template"), i);
    read_depends(r, m, res, i);
}

static void read_order(struct reading *r, struct catalog_module *m)
{
    const uint32_t **depends = reading_array(r, m->n_resources, sizeof(*depends));
    size_t *counts = reading_array(r, m->n_resources, sizeof(*counts));
    uint32_t *order = reading_array(r, m->n_resources, sizeof(*order));
    for (size_t i = 0; i < m->n_resources; i++) {
        depends[i] = m->resources[i].depends;
        counts[i] = m->resources[i].n_depends;
    }
    size_t cycle = reading_order(depends, counts, m->n_resources, order);
    m->order = order;
    if (!cycle)
        return;
    struct buf b;
    buf_init(&b, BUF_SMALL);
    for (size_t i = 0; i <= cycle; i++)
        buf_printf(&b, "%s%s", i ? " → " : "", m->resources[order[i % cycle]].id);
    struct err *e = reading_problem(r, m->resources[order[0]].at, ".spec.resources",
                                    "resources wait for each other: %s", buf_str(&b));
    if (e)
        err_hint(e, "an arrow reads: needs; take one of these references or dependsOn out");
    buf_clear(&b);
}

/* ---- patches ---- */

static void read_patch(struct reading *r, struct catalog_module *m, struct module_patch *p,
                       const struct val *v, size_t i)
{
    char path[96];
    const struct val *id = val_at(v, "target", "id", NULL), *merge = val_get(v, "merge"),
                     *json = val_get(v, "json");
    snprintf(path, sizeof(path), ".spec.patches[%zu].when", i);
    p->at = v;
    p->when = reading_expr(r, &m->scope, val_get(v, "when"), CEL_BOOL, path);
    size_t on = module_resource_number(m, val_str(id, ""));
    snprintf(path, sizeof(path), ".spec.patches[%zu].target.id", i);
    if (on == SIZE_MAX)
        module_hint_resource(m,
                             reading_problem(r, id ? id : v, path,
                                             "the module has no resource \"%.100s\"",
                                             val_str(id, "")),
                             val_str(id, ""));
    p->resource = on == SIZE_MAX ? 0 : (uint32_t)on;
    snprintf(path, sizeof(path), ".spec.patches[%zu]", i);
    if (!merge == !json)
        reading_problem(r, v, path, "has %s: one of merge and json is needed",
                        merge ? "both" : "neither");
    p->json = json != NULL;
    snprintf(path, sizeof(path), ".spec.patches[%zu].%s", i, json ? "json" : "merge");
    reading_template(r, &m->scope, json ? json : merge, path, &p->body);
}

static void read_patches(struct reading *r, struct catalog_module *m, const struct val *list)
{
    struct module_patch *out = reading_array(r, val_count(list), sizeof(*out));
    for (size_t i = 0; i < val_count(list); i++)
        read_patch(r, m, &out[i], val_item(list, i), i);
    m->patches = out;
    m->n_patches = val_count(list);
}

/* ---- sources ---- */

static void read_source(struct reading *r, struct catalog_module *m, const struct val *v)
{
    size_t found = 0;
    if (!v)
        return;
    for (size_t i = 1; i < ARRAY_LEN(source_names); i++)
        if (val_get(v, source_names[i])) {
            m->source = (enum module_source)i;
            m->source_spec = val_get(v, source_names[i]);
            found++;
        }
    if (found != 1)
        reading_problem(r, v, ".spec.source", "one of manifests, helm, kustomize, exec is needed");
    else if (m->source != MODULE_MANIFESTS) {
        struct err *e = reading_problem(r, v, ".spec.source", "this version cannot run %s sources",
                                        source_names[m->source]);
        if (e)
            err_hint(e, "render it once and take the files: source: {manifests: [./*.yaml]}");
    } else if (m->n_resources) {
        reading_problem(r, v, ".spec.source", "a module has resources or a source, not both");
    }
}

/* ---- the whole ---- */

struct catalog_module *module_read(const struct val *doc, const struct catalog_file *file,
                                   const char *folder, struct val_pool *pool,
                                   struct catalog_problems *problems)
{
    struct catalog_module *m = mem_new(struct catalog_module);
    size_t before = problems->len + problems->more;
    const struct val *spec = val_get(doc, "spec");
    m->exprs.pool = pool;
    struct reading r = {file, pool, problems, &m->exprs};
    m->file = file;
    m->folder = folder;
    m->doc = doc;
    m->pool = pool;
    m->name = reading_string(val_at(doc, "metadata", "name", NULL));
    m->description = reading_string(val_get(spec, "description"));
    m->intent = reading_string(val_get(spec, "intent"));
    m->flavor = reading_string(val_get(spec, "flavor"));
    m->owners = val_get(spec, "owners");
    reading_version(&r, val_get(spec, "version"), ".spec.version", &m->version);
    read_requires(&r, m, val_get(spec, "requires"));
    reading_parameters(&r, val_get(spec, "parameters"), ".spec.parameters", &m->parameters,
                       &m->validator);
    read_secrets(&r, m);
    read_inputs(&r, m, val_get(spec, "inputs"));
    read_ids(&r, m, val_get(spec, "resources"));
    make_scope(&r, m, NULL, &m->scope);
    reading_parameters_check(&r, m->parameters, m->validator, &m->scope, ".spec.parameters");
    for (size_t i = 0; i < m->n_resources; i++)
        read_resource(&r, m, i);
    read_order(&r, m);
    read_outputs(&r, m, val_get(spec, "outputs"));
    read_patches(&r, m, val_get(spec, "patches"));
    read_source(&r, m, val_get(spec, "source"));
    module_read_contract(&r, m, val_get(spec, "fields"));
    m->broken = problems->len + problems->more > before;
    return m;
}

void module_free(struct catalog_module *m)
{
    if (!m)
        return;
    catalog_exprs_clear(&m->exprs);
    catalog_scope_clear(&m->scope);
    catalog_scope_clear(&m->contract_scope);
    for (size_t i = 0; i < m->n_item_scopes; i++)
        catalog_scope_clear(&m->item_scopes[i]);
    semver_range_clear(&m->kubernetes);
    schema_validator_free(m->validator);
    mem_free(m);
}
