// SPDX-License-Identifier: Apache-2.0
/* From the two forms to the document of an environment, and from a document to the forms. */
#include "views/launch_int.h"

#include "data/json.h"

#include <string.h>

enum { DOCUMENT_MAX = 4 << 20 };

static const struct val *text_val(struct val_pool *p, struct text t)
{
    return val_box(p, val_of_strn(p, t.str, t.len));
}

static const char *written(const struct val *v, struct arena *a)
{
    struct buf b;
    buf_init(&b, DOCUMENT_MAX);
    const char *out =
        json_write(&b, v, JSON_COMPACT | JSON_ASCII) ? "{}" : arena_strdup(a, buf_str(&b));
    buf_clear(&b);
    return out;
}

struct text launch_head_value(const struct launch *v, const char *path, struct arena *a)
{
    const struct leeway_form_row *rows;
    size_t n = leeway_form_rows(v->head, &rows);
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i].path.str, path) == 0)
            return text_dup(a, rows[i].value);
    return TEXT_NONE;
}

/* ---- the head's schema ---- */

static const struct val *words_of(struct val_pool *p, const char *const *pairs, size_t n)
{
    const struct val *m = val_map_of(p, NULL, 0);
    for (size_t i = 0; i + 1 < n; i += 2)
        m = val_map_with(p, m, pairs[i], val_box(p, val_of_str(p, pairs[i + 1])));
    return m;
}

#define WORDS(p, ...)                                                                              \
    words_of((p), (const char *const[]){__VA_ARGS__},                                              \
             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* Versions that may be used, and the one that is there. */
static const struct val *versions_of(const struct launch *v, const struct leeway_snapshot *s,
                                     struct val_pool *p)
{
    VEC(struct val) all = {0};
    for (size_t i = 0; i < leeway_blueprints(s); i++) {
        const struct leeway_blueprint *b = leeway_blueprint_at(s, i);
        if (text_equal(b->name, v->blueprint) && (b->usable || text_equal(b->version, v->version)))
            vec_push(&all, *text_val(p, b->version));
    }
    const struct val *list = val_list_of(p, all.items, all.len);
    vec_clear(&all);
    return list;
}

const char *launch_head_schema(const struct launch *v, const struct leeway_snapshot *s,
                               struct arena *a)
{
    struct val_pool p;
    val_pool_init(&p);
    const struct val *name =
        WORDS(&p, "type", "string", "pattern", "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "x-pattern-text",
              "lower-case letters, digits and dashes", "description",
              "what it is called; also its namespace");
    struct val most = val_of_int(63);
    name = val_map_with(&p, name, "maxLength", &most);
    const struct val *version =
        WORDS(&p, "type", "string", "description", "the version of the blueprint that it follows");
    version = val_map_with(&p, version, "enum", versions_of(v, s, &p));
    const struct val *ttl =
        WORDS(&p, "type", "string", "title", "lives for", "pattern", "^([0-9]+(d|h|m|s))+$",
              "x-pattern-text", "a time such as 10m, 72h or 14d", "description",
              "how long it is to live; nothing: until somebody destroys it");
    const struct val *team = WORDS(&p, "type", "string", "description", "whose it is"),
                     *owner = WORDS(&p, "type", "string", "description", "who answers for it");
    const struct val *props = val_map_of(&p, NULL, 0);
    if (!v->change)
        props = val_map_with(&p, props, "name", name);
    props = val_map_with(&p, props, "version", version);
    props = val_map_with(&p, props, "team", team);
    props = val_map_with(&p, props, "owner", owner);
    props = val_map_with(&p, props, "ttl", ttl);
    struct val needed[2] = {val_of_str(&p, "version"), val_of_str(&p, "name")};
    const struct val *schema = WORDS(&p, "type", "object");
    schema = val_map_with(&p, schema, "required", val_list_of(&p, needed, v->change ? 1 : 2));
    schema = val_map_with(&p, schema, "properties", props);
    const char *out = written(schema, a);
    val_pool_clear(&p);
    return out;
}

/* ---- writing ---- */

static const struct val *map_or_new(struct val_pool *p, const struct val *v)
{
    return val_is(v, VAL_MAP) ? v : val_map_of(p, NULL, 0);
}

static const struct val *put_text(struct val_pool *p, const struct val *map, const char *key,
                                  struct text t)
{
    return t.len ? val_map_with(p, map, key, text_val(p, t)) : val_map_without(p, map, key);
}

/* As it was given, to the byte; not there: taken away. */
static const struct val *put_value(struct val_pool *p, const struct val *map, const char *key,
                                   const struct val *v)
{
    return val_is(v, VAL_STRING) ? val_map_with(p, map, key, v) : val_map_without(p, map, key);
}

const char *launch_document(const struct launch *v, bool draft, struct arena *a)
{
    struct val_pool p;
    struct err e = ERR_INIT;
    val_pool_init(&p);
    const struct val *doc =
        map_or_new(&p, v->base.len ? json_read(&p, v->base.str, v->base.len, NULL, &e) : NULL);
    const char *values = leeway_form_values(v->params);
    const struct val *params = json_read(&p, values, strlen(values), NULL, &e);
    values = leeway_form_values(v->head);
    const struct val *head = json_read(&p, values, strlen(values), NULL, &e);
    struct text name = v->change ? v->name : launch_head_value(v, ".name", a);
    if (draft && !name.len)
        name = TEXT("draft");
    const struct val *spec = map_or_new(&p, val_get(doc, "spec")),
                     *meta = map_or_new(&p, val_get(doc, "metadata"));
    const struct val *blueprint = put_text(&p, val_map_of(&p, NULL, 0), "name", v->blueprint);
    blueprint = put_text(&p, blueprint, "version", v->version);
    spec = put_value(&p, spec, "team", val_get(head, "team"));
    spec = put_value(&p, spec, "owner", val_get(head, "owner"));
    spec = val_map_with(&p, spec, "blueprint", blueprint);
    spec = val_map_with(&p, spec, "params", map_or_new(&p, params));
    if (v->own_placement) {
        VEC(struct val) names = {0};
        for (size_t i = 0; i < v->clusters.len; i++)
            vec_push(&names, *text_val(&p, v->clusters.items[i]));
        const struct val *list = val_list_of(&p, names.items, names.len);
        spec = names.len ? val_map_with(&p, spec, "placement",
                                        val_map_with(&p, val_map_of(&p, NULL, 0), "clusters", list))
                         : val_map_without(&p, spec, "placement");
        vec_clear(&names);
    }
    spec = put_value(&p, spec, "ttl", val_get(head, "ttl"));
    doc = put_text(&p, doc, "apiVersion", TEXT("leeway.dev/v1alpha1"));
    doc = put_text(&p, doc, "kind", TEXT("Environment"));
    doc = val_map_with(&p, doc, "metadata", put_text(&p, meta, "name", name));
    doc = val_map_with(&p, doc, "spec", spec);
    const char *out = written(doc, a);
    err_clear(&e);
    val_pool_clear(&p);
    return out;
}

/* ---- reading ---- */

static struct text clean(struct arena *a, const struct val *v)
{
    return val_is(v, VAL_STRING) ? text_clean(a, v->as.s, v->len) : TEXT_NONE;
}

static void take_clusters(struct launch *v, const struct val *placement)
{
    const struct val *names = val_get(placement, "clusters");
    v->clusters.len = 0;
    v->own_placement = val_count(names) || !placement;
    for (size_t i = 0; i < val_count(names); i++)
        vec_push(&v->clusters, clean(&v->own, val_item(names, i)));
}

bool launch_take(struct launch *v, const struct leeway_snapshot *s, struct text document,
                 struct text version, struct err *e)
{
    struct val_pool p;
    struct arena a;
    struct leeway_form *head = NULL, *params = NULL;
    val_pool_init(&p);
    arena_init(&a);
    const struct val *doc = json_read(&p, document.str, document.len, NULL, e),
                     *spec = val_get(doc, "spec");
    struct text own = clean(&v->own, val_at(spec, "blueprint", "version", NULL));
    v->version = version.len ? text_dup(&v->own, version) : own.len ? own : v->version;
    const struct leeway_blueprint *b =
        leeway_blueprint_find(s, v->blueprint.str, v->version.len ? v->version.str : NULL);
    if (!b && !e->code)
        err_set(e, ERR_NOT_FOUND, "blueprint %s %s is not in the catalog", v->blueprint.str,
                v->version.str);
    if (b && doc) {
        const struct val *m = val_map_of(&p, NULL, 0), *given = val_get(spec, "params");
        if (!v->change)
            m = put_text(&p, m, "name", clean(&a, val_at(doc, "metadata", "name", NULL)));
        m = put_text(&p, m, "version", v->version);
        m = put_value(&p, m, "team", val_get(spec, "team"));
        m = put_value(&p, m, "owner", val_get(spec, "owner"));
        m = put_value(&p, m, "ttl", val_get(spec, "ttl"));
        head = leeway_form_new(launch_head_schema(v, s, &a), written(m, &a), e);
        params =
            leeway_form_new(b->schema.str, val_is(given, VAL_MAP) ? written(given, &a) : "{}", e);
    }
    if (head && params) {
        leeway_form_free(v->head);
        leeway_form_free(v->params);
        v->head = head;
        v->params = params;
        take_clusters(v, val_get(spec, "placement"));
    } else {
        leeway_form_free(head);
        leeway_form_free(params);
    }
    arena_clear(&a);
    val_pool_clear(&p);
    return head && params;
}
