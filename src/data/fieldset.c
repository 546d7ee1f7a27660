// SPDX-License-Identifier: Apache-2.0
/*
 * Field sets: nodes, questions, iteration and building from paths. Reading and writing FieldsV1 is
 * in fieldset_read.c, operations on two sets in fieldset_ops.c, the walk over a value in
 * fieldset_walk.c, the table in fieldset_table.c.
 */
#include "data/fieldset.h"

#include "base/vec.h"
#include "data/fieldset_int.h"

#include <stdlib.h>
#include <string.h>

#define LEAF_HASH 0x7fb5d329728ea185ULL

const struct fieldset_node fieldset_empty_node = {0};
const struct fieldset_node fieldset_leaf_node = {.member = true, .hash = LEAF_HASH};

/* ---- making ---- */

uint64_t fieldset_hash(bool member, const struct fieldset_child *c, size_t n)
{
    uint64_t h = member ? LEAF_HASH : 0;
    for (size_t i = 0; i < n; i++) {
        h = (h ^ path_elem_hash(&c[i].elem)) * 0x9e3779b97f4a7c15ULL;
        h = ((h >> 29 | h << 35) ^ c[i].node->hash) * 0xbf58476d1ce4e5b9ULL;
        h ^= h >> 31;
    }
    return h;
}

void fieldset_maker_init(struct fieldset_maker *m, struct val_pool *p)
{
    *m = (struct fieldset_maker){.pool = p};
}

void fieldset_maker_clear(struct fieldset_maker *m)
{
    mem_free(m->stack);
    m->stack = NULL;
    m->len = m->cap = 0;
}

void fieldset_maker_push(struct fieldset_maker *m, struct path_elem elem,
                         const struct fieldset_node *node)
{
    if (fieldset_node_is_empty(node))
        return;
    if (m->len == m->cap) {
        m->cap = m->cap ? m->cap * 2 : 64;
        m->stack = mem_reallocarray(m->stack, m->cap, sizeof(*m->stack));
    }
    m->stack[m->len++] = (struct fieldset_child){elem, node};
}

static bool is_like(const struct fieldset_node *like, bool member, const struct fieldset_child *c,
                    size_t n)
{
    if (like->member != member || like->n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (like->children[i].node != c[i].node ||
            path_elem_compare(&like->children[i].elem, &c[i].elem) != 0)
            return false;
    return true;
}

const struct fieldset_node *fieldset_maker_node(struct fieldset_maker *m, bool member, size_t base,
                                                const struct fieldset_node *like)
{
    size_t n = m->len - base;
    const struct fieldset_child *c = n ? m->stack + base : NULL;
    m->len = base;
    if (!n)
        return member ? &fieldset_leaf_node : &fieldset_empty_node;
    if (like && is_like(like, member, c, n))
        return like;
    struct fieldset_node *node = arena_alloc(&m->pool->arena, sizeof(*node));
    struct fieldset_child *copy = arena_array(&m->pool->arena, n, sizeof(*copy));
    if (!node || !copy || n > UINT32_MAX) {
        m->over = true;
        return &fieldset_empty_node;
    }
    memcpy(copy, c, n * sizeof(*copy));
    *node = (struct fieldset_node){member, (uint32_t)n, fieldset_hash(member, copy, n), copy};
    return node;
}

fieldset fieldset_maker_finish(struct fieldset_maker *m, fieldset s)
{
    fieldset_maker_clear(m);
    return m->over ? NULL : s;
}

/* ---- questions ---- */

const struct fieldset_node *fieldset_descend(fieldset s, const struct path_elem *elem)
{
    size_t lo = 0, hi = s->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = path_elem_compare(&s->children[mid].elem, elem);
        if (!c)
            return s->children[mid].node;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

bool fieldset_equal(fieldset a, fieldset b)
{
    if (a == b)
        return true;
    if (a->hash != b->hash || a->member != b->member || a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (path_elem_compare(&a->children[i].elem, &b->children[i].elem) != 0 ||
            !fieldset_equal(a->children[i].node, b->children[i].node))
            return false;
    return true;
}

bool fieldset_is_empty(fieldset s)
{
    return fieldset_node_is_empty(s);
}

size_t fieldset_size(fieldset s)
{
    size_t n = s->member;
    for (uint32_t i = 0; i < s->n; i++)
        n += fieldset_size(s->children[i].node);
    return n;
}

bool fieldset_has(fieldset s, struct path path)
{
    for (size_t i = 0; s && i < path.len; i++)
        s = fieldset_descend(s, &path.elems[i]);
    return s && s->member;
}

bool fieldset_covers(fieldset s, struct path path)
{
    for (size_t i = 0; s && i < path.len; i++) {
        s = fieldset_descend(s, &path.elems[i]);
        if (s == &fieldset_leaf_node || (s && s->member && !s->n))
            return true;
    }
    return s && s->member;
}

/* ---- iterating ---- */

struct each {
    fieldset_fn *fn;
    void *ctx;
    struct path_elem *elems;
    size_t len, cap;
};

static int each_below(struct each *x, const struct fieldset_node *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        if (x->len == x->cap) {
            x->cap = x->cap ? x->cap * 2 : 16;
            x->elems = mem_reallocarray(x->elems, x->cap, sizeof(*x->elems));
        }
        x->elems[x->len++] = s->children[i].elem;
        const struct fieldset_node *node = s->children[i].node;
        int rc = node->member ? x->fn(x->ctx, (struct path){x->elems, x->len}) : 0;
        if (!rc)
            rc = each_below(x, node);
        x->len--;
        if (rc)
            return rc;
    }
    return 0;
}

int fieldset_each(fieldset s, fieldset_fn *fn, void *ctx)
{
    struct each x = {.fn = fn, .ctx = ctx};
    int rc = each_below(&x, s);
    mem_free(x.elems);
    return rc;
}

/* ---- building from paths ---- */

struct fieldset_builder {
    struct val_pool *pool;
    VEC(struct path) paths;
    bool over;
};

struct fieldset_builder *fieldset_builder_new(struct val_pool *p)
{
    struct fieldset_builder *b = mem_new(struct fieldset_builder);
    b->pool = p;
    return b;
}

void fieldset_builder_free(struct fieldset_builder *b)
{
    if (b)
        vec_clear(&b->paths);
    mem_free(b);
}

void fieldset_builder_insert(struct fieldset_builder *b, struct path path)
{
    for (size_t i = 0; i < path.len; i++)
        if (path.elems[i].kind == PATH_ANY)
            return;
    if (!path.len)
        return;
    struct path copy = path_copy(b->pool, path);
    if (!copy.elems)
        b->over = true;
    else
        vec_push(&b->paths, copy);
}

static int by_path(const void *a, const void *b)
{
    return path_compare(*(const struct path *)a, *(const struct path *)b);
}

/* paths are sorted, share their first `depth` elements and are no shorter. */
static const struct fieldset_node *make_node(struct fieldset_maker *m, const struct path *paths,
                                             size_t n, size_t depth)
{
    size_t base = m->len, i = 0;
    bool member = false;
    for (; i < n && paths[i].len == depth; i++)
        member = true;
    while (i < n) {
        size_t from = i;
        while (++i < n &&
               path_elem_compare(&paths[i].elems[depth], &paths[from].elems[depth]) == 0) {
        }
        fieldset_maker_push(m, paths[from].elems[depth],
                            make_node(m, paths + from, i - from, depth + 1));
    }
    return fieldset_maker_node(m, member, base, NULL);
}

fieldset fieldset_builder_finish(struct fieldset_builder *b)
{
    struct fieldset_maker m;
    fieldset_maker_init(&m, b->pool);
    m.over = b->over;
    if (b->paths.len > 1)
        qsort(b->paths.items, b->paths.len, sizeof(*b->paths.items), by_path);
    fieldset s = make_node(&m, b->paths.items, b->paths.len, 0);
    b->paths.len = 0;
    b->over = false;
    return fieldset_maker_finish(&m, s);
}

fieldset fieldset_of_path(struct val_pool *p, struct path path)
{
    struct fieldset_builder *b = fieldset_builder_new(p);
    fieldset_builder_insert(b, path);
    fieldset s = fieldset_builder_finish(b);
    fieldset_builder_free(b);
    return s;
}
