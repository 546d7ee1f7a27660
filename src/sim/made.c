// SPDX-License-Identifier: Apache-2.0
/*
 * Objects of kinds that definitions make, as a server keeps them: metadata as of every object,
 * defaults of the schema, what the schema does not have left out, keys in order, whole numbers
 * without a fraction. Source of the rules: k8s.io/apiextensions-apiserver
 * pkg/apiserver/schema/{pruning,defaulting,objectmeta}.
 */
#include "sim/define.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- pruning ---- */

static bool is_head(const struct val_key *k)
{
    return strcmp(k->s, "apiVersion") == 0 || strcmp(k->s, "kind") == 0 ||
           strcmp(k->s, "metadata") == 0;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct val_entry *)a)->key->s, ((const struct val_entry *)b)->key->s);
}

static const struct val *shape(struct sim_reading *r, const struct schema *s, const struct val *v,
                               bool keep, const struct sim_place *at);

static const struct val *checked(struct sim_reading *r, const struct val *v)
{
    r->over = r->over || !v;
    return v;
}

/* What a member is held to; false: it is unknown here. */
static bool member(const struct schema *s, const struct val_key *k, bool keep, bool root,
                   const struct schema **below, bool *keep_below)
{
    *below = NULL;
    *keep_below = false;
    if (is_head(k) && (root || (s && s->embedded_resource))) {
        *keep_below = true;
        return true;
    }
    const struct schema *prop = s ? schema_prop(s, k->s, k->len) : NULL;
    if (prop || (s && (s->additional || s->additional_allowed))) {
        *below = prop ? prop : s->additional;
        return true;
    }
    *keep_below = keep;
    return keep;
}

static const struct val *shape_map(struct sim_reading *r, const struct schema *s,
                                   const struct val *v, bool keep, const struct sim_place *at)
{
    struct val_entry *out = arena_array(&r->pool->arena, v->len + 1, sizeof(*out));
    size_t n = 0;
    for (uint32_t i = 0; out && i < v->len; i++) {
        const struct val_entry *e = &v->as.entries[i];
        const struct sim_place here = {.up = at, .field = e->key->s};
        const struct schema *below;
        bool keep_below;
        if (!member(s, e->key, keep, !at, &below, &keep_below)) {
            sim_reading_unknown(r, &here);
            continue;
        }
        const struct val *x = shape(r, below, &e->value, keep_below, &here);
        if (!x)
            return NULL;
        out[n].key = val_intern(r->pool, e->key->s, e->key->len);
        if (!out[n].key)
            return checked(r, NULL);
        out[n].line = out[n].col = 0;
        out[n++].value = *x;
    }
    if (!out)
        return checked(r, NULL);
    qsort(out, n, sizeof(*out), by_key);
    return checked(r, val_map_of(r->pool, out, n));
}

/* keep: what the schema does not have stays. */
static const struct val *shape(struct sim_reading *r, const struct schema *s, const struct val *v,
                               bool keep, const struct sim_place *at)
{
    keep = keep || (s && s->preserve_unknown);
    if (v->type == VAL_MAP)
        return shape_map(r, s, v, keep, at);
    if (v->type == VAL_DOUBLE && v->as.d >= -9e15 && v->as.d <= 9e15 &&
        v->as.d == (double)(int64_t)v->as.d)
        return checked(r, val_box(r->pool, val_of_int((int64_t)v->as.d)));
    if (v->type != VAL_LIST)
        return v;
    struct val *items = arena_array(&r->pool->arena, v->len ? v->len : 1, sizeof(*items));
    if (!items)
        return checked(r, NULL);
    for (uint32_t i = 0; i < v->len; i++) {
        const struct sim_place here = {.up = at, .index = i};
        const struct val *x = shape(r, s ? s->items : NULL, &v->as.items[i], keep, &here);
        if (!x)
            return NULL;
        items[i] = *x;
    }
    return checked(r, val_list_of(r->pool, items, v->len));
}

/* ---- reading ---- */

/* apiVersion, kind and metadata, as all kinds have them. */
static const struct val *read_head(struct sim_reading *r, const struct sim_types *types,
                                   const struct val *v)
{
    static const char *const names[] = {"apiVersion", "kind", "metadata"};
    const struct sim_struct *s = sim_types_find(types, "meta.v1.PartialObjectMetadata");
    const struct val *head = val_map_of(r->pool, NULL, 0);
    bool defaults = r->defaults;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (val_get(v, names[i]))
            head = val_map_with(r->pool, head, names[i], val_get(v, names[i]));
    if (!s)
        return head;
    r->defaults = false;
    head = sim_types_read(r, s, head);
    r->defaults = defaults;
    return head;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

const struct val *sim_made_read(struct sim_reading *r, const struct sim_made *m,
                                const struct val *v)
{
    if (!val_is(v, VAL_MAP)) {
        strcpy(r->wrong, "the object is no object");
        return NULL;
    }
    const struct val *head = read_head(r, m->of->types, v);
    for (uint32_t i = 0; head && i < head->len; i++)
        v = checked(
            r, val_map_with(r->pool, v, head->as.entries[i].key->s, &head->as.entries[i].value));
    if (!head || !v)
        return NULL;
    if (r->defaults)
        v = checked(r, r->applied ? schema_default_applied(r->pool, m->schema, v)
                                  : schema_default(r->pool, m->schema, v));
    v = v ? shape(r, m->schema, v, false, NULL) : NULL;
    if (r->unknown.len)
        qsort(r->unknown.items, r->unknown.len, sizeof(*r->unknown.items), by_text);
    return v;
}

const struct val *sim_made_show(struct val_pool *p, const struct sim_made *m, bool defaults,
                                const struct val *stored)
{
    struct sim_reading r = {.pool = p, .defaults = defaults};
    char api[400];
    snprintf(api, sizeof(api), "%.200s/%.150s", m->kind.group, m->kind.version);
    const struct val text = val_of_str(p, api);
    const struct val *v = val_map_with(p, stored, "apiVersion", &text);
    const struct val *out = v && m->schema ? sim_made_read(&r, m, v) : v;
    sim_reading_clear(&r);
    return out ? out : stored;
}

/* ---- places of the scale subresource ---- */

const struct val *sim_made_at(const struct val *v, const char *path)
{
    while (v && path && *path == '.') {
        size_t n = strcspn(++path, ".");
        v = val_get_n(v, path, n);
        path += n;
    }
    return v;
}

const struct val *sim_made_with(struct val_pool *p, const struct val *v, const char *path,
                                const struct val *value)
{
    char name[200];
    size_t n = strcspn(path + 1, ".");
    snprintf(name, sizeof(name), "%.*s", (int)n, path + 1);
    const struct val *below = val_get(v, name);
    if (path[1 + n])
        value = sim_made_with(p, below, path + 1 + n, value);
    v = val_is(v, VAL_MAP) ? v : val_map_of(p, NULL, 0);
    return v && value ? val_map_with(p, v, name, value) : NULL;
}
