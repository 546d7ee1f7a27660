// SPDX-License-Identifier: Apache-2.0
/*
 * Sets of paths as tries, read from and written as FieldsV1 (KEP-555; structured-merge-diff
 * fieldpath/serialize.go): f:name, k:{json}, v:json, i:n; a node is a member when it is {} or has
 * ".":{}; children with an unknown prefix are ignored with their subtree. Immutable once built;
 * children are sorted, so equal sets have equal shape and can be interned by hash.
 *
 * What an operation returns may share nodes, keys and values with its inputs: their pools must be
 * the one given or outlive it. Every function that takes a pool returns NULL past the pool's limit,
 * and only then (fieldset_read also on input that is no FieldsV1). Depth is bounded by the input's.
 */
#ifndef LEEWAY_DATA_FIELDSET_H
#define LEEWAY_DATA_FIELDSET_H

#include "data/path.h"

struct fieldset_node;

struct fieldset_child {
    struct path_elem elem;
    const struct fieldset_node *node;
};

struct fieldset_node {
    bool member;                           /* the path that ends here is in the set */
    uint32_t n;                            /* children */
    uint64_t hash;                         /* of the whole subtree; equal sets, equal hash */
    const struct fieldset_child *children; /* sorted by path_elem_compare */
};

/* A set; never NULL: fieldset_empty for none. Lives in the pool it was made in. */
typedef const struct fieldset_node *fieldset;

extern const struct fieldset_node fieldset_empty_node;
#define fieldset_empty (&fieldset_empty_node)

/* From a FieldsV1 value (a map; NULL or null count as empty). NULL and *e on failure: ERR_TYPE,
 * ERR_SYNTAX (with the path of the node as source), ERR_LIMIT. */
fieldset fieldset_read(struct val_pool *p, const struct val *fields_v1, struct err *e);
/* FieldsV1 in the order and form in which API servers write it: "." first, then children in order.
 */
const struct val *fieldset_write(struct val_pool *p, fieldset s);

/* Building: insert paths in any order (copied into p), then finish; the builder may be used again
 * afterwards, from empty. The empty path and PATH_ANY stand for no field and are ignored. */
struct fieldset_builder;
struct fieldset_builder *fieldset_builder_new(struct val_pool *p);
void fieldset_builder_free(struct fieldset_builder *b);
void fieldset_builder_insert(struct fieldset_builder *b, struct path path);
fieldset fieldset_builder_finish(struct fieldset_builder *b);
/* The set of one path. */
fieldset fieldset_of_path(struct val_pool *p, struct path path);

fieldset fieldset_union(struct val_pool *p, fieldset a, fieldset b);
fieldset fieldset_intersection(struct val_pool *p, fieldset a, fieldset b);
fieldset fieldset_difference(struct val_pool *p, fieldset a,
                             fieldset b); /* members of a not in b */
/* a without members that lie in b or below a member of b (SMD RecursiveDifference). */
fieldset fieldset_recursive_difference(struct val_pool *p, fieldset a, fieldset b);
/* Paths of s that are not a prefix of another member of s (SMD Leaves). */
fieldset fieldset_leaves(struct val_pool *p, fieldset s);
bool fieldset_equal(fieldset a, fieldset b);
bool fieldset_is_empty(fieldset s);
size_t fieldset_size(fieldset s); /* members */
bool fieldset_has(fieldset s, struct path path);
/* Does the set hold the path itself or an ancestor that is a leaf of the set (an atomic node)? */
bool fieldset_covers(fieldset s, struct path path);
const struct fieldset_node *fieldset_descend(fieldset s,
                                             const struct path_elem *elem); /* or NULL */

/* Calls fn for every member in order; path is borrowed for the call. Nonzero stops and is returned.
 */
typedef int fieldset_fn(void *ctx, struct path path);
int fieldset_each(fieldset s, fieldset_fn *fn, void *ctx);

/* Walks the leaves of s in lock-step with a value, in the order of the set, in time that grows with
 * the set and the value, not with their product. A call is made for
 *   - a member without members below it: a scalar, a set's member, or something atomic as a whole
 *     (also a list item k:{..}:{} whose content is atomic, such as an ownerReference);
 *   - a list item with members below it (k:{..}:{".":{},…}): it has to exist, item is true; its
 *     content is handled on its own.
 * Fields with members below them (f:labels:{".":{},…}) are passed over. A key field that an item
 * lacks counts as its schema default where Kubernetes has one: protocol is "TCP". Several items
 * with one key: the first stands for all, and everything at and below it is ambiguous. */
struct fieldset_leaf {
    struct path path;        /* borrowed for the call */
    const struct val *value; /* NULL: absent */
    bool item;               /* existence of a list item, not its content */
    bool ambiguous;          /* several items with this key */
};
typedef int fieldset_walk_fn(void *ctx, const struct fieldset_leaf *leaf);
/* Nonzero from fn stops and is returned. */
int fieldset_walk(fieldset s, const struct val *root, fieldset_walk_fn *fn, void *ctx);

/* A table that shares equal sets, and equal parts of unequal sets, by shape: a thousand Deployments
 * of one module share one. One thread at a time; what it returned may be read by any. */
struct fieldset_table;
struct fieldset_table *fieldset_table_new(void);
void fieldset_table_free(struct fieldset_table *t);
/* Returns a set equal to s that lives as long as the table, and its number (dense, from 0). */
fieldset fieldset_table_intern(struct fieldset_table *t, fieldset s, uint32_t *id);
/* The set with a number that was given out; NULL otherwise. */
fieldset fieldset_table_get(const struct fieldset_table *t, uint32_t id);
size_t fieldset_table_count(const struct fieldset_table *t); /* sets */
size_t fieldset_table_nodes(const struct fieldset_table *t); /* nodes held for them */

#endif
