// SPDX-License-Identifier: Apache-2.0
/* What the files of the typed values share: the walk's state and the items of a list by name. */
#ifndef LEEWAY_SCHEMA_TYPED_INT_H
#define LEEWAY_SCHEMA_TYPED_INT_H

#include "base/vec.h"
#include "schema/typed.h"

struct typed_walk {
    struct val_pool *pool;
    VEC(struct path_elem) path; /* where the walk is */
    struct buf errors;          /* one a line */
    size_t n_errors;
    bool over; /* past the pool's limit */
};

void typed_walk_init(struct typed_walk *w, struct val_pool *p);
/* Clears the walk; ERR_LIMIT, or ERR_TYPE with all that was found, or 0. */
int typed_walk_finish(struct typed_walk *w, struct err *e);
void typed_walk_error(struct typed_walk *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
struct path typed_walk_path(const struct typed_walk *w);
/* path_elem of a field, for its key in the pool. */
struct path_elem typed_field_elem(const struct val_key *k);

/* What of an atom holds for a value: a set of bits; all of them where the value does not tell. */
enum { TYPED_IS_MAP = 1, TYPED_IS_SCALAR = 2, TYPED_IS_LIST = 4 };
unsigned typed_forms(const struct typed_atom *t, const struct val *v);
enum typed_form { TYPED_NONE, TYPED_MAP_FORM, TYPED_SCALAR_FORM, TYPED_LIST_FORM };
/* The form to go on with: map before scalar before list. */
enum typed_form typed_form_of(unsigned forms);
extern const char typed_no_form[]; /* the error when there is none */

/* What is wrong with a scalar, in the pool of nobody: text of len, or false when it is fine. */
bool typed_scalar_wrong(enum typed_scalar t, const struct val *v, char *out, size_t len);
const struct typed_atom *typed_field_type(const struct typed_map *m, const struct val_key *k);

/* The name of an item; false with the reason in *why. The key's values are borrowed. */
bool typed_item_elem(struct val_pool *p, const struct typed_list *l, const struct val *item,
                     struct path_elem *out, const char **why, bool *over);

struct typed_item {
    struct path_elem elem;
    const struct val *first;
    uint32_t count;
};

struct typed_items { /* of one list; distinct names in the order of their first item */
    struct typed_item *items;
    uint32_t n;
    uint32_t *of; /* by index in the list: which item */
    uint32_t len;
    uint32_t *slots, mask;
};
enum { TYPED_NO_ITEM = -1 };
/* Errors of items without a name go to the walk. list may be NULL or no list. */
void typed_items_init(struct typed_items *x, struct typed_walk *w, const struct typed_list *l,
                      const struct val *list);
void typed_items_clear(struct typed_items *x);
struct typed_item *typed_items_find(const struct typed_items *x, const struct path_elem *e);

static inline const struct val *typed_as(const struct val *v, enum val_type t)
{
    return val_is(v, t) ? v : NULL;
}

#endif
