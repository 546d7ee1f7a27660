// SPDX-License-Identifier: Apache-2.0
/*
 * Arenas: many small allocations that live and die together. Not thread-safe; one owner at a time.
 * What an arena gives out is aligned for any type and stays in place until arena_clear or
 * arena_reset. An arena may carry a limit: past it arena_alloc returns NULL instead of memory, so
 * that hostile input cannot grow without bound; arenas without a limit never return NULL.
 */
#ifndef LEEWAY_BASE_ARENA_H
#define LEEWAY_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *head; /* newest block */
    char *at, *end;           /* free room in head */
    size_t used;              /* bytes handed out and padding */
    size_t limit;             /* 0: none */
};

void arena_init(struct arena *a);
void arena_init_limited(struct arena *a, size_t limit_bytes);
void arena_clear(struct arena *a); /* frees everything; the arena may be used again */
void arena_reset(struct arena *a); /* forgets everything, keeps one block for the next round */

/* Makes one block that takes so many pieces of so many bytes together, where what is to come is
 * known: nothing is left over. The limit is asked when they are taken. */
void arena_reserve(struct arena *a, size_t pieces, size_t bytes);

void *arena_alloc(struct arena *a, size_t size);  /* NULL only past the limit */
void *arena_zalloc(struct arena *a, size_t size); /* the same, zeroed */
/* Room for n elements; NULL past the limit or on overflow. */
void *arena_array(struct arena *a, size_t n, size_t size);
char *arena_strndup(struct arena *a, const char *s, size_t len); /* NUL added; NULL past limit */
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

#define arena_new(a, type) ((type *)arena_zalloc((a), sizeof(type)))

#endif
