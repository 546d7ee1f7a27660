// SPDX-License-Identifier: Apache-2.0
/*
 * Comprehensions: a loop over a list (its items, or index and item) or a map (its keys, or key and
 * value). all and exists absorb errors as && and || do; the others cel_fail with the first.
 */
#include "cel/node.h"
#include "cel/words.h"

#include <stdlib.h>

struct range {
    struct cel_value over;
    uint32_t i;
    bool map;
};

static struct cel_value range_open(const struct node_fold *n, struct frame *f, struct range *r)
{
    r->over = node_eval(n->range, f);
    r->i = 0;
    r->map = r->over.kind == CEL_MAP;
    if (!is_error(r->over) && !r->map && r->over.kind != CEL_LIST)
        return cel_place_error(f, n->range, cel_words_not_iterable(f, r->over));
    return r->over;
}

/* Puts the next item into the loop's variables; false at the end. */
static inline bool range_next(const struct node_fold *n, struct frame *f, struct range *r)
{
    if (r->i >= r->over.len)
        return false;
    if (!spend(f, 2)) {
        cel_place_error(f, &n->node, cel_fail_cost(f));
        return false;
    }
    uint32_t i = r->i++;
    if (__builtin_expect(!r->map, 1)) {
        struct cel_value v = cel_list_get(f, r->over, i);
        if (n->slot2 < 0) {
            f->locals[n->slot] = v;
        } else {
            f->locals[n->slot] = cel_int(i);
            f->locals[n->slot2] = v;
        }
        return true;
    }
    struct cel_value key = cel_null(), value = cel_null();
    cel_map_entry(f->arena, r->over, i, &key, &value);
    f->locals[n->slot] = key;
    if (n->slot2 >= 0)
        f->locals[n->slot2] = value;
    return true;
}

static inline struct cel_value quantifier(const struct node *node, struct frame *f, bool decides)
{
    const struct node_fold *n = (const struct node_fold *)node;
    struct range r;
    struct cel_value opened = range_open(n, f, &r);
    CHECK(opened);
    struct cel_value bad = cel_bool(!decides);
    while (range_next(n, f, &r)) {
        struct cel_value v = node_eval(n->body, f);
        if (__builtin_expect(v.kind == CEL_BOOL, 1)) {
            if (v.as.b == decides)
                return v;
            continue;
        }
        if (f->stopped)
            return f->stop;
        if (!is_error(v))
            v = cel_place_error(f, n->body, cel_fail_overload(f));
        if (bad.kind == CEL_BOOL || (v.kind == CEL_UNKNOWN && bad.kind == CEL_ERROR))
            bad = v;
    }
    return f->stopped ? f->stop : bad;
}

struct cel_value cel_fold_all(const struct node *node, struct frame *f)
{
    return quantifier(node, f, false);
}

struct cel_value cel_fold_exists(const struct node *node, struct frame *f)
{
    return quantifier(node, f, true);
}

/* The value of a condition; an error or unknown otherwise. */
static inline struct cel_value condition(const struct node *n, struct frame *f)
{
    struct cel_value v = node_eval(n, f);
    if (v.kind != CEL_BOOL && !is_error(v))
        v = cel_place_error(f, n, cel_fail_overload(f));
    return v;
}

struct cel_value cel_fold_exists_one(const struct node *node, struct frame *f)
{
    const struct node_fold *n = (const struct node_fold *)node;
    struct range r;
    struct cel_value opened = range_open(n, f, &r);
    CHECK(opened);
    uint32_t count = 0;
    while (range_next(n, f, &r)) {
        struct cel_value v = condition(n->body, f);
        CHECK(v);
        count += v.as.b;
    }
    return f->stopped ? f->stop : cel_bool(count == 1);
}

static inline bool passes(const struct node_fold *n, struct frame *f, struct cel_value *v)
{
    if (!n->filter)
        return true;
    *v = condition(n->filter, f);
    return !is_error(*v) && v->as.b;
}

struct cel_value cel_fold_map(const struct node *node, struct frame *f)
{
    const struct node_fold *n = (const struct node_fold *)node;
    struct range r;
    struct cel_value opened = range_open(n, f, &r);
    CHECK(opened);
    struct cel_value *items = cel_frame_alloc(f, r.over.len * sizeof(*items));
    if (!items)
        return f->stop;
    uint32_t len = 0;
    while (range_next(n, f, &r)) {
        struct cel_value v = cel_null();
        if (!passes(n, f, &v)) {
            CHECK(v);
            continue;
        }
        items[len] = node_eval(n->body, f);
        CHECK(items[len]);
        len++;
    }
    return f->stopped ? f->stop : cel_list(items, len);
}

struct cel_value cel_fold_filter(const struct node *node, struct frame *f)
{
    const struct node_fold *n = (const struct node_fold *)node;
    struct range r;
    struct cel_value opened = range_open(n, f, &r);
    CHECK(opened);
    struct cel_value *items = cel_frame_alloc(f, r.over.len * sizeof(*items));
    if (!items)
        return f->stop;
    uint32_t len = 0;
    while (range_next(n, f, &r)) {
        struct cel_value v = condition(n->body, f);
        CHECK(v);
        if (v.as.b)
            items[len++] = f->locals[n->slot];
    }
    return f->stopped ? f->stop : cel_list(items, len);
}

struct cel_value cel_fold_map_values(const struct node *node, struct frame *f)
{
    const struct node_fold *n = (const struct node_fold *)node;
    struct range r;
    struct cel_value opened = range_open(n, f, &r);
    CHECK(opened);
    struct map_entry *entries = cel_frame_alloc(f, r.over.len * sizeof(*entries));
    if (!entries)
        return f->stop;
    size_t len = 0;
    while (range_next(n, f, &r)) {
        struct cel_value v = cel_null();
        if (!passes(n, f, &v)) {
            CHECK(v);
            continue;
        }
        struct cel_value key = f->locals[n->slot];
        v = node_eval(n->body, f);
        CHECK(v);
        entries[len++] = (struct map_entry){key, v};
    }
    return f->stopped ? f->stop : placed(f, node, cel_make_map(f, entries, len));
}

struct cel_value cel_fold_map_entries(const struct node *node, struct frame *f)
{
    const struct node_fold *n = (const struct node_fold *)node;
    struct range r;
    struct cel_value opened = range_open(n, f, &r);
    CHECK(opened);
    struct list_out pairs = {0}; /* key, value, key, value… */
    while (range_next(n, f, &r)) {
        struct cel_value v = cel_null();
        if (!passes(n, f, &v)) {
            CHECK(v);
            continue;
        }
        v = node_eval(n->body, f);
        CHECK(v);
        if (v.kind != CEL_MAP)
            return cel_place_error(f, n->body, cel_fail_overload(f));
        for (uint32_t i = 0; i < v.len; i++) {
            struct cel_value key = cel_null(), value = cel_null();
            cel_map_entry(f->arena, v, i, &key, &value);
            cel_list_out_add(f, &pairs, key);
            cel_list_out_add(f, &pairs, value);
            if (!spend(f, 1))
                return cel_place_error(f, node, cel_fail_cost(f));
        }
    }
    if (f->stopped)
        return f->stop;
    struct map_entry *entries = cel_frame_alloc(f, pairs.len / 2 * sizeof(*entries));
    if (!entries)
        return f->stop;
    for (size_t i = 0; i < pairs.len; i += 2)
        entries[i / 2] = (struct map_entry){pairs.items[i], pairs.items[i + 1]};
    struct cel_value map = cel_make_map(f, entries, pairs.len / 2);
    CHECK(map);
    if (cel_map_duplicate_of(map) >= 0)
        return cel_place_error(f, node, cel_fail(f, "insert failed: a key is there already"));
    return map;
}

struct sort_item {
    struct cel_value key;
    uint32_t at;
};

static int sort_compare(const void *a, const void *b)
{
    const struct sort_item *x = a, *y = b;
    int c = cel_values_compare(x->key, y->key);
    if (c == -1 || c == 1)
        return c;
    return x->at < y->at ? -1 : 1;
}

struct cel_value cel_sort_by_keys(struct frame *f, struct cel_value list,
                                  const struct cel_value *keys)
{
    struct sort_item *order = cel_frame_alloc(f, list.len * sizeof(*order));
    struct cel_value *items = cel_frame_alloc(f, list.len * sizeof(*items));
    if (!order || !items)
        return f->stop;
    for (uint32_t i = 0; i < list.len; i++) {
        if (keys[i].kind != keys[0].kind)
            return cel_fail(f, "list elements must have the same type");
        if (cel_values_compare(keys[i], keys[i]) == 3)
            return cel_fail(f, "list elements must be comparable");
        order[i] = (struct sort_item){keys[i], i};
    }
    unsigned bits = 1;
    while (list.len >> bits)
        bits++;
    if (!spend(f, (uint64_t)list.len * bits))
        return cel_fail_cost(f);
    if (list.len)
        qsort(order, list.len, sizeof(*order), sort_compare);
    for (uint32_t i = 0; i < list.len; i++)
        items[i] = cel_list_get(f, list, order[i].at);
    return cel_list(items, list.len);
}

struct cel_value cel_fold_sort_by(const struct node *node, struct frame *f)
{
    const struct node_fold *n = (const struct node_fold *)node;
    struct range r;
    struct cel_value opened = range_open(n, f, &r);
    CHECK(opened);
    if (r.map)
        return cel_place_error(f, n->range, cel_fail_overload(f));
    struct cel_value *keys = cel_frame_alloc(f, r.over.len * sizeof(*keys));
    if (!keys)
        return f->stop;
    while (range_next(n, f, &r)) {
        keys[r.i - 1] = node_eval(n->body, f);
        CHECK(keys[r.i - 1]);
    }
    if (f->stopped)
        return f->stop;
    return placed(f, node, cel_sort_by_keys(f, r.over, keys));
}
