// SPDX-License-Identifier: Apache-2.0
/*
 * Defaults, as apiextensions-apiserver fills them in: nulls that are not allowed are dropped, or
 * replaced where there is a default; what a default brought gets its own defaults. What an apply
 * made keeps its nulls: the server drops them from what it reads, and this was never read. Only
 * what changes is copied.
 */
#include "schema/validate.h"

struct filling {
    struct val_pool *pool;
    bool applied; /* nulls stay where there is no default */
};

static const struct val *fill(const struct filling *f, const struct schema *s, const struct val *v);

/* null that the schema does not take */
static bool dropped(const struct schema *s, const struct val *v)
{
    return v->type == VAL_NULL && s && !s->nullable;
}

/* A null default is none. */
static const struct val *default_of(const struct schema *s)
{
    return s && val_type(s->default_value) != VAL_NULL ? s->default_value : NULL;
}

static const struct val *fill_map(const struct filling *f, const struct schema *s,
                                  const struct val *v)
{
    const struct val_entry *in = v->as.entries;
    size_t n = 0;
    bool changed = false;
    struct val_entry *out = arena_array(&f->pool->arena, v->len + s->n_props + 1, sizeof(*out));
    if (!out)
        return NULL;
    for (uint32_t i = 0; i < v->len; i++) {
        const struct schema *sub = schema_prop(s, in[i].key->s, in[i].key->len);
        const struct val *value = &in[i].value, *given = value;
        if (!sub)
            sub = s->additional;
        if (dropped(sub, value)) {
            value = default_of(sub);
            value = !value && f->applied ? given : value;
            changed |= value != given;
            if (!value)
                continue;
        }
        if (sub && !(value = fill(f, sub, value)))
            return NULL;
        changed |= value != given;
        out[n] = in[i];
        if (!(out[n].key = val_intern(f->pool, in[i].key->s, in[i].key->len)))
            return NULL;
        out[n++].value = *value;
    }
    for (size_t i = 0; i < s->n_props; i++) {
        const struct schema_prop *prop = &s->props[i];
        const struct val *value = default_of(prop->schema);
        if (!value || val_get_key(v, prop->name))
            continue;
        if (!(value = fill(f, prop->schema, value)))
            return NULL;
        out[n] = (struct val_entry){.value = *value};
        if (!(out[n++].key = val_intern(f->pool, prop->name->s, prop->name->len)))
            return NULL;
        changed = true;
    }
    if (!changed)
        return v;
    const struct val *map = val_map_of(f->pool, out, n);
    if (!map)
        return NULL;
    struct val at = *map;
    at.line = v->line;
    at.col = v->col;
    return val_box(f->pool, at);
}

static const struct val *fill_list(const struct filling *f, const struct schema *s,
                                   const struct val *v)
{
    bool changed = false;
    struct val *out = arena_array(&f->pool->arena, v->len ? v->len : 1, sizeof(*out));
    if (!out)
        return NULL;
    for (uint32_t i = 0; i < v->len; i++) {
        const struct val *given = &v->as.items[i], *value = given;
        if (dropped(s->items, value) && default_of(s->items))
            value = default_of(s->items);
        if (!(value = fill(f, s->items, value)))
            return NULL;
        changed |= value != given;
        out[i] = *value;
    }
    if (!changed)
        return v;
    const struct val *list = val_list_of(f->pool, out, v->len);
    if (!list)
        return NULL;
    struct val at = *list;
    at.line = v->line;
    at.col = v->col;
    return val_box(f->pool, at);
}

static const struct val *fill(const struct filling *f, const struct schema *s, const struct val *v)
{
    if (v->type == VAL_MAP)
        return fill_map(f, s, v);
    if (v->type == VAL_LIST && s->items)
        return fill_list(f, s, v);
    return v;
}

const struct val *schema_default(struct val_pool *p, const struct schema *s,
                                 const struct val *value)
{
    const struct filling f = {.pool = p};
    return fill(&f, s, value);
}

const struct val *schema_default_applied(struct val_pool *p, const struct schema *s,
                                         const struct val *value)
{
    const struct filling f = {.pool = p, .applied = true};
    return fill(&f, s, value);
}
