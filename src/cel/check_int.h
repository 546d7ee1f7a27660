// SPDX-License-Identifier: Apache-2.0
/* Shared by check.c, check_names.c and check_extra.c. */
#ifndef LEEWAY_CEL_CHECK_INT_H
#define LEEWAY_CEL_CHECK_INT_H

#include "cel/cel_int.h"

#define MAX_LOCALS 256

struct checker {
    const struct cel_env *env;
    struct source *src;
    struct arena *arena;
    bool lenient;
    struct type_map types;
    struct local {
        const char *name;
        const struct cel_type *type;
    } locals[MAX_LOCALS];
    unsigned n_locals, max_locals;
    unsigned patterns; /* constant ones that were tried */
};

const char *cel_t_text(struct checker *c, const struct cel_type *t);
int cel_find_local(const struct checker *c, const char *name);

/* Tries name in the container and its parents, innermost first. fn returns whether it was there. */
typedef bool lookup_fn(struct checker *c, const char *name, size_t len, struct ast *t);
bool cel_lookup(struct checker *c, const char *name, bool absolute, lookup_fn *fn, struct ast *t);
lookup_fn cel_resolve_ident, cel_resolve_function; /* change t when the name is there */
/* "a.b.c" of a chain of plain selections that starts at a name, or NULL. */
char *cel_dotted(struct checker *c, const struct ast *t, const char *last, bool *absolute);

/* Errors with a hint at what was meant; they return their code. */
int cel_undeclared(struct checker *c, const struct ast *t, const char *name, bool function);
int cel_undefined_field(struct checker *c, const struct ast *t, const struct cel_type *of);

/* After a call was resolved: constant durations, timestamps and patterns. */
int cel_check_literals(struct checker *c, const struct ast *t);
/* After everything: what Kubernetes wants besides. */
int cel_validate(struct checker *c, const struct ast *t, bool exempt);

#endif
