// SPDX-License-Identifier: Apache-2.0
/*
 * Typed values: what server-side apply does with an object once its types are known. A type says
 * for each place whether it is a scalar, a list or a map (or several of them, where anything goes),
 * and whether the whole is owned as one (atomic), by item (associative lists, by key or by value)
 * or by field. The rules are those of sigs.k8s.io/structured-merge-diff v6 (packages typed and
 * fieldpath), its quirks included, since API servers answer with them.
 *
 * "No value" is NULL and differs from null. Types are immutable; values and sets that come out
 * share with what went in and live in the pool given. Functions that can fail return 0 or ERR_TYPE
 * with the server's own words, or ERR_LIMIT past the pool's limit.
 */
#ifndef LEEWAY_SCHEMA_TYPED_H
#define LEEWAY_SCHEMA_TYPED_H

#include "data/fieldset.h"
#include "schema/schema.h"

enum typed_scalar { TYPED_NO_SCALAR, TYPED_NUMERIC, TYPED_STRING, TYPED_BOOLEAN, TYPED_UNTYPED };
enum typed_relation { TYPED_SEPARABLE, TYPED_ATOMIC, TYPED_ASSOCIATIVE };

struct typed_atom;

struct typed_field {
    const char *name;
    size_t len;
    const struct typed_atom *type;
    const struct val *key_default; /* of a field that is a key of its list; or NULL */
};

struct typed_map {
    const struct typed_field *fields; /* sorted by name, bytes */
    size_t n;
    const struct typed_atom *element; /* of other fields; NULL: there are none */
    enum typed_relation relation;
};

struct typed_list {
    const struct typed_atom *element;
    const char *const *keys; /* of an associative list of maps; none: a set */
    size_t n_keys;
    enum typed_relation relation;
};

struct typed_atom { /* what a value may be; nothing set: the type could not be resolved */
    enum typed_scalar scalar;
    const struct typed_list *list;
    const struct typed_map *map;
    bool deduced; /* topology comes from the values: maps by field, lists as one */
};

/* Anything: maps by field, lists atomic. The type of what has no schema. */
extern const struct typed_atom typed_deduced;

const struct typed_field *typed_map_field(const struct typed_map *m, const char *name, size_t len);
/* The types of a structural schema (x-kubernetes-list-type, -list-map-keys, -map-type), in the
 * pool, borrowing from the schema. With metadata it is that of a whole object and has such
 * metadata, as have the resources embedded in it. NULL past the pool's limit. */
const struct typed_atom *typed_of_schema(struct val_pool *p, const struct schema *s,
                                         const struct typed_atom *metadata);

enum { TYPED_DUPLICATES = 1 /* items with the same key, or equal members of a set, are let be */ };
int typed_validate(const struct typed_atom *t, const struct val *v, unsigned flags,
                   struct err *e) ERR_CHECKED;

/* Every leaf and every item the value mentions. NULL past the pool's limit. */
fieldset typed_fieldset(struct val_pool *p, const struct typed_atom *t, const struct val *v);

struct typed_changes {
    fieldset added, modified, removed;
};
int typed_compare(struct val_pool *p, const struct typed_atom *t, const struct val *lhs,
                  const struct val *rhs, struct typed_changes *out, struct err *e) ERR_CHECKED;

/* What rhs says put over lhs; nothing is removed. *out is NULL when nothing is left. */
int typed_merge(struct val_pool *p, const struct typed_atom *t, const struct val *lhs,
                const struct val *rhs, const struct val **out, struct err *e) ERR_CHECKED;

/* The value without the fields and items of the set, and only with them. NULL past the limit. */
const struct val *typed_remove(struct val_pool *p, const struct typed_atom *t, const struct val *v,
                               fieldset s);
const struct val *typed_extract(struct val_pool *p, const struct typed_atom *t, const struct val *v,
                                fieldset s);

/* The set as it has to be when types have changed since it was made: below what became atomic
 * nothing is owned but the whole. Equal in identity to s when nothing changes. */
int typed_reconcile(struct val_pool *p, const struct typed_atom *t, fieldset s, fieldset *out,
                    struct err *e) ERR_CHECKED;

/* s and, for each path in it, the declared fields on the way. NULL past the limit. */
fieldset typed_with_fields(struct val_pool *p, const struct typed_atom *t, fieldset s);

#endif
