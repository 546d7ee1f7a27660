// SPDX-License-Identifier: Apache-2.0
/*
 * Validation of values against structural schemas, as the API server validates custom resources
 * (OpenAPI v3 keywords, draft 4's exclusiveMinimum and exclusiveMaximum), and their defaults. Every
 * error comes with its path in the API server's notation, the line and column of the value, what is
 * wrong and what would be right.
 *
 * Where JSON Schema and Kubernetes part, Kubernetes is followed: null is only allowed by nullable
 * and then nothing else is asked of it; whole numbers such as 1.0 are integers up to 2^53; lengths
 * are counted in code points; patterns are RE2's and unanchored; formats bind, unknown ones do not.
 * Comparison of numbers (limits, enum, multipleOf, uniqueItems) is exact.
 *
 * Besides: x-not-yet refuses a property by name and says what to do instead; x-pattern-text says a
 * pattern in words; values of x-secret properties are never shown.
 *
 * Source: k8s.io/kube-openapi/pkg/validation/validate, k8s.io/apiextensions-apiserver
 * pkg/apiserver/schema/defaulting.
 */
#ifndef LEEWAY_SCHEMA_VALIDATE_H
#define LEEWAY_SCHEMA_VALIDATE_H

#include "data/path.h"
#include "schema/schema.h"

/* What kind of rule was broken; forms and tests look at it, people at the text. */
enum schema_error_kind {
    SCHEMA_ERR_TYPE,
    SCHEMA_ERR_REQUIRED, /* line and column are the object's; the path names the missing property */
    SCHEMA_ERR_UNKNOWN,  /* a property that the schema does not have */
    SCHEMA_ERR_ENUM,
    SCHEMA_ERR_LIMIT, /* minimum, maxLength, maxItems… */
    SCHEMA_ERR_MULTIPLE,
    SCHEMA_ERR_PATTERN,
    SCHEMA_ERR_FORMAT,
    SCHEMA_ERR_UNIQUE,
    SCHEMA_ERR_FORM,    /* anyOf, oneOf, not */
    SCHEMA_ERR_NOT_YET, /* x-not-yet: in the format, but nothing reads it so far */
};

struct schema_error {
    enum schema_error_kind kind;
    const char *path;  /* ".spec.ports[0].name"; "" is the whole value */
    uint32_t line;     /* 1-based; 0 unknown */
    uint32_t col;      /* 1-based; 0 unknown */
    const char *text;  /* what is wrong, in one line; values of secrets are never in it */
    const char *right; /* what would be right, in one line; or NULL */
};

#define SCHEMA_ERRORS_MAX 50u /* by default; the rest is counted */

/* Errors in the order of the value. One thread; init, use for any number of validations, clear. */
struct schema_errors {
    struct val_pool pool; /* owns the texts */
    struct schema_error *items;
    size_t len, cap;
    size_t max;  /* may be changed after init */
    size_t more; /* how many were found beyond max */
};

void schema_errors_init(struct schema_errors *out);
void schema_errors_clear(struct schema_errors *out);
/* For what else is wrong with a value, beside what its schema says: same form, same list. path is
 * copied; right may be NULL. */
void schema_errors_add(struct schema_errors *out, enum schema_error_kind kind, const char *path,
                       uint32_t line, uint32_t col, const char *right, const char *fmt, ...)
    __attribute__((format(printf, 7, 8)));
/* "SOURCE:LINE:COL: PATH: TEXT (RIGHT)", as far as they are known; source may be NULL. 0 or
 * ERR_LIMIT of the buffer. The texts may hold bytes from outside: clean before showing. */
int schema_error_format(struct buf *out, const struct schema_error *e, const char *source);

/* A schema made ready: patterns compiled, formats looked up. Immutable; any thread may validate
 * with it at the same time. Borrows the schema and its source. */
struct schema_validator;

/* NULL and *e (ERR_INVALID with line and column of the keyword: a pattern that does not compile, a
 * limit that is no number; ERR_LIMIT) when the schema cannot be used. Owned. */
struct schema_validator *schema_validator_new(const struct schema *s, struct err *e);
void schema_validator_free(struct schema_validator *v);

enum schema_flags {
    /* Properties that the schema does not have are errors, unless additionalProperties or
     * x-kubernetes-preserve-unknown-fields lets them in. Without it they are ignored, as the API
     * server prunes them. */
    SCHEMA_STRICT = 1,
    /* Values of x-secret properties are places where the secret is: one of {secretRef: {namespace,
     * name, key}}, {env: NAME}, {file: PATH} and {command: [ARGV...]}; a literal is refused. */
    SCHEMA_SECRET_PLACES = 2,
    /* Items of lists by number, as the API server names them in what it refuses, also where they
     * have keys. */
    SCHEMA_BY_INDEX = 4,
};

struct schema_options {
    unsigned flags;
    const char *base; /* path in front of every path, ".spec.params"; NULL: none */
    /* Values that are not known yet or stand for others: true leaves one as it is, unjudged. NULL:
     * every value is judged. */
    bool (*skip)(void *ctx, const struct val *value);
    void *ctx;
};

/* 0, or ERR_INVALID with the errors in out. options may be NULL. */
int schema_validate(const struct schema_validator *v, const struct val *value,
                    const struct schema_options *options, struct schema_errors *out) ERR_CHECKED;

/* The value with the schema's defaults filled in, in p; what did not change is shared (so value has
 * to live as long). null where the schema is not nullable counts as absent, as in the API server:
 * it is replaced by the default or, in maps, left out. NULL past p's limit. */
const struct val *schema_default(struct val_pool *p, const struct schema *s,
                                 const struct val *value);
/* The same for what server-side apply made: null that has no default stays (and is then invalid).
 */
const struct val *schema_default_applied(struct val_pool *p, const struct schema *s,
                                         const struct val *value);

#endif
