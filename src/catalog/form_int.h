// SPDX-License-Identifier: Apache-2.0
#ifndef LEEWAY_CATALOG_FORM_INT_H
#define LEEWAY_CATALOG_FORM_INT_H

#include "base/vec.h"
#include "catalog/form.h"
#include "cel/cel.h"

struct form {
    struct arena arena;
    const struct schema *schema;
    struct schema_validator *validator;
    struct cel_env *env;
    int params; /* the variable */
    struct form_field top;
    VEC(struct cel_program *) programs; /* owned */
};

#endif
