// SPDX-License-Identifier: Apache-2.0
/* Building a value from events: containers open, entries come, containers close. */
#include "base/hash.h"
#include "base/mem.h"
#include "data/val_int.h"

struct frame {
    enum val_type type;
    size_t base; /* first of its entries (map) or items (list) on the stack */
    uint32_t line;
    uint16_t col;
    const struct val_key *outer_key; /* pending key of the enclosing map */
    uint32_t outer_key_line;
    uint16_t outer_key_col;
    struct strmap seen; /* keys of a map that grew large */
};

struct val_builder {
    struct val_pool *pool;
    unsigned max_depth;
    struct frame *frames;
    size_t depth, frames_cap;
    struct val_entry *stack; /* entries of maps; for lists only .value is used */
    size_t len, cap;
    const struct val_key *key; /* pending key of the innermost map */
    uint32_t key_line;
    uint16_t key_col;
    uint32_t line;
    uint16_t col;
    bool done;
    struct val result;
};

struct val_builder *val_builder_new(struct val_pool *p, unsigned max_depth)
{
    struct val_builder *b = mem_new(struct val_builder);
    b->pool = p;
    b->max_depth = max_depth;
    return b;
}

void val_builder_reset(struct val_builder *b)
{
    while (b->depth)
        strmap_clear(&b->frames[--b->depth].seen);
    b->len = 0;
    b->key = NULL;
    b->done = false;
    b->line = 0;
    b->col = 0;
}

void val_builder_free(struct val_builder *b)
{
    if (!b)
        return;
    val_builder_reset(b);
    mem_free(b->frames);
    mem_free(b->stack);
    mem_free(b);
}

void val_builder_at(struct val_builder *b, uint32_t line, uint32_t col)
{
    b->line = line;
    b->col = col > UINT16_MAX ? UINT16_MAX : (uint16_t)col;
}

static int push(struct val_builder *b, struct val v)
{
    if (b->done)
        return ERR_INTERNAL;
    if (!b->depth) {
        b->result = v;
        b->done = true;
        return 0;
    }
    bool in_map = b->frames[b->depth - 1].type == VAL_MAP;
    if (in_map && !b->key)
        return ERR_INTERNAL;
    if (b->len == b->cap) {
        b->cap = b->cap ? b->cap * 2 : 64;
        b->stack = mem_reallocarray(b->stack, b->cap, sizeof(*b->stack));
    }
    b->stack[b->len++] = (struct val_entry){in_map ? b->key : NULL, b->key_line, b->key_col, v};
    b->key = NULL;
    return 0;
}

int val_builder_add(struct val_builder *b, struct val v)
{
    if (!v.line) {
        v.line = b->line;
        v.col = b->col;
    }
    return push(b, v);
}

static int open(struct val_builder *b, enum val_type type)
{
    if (b->depth >= b->max_depth)
        return ERR_LIMIT;
    if (b->done || (b->depth && b->frames[b->depth - 1].type == VAL_MAP && !b->key))
        return ERR_INTERNAL;
    if (b->depth == b->frames_cap) {
        b->frames_cap = b->frames_cap ? b->frames_cap * 2 : 16;
        b->frames = mem_reallocarray(b->frames, b->frames_cap, sizeof(*b->frames));
    }
    b->frames[b->depth++] = (struct frame){.type = type,
                                           .base = b->len,
                                           .line = b->line,
                                           .col = b->col,
                                           .outer_key = b->key,
                                           .outer_key_line = b->key_line,
                                           .outer_key_col = b->key_col};
    b->key = NULL;
    return 0;
}

int val_builder_map(struct val_builder *b)
{
    return open(b, VAL_MAP);
}

int val_builder_list(struct val_builder *b)
{
    return open(b, VAL_LIST);
}

int val_builder_key(struct val_builder *b, const char *key, size_t len)
{
    if (!b->depth || b->frames[b->depth - 1].type != VAL_MAP || b->key)
        return ERR_INTERNAL;
    const struct val_key *k = val_intern(b->pool, key, len);
    if (!k)
        return ERR_LIMIT;
    struct frame *f = &b->frames[b->depth - 1];
    size_t n = b->len - f->base;
    if (n < VAL_INDEX_FROM * 2) {
        for (size_t i = f->base; i < b->len; i++)
            if (b->stack[i].key == k)
                return ERR_EXISTS;
    } else {
        if (!f->seen.count)
            for (size_t i = f->base; i < b->len; i++)
                strmap_set_n(&f->seen, b->stack[i].key->s, b->stack[i].key->len, b);
        if (strmap_set_n(&f->seen, key, len, b))
            return ERR_EXISTS;
    }
    b->key = k;
    b->key_line = b->line;
    b->key_col = b->col;
    return 0;
}

int val_builder_end(struct val_builder *b)
{
    if (!b->depth || b->key)
        return ERR_INTERNAL;
    struct frame *f = &b->frames[b->depth - 1];
    size_t n = b->len - f->base;
    struct val v;
    if (f->type == VAL_MAP) {
        if (n > UINT32_MAX || !val_make_map(b->pool, n ? b->stack + f->base : NULL, n, &v))
            return ERR_LIMIT;
    } else {
        struct val *items = arena_array(&b->pool->arena, n, sizeof(*items));
        if (!items || n > UINT32_MAX)
            return ERR_LIMIT;
        for (size_t i = 0; i < n; i++)
            items[i] = b->stack[f->base + i].value;
        v = (struct val){.type = VAL_LIST, .len = (uint32_t)n, .as.items = items};
    }
    v.line = f->line;
    v.col = f->col;
    strmap_clear(&f->seen);
    b->len = f->base;
    b->key = f->outer_key;
    b->key_line = f->outer_key_line;
    b->key_col = f->outer_key_col;
    b->depth--;
    return push(b, v);
}

const struct val *val_builder_finish(struct val_builder *b)
{
    if (b->depth || !b->done)
        return NULL;
    return val_box(b->pool, b->result);
}
