// SPDX-License-Identifier: Apache-2.0
/*
 * Finding list items by what a path element says of them. A list of which many items are asked for
 * gets a hash table over its items, one for each distinct set of key fields (in what API servers
 * write there is one, two after an upgrade), so that a list is paid for once.
 */
#include "base/mem.h"
#include "data/fieldset_int.h"

#include <string.h>

#define FEW 64u /* comparisons below which a table does not pay */
#define SHAPES_MAX                                                                                 \
    16u /* distinct sets of key fields of one list; more are answered as ambiguous                 \
         */

/* Items of one list by the values of the same key fields, or by value. */
struct index {
    const struct path_elem *shape; /* any element with these key fields */
    uint32_t *slots;               /* item number + 1 */
    uint64_t *hashes;              /* of the items; 0: has no such key */
    size_t mask;
};

struct fieldset_items {
    const struct val *list;
    bool tables; /* worth it */
    struct index indexes[SHAPES_MAX];
    size_t n;
};

/* ---- keys of items ---- */

static const struct val default_tcp = {.type = VAL_STRING, .len = 3, .as.s = "TCP"};

/* A key field of an item; what the schema says when the item lacks it. */
static const struct val *key_field(const struct val *item, const struct val_key *name)
{
    const struct val *v = val_get_key(item, name);
    if (!v && name->len == 8 && memcmp(name->s, "protocol", 8) == 0)
        v = &default_tcp;
    return v;
}

bool fieldset_item_selects(const struct path_elem *e, const struct val *item)
{
    if (e->kind == PATH_VALUE)
        return val_equal(item, e->as.value);
    if (!val_is(item, VAL_MAP) || !e->as.key->len)
        return false;
    for (uint32_t i = 0; i < e->as.key->len; i++) {
        const struct val_entry *k = &e->as.key->as.entries[i];
        if (!val_equal(key_field(item, k->key), &k->value))
            return false;
    }
    return true;
}

static bool same_shape(const struct path_elem *a, const struct path_elem *b)
{
    if (a->kind != b->kind || a->kind == PATH_VALUE)
        return a->kind == b->kind;
    if (a->as.key->len != b->as.key->len)
        return false;
    for (uint32_t i = 0; i < a->as.key->len; i++) {
        const struct val_key *x = a->as.key->as.entries[i].key, *y = b->as.key->as.entries[i].key;
        if (x != y && (x->len != y->len || memcmp(x->s, y->s, x->len) != 0))
            return false;
    }
    return true;
}

/* Hash of the item's values for the key fields of shape; 0 when it lacks one. */
static uint64_t item_hash(const struct path_elem *shape, const struct val *item)
{
    if (shape->kind == PATH_VALUE)
        return val_hash(item) | 1;
    uint64_t h = 1;
    if (!val_is(item, VAL_MAP) || !shape->as.key->len)
        return 0;
    for (uint32_t i = 0; i < shape->as.key->len; i++) {
        const struct val *v = key_field(item, shape->as.key->as.entries[i].key);
        if (!v || v->type >= VAL_LIST)
            return 0;
        h = (h ^ val_hash(v)) * 0x9e3779b97f4a7c15ULL;
    }
    return h | 1;
}

static uint64_t elem_hash(const struct path_elem *e)
{
    if (e->kind == PATH_VALUE)
        return val_hash(e->as.value) | 1;
    uint64_t h = 1;
    for (uint32_t i = 0; i < e->as.key->len; i++)
        h = (h ^ val_hash(&e->as.key->as.entries[i].value)) * 0x9e3779b97f4a7c15ULL;
    return h | 1;
}

/* ---- lists ---- */

static void index_build(struct index *ix, const struct val *list)
{
    size_t cap = 16;
    while (cap < (size_t)list->len * 2)
        cap *= 2;
    ix->mask = cap - 1;
    ix->slots = mem_calloc(cap, sizeof(*ix->slots));
    ix->hashes = mem_calloc(list->len ? list->len : 1, sizeof(*ix->hashes));
    for (uint32_t i = 0; i < list->len; i++) {
        uint64_t h = item_hash(ix->shape, &list->as.items[i]);
        ix->hashes[i] = h;
        if (!h)
            continue;
        /* At most one further item of a key is kept: two are enough to know that it is ambiguous.
         */
        size_t at = (h >> 7) & ix->mask;
        unsigned same = 0;
        for (; ix->slots[at] && same < 2; at = (at + 1) & ix->mask)
            same += ix->hashes[ix->slots[at] - 1] == h;
        if (same < 2)
            ix->slots[at] = i + 1;
    }
}

static struct fieldset_found index_find(const struct index *ix, const struct val *list,
                                        const struct path_elem *e)
{
    struct fieldset_found f = {0};
    uint64_t h = elem_hash(e);
    for (size_t at = (h >> 7) & ix->mask; ix->slots[at]; at = (at + 1) & ix->mask) {
        uint32_t i = ix->slots[at] - 1;
        if (ix->hashes[i] != h || !fieldset_item_selects(e, &list->as.items[i]))
            continue;
        if (f.item) {
            f.ambiguous = true;
            break;
        }
        f.item = &list->as.items[i];
    }
    return f;
}

static struct fieldset_found scan(const struct val *list, const struct path_elem *e)
{
    struct fieldset_found f = {0};
    for (uint32_t i = 0; i < list->len && !f.ambiguous; i++) {
        if (!fieldset_item_selects(e, &list->as.items[i]))
            continue;
        if (f.item)
            f.ambiguous = true;
        else
            f.item = &list->as.items[i];
    }
    return f;
}

struct fieldset_items *fieldset_items_new(const struct val *list, size_t asked)
{
    struct fieldset_items *l = mem_new(struct fieldset_items);
    l->list = val_is(list, VAL_LIST) ? list : NULL;
    l->tables = l->list && (uint64_t)asked * list->len > FEW;
    return l;
}

void fieldset_items_free(struct fieldset_items *l)
{
    for (size_t i = 0; l && i < l->n; i++) {
        mem_free(l->indexes[i].slots);
        mem_free(l->indexes[i].hashes);
    }
    mem_free(l);
}

struct fieldset_found fieldset_items_find(struct fieldset_items *l, const struct path_elem *e)
{
    if (!l->list)
        return (struct fieldset_found){0};
    if (e->kind == PATH_INDEX)
        return (struct fieldset_found){
            e->as.index >= 0 ? val_item(l->list, (size_t)e->as.index) : NULL, false};
    if (e->kind != PATH_KEY && e->kind != PATH_VALUE)
        return (struct fieldset_found){0};
    if (!l->tables)
        return scan(l->list, e);
    size_t i = 0;
    while (i < l->n && !same_shape(l->indexes[i].shape, e))
        i++;
    if (i == SHAPES_MAX)
        return (struct fieldset_found){NULL, true};
    if (i == l->n) {
        l->indexes[i] = (struct index){.shape = e};
        index_build(&l->indexes[i], l->list);
        l->n++;
    }
    return index_find(&l->indexes[i], l->list, e);
}
