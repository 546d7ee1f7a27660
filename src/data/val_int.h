// SPDX-License-Identifier: Apache-2.0
/*
 * What readers of this folder need of the value type beyond val.h: containers made straight from a
 * reader's own stack. Thread as in val.h.
 */
#ifndef LEEWAY_DATA_VAL_INT_H
#define LEEWAY_DATA_VAL_INT_H

#include "data/val.h"

/* Copies n entries, their keys interned in p and distinct, into p; the map is put into *out with no
 * position. False past p's limit. */
bool val_make_map(struct val_pool *p, const struct val_entry *src, size_t n, struct val *out);

#endif
