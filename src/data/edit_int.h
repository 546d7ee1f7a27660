// SPDX-License-Identifier: Apache-2.0
/*
 * One change to one container, as a new container that shares the rest. Everything returns NULL
 * past the pool's limit. Internal to src/data.
 */
#ifndef LEEWAY_DATA_EDIT_INT_H
#define LEEWAY_DATA_EDIT_INT_H

#include "data/val.h"

/* map may be anything; what is no map counts as an empty one. */
const struct val *edit_map_put(struct val_pool *p, const struct val *map, const char *key,
                               size_t len, const struct val *value);
const struct val *edit_map_drop(struct val_pool *p, const struct val *map, const char *key,
                                size_t len);
/* at <= count of the list; what is no list counts as an empty one. */
const struct val *edit_list_insert(struct val_pool *p, const struct val *list, size_t at,
                                   const struct val *value);
const struct val *edit_list_put(struct val_pool *p, const struct val *list, size_t at,
                                const struct val *value);
const struct val *edit_list_drop(struct val_pool *p, const struct val *list, size_t at);

#endif
