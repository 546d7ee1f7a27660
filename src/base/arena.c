// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ALIGN _Alignof(max_align_t)
#define FIRST_BLOCK 1024u
#define LARGEST_BLOCK (256u * 1024u)

struct arena_block {
    struct arena_block *next;
    size_t size; /* of data */
    _Alignas(max_align_t) char data[];
};

void arena_init(struct arena *a)
{
    memset(a, 0, sizeof(*a));
}

void arena_init_limited(struct arena *a, size_t limit_bytes)
{
    arena_init(a);
    a->limit = limit_bytes;
}

void arena_clear(struct arena *a)
{
    struct arena_block *b = a->head;
    while (b) {
        struct arena_block *next = b->next;
        mem_free(b);
        b = next;
    }
    size_t limit = a->limit;
    arena_init(a);
    a->limit = limit;
}

void arena_reset(struct arena *a)
{
    struct arena_block *keep = a->head;
    if (!keep)
        return;
    struct arena_block *b = keep->next;
    while (b) {
        struct arena_block *next = b->next;
        mem_free(b);
        b = next;
    }
    keep->next = NULL;
    a->at = keep->data;
    a->end = keep->data + keep->size;
    a->used = 0;
}

static void add_block(struct arena *a, size_t size)
{
    struct arena_block *b = mem_alloc(sizeof(*b) + size);
    b->size = size;
    b->next = a->head;
    a->head = b;
    a->at = b->data;
    a->end = b->data + size;
}

static void grow(struct arena *a, size_t need)
{
    size_t size = a->head ? a->head->size * 2 : FIRST_BLOCK;
    if (size > LARGEST_BLOCK)
        size = LARGEST_BLOCK;
    add_block(a, size < need ? need : size);
}

void arena_reserve(struct arena *a, size_t pieces, size_t bytes)
{
    size_t each;
    if (!__builtin_mul_overflow(pieces, ALIGN, &each) &&
        !__builtin_add_overflow(bytes, each, &bytes) && (size_t)(a->end - a->at) < bytes)
        add_block(a, bytes);
}

void *arena_alloc(struct arena *a, size_t size)
{
    if (size > SIZE_MAX - ALIGN)
        return NULL;
    size_t need = (size + ALIGN - 1) & ~(ALIGN - 1);
    if (need == 0)
        need = ALIGN;
    if (a->limit && (need > a->limit || a->used > a->limit - need))
        return NULL;
    if ((size_t)(a->end - a->at) < need)
        grow(a, need);
    void *p = a->at;
    a->at += need;
    a->used += need;
    return p;
}

void *arena_zalloc(struct arena *a, size_t size)
{
    void *p = arena_alloc(a, size);
    if (p)
        memset(p, 0, size);
    return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes))
        return NULL;
    return arena_alloc(a, bytes);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    if (len == SIZE_MAX)
        return NULL;
    char *p = arena_alloc(a, len + 1);
    if (!p)
        return NULL;
    if (len)
        memcpy(p, s, len);
    p[len] = '\0';
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    char small[256];
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof(small), fmt, ap);
    char *p = NULL;
    if (n >= 0 && (size_t)n < sizeof(small)) {
        p = arena_strndup(a, small, (size_t)n);
    } else if (n >= 0) {
        p = arena_alloc(a, (size_t)n + 1);
        if (p)
            vsnprintf(p, (size_t)n + 1, fmt, again);
    }
    va_end(again);
    return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *p = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return p;
}
