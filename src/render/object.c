// SPDX-License-Identifier: Apache-2.0
/*
 * What happens to an object after its template: variants of the module, a Secret's stringData, and
 * the rules without which no API server would take it.
 */
#include "render/render_int.h"

#include "base/digest.h"
#include "data/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- variants ---- */

/* Leaves that a patch has replaced or removed are none any more. */
static void keep_leaves(struct leaf_list *leaves, const struct val *before, const struct val *after)
{
    size_t n = 0;
    for (size_t i = 0; i < leaves->len; i++) {
        const struct val *old = path_resolve(before, leaves->items[i].path, NULL, NULL);
        const struct val *now = path_resolve(after, leaves->items[i].path, NULL, NULL);
        if (now && old && val_equal(old, now))
            leaves->items[n++] = leaves->items[i];
    }
    leaves->len = n;
}

static const struct val *apply_patch(struct seeing *s, const struct module_patch *p,
                                     const struct val *object, struct leaf_list *leaves)
{
    struct leaf_list own = {0};
    struct val body;
    bool failed = false;
    struct err e = ERR_INIT;
    const struct val *out = NULL;
    if (!seeing_value(s, &p->body, &body, &own, &failed) || failed) {
        vec_clear(&own);
        return NULL;
    }
    if (p->json && own.len) {
        err_set(&e, ERR_INVALID, "a JSON patch cannot hold what is secret or not known yet");
        err_hint(&e, "write it as a merge patch");
    } else if (p->json) {
        out = json_patch_apply(s->r->pool, object, val_box(s->r->pool, body), &e);
    } else {
        out = merge_patch_apply(s->r->pool, object, val_box(s->r->pool, body));
    }
    if (out) {
        keep_leaves(leaves, object, out);
        for (size_t i = 0; i < own.len; i++)
            vec_push(leaves, own.items[i]);
    } else {
        err_set(&e, ERR_LIMIT, "what is rendered is larger than allowed");
        err_prefix(&e, "%s: patch of %s", s->what, s->module->resources[p->resource].id);
        err_at(&e, s->file->path, p->at->line, p->at->col);
        e.line = p->at->line;
        e.col = p->at->col;
        vec_push(s->r->problems, e);
    }
    vec_clear(&own);
    return out;
}

static const struct val *apply_patches(struct seeing *s, uint32_t resource,
                                       const struct val *object, struct leaf_list *leaves)
{
    for (size_t i = 0; i < s->module->n_patches && object; i++) {
        const struct module_patch *p = &s->module->patches[i];
        if (p->resource == resource && seeing_condition(s, p->when, "when", true))
            object = apply_patch(s, p, object, leaves);
    }
    return object;
}

/* ---- stringData ---- */

static struct render_leaf *leaf_at(struct leaf_list *leaves, const char *map, const char *key)
{
    for (size_t i = 0; i < leaves->len; i++) {
        struct path p = leaves->items[i].path;
        if (p.len == 2 && p.elems[0].kind == PATH_FIELD && p.elems[1].kind == PATH_FIELD &&
            strcmp(p.elems[0].as.field->s, map) == 0 && strcmp(p.elems[1].as.field->s, key) == 0)
            return &leaves->items[i];
    }
    return NULL;
}

static bool move_leaf(struct seeing *s, struct render_leaf *leaf)
{
    struct path_elem *elems = arena_array(&s->r->pool->arena, 2, sizeof(*elems));
    if (!elems)
        return false;
    elems[0] =
        (struct path_elem){.kind = PATH_FIELD, .as.field = val_intern(s->r->pool, "data", 4)};
    elems[1] = leaf->path.elems[1];
    leaf->path = (struct path){elems, 2};
    leaf->base64 = true;
    return true;
}

/* As the server would: stringData's entries win over those of data. */
static const struct val *without_string_data(struct seeing *s, const struct val *object,
                                             struct leaf_list *leaves)
{
    struct val_pool *pool = s->r->pool;
    const struct val *strings = val_get(object, "stringData"), *data = val_get(object, "data");
    if (!val_is(strings, VAL_MAP) || !val_str_is(val_get(object, "kind"), "Secret") ||
        !val_str_is(val_get(object, "apiVersion"), "v1"))
        return object;
    if (!val_is(data, VAL_MAP))
        data = val_map_of(pool, NULL, 0);
    for (uint32_t i = 0; i < strings->len && data; i++) {
        const struct val_entry *e = &strings->as.entries[i];
        struct render_leaf *leaf = leaf_at(leaves, "stringData", e->key->s);
        struct val v = e->value;
        if (leaf && !move_leaf(s, leaf))
            return NULL;
        if (val_is(&v, VAL_STRING) && !(leaf && leaf->deferred)) {
            struct buf b;
            buf_init(&b, BUF_LARGE);
            base64_encode(&b, v.as.s, v.len);
            v = val_of_strn(pool, buf_str(&b), b.len);
            v.line = e->value.line;
            v.col = e->value.col;
            buf_wipe(&b);
        }
        data = val_map_with(pool, data, e->key->s, &v);
    }
    object = data ? val_map_without(pool, object, "stringData") : NULL;
    return object ? val_map_with(pool, object, "data", data) : NULL;
}

/* ---- rules ---- */

/* What names a kind may have: "" for what any path segment may be. */
enum name_rule { NAME_SUBDOMAIN, NAME_LABEL, NAME_LABEL_1035, NAME_SEGMENT };

static enum name_rule rule_of(const char *kind, const char *api)
{
    static const struct {
        const char *kind;
        enum name_rule rule;
    } table[] = {{"Namespace", NAME_LABEL},     {"Service", NAME_LABEL_1035},
                 {"Role", NAME_SEGMENT},        {"RoleBinding", NAME_SEGMENT},
                 {"ClusterRole", NAME_SEGMENT}, {"ClusterRoleBinding", NAME_SEGMENT}};
    (void)api;
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (strcmp(table[i].kind, kind) == 0)
            return table[i].rule;
    return NAME_SUBDOMAIN;
}

static bool lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool alnum(char c)
{
    return lower(c) || (c >= '0' && c <= '9');
}

static const char *name_wrong(enum name_rule rule, const char *s, size_t len)
{
    if (rule == NAME_SEGMENT)
        return !len || memchr(s, '/', len) || memchr(s, '%', len) || strcmp(s, ".") == 0 ||
                       strcmp(s, "..") == 0
                   ? "a name without / and %"
                   : NULL;
    if (len > (rule == NAME_SUBDOMAIN ? 253u : 63u) || !len)
        return rule == NAME_SUBDOMAIN ? "1 to 253 characters" : "1 to 63 characters";
    bool good = rule == NAME_LABEL_1035 ? lower(s[0]) : alnum(s[0]);
    good = good && alnum(s[len - 1]);
    for (size_t i = 1; i + 1 < len; i++)
        good = good && (alnum(s[i]) || s[i] == '-' ||
                        (s[i] == '.' && rule == NAME_SUBDOMAIN && s[i - 1] != '.' &&
                         s[i - 1] != '-' && s[i + 1] != '-'));
    if (good)
        return NULL;
    return rule == NAME_SUBDOMAIN    ? "small letters, digits, - and ."
           : rule == NAME_LABEL_1035 ? "small letters, digits and -, a letter first"
                                     : "small letters, digits and -";
}

static bool name_char(char c)
{
    return alnum(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
}

/* Of a label's value, or of the name part of a key. */
static bool label_text(const char *s, size_t len)
{
    bool good = len <= 63;
    for (size_t i = 0; i < len && good; i++)
        good = name_char(s[i]);
    return good &&
           (!len || (name_char(s[0]) && !strchr("-_.", s[0]) && !strchr("-_.", s[len - 1])));
}

static bool label_key(const char *s, size_t len)
{
    const char *slash = memchr(s, '/', len);
    size_t prefix = slash ? (size_t)(slash - s) : 0;
    if (slash && name_wrong(NAME_SUBDOMAIN, s, prefix))
        return false;
    s = slash ? slash + 1 : s;
    len -= slash ? prefix + 1 : 0;
    return len && label_text(s, len);
}

struct checking {
    struct seeing *s;
    const struct catalog_file *file;
    const char *id;
    const struct val *object;
    bool good;
};

static struct err *wrong(struct checking *c, const struct val *v, const char *path, const char *fmt,
                         ...) __attribute__((format(printf, 4, 5)));
static struct err *wrong(struct checking *c, const struct val *v, const char *path, const char *fmt,
                         ...)
{
    char text[1024], full[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    snprintf(full, sizeof(full), "%s: %s: %s", c->s->what, c->id, path);
    c->good = false;
    struct val at = {.line = v && v->line ? v->line : c->object->line,
                     .col = v && v->line ? v->col : c->object->col};
    return catalog_problem(c->s->r->problems, c->file, &at, ERR_INVALID, full, "%s", text);
}

static bool deferred_here(const struct leaf_list *leaves, const struct val *object,
                          const struct val *v)
{
    for (size_t i = 0; i < leaves->len; i++)
        if (leaves->items[i].deferred &&
            path_resolve(object, leaves->items[i].path, NULL, NULL) == v)
            return true;
    return false;
}

static void check_name(struct checking *c, const struct leaf_list *leaves, const char *kind,
                       const char *api)
{
    const struct val *name = val_at(c->object, "metadata", "name", NULL);
    if (!val_is(name, VAL_STRING)) {
        wrong(c, name, "metadata.name", "is %s, a text is needed",
              name ? val_type_name(val_type(name)) : "missing");
        return;
    }
    const struct val *ns = val_at(c->object, "metadata", "namespace", NULL);
    if (deferred_here(leaves, c->object, name) || (ns && deferred_here(leaves, c->object, ns))) {
        wrong(c, name, "metadata.name", "names cannot wait for what the cluster makes");
        return;
    }
    const char *right = name_wrong(rule_of(kind, api), name->as.s, name->len);
    struct err *e =
        right ? wrong(c, name, "metadata.name", "\"%.260s\" is no name for a %s", name->as.s, kind)
              : NULL;
    if (e)
        err_hint(e, "%s", right);
    if (ns && (!val_is(ns, VAL_STRING) || name_wrong(NAME_LABEL, ns->as.s, ns->len))) {
        e = wrong(c, ns, "metadata.namespace", "\"%.100s\" is no name for a namespace",
                  val_str(ns, ""));
        if (e)
            err_hint(e, "small letters, digits and -, 1 to 63 characters");
    }
}

static void check_labels(struct checking *c, const struct leaf_list *leaves, const struct val *map,
                         const char *path, bool labels)
{
    if (map && !val_is(map, VAL_MAP)) {
        wrong(c, map, path, "is %s, a map is needed", val_type_name(val_type(map)));
        return;
    }
    for (uint32_t i = 0; map && i < map->len; i++) {
        const struct val_entry *e = &map->as.entries[i];
        struct err *p = NULL;
        if (!label_key(e->key->s, e->key->len)) {
            p = wrong(c, &e->value, path, "\"%.200s\" is no key", e->key->s);
            if (p)
                err_hint(p, "letters, digits, -, _ and ., at most 63, after an optional "
                            "example.org/");
        } else if (!val_is(&e->value, VAL_STRING)) {
            p = wrong(c, &e->value, path, "%.100s is %s, a text is needed", e->key->s,
                      val_type_name(val_type(&e->value)));
            if (p)
                err_hint(p, "put it into quotes, an expression into string(…)");
        } else if (labels && !label_text(e->value.as.s, e->value.len) &&
                   !deferred_here(leaves, c->object, &e->value)) {
            p = wrong(c, &e->value, path, "\"%.200s\" is no value for the label %.100s",
                      e->value.as.s, e->key->s);
            if (p)
                err_hint(p, "letters, digits, -, _ and ., at most 63 characters");
        }
    }
}

static bool check(struct seeing *s, const struct catalog_file *file, const char *id,
                  const struct val *object, const struct leaf_list *leaves)
{
    struct checking c = {s, file, id, object, true};
    const struct val *meta = val_get(object, "metadata");
    const struct val *kind = val_get(object, "kind"), *api = val_get(object, "apiVersion");
    if (!val_is(kind, VAL_STRING) || !kind->len)
        wrong(&c, kind, "kind", "is missing");
    if (!val_is(api, VAL_STRING) || !api->len)
        wrong(&c, api, "apiVersion", "is missing");
    if (!c.good)
        return false;
    check_name(&c, leaves, kind->as.s, api->as.s);
    check_labels(&c, leaves, val_get(meta, "labels"), "metadata.labels", true);
    check_labels(&c, leaves, val_get(meta, "annotations"), "metadata.annotations", false);
    const struct val *pod = val_at(object, "spec", "template", "metadata", "labels", NULL);
    if (pod)
        check_labels(&c, leaves, pod, "spec.template.metadata.labels", true);
    return c.good;
}

/* ---- adding ---- */

static const struct val *add(struct seeing *s, uint32_t instance, uint32_t resource, uint32_t item,
                             const struct val *object, const struct leaf_list *leaves)
{
    struct rendering *r = s->r;
    if (r->objects.len >= RENDER_OBJECTS_MAX) {
        if (r->objects.len == RENDER_OBJECTS_MAX)
            catalog_problem(r->problems, s->file, object, ERR_LIMIT, s->what,
                            "more than %u objects", RENDER_OBJECTS_MAX);
        return NULL;
    }
    struct render_object o = {.object = object,
                              .instance = instance,
                              .resource = resource,
                              .item = item,
                              .n_leaves = leaves->len};
    o.api_version = val_str(val_get(object, "apiVersion"), "");
    o.kind = val_str(val_get(object, "kind"), "");
    o.name = val_str(val_at(object, "metadata", "name", NULL), "");
    o.namespace_ = val_str(val_at(object, "metadata", "namespace", NULL), NULL);
    if (leaves->len) {
        struct render_leaf *copy = arena_array(&r->pool->arena, leaves->len, sizeof(*copy));
        if (!copy)
            return NULL;
        memcpy(copy, leaves->items, leaves->len * sizeof(*copy));
        o.leaves = copy;
        for (size_t i = 0; i < leaves->len; i++)
            o.deferred = o.deferred || copy[i].deferred;
    }
    vec_push(&r->objects, o);
    return object;
}

const struct val *render_finish(struct seeing *s, uint32_t instance, uint32_t resource,
                                uint32_t item, const struct val *object, struct leaf_list *leaves)
{
    object = apply_patches(s, resource, object, leaves);
    object = object ? without_string_data(s, object, leaves) : NULL;
    if (!object || !check(s, s->file, s->module->resources[resource].id, object, leaves))
        return NULL;
    return add(s, instance, resource, item, object, leaves);
}

const struct val *render_finish_file(struct seeing *s, uint32_t instance, uint32_t number,
                                     const struct val *object, const struct catalog_file *file)
{
    struct leaf_list none = {0};
    object = without_string_data(s, object, &none);
    if (!object || !check(s, file, "manifests", object, &none))
        return NULL;
    return add(s, instance, UINT32_MAX, number, object, &none);
}

/* ---- two of one name ---- */

static int compare(const void *a, const void *b)
{
    const struct render_object *x = *(struct render_object *const *)a,
                               *y = *(struct render_object *const *)b;
    const char *xg, *yg;
    size_t xn, yn;
    api_version_group(x->api_version, &xg, &xn);
    api_version_group(y->api_version, &yg, &yn);
    int d = strcmp(x->name, y->name);
    d = d ? d : strcmp(x->kind, y->kind);
    d = d ? d : strcmp(x->namespace_ ? x->namespace_ : "", y->namespace_ ? y->namespace_ : "");
    if (d || xn != yn)
        return d ? d : (xn > yn) - (xn < yn);
    d = memcmp(xg, yg, xn);
    return d ? d : (x > y) - (x < y);
}

static bool same(const struct render_object *x, const struct render_object *y)
{
    const char *xg, *yg;
    size_t xn, yn;
    api_version_group(x->api_version, &xg, &xn);
    api_version_group(y->api_version, &yg, &yn);
    return strcmp(x->name, y->name) == 0 && strcmp(x->kind, y->kind) == 0 && xn == yn &&
           memcmp(xg, yg, xn) == 0 &&
           strcmp(x->namespace_ ? x->namespace_ : "", y->namespace_ ? y->namespace_ : "") == 0;
}

static const char *id_of(const struct rendering *r, const struct render_object *o)
{
    const struct catalog_module *m = r->in->composition->instances[o->instance].module;
    return o->resource == UINT32_MAX ? "manifests" : m->resources[o->resource].id;
}

void render_check_twice(struct rendering *r)
{
    struct render_object **sorted = mem_calloc(r->objects.len + 1, sizeof(struct render_object *));
    for (size_t i = 0; i < r->objects.len; i++)
        sorted[i] = &r->objects.items[i];
    if (r->objects.len)
        qsort(sorted, r->objects.len, sizeof(struct render_object *), compare);
    for (size_t i = 1; i < r->objects.len; i++) {
        if (!same(sorted[i - 1], sorted[i]))
            continue;
        const struct composition_instance *all = r->in->composition->instances;
        const struct composition_instance *in = &all[sorted[i]->instance];
        struct err *e = catalog_problem(
            r->problems, in->module->file, val_at(sorted[i]->object, "metadata", "name", NULL),
            ERR_EXISTS, "", "%s \"%.260s\" is made twice: by %s of module %s and %s of module %s",
            sorted[i]->kind, sorted[i]->name, id_of(r, sorted[i - 1]),
            all[sorted[i - 1]->instance].name, id_of(r, sorted[i]), in->name);
        if (e)
            err_hint(e, "give them different names");
    }
    mem_free(sorted);
}
