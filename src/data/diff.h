// SPDX-License-Identifier: Apache-2.0
/*
 * Structural difference of two values, list items matched by key where the list's topology is known
 * or can be told from a fieldset, by index otherwise; and RFC 7386 merge patch, RFC 6902 JSON
 * patch.
 */
#ifndef LEEWAY_DATA_DIFF_H
#define LEEWAY_DATA_DIFF_H

#include "data/fieldset.h"

enum diff_op { DIFF_ADDED, DIFF_REMOVED, DIFF_CHANGED };

struct diff_item {
    enum diff_op op;
    struct path path;         /* in the pool given */
    const struct val *before; /* NULL when added; borrowed from the input */
    const struct val *after;  /* NULL when removed */
};

struct diff_items {
    struct diff_item *items;
    size_t len, cap;
};

/* How the items of the list at a path are told apart. NULL result: by index. The returned array of
 * key field names ends with NULL; an empty one means a set. */
typedef const char *const *diff_keys_fn(void *ctx, struct path path);

/* Appends to *out. keys may be NULL: then lists of maps that all have a distinct string "name" are
 * matched by name, everything else by index; a keyed list falls back to the index when an item
 * lacks a key or two have the same one. Leaves only: a container that is there on one side is one
 * item. A keyed list in which nothing but the order differs is one changed item. Paths borrow names
 * and values from the inputs. before or after may be NULL. 0 or ERR_LIMIT (the pool's). */
int diff_values(struct val_pool *p, const struct val *before, const struct val *after,
                diff_keys_fn *keys, void *ctx, struct diff_items *out);
void diff_items_clear(struct diff_items *d);

/* NULL past p's limit. A patch can't say "null": merge_patch_make(a, b) applied to a gives b when
 * no map in b holds a null. Results share with the inputs, as everything here does. */
const struct val *merge_patch_apply(struct val_pool *p, const struct val *target,
                                    const struct val *patch);
const struct val *merge_patch_make(struct val_pool *p, const struct val *from,
                                   const struct val *to);
/* RFC 6902; NULL and *e (with the number of the operation) on failure. At most 10,000 operations.
 */
const struct val *json_patch_apply(struct val_pool *p, const struct val *target,
                                   const struct val *patch, struct err *e);

/* Functional updates at a path: the value with `leaf` put at path (containers and keyed items made
 * on the way; what is there and of the wrong type is replaced; a set's member is its own leaf), or
 * without it (all items of the key; containers that become empty stay). NULL past p's limit, and
 * from val_with_path for a pattern or an index past the end of its list. */
const struct val *val_with_path(struct val_pool *p, const struct val *root, struct path path,
                                const struct val *leaf);
const struct val *val_without_path(struct val_pool *p, const struct val *root, struct path path);
/* Only the parts of root that s names, with the keys of list items that hold them, in the order of
 * root; an empty map when nothing is. NULL past p's limit. */
const struct val *val_extract(struct val_pool *p, const struct val *root, fieldset s);

#endif
