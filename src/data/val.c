// SPDX-License-Identifier: Apache-2.0
/*
 * A large map's entries are preceded in memory by a lookup index (struct val_index) of slots that
 * hold entry number + 1. Small maps are searched by interned hash in order.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "data/val_int.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define INDEX_FROM 12u /* entries from which a map gets an index */

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

static bool key_is(const struct val_key *k, uint32_t hash, const char *s, size_t len)
{
    return k->hash == hash && k->len == len && memcmp(k->s, s, len) == 0;
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
            if (key_is(e->key, h, key, len))
                return e;
        }
        return NULL;
    }
    for (uint32_t i = 0; i < map->len; i++)
        if (key_is(map->as.entries[i].key, h, key, len))
            return &map->as.entries[i];
    return NULL;
}

static const struct val_entry *find_entry(const struct val *map, const char *key, size_t len)
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
    const struct val_entry *e = find_entry(v, key, len);
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

/* ---- comparing ---- */

static bool is_number(enum val_type t)
{
    return t == VAL_INT || t == VAL_UINT || t == VAL_DOUBLE;
}

/* -1, 0, 1; exact for all pairs of int64, uint64 and double. NaN is smaller than everything. */
static int compare_int_double(int64_t i, double d)
{
    if (isnan(d))
        return 1;
    if (d >= 9223372036854775808.0)
        return -1;
    if (d < -9223372036854775808.0)
        return 1;
    int64_t whole = (int64_t)d;
    if (i != whole)
        return i < whole ? -1 : 1;
    double rest = d - (double)whole;
    return rest > 0 ? -1 : rest < 0 ? 1 : 0;
}

static int compare_uint_double(uint64_t u, double d)
{
    if (isnan(d))
        return 1;
    if (d >= 18446744073709551616.0)
        return -1;
    if (d < 0)
        return 1;
    uint64_t whole = (uint64_t)d;
    if (u != whole)
        return u < whole ? -1 : 1;
    return d > (double)whole ? -1 : 0;
}

#define CMP(a, b) ((a) < (b) ? -1 : (a) > (b))

static int compare_numbers(const struct val *a, const struct val *b)
{
    if (a->type == VAL_DOUBLE && b->type == VAL_DOUBLE) {
        if (isnan(a->as.d) || isnan(b->as.d))
            return isnan(b->as.d) - isnan(a->as.d);
        return CMP(a->as.d, b->as.d);
    }
    if (a->type == VAL_DOUBLE)
        return -compare_numbers(b, a);
    if (a->type == VAL_INT) {
        if (b->type == VAL_INT)
            return CMP(a->as.i, b->as.i);
        if (b->type == VAL_UINT)
            return a->as.i < 0 ? -1 : CMP((uint64_t)a->as.i, b->as.u);
        return compare_int_double(a->as.i, b->as.d);
    }
    if (b->type == VAL_UINT)
        return CMP(a->as.u, b->as.u);
    if (b->type == VAL_INT)
        return -compare_numbers(b, a);
    return compare_uint_double(a->as.u, b->as.d);
}

static int compare_strings(const char *a, size_t alen, const char *b, size_t blen)
{
    size_t n = alen < blen ? alen : blen;
    int c = n ? memcmp(a, b, n) : 0;
    return c ? (c < 0 ? -1 : 1) : CMP(alen, blen);
}

bool val_equal(const struct val *a, const struct val *b)
{
    if (a == b)
        return true;
    if (!a || !b)
        return false;
    if (is_number(a->type) && is_number(b->type))
        return !(a->type == VAL_DOUBLE && isnan(a->as.d)) && compare_numbers(a, b) == 0;
    if (a->type != b->type)
        return false;
    switch ((enum val_type)a->type) {
    case VAL_NULL:
        return true;
    case VAL_BOOL:
        return a->as.b == b->as.b;
    case VAL_STRING:
        return a->len == b->len && memcmp(a->as.s, b->as.s, a->len) == 0;
    case VAL_LIST:
        if (a->len != b->len)
            return false;
        for (uint32_t i = 0; i < a->len; i++)
            if (!val_equal(&a->as.items[i], &b->as.items[i]))
                return false;
        return true;
    case VAL_MAP:
        if (a->len != b->len)
            return false;
        for (uint32_t i = 0; i < a->len; i++) {
            const struct val_entry *e = &a->as.entries[i];
            /* Maps from the same template usually agree in order. */
            const struct val_entry *f = &b->as.entries[i];
            if (!key_is(f->key, e->key->hash, e->key->s, e->key->len))
                f = find_entry(b, e->key->s, e->key->len);
            if (!f || !val_equal(&e->value, &f->value))
                return false;
        }
        return true;
    default:
        return false;
    }
}

static int compare_maps(const struct val *a, const struct val *b);

int val_compare(const struct val *a, const struct val *b)
{
    static const unsigned char rank[] = {0, 1, 2, 2, 2, 3, 4, 5};
    int c = CMP(rank[a->type], rank[b->type]);
    if (c || a == b)
        return c;
    if (is_number(a->type))
        return compare_numbers(a, b);
    switch ((enum val_type)a->type) {
    case VAL_BOOL:
        return CMP(a->as.b, b->as.b);
    case VAL_STRING:
        return compare_strings(a->as.s, a->len, b->as.s, b->len);
    case VAL_LIST:
        for (uint32_t i = 0; i < a->len && i < b->len; i++)
            if ((c = val_compare(&a->as.items[i], &b->as.items[i])))
                return c;
        return CMP(a->len, b->len);
    case VAL_MAP:
        return compare_maps(a, b);
    default:
        return 0;
    }
}

/* Smallest key of the map that is larger than `after` (NULL: smallest of all). */
static const struct val_entry *next_key(const struct val *m, const struct val_key *after)
{
    const struct val_entry *best = NULL;
    for (uint32_t i = 0; i < m->len; i++) {
        const struct val_entry *e = &m->as.entries[i];
        if (after && compare_strings(e->key->s, e->key->len, after->s, after->len) <= 0)
            continue;
        if (!best || compare_strings(e->key->s, e->key->len, best->key->s, best->key->len) < 0)
            best = e;
    }
    return best;
}

/* In the order of the sorted keys; maps that are sorted are small (list keys), so no copy is made.
 */
static int compare_maps(const struct val *a, const struct val *b)
{
    const struct val_entry *x = next_key(a, NULL), *y = next_key(b, NULL);
    while (x && y) {
        int c = compare_strings(x->key->s, x->key->len, y->key->s, y->key->len);
        if (!c)
            c = val_compare(&x->value, &y->value);
        if (c)
            return c;
        x = next_key(a, x->key);
        y = next_key(b, y->key);
    }
    return x ? 1 : y ? -1 : 0;
}

static uint64_t hash_number(const struct val *v)
{
    uint64_t bits;
    if (v->type == VAL_INT || v->type == VAL_UINT) {
        bits = v->as.u;
    } else if (v->as.d == floor(v->as.d) && v->as.d >= -9223372036854775808.0 &&
               v->as.d < 9223372036854775808.0) {
        bits = (uint64_t)(int64_t)v->as.d;
    } else if (v->as.d == floor(v->as.d) && v->as.d > 0 && v->as.d < 18446744073709551616.0) {
        bits = (uint64_t)v->as.d;
    } else {
        double d = v->as.d;
        memcpy(&bits, &d, sizeof(bits));
    }
    return hash_bytes(hash_process_key(), &bits, sizeof(bits));
}

uint64_t val_hash(const struct val *v)
{
    const struct hash_key *k = hash_process_key();
    uint64_t h;
    switch (val_type(v)) {
    case VAL_BOOL:
        return v->as.b ? 0x9e3779b97f4a7c15ULL : 0xc2b2ae3d27d4eb4fULL;
    case VAL_INT:
    case VAL_UINT:
    case VAL_DOUBLE:
        return hash_number(v);
    case VAL_STRING:
        return hash_bytes(k, v->as.s, v->len) ^ 0x53;
    case VAL_LIST:
        h = 0x4c;
        for (uint32_t i = 0; i < v->len; i++) {
            uint64_t pair[2] = {h, val_hash(&v->as.items[i])};
            h = hash_bytes(k, pair, sizeof(pair));
        }
        return h;
    case VAL_MAP:
        h = 0x4d + v->len;
        for (uint32_t i = 0; i < v->len; i++) {
            const struct val_entry *e = &v->as.entries[i];
            uint64_t pair[2] = {hash_bytes(k, e->key->s, e->key->len), val_hash(&e->value)};
            h += hash_bytes(k, pair, sizeof(pair)); /* a sum: order does not matter */
        }
        return h;
    default:
        return 0x4e;
    }
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
        if (key_is(p->keys[at], h, s, len))
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
    if (n < INDEX_FROM) {
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

static bool make_list(struct val_pool *p, const struct val *src, size_t n, struct val *out)
{
    struct val *copy = arena_array(&p->arena, n, sizeof(*copy));
    if (!copy || n > UINT32_MAX)
        return false;
    if (n)
        memcpy(copy, src, n * sizeof(*copy));
    *out = (struct val){.type = VAL_LIST, .len = (uint32_t)n, .as.items = copy};
    return true;
}

/* ---- builder ---- */

struct frame {
    enum val_type type;
    size_t base; /* first of its entries (map) or items (list) on the stack */
    uint32_t line;
    uint16_t col;
    const struct val_key *outer_key; /* pending key of the enclosing map */
    uint32_t outer_key_line;
    uint16_t outer_key_col;
    struct strmap seen; /* keys of a map that grew large */
};

struct val_builder {
    struct val_pool *pool;
    unsigned max_depth;
    struct frame *frames;
    size_t depth, frames_cap;
    struct val_entry *stack; /* entries of maps; for lists only .value is used */
    size_t len, cap;
    const struct val_key *key; /* pending key of the innermost map */
    uint32_t key_line;
    uint16_t key_col;
    uint32_t line;
    uint16_t col;
    bool done;
    struct val result;
};

struct val_builder *val_builder_new(struct val_pool *p, unsigned max_depth)
{
    struct val_builder *b = mem_new(struct val_builder);
    b->pool = p;
    b->max_depth = max_depth;
    return b;
}

void val_builder_reset(struct val_builder *b)
{
    while (b->depth)
        strmap_clear(&b->frames[--b->depth].seen);
    b->len = 0;
    b->key = NULL;
    b->done = false;
    b->line = 0;
    b->col = 0;
}

void val_builder_free(struct val_builder *b)
{
    if (!b)
        return;
    val_builder_reset(b);
    mem_free(b->frames);
    mem_free(b->stack);
    mem_free(b);
}

void val_builder_at(struct val_builder *b, uint32_t line, uint32_t col)
{
    b->line = line;
    b->col = col > UINT16_MAX ? UINT16_MAX : (uint16_t)col;
}

static int push(struct val_builder *b, struct val v)
{
    if (b->done)
        return ERR_INTERNAL;
    if (!b->depth) {
        b->result = v;
        b->done = true;
        return 0;
    }
    bool in_map = b->frames[b->depth - 1].type == VAL_MAP;
    if (in_map && !b->key)
        return ERR_INTERNAL;
    if (b->len == b->cap) {
        b->cap = b->cap ? b->cap * 2 : 64;
        b->stack = mem_reallocarray(b->stack, b->cap, sizeof(*b->stack));
    }
    b->stack[b->len++] = (struct val_entry){in_map ? b->key : NULL, b->key_line, b->key_col, v};
    b->key = NULL;
    return 0;
}

int val_builder_add(struct val_builder *b, struct val v)
{
    if (!v.line) {
        v.line = b->line;
        v.col = b->col;
    }
    return push(b, v);
}

static int open(struct val_builder *b, enum val_type type)
{
    if (b->depth >= b->max_depth)
        return ERR_LIMIT;
    if (b->done || (b->depth && b->frames[b->depth - 1].type == VAL_MAP && !b->key))
        return ERR_INTERNAL;
    if (b->depth == b->frames_cap) {
        b->frames_cap = b->frames_cap ? b->frames_cap * 2 : 16;
        b->frames = mem_reallocarray(b->frames, b->frames_cap, sizeof(*b->frames));
    }
    b->frames[b->depth++] = (struct frame){.type = type,
                                           .base = b->len,
                                           .line = b->line,
                                           .col = b->col,
                                           .outer_key = b->key,
                                           .outer_key_line = b->key_line,
                                           .outer_key_col = b->key_col};
    b->key = NULL;
    return 0;
}

int val_builder_map(struct val_builder *b)
{
    return open(b, VAL_MAP);
}

int val_builder_list(struct val_builder *b)
{
    return open(b, VAL_LIST);
}

int val_builder_key(struct val_builder *b, const char *key, size_t len)
{
    if (!b->depth || b->frames[b->depth - 1].type != VAL_MAP || b->key)
        return ERR_INTERNAL;
    const struct val_key *k = val_intern(b->pool, key, len);
    if (!k)
        return ERR_LIMIT;
    struct frame *f = &b->frames[b->depth - 1];
    size_t n = b->len - f->base;
    if (n < INDEX_FROM * 2) {
        for (size_t i = f->base; i < b->len; i++)
            if (b->stack[i].key == k)
                return ERR_EXISTS;
    } else {
        if (!f->seen.count)
            for (size_t i = f->base; i < b->len; i++)
                strmap_set_n(&f->seen, b->stack[i].key->s, b->stack[i].key->len, b);
        if (strmap_set_n(&f->seen, key, len, b))
            return ERR_EXISTS;
    }
    b->key = k;
    b->key_line = b->line;
    b->key_col = b->col;
    return 0;
}

int val_builder_end(struct val_builder *b)
{
    if (!b->depth || b->key)
        return ERR_INTERNAL;
    struct frame *f = &b->frames[b->depth - 1];
    size_t n = b->len - f->base;
    struct val v;
    if (f->type == VAL_MAP) {
        if (n > UINT32_MAX || !val_make_map(b->pool, n ? b->stack + f->base : NULL, n, &v))
            return ERR_LIMIT;
    } else {
        struct val *items = arena_array(&b->pool->arena, n, sizeof(*items));
        if (!items || n > UINT32_MAX)
            return ERR_LIMIT;
        for (size_t i = 0; i < n; i++)
            items[i] = b->stack[f->base + i].value;
        v = (struct val){.type = VAL_LIST, .len = (uint32_t)n, .as.items = items};
    }
    v.line = f->line;
    v.col = f->col;
    strmap_clear(&f->seen);
    b->len = f->base;
    b->key = f->outer_key;
    b->key_line = f->outer_key_line;
    b->key_col = f->outer_key_col;
    b->depth--;
    return push(b, v);
}

const struct val *val_builder_finish(struct val_builder *b)
{
    if (b->depth || !b->done)
        return NULL;
    return val_box(b->pool, b->result);
}

/* ---- copy-on-write ---- */

static const struct val *box_map(struct val_pool *p, const struct val_entry *e, size_t n,
                                 const struct val *place)
{
    struct val v;
    if (!val_make_map(p, e, n, &v))
        return NULL;
    if (place) {
        v.line = place->line;
        v.col = place->col;
    }
    return val_box(p, v);
}

const struct val *val_map_of(struct val_pool *p, const struct val_entry *entries, size_t n)
{
    return box_map(p, entries, n, NULL);
}

const struct val *val_map_with(struct val_pool *p, const struct val *map, const char *key,
                               const struct val *value)
{
    size_t n = val_is(map, VAL_MAP) ? map->len : 0;
    struct val_entry *e = mem_reallocarray(NULL, n + 1, sizeof(*e));
    if (n)
        memcpy(e, map->as.entries, n * sizeof(*e));
    const struct val_entry *old = n ? find_entry(map, key, strlen(key)) : NULL;
    const struct val *result = NULL;
    if (old) {
        e[old - map->as.entries].value = *value;
        result = box_map(p, e, n, map);
    } else {
        const struct val_key *k = val_intern(p, key, strlen(key));
        e[n] =
            (struct val_entry){.key = k, .line = value->line, .col = value->col, .value = *value};
        result = k ? box_map(p, e, n + 1, map) : NULL;
    }
    mem_free(e);
    return result;
}

const struct val *val_map_without(struct val_pool *p, const struct val *map, const char *key)
{
    if (!val_is(map, VAL_MAP))
        return map;
    const struct val_entry *old = find_entry(map, key, strlen(key));
    if (!old)
        return map;
    size_t at = (size_t)(old - map->as.entries), n = map->len;
    struct val_entry *e = mem_reallocarray(NULL, n, sizeof(*e));
    memcpy(e, map->as.entries, at * sizeof(*e));
    memcpy(e + at, map->as.entries + at + 1, (n - at - 1) * sizeof(*e));
    const struct val *result = box_map(p, e, n - 1, map);
    mem_free(e);
    return result;
}

const struct val *val_list_of(struct val_pool *p, const struct val *items, size_t n)
{
    struct val v;
    return make_list(p, items, n, &v) ? val_box(p, v) : NULL;
}

static bool copy_into(struct val_pool *p, const struct val *v, struct val *out)
{
    *out = *v;
    if (v->type == VAL_STRING) {
        out->as.s = arena_strndup(&p->arena, v->as.s, v->len);
        return out->as.s != NULL;
    }
    if (v->type == VAL_LIST) {
        struct val *items = arena_array(&p->arena, v->len, sizeof(*items));
        if (!items)
            return false;
        for (uint32_t i = 0; i < v->len; i++)
            if (!copy_into(p, &v->as.items[i], &items[i]))
                return false;
        out->as.items = items;
        return true;
    }
    if (v->type != VAL_MAP)
        return true;
    struct val_entry *e = mem_reallocarray(NULL, v->len, sizeof(*e));
    bool ok = true;
    for (uint32_t i = 0; ok && i < v->len; i++) {
        e[i] = v->as.entries[i];
        e[i].key = val_intern(p, e[i].key->s, e[i].key->len);
        ok = e[i].key && copy_into(p, &v->as.entries[i].value, &e[i].value);
    }
    ok = ok && val_make_map(p, e, v->len, out);
    out->line = v->line;
    out->col = v->col;
    mem_free(e);
    return ok;
}

const struct val *val_copy(struct val_pool *p, const struct val *v)
{
    struct val *out = arena_alloc(&p->arena, sizeof(*out));
    return out && copy_into(p, v, out) ? out : NULL;
}
