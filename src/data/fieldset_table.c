// SPDX-License-Identifier: Apache-2.0
/*
 * Interning: nodes are made unique bottom up, so two equal subtrees are one node and comparing a
 * node is comparing its children's addresses. Names and keys live in the table's own pool.
 */
#include "data/fieldset.h"

#include "base/vec.h"
#include "data/fieldset_int.h"

#include <string.h>

#define NO_ID UINT32_MAX

struct slot {
    const struct fieldset_node *node;
    uint32_t id; /* of the set, when the node is the root of one */
};

struct fieldset_table {
    struct val_pool pool;
    struct slot *slots; /* open addressing by node->hash */
    size_t cap, len;
    VEC(fieldset) sets; /* by number */
    struct fieldset_child *stack;
    size_t depth, stack_cap;
};

struct fieldset_table *fieldset_table_new(void)
{
    struct fieldset_table *t = mem_new(struct fieldset_table);
    val_pool_init(&t->pool);
    return t;
}

void fieldset_table_free(struct fieldset_table *t)
{
    if (!t)
        return;
    val_pool_clear(&t->pool);
    vec_clear(&t->sets);
    mem_free(t->slots);
    mem_free(t->stack);
    mem_free(t);
}

static void grow(struct fieldset_table *t)
{
    size_t cap = t->cap ? t->cap * 2 : 256;
    struct slot *slots = mem_calloc(cap, sizeof(*slots));
    for (size_t i = 0; i < t->cap; i++) {
        if (!t->slots[i].node)
            continue;
        size_t at = t->slots[i].node->hash & (cap - 1);
        while (slots[at].node)
            at = (at + 1) & (cap - 1);
        slots[at] = t->slots[i];
    }
    mem_free(t->slots);
    t->slots = slots;
    t->cap = cap;
}

/* Children of both are interned, so their nodes are equal exactly when they are the same. */
static bool same_node(const struct fieldset_node *x, bool member, const struct fieldset_child *c,
                      size_t n)
{
    if (x->member != member || x->n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (x->children[i].node != c[i].node ||
            path_elem_compare(&x->children[i].elem, &c[i].elem) != 0)
            return false;
    return true;
}

static struct slot *put(struct fieldset_table *t, uint64_t hash, bool member,
                        const struct fieldset_child *c, size_t n)
{
    if ((t->len + 1) * 2 > t->cap)
        grow(t);
    size_t at = hash & (t->cap - 1);
    for (; t->slots[at].node; at = (at + 1) & (t->cap - 1))
        if (t->slots[at].node->hash == hash && same_node(t->slots[at].node, member, c, n))
            return &t->slots[at];
    struct fieldset_node *node = arena_alloc(&t->pool.arena, sizeof(*node));
    struct fieldset_child *copy = arena_array(&t->pool.arena, n, sizeof(*copy));
    for (size_t i = 0; i < n; i++) {
        struct path one = path_copy(&t->pool, (struct path){&c[i].elem, 1});
        copy[i] = (struct fieldset_child){one.elems[0], c[i].node};
    }
    *node = (struct fieldset_node){member, (uint32_t)n, hash, copy};
    t->slots[at] = (struct slot){node, NO_ID};
    t->len++;
    return &t->slots[at];
}

static struct slot *intern(struct fieldset_table *t, const struct fieldset_node *s)
{
    size_t base = t->depth;
    for (uint32_t i = 0; i < s->n; i++) {
        const struct fieldset_node *child = s->children[i].node;
        if (child->n)
            child = intern(t, child)->node;
        if (t->depth == t->stack_cap) {
            t->stack_cap = t->stack_cap ? t->stack_cap * 2 : 64;
            t->stack = mem_reallocarray(t->stack, t->stack_cap, sizeof(*t->stack));
        }
        t->stack[t->depth++] = (struct fieldset_child){s->children[i].elem, child};
    }
    t->depth = base;
    return put(t, s->hash, s->member, t->stack ? t->stack + base : NULL, s->n);
}

fieldset fieldset_table_intern(struct fieldset_table *t, fieldset s, uint32_t *id)
{
    struct slot *slot = intern(t, s);
    if (slot->id == NO_ID) {
        slot->id = (uint32_t)t->sets.len;
        vec_push(&t->sets, slot->node);
    }
    if (id)
        *id = slot->id;
    return slot->node;
}

fieldset fieldset_table_get(const struct fieldset_table *t, uint32_t id)
{
    return id < t->sets.len ? t->sets.items[id] : NULL;
}

size_t fieldset_table_count(const struct fieldset_table *t)
{
    return t->sets.len;
}

size_t fieldset_table_nodes(const struct fieldset_table *t)
{
    return t->len;
}
