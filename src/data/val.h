// SPDX-License-Identifier: Apache-2.0
/*
 * The one value type: null, bool, int64, uint64, double, string, list, map. Values are immutable
 * once built and live in a val_pool (an arena and a table of interned keys); they die with it. Maps
 * keep the order in which they were read and look up in O(1) when large. What came from a file
 * keeps its line and column.
 *
 * VAL_UINT is only used for integers above INT64_MAX (YAML, CEL); the JSON reader turns integers
 * that fit neither into doubles as Kubernetes does. Strings may hold NUL bytes and are UTF-8 when
 * they come from a reader.
 *
 * A pool and the building of values belong to one thread at a time; finished values may be read by
 * any thread while their pool lives.
 */
#ifndef LEEWAY_DATA_VAL_H
#define LEEWAY_DATA_VAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum val_type {
    VAL_NULL,
    VAL_BOOL,
    VAL_INT,
    VAL_UINT,
    VAL_DOUBLE,
    VAL_STRING,
    VAL_LIST,
    VAL_MAP,
};

struct val_key { /* interned: within one pool equal keys have equal addresses */
    uint32_t hash, len;
    char s[]; /* NUL-terminated */
};

struct val_entry;
struct val_index;

struct val {
    uint8_t type; /* enum val_type */
    uint8_t flags;
    uint16_t col;  /* 1-based, characters, 65535 for more; 0 unknown */
    uint32_t line; /* 1-based; 0 unknown */
    uint32_t len;  /* bytes of a string, items of a list, entries of a map */
    union {
        bool b;
        int64_t i;
        uint64_t u;
        double d;
        const char *s;                   /* NUL-terminated, len bytes */
        const struct val *items;         /* list */
        const struct val_entry *entries; /* map; an index for lookup lies before large ones */
    } as;
};

struct val_entry {
    const struct val_key *key;
    uint32_t line;
    uint16_t col;
    struct val value;
};

enum { VAL_FLAG_INDEXED = 1 /* map with a lookup index */ };

extern const struct val val_null; /* a value of type VAL_NULL to point at */

/* ---- reading ---- */

static inline enum val_type val_type(const struct val *v)
{
    return v ? (enum val_type)v->type : VAL_NULL;
}
const char *val_type_name(enum val_type t); /* "null", "boolean", "integer", "number", "string"… */
static inline bool val_is(const struct val *v, enum val_type t)
{
    return val_type(v) == t && v;
}
/* Member of a map; NULL when v is no map or has no such key. Borrowed. */
const struct val *val_get(const struct val *v, const char *key);
const struct val *val_get_n(const struct val *v, const char *key, size_t len);
/* The same by an interned key of any pool, without hashing it again. */
const struct val *val_get_key(const struct val *v, const struct val_key *key);
/* Follows keys until the NULL that ends them: val_at(v, "metadata", "name", NULL). */
const struct val *val_at(const struct val *v, ...) __attribute__((sentinel));
const struct val *val_item(const struct val *v, size_t i); /* list item or NULL */
size_t val_count(const struct val *v);                     /* items or entries; 0 otherwise */
/* Scalars with a default for anything else. */
const char *val_str(const struct val *v, const char *otherwise); /* may hold NUL: see len */
int64_t val_int(const struct val *v, int64_t otherwise); /* ints, and doubles that are whole */
bool val_bool(const struct val *v, bool otherwise);
bool val_str_is(const struct val *v, const char *s);

/* Deep equality. Kubernetes': map order does not matter, list order does, int, uint and double are
 * equal when they are the same number. */
bool val_equal(const struct val *a, const struct val *b);
/* Total order for sorting: by type, then value. */
int val_compare(const struct val *a, const struct val *b);
uint64_t val_hash(const struct val *v); /* SipHash under the process key; agrees with val_equal */

/* ---- building ---- */

struct val_pool {
    struct arena arena;
    const struct val_key **keys; /* open addressing */
    uint32_t keys_cap, keys_len;
};

void val_pool_init(struct val_pool *p);
void val_pool_init_limited(struct val_pool *p, size_t limit_bytes);
void val_pool_clear(struct val_pool *p);
void val_pool_reset(struct val_pool *p); /* keeps memory for the next value */
const struct val_key *val_intern(struct val_pool *p, const char *s, size_t len); /* NULL: limit */

/* Scalars by value, to be put into lists and maps. */
struct val val_of_bool(bool b);
struct val val_of_int(int64_t i);
struct val val_of_uint(uint64_t u); /* becomes VAL_INT when it fits */
struct val val_of_double(double d);
struct val val_of_str(struct val_pool *p, const char *s);              /* copies */
struct val val_of_strn(struct val_pool *p, const char *s, size_t len); /* copies */
struct val val_borrow_str(const char *s, size_t len);                  /* does not copy */

/* A builder with a stack of open containers; readers and code use it alike. Depth is bounded by
 * max_depth. Functions return 0, ERR_LIMIT, or ERR_EXISTS for a key that is there already. */
struct val_builder;
#define VAL_MAX_DEPTH 1000 /* a multiple of 8; readers recurse this deep */
struct val_builder *val_builder_new(struct val_pool *p, unsigned max_depth);
void val_builder_free(struct val_builder *b);
void val_builder_reset(struct val_builder *b);
void val_builder_at(struct val_builder *b, uint32_t line, uint32_t col); /* of what comes next */
int val_builder_map(struct val_builder *b);
int val_builder_list(struct val_builder *b);
int val_builder_key(struct val_builder *b, const char *key, size_t len);
int val_builder_add(struct val_builder *b, struct val v); /* scalar, or a value of this pool */
int val_builder_end(struct val_builder *b);               /* closes the innermost container */
/* The finished value, or NULL when containers are open or nothing was added. Lives in the pool. */
const struct val *val_builder_finish(struct val_builder *b);

/* Copy-on-write changes; the results share what did not change and live in p, which must outlive
 * neither more nor less than the source: source and result are to be in the same pool, or the
 * source's pool must outlive p. NULL past p's limit. */
const struct val *val_map_with(struct val_pool *p, const struct val *map, const char *key,
                               const struct val *value);
const struct val *val_map_without(struct val_pool *p, const struct val *map, const char *key);
const struct val *val_list_of(struct val_pool *p, const struct val *items, size_t n); /* copies */
/* A map from entries whose keys are interned in p and distinct; order kept. Copies. */
const struct val *val_map_of(struct val_pool *p, const struct val_entry *entries, size_t n);
/* Deep copy into p. */
const struct val *val_copy(struct val_pool *p, const struct val *v);
const struct val *val_box(struct val_pool *p, struct val v); /* a place in p for a scalar */

#endif
