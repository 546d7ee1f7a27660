// SPDX-License-Identifier: Apache-2.0
/*
 * Compiled nodes: a tree of small structs, each of which begins with the function that evaluates
 * it. plan.c builds them, eval.c and fold.c hold the functions. Everything lives in the program's
 * arena.
 */
#ifndef LEEWAY_CEL_NODE_H
#define LEEWAY_CEL_NODE_H

#include "cel/cel_int.h"

struct node_const {
    struct node node;
    struct cel_value value;
};

/* A variable or a loop's variable, and fields below it. */
struct node_path {
    struct node node;
    int slot;
    uint32_t n;
    const struct cel_ref *ref; /* of a variable */
    const struct val_key *const *keys;
};

struct node_select {
    struct node node;
    const struct node *of;
    const struct val_key *key;
    bool test, optional;
};

struct node_unary {
    struct node node;
    const struct node *a;
};

struct node_binary {
    struct node node;
    const struct node *a, *b;
    cel_fn *op;
};

struct node_call {
    struct node node;
    uint32_t n, n_overloads;
    const struct node *args[MAX_ARGS];
    const struct overload *const *overloads;
    const struct re2_pattern *pattern; /* compiled from a constant argument */
};

struct node_many { /* and, or, list, map */
    struct node node;
    uint32_t n;
    bool any_optional;
    const struct node *const *args;
    const uint8_t *optional;
};

struct node_cond {
    struct node node;
    const struct node *test, *yes, *no;
};

struct node_fold {
    struct node node;
    int slot, slot2;                          /* slot2 < 0: one variable */
    const struct node *range, *filter, *body; /* filter may be NULL */
};

struct node_bind {
    struct node node;
    int slot;
    bool flat;
    const struct node *value, *body;
};

node_fn cel_eval_const, cel_eval_var, cel_eval_local, cel_eval_var_path, cel_eval_local_path,
    cel_eval_select, cel_eval_not, cel_eval_neg, cel_eval_eq, cel_eval_ne, cel_eval_lt, cel_eval_le,
    cel_eval_gt, cel_eval_ge, cel_eval_binary, cel_eval_call, cel_eval_matches, cel_eval_and,
    cel_eval_or, cel_eval_cond, cel_eval_list, cel_eval_map, cel_eval_bind, cel_eval_block,
    cel_eval_or_optional, cel_eval_or_value, cel_eval_unbound_name, cel_eval_unbound_function,
    cel_eval_in_key;
node_fn cel_fold_all, cel_fold_exists, cel_fold_exists_one, cel_fold_map, cel_fold_filter,
    cel_fold_map_values, cel_fold_map_entries, cel_fold_sort_by;

/* Says where an error of n's making is, unless it is known. */
struct cel_value cel_place_error(struct frame *f, const struct node *n, struct cel_value v);

static inline struct cel_value placed(struct frame *f, const struct node *n, struct cel_value v)
{
    return __builtin_expect(v.kind == CEL_ERROR, 0) ? cel_place_error(f, n, v) : v;
}

struct cel_value cel_select_field(struct frame *f, const struct node_select *n,
                                  struct cel_value of);

#endif
