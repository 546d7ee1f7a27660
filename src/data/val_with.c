// SPDX-License-Identifier: Apache-2.0
/* Values made of values: a map with or without a key, lists and maps of parts, deep copies. */
#include "base/mem.h"
#include "data/val_int.h"

#include <string.h>

static bool make_list(struct val_pool *p, const struct val *src, size_t n, struct val *out)
{
    struct val *copy = arena_array(&p->arena, n, sizeof(*copy));
    if (!copy || n > UINT32_MAX)
        return false;
    if (n)
        memcpy(copy, src, n * sizeof(*copy));
    *out = (struct val){.type = VAL_LIST, .len = (uint32_t)n, .as.items = copy};
    return true;
}

static const struct val *box_map(struct val_pool *p, const struct val_entry *e, size_t n,
                                 const struct val *place)
{
    struct val v;
    if (!val_make_map(p, e, n, &v))
        return NULL;
    if (place) {
        v.line = place->line;
        v.col = place->col;
    }
    return val_box(p, v);
}

const struct val *val_map_of(struct val_pool *p, const struct val_entry *entries, size_t n)
{
    return box_map(p, entries, n, NULL);
}

const struct val *val_map_with(struct val_pool *p, const struct val *map, const char *key,
                               const struct val *value)
{
    size_t n = val_is(map, VAL_MAP) ? map->len : 0;
    struct val_entry *e = mem_reallocarray(NULL, n + 1, sizeof(*e));
    if (n)
        memcpy(e, map->as.entries, n * sizeof(*e));
    const struct val_entry *old = n ? val_find_entry(map, key, strlen(key)) : NULL;
    const struct val *result = NULL;
    if (old) {
        e[old - map->as.entries].value = *value;
        result = box_map(p, e, n, map);
    } else {
        const struct val_key *k = val_intern(p, key, strlen(key));
        e[n] =
            (struct val_entry){.key = k, .line = value->line, .col = value->col, .value = *value};
        result = k ? box_map(p, e, n + 1, map) : NULL;
    }
    mem_free(e);
    return result;
}

const struct val *val_map_without(struct val_pool *p, const struct val *map, const char *key)
{
    if (!val_is(map, VAL_MAP))
        return map;
    const struct val_entry *old = val_find_entry(map, key, strlen(key));
    if (!old)
        return map;
    size_t at = (size_t)(old - map->as.entries), n = map->len;
    struct val_entry *e = mem_reallocarray(NULL, n, sizeof(*e));
    memcpy(e, map->as.entries, at * sizeof(*e));
    memcpy(e + at, map->as.entries + at + 1, (n - at - 1) * sizeof(*e));
    const struct val *result = box_map(p, e, n - 1, map);
    mem_free(e);
    return result;
}

const struct val *val_list_of(struct val_pool *p, const struct val *items, size_t n)
{
    struct val v;
    return make_list(p, items, n, &v) ? val_box(p, v) : NULL;
}

static bool copy_into(struct val_pool *p, const struct val *v, struct val *out)
{
    *out = *v;
    if (v->type == VAL_STRING) {
        out->as.s = arena_strndup(&p->arena, v->as.s, v->len);
        return out->as.s != NULL;
    }
    if (v->type == VAL_LIST) {
        struct val *items = arena_array(&p->arena, v->len, sizeof(*items));
        if (!items)
            return false;
        for (uint32_t i = 0; i < v->len; i++)
            if (!copy_into(p, &v->as.items[i], &items[i]))
                return false;
        out->as.items = items;
        return true;
    }
    if (v->type != VAL_MAP)
        return true;
    struct val_entry *e = mem_reallocarray(NULL, v->len, sizeof(*e));
    bool ok = true;
    for (uint32_t i = 0; ok && i < v->len; i++) {
        e[i] = v->as.entries[i];
        e[i].key = val_intern(p, e[i].key->s, e[i].key->len);
        ok = e[i].key && copy_into(p, &v->as.entries[i].value, &e[i].value);
    }
    ok = ok && val_make_map(p, e, v->len, out);
    out->line = v->line;
    out->col = v->col;
    mem_free(e);
    return ok;
}

const struct val *val_copy(struct val_pool *p, const struct val *v)
{
    struct val *out = arena_alloc(&p->arena, sizeof(*out));
    return out && copy_into(p, v, out) ? out : NULL;
}
