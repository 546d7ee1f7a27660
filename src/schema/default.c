// SPDX-License-Identifier: Apache-2.0
/*
 * Defaults, as apiextensions-apiserver fills them in: nulls that are not allowed are dropped, or
 * replaced where there is a default; what a default brought gets its own defaults. Only what
 * changes is copied.
 */
#include "schema/validate.h"

static const struct val *fill(struct val_pool *p, const struct schema *s, const struct val *v);

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

static const struct val *fill_map(struct val_pool *p, const struct schema *s, const struct val *v)
{
    const struct val_entry *in = v->as.entries;
    size_t n = 0;
    bool changed = false;
    struct val_entry *out = arena_array(&p->arena, v->len + s->n_props + 1, sizeof(*out));
    if (!out)
        return NULL;
    for (uint32_t i = 0; i < v->len; i++) {
        const struct schema *sub = schema_prop(s, in[i].key->s, in[i].key->len);
        const struct val *value = &in[i].value, *given = value;
        if (!sub)
            sub = s->additional;
        if (dropped(sub, value)) {
            changed = true;
            if (!(value = default_of(sub)))
                continue;
        }
        if (sub && !(value = fill(p, sub, value)))
            return NULL;
        changed |= value != given;
        out[n] = in[i];
        if (!(out[n].key = val_intern(p, in[i].key->s, in[i].key->len)))
            return NULL;
        out[n++].value = *value;
    }
    for (size_t i = 0; i < s->n_props; i++) {
        const struct schema_prop *prop = &s->props[i];
        const struct val *value = default_of(prop->schema);
        if (!value || val_get_key(v, prop->name))
            continue;
        if (!(value = fill(p, prop->schema, value)))
            return NULL;
        out[n] = (struct val_entry){.value = *value};
        if (!(out[n++].key = val_intern(p, prop->name->s, prop->name->len)))
            return NULL;
        changed = true;
    }
    if (!changed)
        return v;
    const struct val *map = val_map_of(p, out, n);
    if (!map)
        return NULL;
    struct val at = *map;
    at.line = v->line;
    at.col = v->col;
    return val_box(p, at);
}

static const struct val *fill_list(struct val_pool *p, const struct schema *s, const struct val *v)
{
    bool changed = false;
    struct val *out = arena_array(&p->arena, v->len ? v->len : 1, sizeof(*out));
    if (!out)
        return NULL;
    for (uint32_t i = 0; i < v->len; i++) {
        const struct val *given = &v->as.items[i], *value = given;
        if (dropped(s->items, value) && default_of(s->items))
            value = default_of(s->items);
        if (!(value = fill(p, s->items, value)))
            return NULL;
        changed |= value != given;
        out[i] = *value;
    }
    if (!changed)
        return v;
    const struct val *list = val_list_of(p, out, v->len);
    if (!list)
        return NULL;
    struct val at = *list;
    at.line = v->line;
    at.col = v->col;
    return val_box(p, at);
}

static const struct val *fill(struct val_pool *p, const struct schema *s, const struct val *v)
{
    if (v->type == VAL_MAP)
        return fill_map(p, s, v);
    if (v->type == VAL_LIST && s->items)
        return fill_list(p, s, v);
    return v;
}

const struct val *schema_default(struct val_pool *p, const struct schema *s,
                                 const struct val *value)
{
    return fill(p, s, value);
}
