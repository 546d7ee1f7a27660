// SPDX-License-Identifier: Apache-2.0
/*
 * Expressions of catalog documents: compiled once when the document is read, with what they read
 * told apart (parameters, inputs, facts of the cluster, other resources), because whether a value
 * is known before anything is applied, whether it is secret and where it came from all follow from
 * that. Expressions are immutable once compiled; any thread evaluates them.
 */
#ifndef LEEWAY_CATALOG_EXPR_H
#define LEEWAY_CATALOG_EXPR_H

#include "catalog/problem.h"
#include "cel/cel.h"
#include "schema/schema.h"

/* What an expression may name. */
enum catalog_name {
    CATALOG_PARAMS,
    CATALOG_INPUTS,
    CATALOG_ENV,
    CATALOG_CLUSTER,
    CATALOG_MODULES,
    CATALOG_SELF,
    CATALOG_RESOURCE, /* resources.ID */
    CATALOG_ITEM,     /* the forEach variable */
};

/* Variables of one document, or of one forEach in it; -1: not there. */
struct catalog_scope {
    struct cel_env *env; /* owned */
    int params, inputs, environment, cluster, modules, self, item;
    int resources; /* the first of n */
    size_t n_resources;
    const char *const *resource_ids; /* borrowed from whoever made the scope */
};

/* What a scope offers: types of what is there, NULL for what is not. */
struct catalog_scope_names {
    const struct schema *params; /* of the parameters */
    const char *const *inputs;   /* names */
    size_t n_inputs;
    const char *const *resources; /* ids */
    size_t n_resources;
    const char *const *modules;        /* instances */
    const char *const *const *outputs; /* of each, n_outputs names */
    const size_t *n_outputs;
    size_t n_modules;
    const char *item; /* forEach variable */
    bool with_params, with_inputs, with_environment, with_cluster, with_modules, with_self;
};

void catalog_scope_init(struct catalog_scope *s, const struct catalog_scope_names *names);
void catalog_scope_clear(struct catalog_scope *s); /* after its expressions */

#define CATALOG_REF_DEPTH 12u

struct catalog_ref {
    enum catalog_name what;
    uint32_t resource;                               /* of CATALOG_RESOURCE: number in the scope */
    bool tested;                                     /* only asked for with has() or ?. */
    const struct val_key *fields[CATALOG_REF_DEPTH]; /* below it, as far as they are plain */
    uint32_t n_fields;
};

struct catalog_expr {
    struct cel_program *program;
    const struct val *at; /* the scalar it stands in */
    size_t offset;        /* bytes of it before the expression */
    const char *text;     /* borrowed from the scalar */
    size_t len;
    const struct catalog_scope *scope;
    const struct catalog_ref *refs;
    size_t n_refs;
    uint32_t number; /* in the list that owns it */
};

/* Owns expressions; what they are made of lives in the pool. */
struct catalog_exprs {
    struct val_pool *pool;
    struct catalog_expr **items;
    size_t len, cap;
};
void catalog_exprs_clear(struct catalog_exprs *x);

/* len bytes from offset of the string v. NULL, and a problem inside v. */
struct catalog_expr *catalog_expr_compile(struct catalog_exprs *owner,
                                          const struct catalog_scope *scope,
                                          const struct catalog_file *file, const struct val *v,
                                          size_t offset, size_t len, const char *path,
                                          struct catalog_problems *problems);
/* A string that is an expression as a whole (includeWhen, when, in): NULL and a problem when it is
 * no string, does not compile, or cannot give `want` (CEL_BOOL, CEL_LIST; CEL_ERROR: anything). */
struct catalog_expr *catalog_expr_bare(struct catalog_exprs *owner,
                                       const struct catalog_scope *scope,
                                       const struct catalog_file *file, const struct val *v,
                                       enum cel_kind want, const char *path,
                                       struct catalog_problems *problems);
/* The first reference of a kind, or NULL. */
const struct catalog_ref *catalog_expr_reads(const struct catalog_expr *x, enum catalog_name what);

/* What a condition says. ERR_TYPE when it gives no truth; errors have the expression's own line and
 * column. */
int catalog_eval_bool(const struct catalog_expr *x, const struct cel_activation *act,
                      struct val_pool *pool, bool *out, struct err *e) ERR_CHECKED;

/* The type that expressions see where a schema describes a value: strings stay strings whatever
 * their format, numbers are dyn, what has no schema is dyn. */
const struct cel_type *catalog_type_of_schema(struct cel_env *env, const struct schema *s);

#endif
