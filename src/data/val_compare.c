// SPDX-License-Identifier: Apache-2.0
/*
 * Equality, order and hash of values. Numbers are compared as numbers, exactly, whatever their
 * type; maps without regard to the order of their keys.
 */
#include "base/hash.h"
#include "data/val_int.h"

#include <math.h>
#include <string.h>

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
            if (!val_key_is(f->key, e->key->hash, e->key->s, e->key->len))
                f = val_find_entry(b, e->key->s, e->key->len);
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
