// SPDX-License-Identifier: Apache-2.0
#include "engine/model/pages.h"

#include "base/mem.h"

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

struct page {
    atomic_uint refs;
    uint64_t filled; /* bit set: the row was put or copied */
    struct arena arena;
    _Alignas(max_align_t) char rows[];
};

static void *page_row(const struct pages_kind *k, struct page *p, size_t i)
{
    return p->rows + (i % PAGE_ROWS) * k->row_size;
}

static struct page *page_new(const struct pages_kind *k)
{
    struct page *p = mem_zalloc(sizeof(*p) + PAGE_ROWS * k->row_size);
    atomic_init(&p->refs, 1);
    arena_init(&p->arena);
    return p;
}

static void page_unref(struct page *p)
{
    if (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1) {
        arena_clear(&p->arena);
        mem_free(p);
    }
}

const void *pages_at(const struct pages_kind *k, const struct pages *p, size_t i)
{
    return i < p->len ? page_row(k, p->items[i / PAGE_ROWS], i) : NULL;
}

static void reach_page(struct pages *p, size_t page)
{
    if (page < p->n)
        return;
    p->items = mem_reallocarray(p->items, page + 1, sizeof(struct page *));
    while (p->n <= page)
        p->items[p->n++] = NULL;
}

void pages_put(const struct pages_kind *k, struct pages *p, size_t i, const void *row)
{
    reach_page(p, i / PAGE_ROWS);
    struct page **at = &p->items[i / PAGE_ROWS];
    if (!*at)
        *at = page_new(k);
    if (p->len <= i)
        p->len = i + 1;
    void *place = page_row(k, *at, i);
    memcpy(place, row, k->row_size);
    k->copy(&(*at)->arena, place);
    (*at)->filled |= 1ULL << (i % PAGE_ROWS);
}

void pages_complete(const struct pages_kind *k, struct pages *p, const struct pages *old)
{
    size_t n = (p->len + PAGE_ROWS - 1) / PAGE_ROWS;
    for (size_t i = n; i < p->n; i++)
        page_unref(p->items[i]);
    if (n)
        reach_page(p, n - 1);
    p->n = n;
    for (size_t i = 0; i < p->len; i++) {
        struct page **at = &p->items[i / PAGE_ROWS];
        if (!*at) {
            assert(old && i / PAGE_ROWS < old->n);
            *at = old->items[i / PAGE_ROWS];
            atomic_fetch_add_explicit(&(*at)->refs, 1, memory_order_relaxed);
        }
        if ((*at)->filled >> (i % PAGE_ROWS) & 1)
            continue;
        assert(old && i < old->len);
        pages_put(k, p, i, page_row(k, old->items[i / PAGE_ROWS], i));
    }
}

size_t pages_shared(const struct pages *a, const struct pages *b, size_t i)
{
    size_t end = a->len < b->len ? a->len : b->len, at = i;
    while (at < end && a->items[at / PAGE_ROWS] == b->items[at / PAGE_ROWS])
        at = (at / PAGE_ROWS + 1) * PAGE_ROWS;
    return (at > end ? end : at) - (i > end ? end : i);
}

void pages_clear(struct pages *p)
{
    for (size_t i = 0; i < p->n; i++)
        page_unref(p->items[i]);
    mem_free(p->items);
    *p = (struct pages){0};
}
