// SPDX-License-Identifier: Apache-2.0
/*
 * What this folder needs of the value type beyond val.h: keys compared, containers made straight
 * from a reader's own stack. Thread as in val.h.
 */
#ifndef LEEWAY_DATA_VAL_INT_H
#define LEEWAY_DATA_VAL_INT_H

#include "data/val.h"

#include <string.h>

#define VAL_INDEX_FROM 12u /* entries from which a map gets an index */

/* hash: of the text, by the process's key, as val_intern has it. */
static inline bool val_key_is(const struct val_key *k, uint32_t hash, const char *s, size_t len)
{
    return k->hash == hash && k->len == len && memcmp(k->s, s, len) == 0;
}

/* NULL: the map has no such key. */
const struct val_entry *val_find_entry(const struct val *map, const char *key, size_t len);

/* Copies n entries, their keys interned in p and distinct, into p; the map is put into *out with no
 * position. False past p's limit. */
bool val_make_map(struct val_pool *p, const struct val_entry *src, size_t n, struct val *out);

#endif
