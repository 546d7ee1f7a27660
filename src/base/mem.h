// SPDX-License-Identifier: Apache-2.0
/*
 * Memory that does not fail in the caller's hands. Allocations sized by the program abort through
 * one handler; anything sized by input must be bounded by the caller first (see buf.h, arena.h).
 * Any thread.
 */
#ifndef LEEWAY_BASE_MEM_H
#define LEEWAY_BASE_MEM_H

#include <stddef.h>

#define MEM_OWNED __attribute__((malloc, returns_nonnull, warn_unused_result))

MEM_OWNED void *mem_alloc(size_t size);            /* uninitialised; size 0 gives a valid pointer */
MEM_OWNED void *mem_zalloc(size_t size);           /* zeroed */
MEM_OWNED void *mem_calloc(size_t n, size_t size); /* zeroed, overflow checked */
__attribute__((returns_nonnull, warn_unused_result)) void *mem_realloc(void *p, size_t size);
__attribute__((returns_nonnull, warn_unused_result)) void *mem_reallocarray(void *p, size_t n,
                                                                            size_t size);
MEM_OWNED char *mem_strdup(const char *s);
MEM_OWNED char *mem_strndup(const char *s, size_t len); /* copies exactly len bytes, adds NUL */
MEM_OWNED __attribute__((format(printf, 1, 2))) char *mem_printf(const char *fmt, ...);
void mem_free(void *p); /* NULL is fine */
/* Overwrites n bytes in a way the compiler keeps; for secrets. */
void mem_wipe(void *p, size_t n);

/* Gives pages that are free back to the system. What is read or drawn needs megabytes for
 * milliseconds; one small object above them in the heap keeps all of them resident for as long as
 * it lives. Takes up to some ms; does nothing where the C library cannot. */
void mem_trim(void);

#define mem_new(type) ((type *)mem_zalloc(sizeof(type)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
