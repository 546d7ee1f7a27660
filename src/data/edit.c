// SPDX-License-Identifier: Apache-2.0
/*
 * Changes at a path: the containers from the root to the place are made anew, everything else is
 * shared with the source.
 */
#include "data/edit_int.h"

#include "base/vec.h"
#include "data/diff.h"
#include "data/fieldset_int.h"
#include "data/scalar_int.h"

#include <string.h>

/* ---- one container ---- */

const struct val *edit_map_put(struct val_pool *p, const struct val *map, const char *key,
                               size_t len, const struct val *value)
{
    size_t n = val_is(map, VAL_MAP) ? map->len : 0;
    const struct val_key *k = val_intern(p, key, len);
    if (!k)
        return NULL;
    struct val_entry *e = mem_reallocarray(NULL, n + 1, sizeof(*e));
    size_t at = n;
    for (size_t i = 0; i < n; i++) {
        e[i] = map->as.entries[i];
        if (e[i].key == k || (e[i].key->len == len && memcmp(e[i].key->s, key, len) == 0))
            at = i;
    }
    e[at] = (struct val_entry){.key = k, .line = value->line, .col = value->col, .value = *value};
    const struct val *result = val_map_of(p, e, at == n ? n + 1 : n);
    mem_free(e);
    return result;
}

const struct val *edit_map_drop(struct val_pool *p, const struct val *map, const char *key,
                                size_t len)
{
    if (!val_get_n(map, key, len))
        return map;
    struct val_entry *e = mem_reallocarray(NULL, map->len, sizeof(*e));
    size_t n = 0;
    for (size_t i = 0; i < map->len; i++) {
        const struct val_key *k = map->as.entries[i].key;
        if (k->len != len || memcmp(k->s, key, len) != 0)
            e[n++] = map->as.entries[i];
    }
    const struct val *result = val_map_of(p, e, n);
    mem_free(e);
    return result;
}

/* The list with `removed` items at `at` replaced by value (NULL: by nothing). */
static const struct val *splice(struct val_pool *p, const struct val *list, size_t at,
                                size_t removed, const struct val *value)
{
    size_t n = val_is(list, VAL_LIST) ? list->len : 0, out = 0;
    struct val *items = mem_reallocarray(NULL, n + 1, sizeof(*items));
    for (size_t i = 0; i < at; i++)
        items[out++] = list->as.items[i];
    if (value)
        items[out++] = *value;
    for (size_t i = at + removed; i < n; i++)
        items[out++] = list->as.items[i];
    const struct val *result = val_list_of(p, items, out);
    mem_free(items);
    return result;
}

const struct val *edit_list_insert(struct val_pool *p, const struct val *list, size_t at,
                                   const struct val *value)
{
    return splice(p, list, at, 0, value);
}

const struct val *edit_list_put(struct val_pool *p, const struct val *list, size_t at,
                                const struct val *value)
{
    return splice(p, list, at, at < val_count(list), value);
}

const struct val *edit_list_drop(struct val_pool *p, const struct val *list, size_t at)
{
    return splice(p, list, at, 1, NULL);
}

/* ---- at a path ---- */

/* The item with the fields of its key, which it must have to be found again. */
static const struct val *with_key(struct val_pool *p, const struct val *item, const struct val *key)
{
    for (uint32_t i = 0; item && i < key->len; i++) {
        const struct val_entry *k = &key->as.entries[i];
        if (!val_get_key(item, k->key))
            item = edit_map_put(p, item, k->key->s, k->key->len, &k->value);
    }
    return item;
}

/* First item that e names, or the count of the list. */
static size_t place_of(const struct val *list, const struct path_elem *e)
{
    size_t n = val_is(list, VAL_LIST) ? list->len : 0, i = 0;
    if (e->kind == PATH_INDEX)
        return e->as.index < 0 || (uint64_t)e->as.index > n ? SIZE_MAX : (size_t)e->as.index;
    while (i < n && !fieldset_item_selects(e, &list->as.items[i]))
        i++;
    return i;
}

static const struct val *put_at(struct val_pool *p, const struct val *v, struct path path, size_t i,
                                const struct val *leaf)
{
    if (i == path.len)
        return leaf;
    const struct path_elem *e = &path.elems[i];
    if (e->kind == PATH_ANY)
        return NULL;
    if (e->kind == PATH_FIELD) {
        const struct val *below = put_at(p, val_get_key(v, e->as.field), path, i + 1, leaf);
        return below ? edit_map_put(p, v, e->as.field->s, e->as.field->len, below) : NULL;
    }
    size_t at = place_of(v, e);
    if (at == SIZE_MAX)
        return NULL;
    const struct val *below =
        e->kind == PATH_VALUE ? e->as.value : put_at(p, val_item(v, at), path, i + 1, leaf);
    if (below && e->kind == PATH_KEY && (val_is(below, VAL_MAP) || i + 1 < path.len))
        below = with_key(p, below, e->as.key);
    return below ? edit_list_put(p, v, at, below) : NULL;
}

const struct val *val_with_path(struct val_pool *p, const struct val *root, struct path path,
                                const struct val *leaf)
{
    return put_at(p, root, path, 0, leaf);
}

static const struct val *drop_items(struct val_pool *p, const struct val *list,
                                    const struct path_elem *e)
{
    if (e->kind == PATH_INDEX) {
        bool there = e->as.index >= 0 && val_item(list, (size_t)e->as.index);
        return there ? edit_list_drop(p, list, (size_t)e->as.index) : list;
    }
    VEC(struct val) kept = {0};
    for (uint32_t i = 0; i < list->len; i++)
        if (!fieldset_item_selects(e, &list->as.items[i]))
            vec_push(&kept, list->as.items[i]);
    const struct val *result = kept.len == list->len ? list : val_list_of(p, kept.items, kept.len);
    vec_clear(&kept);
    return result;
}

static const struct val *drop_at(struct val_pool *p, const struct val *v, struct path path,
                                 size_t i)
{
    const struct path_elem *e = &path.elems[i];
    bool last = i + 1 == path.len;
    if (e->kind == PATH_FIELD) {
        const struct val *old = val_get_key(v, e->as.field);
        if (!old)
            return v;
        if (last)
            return edit_map_drop(p, v, e->as.field->s, e->as.field->len);
        const struct val *below = drop_at(p, old, path, i + 1);
        return !below || below == old ? (below ? v : NULL)
                                      : edit_map_put(p, v, e->as.field->s, e->as.field->len, below);
    }
    if (!val_is(v, VAL_LIST) || e->kind == PATH_ANY)
        return v;
    if (last)
        return drop_items(p, v, e);
    size_t at = place_of(v, e);
    const struct val *old = at == SIZE_MAX ? NULL : val_item(v, at);
    if (!old)
        return v;
    const struct val *below = drop_at(p, old, path, i + 1);
    return !below || below == old ? (below ? v : NULL) : edit_list_put(p, v, at, below);
}

const struct val *val_without_path(struct val_pool *p, const struct val *root, struct path path)
{
    return path.len ? drop_at(p, root, path, 0) : &val_null;
}

/* ---- what a set names ---- */

struct extract {
    struct val_pool *pool;
    bool over;
};

static const struct val *extract_node(struct extract *x, const struct val *v,
                                      const struct fieldset_node *s, const struct val *key);

static const struct val *extract_map(struct extract *x, const struct val *v,
                                     const struct fieldset_node *s, const struct val *key)
{
    VEC(struct val_entry) out = {0};
    for (uint32_t i = 0; i < v->len; i++) {
        const struct val_entry *e = &v->as.entries[i];
        struct path_elem elem = {.kind = PATH_FIELD, .as.field = e->key};
        const struct fieldset_node *below = fieldset_descend(s, &elem);
        const struct val *kept = below ? extract_node(x, &e->value, below, NULL) : NULL;
        if (!kept && val_get_key(key, e->key))
            kept = &e->value;
        if (!kept)
            continue;
        struct val_entry copy = *e;
        copy.value = *kept;
        vec_push(&out, copy);
    }
    const struct val *result = NULL;
    if (out.len || s->member) {
        result = val_map_of(x->pool, out.items, out.len);
        x->over |= !result;
    }
    vec_clear(&out);
    return result;
}

static const struct val *extract_list(struct extract *x, const struct val *v,
                                      const struct fieldset_node *s)
{
    const struct fieldset_child **named = mem_calloc(v->len + 1, sizeof(struct fieldset_child *));
    struct fieldset_items *items = fieldset_items_new(v, s->n);
    for (uint32_t i = 0; i < s->n; i++) {
        struct fieldset_found f = fieldset_items_find(items, &s->children[i].elem);
        if (f.item && !named[f.item - v->as.items])
            named[f.item - v->as.items] = &s->children[i];
    }
    fieldset_items_free(items);
    VEC(struct val) out = {0};
    for (uint32_t i = 0; i < v->len; i++) {
        if (!named[i])
            continue;
        const struct path_elem *e = &named[i]->elem;
        const struct val *kept = extract_node(x, &v->as.items[i], named[i]->node,
                                              e->kind == PATH_KEY ? e->as.key : NULL);
        if (kept)
            vec_push(&out, *kept);
    }
    const struct val *result = NULL;
    if (out.len || s->member) {
        result = val_list_of(x->pool, out.items, out.len);
        x->over |= !result;
    }
    vec_clear(&out);
    mem_free(named);
    return result;
}

/* key: of the list item that v is, or NULL. NULL when nothing of v is named. */
static const struct val *extract_node(struct extract *x, const struct val *v,
                                      const struct fieldset_node *s, const struct val *key)
{
    if (!s->n)
        return s->member ? v : NULL;
    if (val_is(v, VAL_MAP))
        return extract_map(x, v, s, key);
    if (val_is(v, VAL_LIST))
        return extract_list(x, v, s);
    return s->member ? v : NULL;
}

const struct val *val_extract(struct val_pool *p, const struct val *root, fieldset s)
{
    struct extract x = {.pool = p};
    const struct val *v = root ? extract_node(&x, root, s, NULL) : NULL;
    if (x.over)
        return NULL;
    return v ? v : val_map_of(p, NULL, 0);
}
