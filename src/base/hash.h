// SPDX-License-Identifier: Apache-2.0
/*
 * SipHash-2-4 with a key (Aumasson, Bernstein 2012), for hash tables and leaf hashes that nobody
 * outside can aim at, and a string map on top of it. Not thread-safe.
 */
#ifndef LEEWAY_BASE_HASH_H
#define LEEWAY_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_key {
    uint64_t k0, k1;
};

uint64_t hash_bytes(const struct hash_key *k, const void *data, size_t len);
/* Key of this process for tables: drawn from the system once, the same for the whole run. */
const struct hash_key *hash_process_key(void);

/* String → pointer. Keys are copied, values borrowed. Iteration is in insertion order; removal
 * keeps the order of the rest. Zero-initialise, end with strmap_clear. */
struct strmap_entry {
    char *key; /* owned; NULL: removed */
    size_t len;
    uint64_t hash;
    void *value;
};

struct strmap {
    struct strmap_entry *entries;
    size_t len; /* used slots of entries, removed ones included */
    size_t cap;
    size_t count; /* live */
    uint32_t *index;
    size_t index_cap; /* power of two */
};

void *strmap_get(const struct strmap *m, const char *key);
void *strmap_get_n(const struct strmap *m, const char *key, size_t len);
bool strmap_has(const struct strmap *m, const char *key);
/* Returns the value that was there, or NULL. */
void *strmap_set(struct strmap *m, const char *key, void *value);
void *strmap_set_n(struct strmap *m, const char *key, size_t len, void *value);
void *strmap_remove(struct strmap *m, const char *key);
void strmap_clear(struct strmap *m);
/* for (size_t i = 0; (e = strmap_next(m, &i));) */
const struct strmap_entry *strmap_next(const struct strmap *m, size_t *i);

#endif
