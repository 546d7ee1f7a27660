// SPDX-License-Identifier: Apache-2.0
/*
 * What the files of the field sets share: making nodes bottom up on a stack of finished children.
 * Invariants of every node: children strictly ascending, none of them empty; hash as fieldset_hash
 * makes it; a member without children is always &fieldset_leaf_node.
 */
#ifndef LEEWAY_DATA_FIELDSET_INT_H
#define LEEWAY_DATA_FIELDSET_INT_H

#include "data/fieldset.h"

extern const struct fieldset_node fieldset_leaf_node;

struct fieldset_maker {
    struct val_pool *pool;
    struct fieldset_child *stack;
    size_t len, cap;
    bool over; /* past the pool's limit; everything returned since is unusable */
};

void fieldset_maker_init(struct fieldset_maker *m, struct val_pool *p);
void fieldset_maker_clear(struct fieldset_maker *m);
/* Adds a child to the node being made, unless it is empty. */
void fieldset_maker_push(struct fieldset_maker *m, struct path_elem elem,
                         const struct fieldset_node *node);
/* The node of what was pushed since the stack had `base` children. like: NULL, or a node to be
 * returned instead when it is the same. Never NULL. */
const struct fieldset_node *fieldset_maker_node(struct fieldset_maker *m, bool member, size_t base,
                                                const struct fieldset_node *like);
/* Clears the maker; NULL when it went past the limit. */
fieldset fieldset_maker_finish(struct fieldset_maker *m, fieldset s);

uint64_t fieldset_hash(bool member, const struct fieldset_child *c, size_t n);

/* ---- items of a list (fieldset_items.c) ---- */

struct fieldset_found {
    const struct val *item; /* NULL: absent */
    bool ambiguous;         /* several have this key; or the list is asked in too many ways */
};

struct fieldset_items;
/* For about `asked` questions; a value that is no list has no items. Both are borrowed, and so is
 * the element of each question until fieldset_items_free. */
struct fieldset_items *fieldset_items_new(const struct val *list, size_t asked);
void fieldset_items_free(struct fieldset_items *l);
struct fieldset_found fieldset_items_find(struct fieldset_items *l, const struct path_elem *e);
/* Is the item the one that a key or value names, with the key defaults of Kubernetes' schemas? */
bool fieldset_item_selects(const struct path_elem *e, const struct val *item);

static inline bool fieldset_node_is_empty(const struct fieldset_node *n)
{
    return !n->member && !n->n;
}

#endif
