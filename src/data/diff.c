// SPDX-License-Identifier: Apache-2.0
/*
 * Structural difference. Maps by field; lists by the keys the caller knows, by name when every item
 * has one of its own, by index otherwise. Items of keyed lists are found through fieldset_items.c,
 * so large lists cost what they hold.
 */
#include "data/diff.h"

#include "base/vec.h"
#include "data/fieldset_int.h"
#include "data/scalar_int.h"

#include <string.h>

#define KEYS_MAX 16u

struct diff {
    struct val_pool *pool;
    diff_keys_fn *keys;
    void *ctx;
    struct diff_items *out;
    VEC(struct path_elem) path;
};

static const struct val tcp = {.type = VAL_STRING, .len = 3, .as.s = "TCP"};
static const char *const by_the_name[] = {"name", NULL};

static int emit(struct diff *d, enum diff_op op, const struct val *before, const struct val *after)
{
    struct path_elem *elems = arena_array(&d->pool->arena, d->path.len, sizeof(*elems));
    if (!elems)
        return ERR_LIMIT;
    if (d->path.len)
        memcpy(elems, d->path.items, d->path.len * sizeof(*elems));
    vec_push(d->out, (struct diff_item){op, {elems, d->path.len}, before, after});
    return 0;
}

static int compare(struct diff *d, const struct val *before, const struct val *after);

/* Either side may be NULL, not both. */
static int compare_at(struct diff *d, struct path_elem elem, const struct val *before,
                      const struct val *after)
{
    vec_push(&d->path, elem);
    int rc = !before  ? emit(d, DIFF_ADDED, NULL, after)
             : !after ? emit(d, DIFF_REMOVED, before, NULL)
                      : compare(d, before, after);
    d->path.len--;
    return rc;
}

static int compare_maps(struct diff *d, const struct val *before, const struct val *after)
{
    int rc = 0;
    for (uint32_t i = 0; i < before->len && !rc; i++) {
        const struct val_entry *e = &before->as.entries[i];
        rc = compare_at(d, (struct path_elem){.kind = PATH_FIELD, .as.field = e->key}, &e->value,
                        val_get_key(after, e->key));
    }
    for (uint32_t i = 0; i < after->len && !rc; i++) {
        const struct val_entry *e = &after->as.entries[i];
        if (!val_get_key(before, e->key))
            rc = compare_at(d, (struct path_elem){.kind = PATH_FIELD, .as.field = e->key}, NULL,
                            &e->value);
    }
    return rc;
}

static int compare_by_index(struct diff *d, const struct val *before, const struct val *after)
{
    int rc = 0;
    for (uint32_t i = 0; (i < before->len || i < after->len) && !rc; i++)
        rc = compare_at(d, (struct path_elem){.kind = PATH_INDEX, .as.index = i},
                        val_item(before, i), val_item(after, i));
    return rc;
}

/* ---- lists by key ---- */

/* The element that names an item: 1, 0 when it has not got all it takes, -1 past the limit. */
static int elem_of(struct diff *d, const struct val *item, const char *const *keys,
                   struct path_elem *out)
{
    if (!*keys) {
        *out = (struct path_elem){.kind = PATH_VALUE, .as.value = item};
        return item->type < VAL_LIST;
    }
    struct val_entry entries[KEYS_MAX];
    size_t n = 0;
    for (; keys[n]; n++) {
        const struct val *v = val_get(item, keys[n]);
        if (n == KEYS_MAX || (v && v->type >= VAL_LIST))
            return 0;
        if (!v && strcmp(keys[n], "protocol") == 0)
            v = &tcp;
        if (!v)
            return 0;
        entries[n].key = val_intern(d->pool, keys[n], strlen(keys[n]));
        entries[n].line = entries[n].col = 0;
        entries[n].value = *v;
        if (!entries[n].key)
            return -1;
    }
    *out = (struct path_elem){.kind = PATH_KEY, .as.key = scalar_key_of(d->pool, entries, n)};
    return out->as.key ? 1 : -1;
}

/* The elements of all items, NULL when one has none or two have the same. *rc: ERR_LIMIT. */
static struct path_elem *elems_of(struct diff *d, const struct val *list, const char *const *keys,
                                  int *rc)
{
    struct path_elem *elems = mem_calloc(list->len + 1, sizeof(*elems));
    struct fieldset_items *items = fieldset_items_new(list, list->len);
    int ok = 1;
    for (uint32_t i = 0; i < list->len && ok > 0; i++) {
        ok = elem_of(d, &list->as.items[i], keys, &elems[i]);
        if (ok > 0 && fieldset_items_find(items, &elems[i]).ambiguous)
            ok = 0;
    }
    fieldset_items_free(items);
    if (ok > 0)
        return elems;
    *rc = ok < 0 ? ERR_LIMIT : 0;
    mem_free(elems);
    return NULL;
}

static int compare_by_key(struct diff *d, const struct val *before, const struct val *after,
                          const struct path_elem *x, const struct path_elem *y)
{
    struct fieldset_items *in_after = fieldset_items_new(after, before->len);
    struct fieldset_items *in_before = fieldset_items_new(before, after->len);
    size_t from = d->out->len;
    const struct val *last = NULL;
    bool moved = false;
    int rc = 0;
    for (uint32_t i = 0; i < before->len && !rc; i++) {
        const struct val *there = fieldset_items_find(in_after, &x[i]).item;
        moved |= there && last && there < last;
        last = there ? there : last;
        rc = compare_at(d, x[i], &before->as.items[i], there);
    }
    for (uint32_t i = 0; i < after->len && !rc; i++)
        if (!fieldset_items_find(in_before, &y[i]).item)
            rc = compare_at(d, y[i], NULL, &after->as.items[i]);
    if (!rc && moved && d->out->len == from)
        rc = emit(d, DIFF_CHANGED, before, after); /* nothing but the order */
    fieldset_items_free(in_after);
    fieldset_items_free(in_before);
    return rc;
}

/* Without a schema a name only tells items apart when it is a string. */
static bool have_names(const struct val *list)
{
    for (uint32_t i = 0; i < list->len; i++)
        if (!val_is(val_get(&list->as.items[i], "name"), VAL_STRING))
            return false;
    return list->len > 0;
}

static int compare_lists(struct diff *d, const struct val *before, const struct val *after)
{
    const char *const *keys = NULL;
    if (d->keys)
        keys = d->keys(d->ctx, (struct path){d->path.items, d->path.len});
    else if ((have_names(before) || !before->len) && (have_names(after) || !after->len))
        keys = by_the_name;
    int rc = 0;
    struct path_elem *x = keys ? elems_of(d, before, keys, &rc) : NULL;
    struct path_elem *y = x ? elems_of(d, after, keys, &rc) : NULL;
    if (!rc)
        rc = y ? compare_by_key(d, before, after, x, y) : compare_by_index(d, before, after);
    mem_free(x);
    mem_free(y);
    return rc;
}

static int compare(struct diff *d, const struct val *before, const struct val *after)
{
    if (before == after)
        return 0;
    if (val_is(before, VAL_MAP) && val_is(after, VAL_MAP))
        return compare_maps(d, before, after);
    if (val_is(before, VAL_LIST) && val_is(after, VAL_LIST))
        return compare_lists(d, before, after);
    return val_equal(before, after) ? 0 : emit(d, DIFF_CHANGED, before, after);
}

int diff_values(struct val_pool *p, const struct val *before, const struct val *after,
                diff_keys_fn *keys, void *ctx, struct diff_items *out)
{
    struct diff d = {.pool = p, .keys = keys, .ctx = ctx, .out = out};
    int rc = 0;
    if (before && after)
        rc = compare(&d, before, after);
    else if (before || after)
        rc = emit(&d, before ? DIFF_REMOVED : DIFF_ADDED, before, after);
    vec_clear(&d.path);
    return rc;
}

void diff_items_clear(struct diff_items *d)
{
    vec_clear(d);
}
