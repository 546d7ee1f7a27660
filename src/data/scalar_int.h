// SPDX-License-Identifier: Apache-2.0
/*
 * Scalars as they stand inside path notation and FieldsV1 keys. Three ways to quote a string, since
 * the API server prints conflicts with Go's %q and writes FieldsV1 keys with HTML escapes. Numbers
 * never depend on the locale. Internal to src/data.
 */
#ifndef LEEWAY_DATA_SCALAR_INT_H
#define LEEWAY_DATA_SCALAR_INT_H

#include "data/val.h"

enum scalar_style {
    SCALAR_JSON,   /* shortest JSON escapes */
    SCALAR_GO,     /* Go's %q: what conflict messages show */
    SCALAR_FIELDS, /* JSON with < > & U+2028 U+2029 escaped: FieldsV1 keys */
};

/* Appends null, boolean, number or string; containers are ERR_TYPE. */
int scalar_write(struct buf *out, const struct val *v, enum scalar_style style);
int scalar_write_string(struct buf *out, const char *s, size_t len, enum scalar_style style);

/* A reader over text; `at` is the offset of what comes next. */
struct scalar_reader {
    struct val_pool *pool;
    const char *text;
    size_t len, at;
};

/* Reads one scalar (JSON; strings may also use Go's \a \v \xHH \UHHHHHHHH). ERR_SYNTAX or ERR_LIMIT
 * with *e; r->at then stands where it went wrong. */
int scalar_read(struct scalar_reader *r, struct val *out, struct err *e) ERR_CHECKED;
/* The bytes of a quoted string at r->at; *s lives in the pool. */
int scalar_read_string(struct scalar_reader *r, const char **s, size_t *len,
                       struct err *e) ERR_CHECKED;
/* Reads {"name":scalar,…}: the key of a list item, names in byte order. */
int scalar_read_key(struct scalar_reader *r, const struct val **out, struct err *e) ERR_CHECKED;
/* A map of n entries sorted by name, or NULL when two names are equal or past the pool's limit. */
const struct val *scalar_key_of(struct val_pool *p, struct val_entry *entries, size_t n);

#endif
