// SPDX-License-Identifier: Apache-2.0
/*
 * The value, its pool, and what is in a map. A large map's entries are preceded in memory by a
 * lookup index (struct val_index) of slots that hold entry number + 1. Small maps are searched by
 * interned hash in order.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "data/val_int.h"

#include <math.h>
#include <string.h>

struct val_index {
    uint32_t mask;
    uint32_t slots[];
};

/* What an indexed map's entries pointer points into. */
struct indexed_entries {
    const struct val_index *index;
    uint64_t pad;
    struct val_entry entries[];
};

const struct val val_null = {.type = VAL_NULL};

static const struct val_index *index_of(const struct val *map)
{
    const char *at = (const char *)map->as.entries;
    return ((const struct indexed_entries *)(at - offsetof(struct indexed_entries, entries)))
        ->index;
}

static uint32_t key_hash(const char *s, size_t len)
{
    return (uint32_t)hash_bytes(hash_process_key(), s, len);
}

const char *val_type_name(enum val_type t)
{
    static const char *const names[] = {"null",   "boolean", "integer", "integer",
                                        "number", "string",  "list",    "map"};
    return names[t];
}

/* ---- reading ---- */

static const struct val_entry *find_hashed(const struct val *map, uint32_t h, const char *key,
                                           size_t len)
{
    if (map->flags & VAL_FLAG_INDEXED) {
        const struct val_index *ix = index_of(map);
        for (uint32_t i = h & ix->mask; ix->slots[i]; i = (i + 1) & ix->mask) {
            const struct val_entry *e = &map->as.entries[ix->slots[i] - 1];
            if (val_key_is(e->key, h, key, len))
                return e;
        }
        return NULL;
    }
    for (uint32_t i = 0; i < map->len; i++)
        if (val_key_is(map->as.entries[i].key, h, key, len))
            return &map->as.entries[i];
    return NULL;
}

const struct val_entry *val_find_entry(const struct val *map, const char *key, size_t len)
{
    return find_hashed(map, key_hash(key, len), key, len);
}

const struct val *val_get_key(const struct val *v, const struct val_key *key)
{
    if (!val_is(v, VAL_MAP))
        return NULL;
    const struct val_entry *e = find_hashed(v, key->hash, key->s, key->len);
    return e ? &e->value : NULL;
}

const struct val *val_get_n(const struct val *v, const char *key, size_t len)
{
    if (!val_is(v, VAL_MAP))
        return NULL;
    const struct val_entry *e = val_find_entry(v, key, len);
    return e ? &e->value : NULL;
}

const struct val *val_get(const struct val *v, const char *key)
{
    return val_get_n(v, key, strlen(key));
}

const struct val *val_at(const struct val *v, ...)
{
    va_list ap;
    va_start(ap, v);
    const char *key;
    while (v && (key = va_arg(ap, const char *)))
        v = val_get(v, key);
    va_end(ap);
    return v;
}

const struct val *val_item(const struct val *v, size_t i)
{
    return val_is(v, VAL_LIST) && i < v->len ? &v->as.items[i] : NULL;
}

size_t val_count(const struct val *v)
{
    return val_is(v, VAL_LIST) || val_is(v, VAL_MAP) ? v->len : 0;
}

const char *val_str(const struct val *v, const char *otherwise)
{
    return val_is(v, VAL_STRING) ? v->as.s : otherwise;
}

int64_t val_int(const struct val *v, int64_t otherwise)
{
    if (val_is(v, VAL_INT))
        return v->as.i;
    if (val_is(v, VAL_DOUBLE) && v->as.d >= -9223372036854775808.0 &&
        v->as.d < 9223372036854775808.0 && v->as.d == floor(v->as.d))
        return (int64_t)v->as.d;
    return otherwise;
}

bool val_bool(const struct val *v, bool otherwise)
{
    return val_is(v, VAL_BOOL) ? v->as.b : otherwise;
}

bool val_str_is(const struct val *v, const char *s)
{
    return val_is(v, VAL_STRING) && v->len == strlen(s) && memcmp(v->as.s, s, v->len) == 0;
}

/* ---- pools and scalars ---- */

void val_pool_init(struct val_pool *p)
{
    memset(p, 0, sizeof(*p));
    arena_init(&p->arena);
}

void val_pool_init_limited(struct val_pool *p, size_t limit_bytes)
{
    memset(p, 0, sizeof(*p));
    arena_init_limited(&p->arena, limit_bytes);
}

void val_pool_clear(struct val_pool *p)
{
    arena_clear(&p->arena);
    mem_free(p->keys);
    p->keys = NULL;
    p->keys_cap = p->keys_len = 0;
}

void val_pool_reset(struct val_pool *p)
{
    arena_reset(&p->arena);
    if (p->keys_cap)
        memset(p->keys, 0, p->keys_cap * sizeof(*p->keys));
    p->keys_len = 0;
}

static void grow_keys(struct val_pool *p)
{
    uint32_t cap = p->keys_cap ? p->keys_cap * 2 : 64;
    const struct val_key **keys = mem_calloc(cap, sizeof(*keys));
    for (uint32_t i = 0; i < p->keys_cap; i++) {
        if (!p->keys[i])
            continue;
        uint32_t at = p->keys[i]->hash & (cap - 1);
        while (keys[at])
            at = (at + 1) & (cap - 1);
        keys[at] = p->keys[i];
    }
    mem_free(p->keys);
    p->keys = keys;
    p->keys_cap = cap;
}

const struct val_key *val_intern(struct val_pool *p, const char *s, size_t len)
{
    if (len > UINT32_MAX - 1)
        return NULL;
    if (p->keys_len * 2 >= p->keys_cap)
        grow_keys(p);
    uint32_t h = key_hash(s, len);
    uint32_t at = h & (p->keys_cap - 1);
    for (; p->keys[at]; at = (at + 1) & (p->keys_cap - 1))
        if (val_key_is(p->keys[at], h, s, len))
            return p->keys[at];
    struct val_key *k = arena_alloc(&p->arena, sizeof(*k) + len + 1);
    if (!k)
        return NULL;
    k->hash = h;
    k->len = (uint32_t)len;
    if (len)
        memcpy(k->s, s, len);
    k->s[len] = '\0';
    p->keys[at] = k;
    p->keys_len++;
    return k;
}

struct val val_of_bool(bool b)
{
    return (struct val){.type = VAL_BOOL, .as.b = b};
}

struct val val_of_int(int64_t i)
{
    return (struct val){.type = VAL_INT, .as.i = i};
}

struct val val_of_uint(uint64_t u)
{
    return (struct val){.type = u <= INT64_MAX ? VAL_INT : VAL_UINT, .as.u = u};
}

struct val val_of_double(double d)
{
    return (struct val){.type = VAL_DOUBLE, .as.d = d};
}

struct val val_of_strn(struct val_pool *p, const char *s, size_t len)
{
    char *copy = len < UINT32_MAX ? arena_strndup(&p->arena, s, len) : NULL;
    return copy ? val_borrow_str(copy, len) : val_null;
}

struct val val_of_str(struct val_pool *p, const char *s)
{
    return val_of_strn(p, s, strlen(s));
}

struct val val_borrow_str(const char *s, size_t len)
{
    return (struct val){.type = VAL_STRING, .len = (uint32_t)len, .as.s = s};
}

const struct val *val_box(struct val_pool *p, struct val v)
{
    struct val *place = arena_alloc(&p->arena, sizeof(*place));
    if (place)
        *place = v;
    return place;
}

/* Copies entries into the pool, with an index when there are many. False past the limit. */
bool val_make_map(struct val_pool *p, const struct val_entry *src, size_t n, struct val *out)
{
    *out = (struct val){.type = VAL_MAP, .len = (uint32_t)n};
    if (n < VAL_INDEX_FROM) {
        struct val_entry *copy = arena_array(&p->arena, n, sizeof(*copy));
        if (!copy)
            return false;
        if (n)
            memcpy(copy, src, n * sizeof(*copy));
        out->as.entries = copy;
        return true;
    }
    uint32_t cap = 32;
    while (cap < n * 2)
        cap *= 2;
    struct indexed_entries *ie = arena_alloc(&p->arena, sizeof(*ie) + n * sizeof(ie->entries[0]));
    struct val_index *ix = arena_zalloc(&p->arena, sizeof(*ix) + cap * sizeof(ix->slots[0]));
    if (!ie || !ix)
        return false;
    memcpy(ie->entries, src, n * sizeof(ie->entries[0]));
    ix->mask = cap - 1;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = src[i].key->hash & ix->mask;
        while (ix->slots[at])
            at = (at + 1) & ix->mask;
        ix->slots[at] = i + 1;
    }
    ie->index = ix;
    out->as.entries = ie->entries;
    out->flags = VAL_FLAG_INDEXED;
    return true;
}
