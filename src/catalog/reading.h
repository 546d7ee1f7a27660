// SPDX-License-Identifier: Apache-2.0
/*
 * What the readers of catalog documents share: a cursor over a document with its path, and the
 * common forms (names, ranges, expressions, parameters). Inside src/catalog.
 */
#ifndef LEEWAY_CATALOG_READING_H
#define LEEWAY_CATALOG_READING_H

#include "catalog/semver.h"
#include "catalog/template.h"
#include "schema/validate.h"

struct reading {
    const struct catalog_file *file;
    struct val_pool *pool;
    struct catalog_problems *problems;
    struct catalog_exprs *exprs;
};

/* A problem at v. Returns it for a hint, or NULL. */
struct err *reading_problem(struct reading *r, const struct val *v, const char *path,
                            const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void *reading_array(struct reading *r, size_t n, size_t size); /* zeroed; never NULL */
const char *reading_string(const struct val *v);               /* "" when it is none */
/* Strings of a list, NULL-terminated; NULL when there is no list. */
const char *const *reading_strings(struct reading *r, const struct val *list);
bool reading_version(struct reading *r, const struct val *v, const char *path, struct semver *out);
bool reading_range(struct reading *r, const struct val *v, const char *path,
                   struct semver_range *out);
/* A resource id or a loop's variable: what an expression can name. */
bool reading_identifier(struct reading *r, const struct val *v, const char *path);
const struct catalog_expr *reading_expr(struct reading *r, const struct catalog_scope *scope,
                                        const struct val *v, enum cel_kind want, const char *path);
void reading_template(struct reading *r, const struct catalog_scope *scope, const struct val *v,
                      const char *path, struct template_node *out);
/* spec.parameters: the schema (an empty object's when there is none) and its validator. False when
 * they are wrong; *out is usable all the same. */
bool reading_parameters(struct reading *r, const struct val *v, const char *path,
                        const struct schema **out, struct schema_validator **validator);
/* Expressions of x-visible-when in it, defaults that the schema itself refuses. */
void reading_parameters_check(struct reading *r, const struct schema *s,
                              const struct schema_validator *validator,
                              const struct catalog_scope *scope, const char *path);
/* Adds schema errors to the problems, as those of `file`. */
void reading_schema_errors(struct reading *r, const struct val *v, struct schema_errors *errors);
/* Sorts nodes 0…n-1 so that every one comes after what it depends on, smallest number first;
 * depends[i] has n_depends[i] numbers. 0, or the length of a cycle, which then stands in order. */
size_t reading_order(const uint32_t *const *depends, const size_t *n_depends, size_t n,
                     uint32_t *order);

#endif
