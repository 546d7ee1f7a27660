// SPDX-License-Identifier: Apache-2.0
/*
 * Structural schemas, as CustomResourceDefinitions have them: the model that validation, defaulting
 * and the types of expressions are made from. Loaded once from a value, immutable, in the pool
 * given (which must outlive it, as must the value: defaults, enums and limits are borrowed from
 * it). Any thread may read.
 */
#ifndef LEEWAY_SCHEMA_SCHEMA_H
#define LEEWAY_SCHEMA_SCHEMA_H

#include "data/val.h"

enum schema_type {
    SCHEMA_ANY, /* no type given */
    SCHEMA_OBJECT,
    SCHEMA_ARRAY,
    SCHEMA_STRING,
    SCHEMA_INTEGER,
    SCHEMA_NUMBER,
    SCHEMA_BOOLEAN,
};

enum schema_list_type { SCHEMA_LIST_ATOMIC, SCHEMA_LIST_SET, SCHEMA_LIST_MAP };

struct schema;

struct schema_prop {
    const struct val_key *name;
    const struct schema *schema;
    bool required;
};

struct schema {
    uint8_t type;      /* enum schema_type */
    uint8_t list_type; /* enum schema_list_type */
    bool nullable;
    bool int_or_string;      /* x-kubernetes-int-or-string */
    bool preserve_unknown;   /* x-kubernetes-preserve-unknown-fields */
    bool embedded_resource;  /* x-kubernetes-embedded-resource */
    bool additional_allowed; /* additionalProperties: true, or a schema */
    const char *format;      /* "" when there is none */
    const struct schema *items;
    const struct schema *additional; /* additionalProperties' schema */
    const struct schema_prop *props; /* in the order of the text */
    size_t n_props;
    bool has_props;               /* `properties` was given, though it may be empty */
    const char *const *list_keys; /* x-kubernetes-list-map-keys */
    size_t n_list_keys;
    const struct val *enum_values;   /* list or NULL */
    const struct val *default_value; /* or NULL */
    const struct val *source;        /* the value it was read from, for what is not modelled */
};

#define SCHEMA_MAX_DEPTH 100

/* NULL and *e: ERR_TYPE or ERR_INVALID with what is wrong, ERR_LIMIT when too deep or large. */
const struct schema *schema_load(struct val_pool *p, const struct val *v, struct err *e);
/* A property by name, or NULL. */
const struct schema *schema_prop(const struct schema *s, const char *name, size_t len);
/* As the root of a resource is seen: with apiVersion, kind and metadata (name, generateName),
 * unless it has them. s itself, or a copy in the pool; NULL past its limit. */
const struct schema *schema_as_resource(struct val_pool *p, const struct schema *s);
const char *schema_type_name(enum schema_type t); /* "object", "" for any */

#endif
