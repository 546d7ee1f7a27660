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

node_fn eval_const, eval_var, eval_local, eval_var_path, eval_local_path, eval_select, eval_not,
    eval_neg, eval_eq, eval_ne, eval_lt, eval_le, eval_gt, eval_ge, eval_binary, eval_call,
    eval_matches, eval_and, eval_or, eval_cond, eval_list, eval_map, eval_bind, eval_block,
    eval_or_optional, eval_or_value, eval_unbound_name, eval_unbound_function, eval_in_key;
node_fn fold_all, fold_exists, fold_exists_one, fold_map, fold_filter, fold_map_values,
    fold_map_entries, fold_sort_by;

/* Says where an error of n's making is, unless it is known. */
struct cel_value place_error(struct frame *f, const struct node *n, struct cel_value v);

static inline struct cel_value placed(struct frame *f, const struct node *n, struct cel_value v)
{
    return __builtin_expect(v.kind == CEL_ERROR, 0) ? place_error(f, n, v) : v;
}

struct cel_value select_field(struct frame *f, const struct node_select *n, struct cel_value of);

#endif
