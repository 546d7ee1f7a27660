// SPDX-License-Identifier: Apache-2.0
/*
 * Templates are data: a string that is wholly ${CEL} becomes its typed value, a string that holds
 * ${CEL} is interpolated, $${ is a literal ${. Compiled once when the document is read, into nodes
 * that know which parts are constant; src/render evaluates them. Nodes point into the document and
 * live in the pool of the expressions' owner. Immutable once compiled, any thread reads.
 */
#ifndef LEEWAY_CATALOG_TEMPLATE_H
#define LEEWAY_CATALOG_TEMPLATE_H

#include "catalog/expr.h"

enum template_kind {
    TEMPLATE_CONST, /* the value as it stands */
    TEMPLATE_EXPR,  /* one expression: its value, with its type */
    TEMPLATE_TEXT,  /* texts and expressions, joined */
    TEMPLATE_MAP,
    TEMPLATE_LIST,
};

struct template_part { /* of a text */
    const char *text;  /* when there is no expression */
    size_t len;
    const struct catalog_expr *expr;
};

struct template_node {
    uint8_t kind; /* enum template_kind */
    const struct val *source;
    size_t n; /* parts, entries or items */
    union {
        struct val value; /* TEMPLATE_CONST: source, or source with $${ resolved */
        const struct catalog_expr *expr;
        const struct template_part *parts;
        const struct template_node *children; /* keys are those of source */
    } as;
};

struct template_context {
    struct catalog_exprs *owner;
    const struct catalog_scope *scope;
    const struct catalog_file *file;
    struct catalog_problems *problems;
    struct buf path; /* of what is compiled: "spec.resources[0].template" */
};

#define TEMPLATE_PARTS_MAX 200u /* of one text */

/* Compiles v; every problem is said, and what is wrong stays as a constant. False past the pool's
 * limit. */
bool template_compile(struct template_context *c, const struct val *v, struct template_node *out);

/* Calls fn for every expression, in the order of the document. */
typedef void template_fn(void *ctx, const struct template_node *node,
                         const struct catalog_expr *expr);
void template_each(const struct template_node *n, template_fn *fn, void *ctx);
/* The node of a map's entry, or NULL. */
const struct template_node *template_get(const struct template_node *n, const char *key);

/* The byte behind the expression that begins at s (after "${"), or NULL when no } closes it: texts
 * in the expression may hold braces. */
const char *template_expr_end(const char *s, const char *end);

#endif
