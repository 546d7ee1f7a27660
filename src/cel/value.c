// SPDX-License-Identifier: Apache-2.0
/*
 * Values: making them, comparing them, finding things in them. Containers have three forms (see
 * enum cel_rep); nothing outside this file and typed.c has to know which one it holds.
 */
#include "cel/cel_int.h"

#include <math.h>

struct cel_value cel_from_val(const struct val *v)
{
    return value_of(v ? v : &val_null);
}

struct cel_value cel_optional_none(void)
{
    return (struct cel_value){.kind = CEL_OPTIONAL};
}

struct cel_value cel_optional_of(struct arena *a, struct cel_value v)
{
    struct cel_value *p = arena_alloc(a, sizeof(*p));
    if (!p)
        return cel_optional_none();
    *p = v;
    return (struct cel_value){.kind = CEL_OPTIONAL, .as.optional = p};
}

struct cel_value cel_make_optional(struct frame *f, struct cel_value v)
{
    struct cel_value *p = cel_frame_alloc(f, sizeof(*p));
    if (!p)
        return cel_fail_memory(f);
    *p = v;
    return (struct cel_value){.kind = CEL_OPTIONAL, .as.optional = p};
}

struct cel_value cel_make_opaque(enum cel_opaque tag, const void *p)
{
    return (struct cel_value){.kind = CEL_OPAQUE, .tag = (uint16_t)tag, .as.opaque = p};
}

struct cel_value cel_t_value(const struct cel_type *t)
{
    return (struct cel_value){.kind = CEL_TYPE, .as.type = t};
}

struct cel_value cel_make_string(struct frame *f, const char *s, size_t len)
{
    char *copy = len < UINT32_MAX ? cel_frame_alloc(f, len + 1) : NULL;
    if (!copy)
        return cel_fail_memory(f);
    memcpy(copy, s, len);
    copy[len] = '\0';
    return cel_string(copy, len);
}

void cel_list_out_add(struct frame *f, struct list_out *o, struct cel_value v)
{
    if (o->len == o->cap && !o->over) {
        size_t cap = o->cap ? o->cap * 2 : 8;
        struct cel_value *items = cel_frame_alloc(f, cap * sizeof(*items));
        if (!items) {
            o->over = true;
            return;
        }
        if (o->len)
            memcpy(items, o->items, o->len * sizeof(*items));
        o->items = items;
        o->cap = cap;
    }
    if (!o->over)
        o->items[o->len++] = v;
}

struct cel_value cel_list_out_done(struct frame *f, struct list_out *o)
{
    return o->over ? cel_fail_memory(f) : cel_list(o->items, o->len);
}

/* ---- numbers on one line ---- */

static int order(double a, double b)
{
    return a < b ? -1 : a > b ? 1 : a == b ? 0 : 2;
}

static int compare_double_int(double d, int64_t i)
{
    if (isnan(d))
        return 2;
    if (d < -9223372036854775808.0)
        return -1;
    if (d > 9223372036854775808.0)
        return 1;
    return order(d, (double)i);
}

static int compare_double_uint(double d, uint64_t u)
{
    if (isnan(d))
        return 2;
    if (d < 0)
        return -1;
    if (d > 18446744073709551616.0)
        return 1;
    return order(d, (double)u);
}

static int compare_int_uint(int64_t i, uint64_t u)
{
    if (i < 0 || u > INT64_MAX)
        return -1;
    return i < (int64_t)u ? -1 : i > (int64_t)u;
}

static int reversed(int c)
{
    return c == -1 ? 1 : c == 1 ? -1 : c;
}

static int compare_numbers(struct cel_value a, struct cel_value b)
{
    if (a.kind == CEL_INT) {
        if (b.kind == CEL_INT)
            return a.as.i < b.as.i ? -1 : a.as.i > b.as.i;
        return b.kind == CEL_UINT ? compare_int_uint(a.as.i, b.as.u)
                                  : reversed(compare_double_int(b.as.d, a.as.i));
    }
    if (a.kind == CEL_UINT) {
        if (b.kind == CEL_UINT)
            return a.as.u < b.as.u ? -1 : a.as.u > b.as.u;
        return b.kind == CEL_INT ? reversed(compare_int_uint(b.as.i, a.as.u))
                                 : reversed(compare_double_uint(b.as.d, a.as.u));
    }
    if (b.kind == CEL_INT)
        return compare_double_int(a.as.d, b.as.i);
    return b.kind == CEL_UINT ? compare_double_uint(a.as.d, b.as.u) : order(a.as.d, b.as.d);
}

static bool is_number(struct cel_value v)
{
    return v.kind >= CEL_INT && v.kind <= CEL_DOUBLE;
}

static int compare_bytes(struct cel_value a, struct cel_value b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.as.s, b.as.s, n) : 0;
    if (c)
        return c < 0 ? -1 : 1;
    return a.len < b.len ? -1 : a.len > b.len;
}

int cel_values_compare(struct cel_value a, struct cel_value b)
{
    if (is_number(a) && is_number(b))
        return compare_numbers(a, b);
    if (a.kind != b.kind)
        return 3;
    switch (a.kind) {
    case CEL_BOOL:
        return (int)a.as.b - (int)b.as.b;
    case CEL_STRING:
    case CEL_BYTES:
        return compare_bytes(a, b);
    case CEL_DURATION:
        return a.as.i < b.as.i ? -1 : a.as.i > b.as.i;
    case CEL_TIMESTAMP:
        if (a.as.i != b.as.i)
            return a.as.i < b.as.i ? -1 : 1;
        return a.len < b.len ? -1 : a.len > b.len;
    default:
        return 3;
    }
}

/* ---- containers ---- */

struct cel_value cel_list_get(struct frame *f, struct cel_value list, size_t i)
{
    if (list.rep == CEL_REP_OWN)
        return list.as.items[i];
    if (list.rep == CEL_REP_VAL)
        return value_of(&list.as.v->as.items[i]);
    struct cel_value v = cel_typed_item(f->arena, list, i);
    return v.kind == CEL_ERROR && !v.as.error ? cel_fail_memory(f) : v;
}

size_t cel_size(struct cel_value v)
{
    return v.kind == CEL_LIST || v.kind == CEL_MAP ? v.len : 0;
}

struct cel_value cel_list_item(struct arena *a, struct cel_value list, size_t i)
{
    struct frame f = {.arena = a, .cost_limit = UINT64_MAX};
    return cel_list_get(&f, list, i);
}

void cel_map_entry(struct arena *a, struct cel_value map, size_t i, struct cel_value *key,
                   struct cel_value *value)
{
    if (map.rep == CEL_REP_OWN) {
        *key = map.as.map->entries[i].key;
        *value = map.as.map->entries[i].value;
    } else if (map.rep == CEL_REP_VAL) {
        const struct val_entry *e = &map.as.v->as.entries[i];
        *key = cel_string(e->key->s, e->key->len);
        *value = value_of(&e->value);
    } else {
        cel_typed_entry(a, map, i, key, value);
    }
}

bool cel_map_key_ok(struct cel_value k)
{
    return k.kind == CEL_BOOL || k.kind == CEL_INT || k.kind == CEL_UINT || k.kind == CEL_STRING;
}

/* One form for numbers that are equal. False: equal to no key. */
static bool normal_key(struct cel_value *k)
{
    if (k->kind == CEL_UINT && k->as.u <= INT64_MAX) {
        *k = cel_int((int64_t)k->as.u);
    } else if (k->kind == CEL_DOUBLE) {
        double d = k->as.d;
        if (d != floor(d) || d < -9223372036854775808.0 || d >= 18446744073709551616.0)
            return false;
        *k = d < 9223372036854775808.0 ? cel_int((int64_t)d) : cel_uint((uint64_t)d);
    }
    return cel_map_key_ok(*k);
}

static bool key_equal(struct cel_value a, struct cel_value b)
{
    if (!normal_key(&a) || !normal_key(&b) || a.kind != b.kind)
        return false;
    if (a.kind == CEL_STRING)
        return a.len == b.len && (a.len == 0 || memcmp(a.as.s, b.as.s, a.len) == 0);
    return a.kind == CEL_BOOL ? a.as.b == b.as.b : a.as.i == b.as.i;
}

uint64_t cel_value_hash(struct cel_value v)
{
    const struct hash_key *k = hash_process_key();
    normal_key(&v);
    if (v.kind == CEL_STRING || v.kind == CEL_BYTES)
        return hash_bytes(k, v.as.s, v.len);
    uint64_t word = v.kind == CEL_BOOL ? v.as.b : (uint64_t)v.as.i;
    return hash_bytes(k, &word, sizeof(word));
}

#define MAP_INDEX_FROM 9

static const struct map_entry *own_find(const struct cel_map *m, struct cel_value key)
{
    if (!m->mask) {
        for (uint32_t i = 0; i < m->len; i++)
            if (key_equal(m->entries[i].key, key))
                return &m->entries[i];
        return NULL;
    }
    for (uint64_t at = cel_value_hash(key) & m->mask; m->index[at]; at = (at + 1) & m->mask)
        if (key_equal(m->entries[m->index[at] - 1].key, key))
            return &m->entries[m->index[at] - 1];
    return NULL;
}

struct cel_value cel_make_map(struct frame *f, struct map_entry *entries, size_t n)
{
    struct cel_map *m = cel_frame_alloc(f, sizeof(*m));
    if (!m || n > UINT32_MAX / 4)
        return cel_fail_memory(f);
    *m = (struct cel_map){.entries = entries, .len = (uint32_t)n};
    if (n >= MAP_INDEX_FROM) {
        uint32_t cap = 32;
        while (cap < n * 2)
            cap *= 2;
        uint32_t *index = cel_frame_alloc(f, cap * sizeof(*index));
        if (!index)
            return cel_fail_memory(f);
        memset(index, 0, cap * sizeof(*index));
        m->mask = cap - 1;
        m->index = index;
        for (uint32_t i = 0; i < n; i++) {
            uint64_t at = cel_value_hash(entries[i].key) & m->mask;
            while (index[at])
                at = (at + 1) & m->mask;
            index[at] = i + 1;
        }
    }
    return (struct cel_value){.kind = CEL_MAP, .rep = CEL_REP_OWN, .len = (uint32_t)n, .as.map = m};
}

/* An entry whose key comes after one that equals it, or -1; the map was made by cel_make_map. */
static int64_t duplicate_in(const struct cel_map *m)
{
    for (uint32_t i = 0; i < m->len; i++)
        if (own_find(m, m->entries[i].key) != &m->entries[i])
            return i;
    return -1;
}

int64_t cel_map_duplicate_of(struct cel_value map)
{
    return duplicate_in(map.as.map);
}

int cel_map(struct arena *a, const struct cel_value *keys, const struct cel_value *values, size_t n,
            struct cel_value *out)
{
    struct frame f = {.arena = a, .cost_limit = UINT64_MAX};
    struct map_entry *e = arena_array(a, n ? n : 1, sizeof(*e));
    if (!e)
        return ERR_LIMIT;
    for (size_t i = 0; i < n; i++) {
        if (!cel_map_key_ok(keys[i]))
            return ERR_INVALID;
        e[i] = (struct map_entry){keys[i], values[i]};
    }
    *out = cel_make_map(&f, e, n);
    if (is_error(*out))
        return ERR_LIMIT;
    return duplicate_in(out->as.map) >= 0 ? ERR_INVALID : 0;
}

/* A name that was not hashed before: in a small map looking is faster than hashing. */
static const struct val *member_by_name(const struct val *map, const char *s, size_t len)
{
    if (map->len > SMALL_MAP)
        return val_get_n(map, s, len);
    for (uint32_t i = 0; i < map->len; i++) {
        const struct val_key *k = map->as.entries[i].key;
        if (k->len == len && same_bytes(k->s, s, len))
            return &map->as.entries[i].value;
    }
    return NULL;
}

bool cel_map_find_str(struct frame *f, struct cel_value map, const char *s, size_t len,
                      const struct val_key *key, struct cel_value *out)
{
    if (map.rep == CEL_REP_VAL) {
        const struct val *v = key ? member(map.as.v, key) : member_by_name(map.as.v, s, len);
        if (v)
            *out = value_of(v);
        return v != NULL;
    }
    if (map.rep == CEL_REP_OWN) {
        const struct map_entry *e = own_find(map.as.map, cel_string(s, len));
        if (e)
            *out = e->value;
        return e != NULL;
    }
    return cel_typed_field(f->arena, map, s, len, out);
}

bool cel_map_find(struct frame *f, struct cel_value map, struct cel_value key,
                  struct cel_value *out)
{
    if (map.rep == CEL_REP_OWN) {
        const struct map_entry *e = own_find(map.as.map, key);
        if (e)
            *out = e->value;
        return e != NULL;
    }
    return key.kind == CEL_STRING && cel_map_find_str(f, map, key.as.s, key.len, NULL, out);
}

/* ---- equality ---- */

static bool lists_equal(struct frame *f, struct cel_value a, struct cel_value b)
{
    if (a.len != b.len)
        return false;
    if (a.rep == CEL_REP_TYPED) {
        int unordered = cel_typed_list_equal(f, a, b);
        if (unordered >= 0)
            return unordered;
    }
    for (uint32_t i = 0; i < a.len; i++)
        if (!cel_values_equal(f, cel_list_get(f, a, i), cel_list_get(f, b, i)))
            return false;
    return true;
}

static bool maps_equal(struct frame *f, struct cel_value a, struct cel_value b)
{
    if (a.rep == CEL_REP_TYPED)
        return cel_typed_map_equal(f, a, b);
    if (b.rep == CEL_REP_TYPED)
        return cel_typed_map_equal(f, b, a);
    if (a.len != b.len)
        return false;
    for (uint32_t i = 0; i < a.len; i++) {
        struct cel_value key = cel_null(), value = cel_null(), other;
        cel_map_entry(f->arena, a, i, &key, &value);
        if (!cel_map_find(f, b, key, &other) || !cel_values_equal(f, value, other))
            return false;
    }
    return true;
}

bool cel_values_equal(struct frame *f, struct cel_value a, struct cel_value b)
{
    if (!spend(f, 1)) {
        cel_fail_cost(f);
        return false;
    }
    if (a.kind != b.kind)
        return is_number(a) && is_number(b) && compare_numbers(a, b) == 0;
    switch (a.kind) {
    case CEL_NULL:
        return true;
    case CEL_STRING:
    case CEL_BYTES:
        return a.len == b.len && (a.len == 0 || memcmp(a.as.s, b.as.s, a.len) == 0);
    case CEL_LIST:
        return lists_equal(f, a, b);
    case CEL_MAP:
        return maps_equal(f, a, b);
    case CEL_TYPE:
        return strcmp(a.as.type->name, b.as.type->name) == 0;
    case CEL_OPTIONAL:
        if (!a.as.optional || !b.as.optional)
            return a.as.optional == b.as.optional;
        return cel_values_equal(f, *a.as.optional, *b.as.optional);
    case CEL_OPAQUE:
        return a.tag == b.tag && cel_opaque_equal(a, b);
    case CEL_ERROR:
    case CEL_UNKNOWN:
        return false;
    default:
        return cel_values_compare(a, b) == 0;
    }
}

#define EQUAL_MAX 50000000u /* values that share parts may be as large as 2^n */

bool cel_equal(struct cel_value a, struct cel_value b)
{
    struct arena arena;
    arena_init(&arena);
    struct frame f = {.arena = &arena, .cost_limit = EQUAL_MAX};
    bool eq = cel_values_equal(&f, a, b);
    arena_clear(&arena);
    return eq;
}

bool cel_value_is_zero(struct cel_value v)
{
    switch (v.kind) {
    case CEL_NULL:
        return true;
    case CEL_BOOL:
        return !v.as.b;
    case CEL_INT:
    case CEL_UINT:
    case CEL_DURATION:
        return v.as.i == 0;
    case CEL_DOUBLE:
        return v.as.d == 0;
    case CEL_STRING:
    case CEL_BYTES:
    case CEL_LIST:
    case CEL_MAP:
        return v.len == 0;
    case CEL_TIMESTAMP: /* the first of all days */
        return v.as.i == -62135596800ll && v.len == 0;
    case CEL_OPTIONAL:
        return !v.as.optional;
    default:
        return false;
    }
}

const char *cel_type_name_of(struct cel_value v)
{
    return cel_value_type(v)->name;
}
