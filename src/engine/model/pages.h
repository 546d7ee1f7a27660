// SPDX-License-Identifier: Apache-2.0
/*
 * Rows of one type in pages of 64, each page with the arena of all that its rows point to. A page
 * is immutable once its table is complete and is shared by later tables in which none of its rows
 * was put anew. Complete tables may be read by any thread.
 */
#ifndef LEEWAY_ENGINE_MODEL_PAGES_H
#define LEEWAY_ENGINE_MODEL_PAGES_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

#define PAGE_ROWS 64u

struct page;

struct pages_kind {
    size_t row_size;
    void (*copy)(struct arena *a, void *row); /* makes what a flat copy points to the arena's own */
};

struct pages {
    struct page **items; /* NULL: not begun (while it is built) */
    size_t n, len;       /* pages, rows */
};

const void *pages_at(const struct pages_kind *k, const struct pages *p, size_t i); /* NULL: none */
void pages_put(const struct pages_kind *k, struct pages *p, size_t i, const void *row);
/* Rows that nobody put come from old: a whole page by reference, single ones as copies. A row that
 * neither has is a gap, which is a mistake of the caller. old may be NULL. */
void pages_complete(const struct pages_kind *k, struct pages *p, const struct pages *old);
/* How many rows from i on lie in the same pages of both. */
size_t pages_shared(const struct pages *a, const struct pages *b, size_t i);
void pages_clear(struct pages *p);

#endif
