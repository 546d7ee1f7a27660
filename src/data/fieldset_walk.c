// SPDX-License-Identifier: Apache-2.0
/*
 * The walk of a set over a value. What costs is finding list items by their key: a list with many
 * children in the set gets a hash table over its items, one for each distinct set of key fields
 * (in what API servers write there is one, two after an upgrade), so that a list is paid for once.
 */
#include "data/fieldset.h"

#include "base/mem.h"
#include "data/fieldset_int.h"

#include <string.h>

#define FEW 64u        /* comparisons below which a table does not pay */
#define SHAPES_MAX 16u /* distinct sets of key fields of one list; more are answered as ambiguous  \
                        */

struct found {
    const struct val *item; /* NULL: absent */
    bool ambiguous;
};

/* Items of one list by the values of the same key fields, or by value. */
struct index {
    const struct path_elem *shape; /* any element with these key fields */
    uint32_t *slots;               /* item number + 1 */
    uint64_t *hashes;              /* of the items; 0: has no such key */
    size_t mask;
};

struct list {
    const struct val *list;
    bool tables; /* worth it */
    struct index indexes[SHAPES_MAX];
    size_t n;
};

struct walk {
    fieldset_walk_fn *fn;
    void *ctx;
    struct path_elem *elems;
    size_t len, cap;
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

static bool selects(const struct path_elem *e, const struct val *item)
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

static struct found index_find(const struct index *ix, const struct val *list,
                               const struct path_elem *e)
{
    struct found f = {0};
    uint64_t h = elem_hash(e);
    for (size_t at = (h >> 7) & ix->mask; ix->slots[at]; at = (at + 1) & ix->mask) {
        uint32_t i = ix->slots[at] - 1;
        if (ix->hashes[i] != h || !selects(e, &list->as.items[i]))
            continue;
        if (f.item) {
            f.ambiguous = true;
            break;
        }
        f.item = &list->as.items[i];
    }
    return f;
}

static struct found scan(const struct val *list, const struct path_elem *e)
{
    struct found f = {0};
    for (uint32_t i = 0; i < list->len && !f.ambiguous; i++) {
        if (!selects(e, &list->as.items[i]))
            continue;
        if (f.item)
            f.ambiguous = true;
        else
            f.item = &list->as.items[i];
    }
    return f;
}

static struct found list_find(struct list *l, const struct path_elem *e)
{
    if (!l->tables)
        return scan(l->list, e);
    size_t i = 0;
    while (i < l->n && !same_shape(l->indexes[i].shape, e))
        i++;
    if (i == SHAPES_MAX)
        return (struct found){NULL, true};
    if (i == l->n) {
        l->indexes[i] = (struct index){.shape = e};
        index_build(&l->indexes[i], l->list);
        l->n++;
    }
    return index_find(&l->indexes[i], l->list, e);
}

static void list_clear(struct list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        mem_free(l->indexes[i].slots);
        mem_free(l->indexes[i].hashes);
    }
}

/* ---- the walk ---- */

static int walk_below(struct walk *w, const struct fieldset_node *s, const struct val *v,
                      bool ambiguous);

static int visit(struct walk *w, const struct fieldset_child *c, struct found f)
{
    if (w->len == w->cap) {
        w->cap = w->cap ? w->cap * 2 : 16;
        w->elems = mem_reallocarray(w->elems, w->cap, sizeof(*w->elems));
    }
    w->elems[w->len++] = c->elem;
    bool item = c->elem.kind == PATH_KEY && c->node->n;
    int rc = 0;
    if (c->node->member && (!c->node->n || item))
        rc = w->fn(w->ctx, &(struct fieldset_leaf){{w->elems, w->len}, f.item, item, f.ambiguous});
    if (!rc && c->node->n)
        rc = walk_below(w, c->node, f.item, f.ambiguous);
    w->len--;
    return rc;
}

static struct found find_child(struct list *l, const struct val *v, const struct path_elem *e)
{
    switch (e->kind) {
    case PATH_FIELD:
        return (struct found){val_get_key(v, e->as.field), false};
    case PATH_INDEX:
        return (struct found){e->as.index >= 0 ? val_item(v, (size_t)e->as.index) : NULL, false};
    default:
        return l->list ? list_find(l, e) : (struct found){0};
    }
}

/* Fields come first in the order of children; lists are looked up apart, so that the tables do not
 * lie on the stack of every level. */
static int walk_items(struct walk *w, const struct fieldset_node *s, uint32_t from,
                      const struct val *v, bool ambiguous)
{
    struct list *l = mem_new(struct list);
    l->list = val_is(v, VAL_LIST) ? v : NULL;
    l->tables = l->list && (uint64_t)(s->n - from) * v->len > FEW;
    int rc = 0;
    for (uint32_t i = from; i < s->n && !rc; i++) {
        struct found f = find_child(l, v, &s->children[i].elem);
        f.ambiguous |= ambiguous;
        rc = visit(w, &s->children[i], f);
    }
    list_clear(l);
    mem_free(l);
    return rc;
}

static int walk_below(struct walk *w, const struct fieldset_node *s, const struct val *v,
                      bool ambiguous)
{
    int rc = 0;
    for (uint32_t i = 0; i < s->n && !rc; i++) {
        const struct path_elem *e = &s->children[i].elem;
        if (e->kind != PATH_FIELD)
            return walk_items(w, s, i, v, ambiguous);
        rc = visit(w, &s->children[i],
                   (struct found){v ? val_get_key(v, e->as.field) : NULL, ambiguous});
    }
    return rc;
}

int fieldset_walk(fieldset s, const struct val *root, fieldset_walk_fn *fn, void *ctx)
{
    struct walk w = {.fn = fn, .ctx = ctx};
    int rc = walk_below(&w, s, root, false);
    mem_free(w.elems);
    return rc;
}
