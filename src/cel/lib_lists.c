// SPDX-License-Identifier: Apache-2.0
/* Lists: slice, flatten, sort, distinct, ranges; sets; and Kubernetes' sum, min, max, isSorted. */
#include "cel/cel_int.h"

#define ARGS struct frame *f, const struct cel_value *x, unsigned n

static struct cel_value slice(ARGS)
{
    (void)n;
    int64_t from = x[1].as.i, to = x[2].as.i;
    if (from < 0 || to < 0)
        return cel_fail(f, "cannot slice(%lld, %lld), negative indexes not supported",
                        (long long)from, (long long)to);
    if (from > to)
        return cel_fail(f,
                        "cannot slice(%lld, %lld), start index must be less than or equal to end "
                        "index",
                        (long long)from, (long long)to);
    if (to > x->len)
        return cel_fail(f, "cannot slice(%lld, %lld), list is length %u", (long long)from,
                        (long long)to, x->len);
    if (!spend(f, (uint64_t)(to - from) / 4))
        return cel_fail_cost(f);
    if (x->rep == CEL_REP_OWN)
        return cel_list(x->as.items + from, (size_t)(to - from));
    struct list_out out = {0};
    for (int64_t i = from; i < to; i++)
        cel_list_out_add(f, &out, cel_list_get(f, *x, (size_t)i));
    return cel_list_out_done(f, &out);
}

static bool flatten_into(struct frame *f, struct cel_value list, int64_t depth,
                         struct list_out *out)
{
    for (uint32_t i = 0; i < list.len; i++) {
        if (!spend(f, 1)) {
            cel_fail_cost(f);
            return false;
        }
        struct cel_value v = cel_list_get(f, list, i);
        if (v.kind == CEL_LIST && depth > 0) {
            if (!flatten_into(f, v, depth - 1, out))
                return false;
        } else {
            cel_list_out_add(f, out, v);
        }
    }
    return !out->over;
}

static struct cel_value flatten(ARGS)
{
    int64_t depth = n == 2 ? x[1].as.i : 1;
    struct list_out out = {0};
    if (depth < 0)
        return cel_fail(f, "level must be non-negative");
    return flatten_into(f, *x, depth, &out) ? cel_list_out_done(f, &out) : cel_fail_memory(f);
}

static struct cel_value sort(ARGS)
{
    (void)n;
    struct cel_value *keys = cel_frame_alloc(f, x->len * sizeof(*keys));
    if (!keys)
        return f->stop;
    for (uint32_t i = 0; i < x->len; i++) {
        keys[i] = cel_list_get(f, *x, i);
        CHECK(keys[i]);
    }
    return cel_sort_by_keys(f, *x, keys);
}

static struct cel_value range(ARGS)
{
    (void)n;
    int64_t len = x->as.i > 0 ? x->as.i : 0;
    if (len > 10000000 || !spend(f, (uint64_t)len))
        return cel_fail_cost(f);
    struct cel_value *items = cel_frame_alloc(f, (size_t)len * sizeof(*items));
    if (!items)
        return f->stop;
    for (int64_t i = 0; i < len; i++)
        items[i] = cel_int(i);
    return cel_list(items, (size_t)len);
}

static struct cel_value reverse(ARGS)
{
    (void)n;
    struct cel_value *items = cel_frame_alloc(f, x->len * sizeof(*items));
    if (!items || !spend(f, x->len / 4))
        return items ? cel_fail_cost(f) : f->stop;
    for (uint32_t i = 0; i < x->len; i++)
        items[x->len - 1 - i] = cel_list_get(f, *x, i);
    return cel_list(items, x->len);
}

static struct cel_value first(ARGS)
{
    (void)n;
    return x->len ? cel_make_optional(f, cel_list_get(f, *x, 0)) : cel_optional_none();
}

static struct cel_value last(ARGS)
{
    (void)n;
    return x->len ? cel_make_optional(f, cel_list_get(f, *x, x->len - 1)) : cel_optional_none();
}

static bool among(struct frame *f, struct cel_value v, const struct cel_value *items, size_t n)
{
    for (size_t i = 0; i < n && !f->stopped; i++)
        if (cel_values_equal(f, v, items[i]))
            return true;
    return false;
}

static struct cel_value distinct(ARGS)
{
    (void)n;
    struct list_out out = {0};
    for (uint32_t i = 0; i < x->len; i++) {
        struct cel_value v = cel_list_get(f, *x, i);
        if (!among(f, v, out.items, out.len))
            cel_list_out_add(f, &out, v);
        if (f->stopped)
            return f->stop;
    }
    return cel_list_out_done(f, &out);
}

/* ---- sets ---- */

static bool in_list(struct frame *f, struct cel_value v, struct cel_value list)
{
    for (uint32_t i = 0; i < list.len && !f->stopped; i++)
        if (cel_values_equal(f, v, cel_list_get(f, list, i)))
            return true;
    return false;
}

/* Is every item of b in a? */
static bool has_all(struct frame *f, struct cel_value a, struct cel_value b)
{
    for (uint32_t i = 0; i < b.len; i++)
        if (!in_list(f, cel_list_get(f, b, i), a))
            return false;
    return true;
}

static struct cel_value sets_contains(ARGS)
{
    (void)n;
    bool yes = has_all(f, x[0], x[1]);
    return f->stopped ? f->stop : cel_bool(yes);
}

static struct cel_value sets_equivalent(ARGS)
{
    (void)n;
    bool yes = has_all(f, x[0], x[1]) && has_all(f, x[1], x[0]);
    return f->stopped ? f->stop : cel_bool(yes);
}

static struct cel_value sets_intersects(ARGS)
{
    (void)n;
    bool yes = false;
    for (uint32_t i = 0; i < x[1].len && !yes; i++)
        yes = in_list(f, cel_list_get(f, x[1], i), x[0]);
    return f->stopped ? f->stop : cel_bool(yes);
}

/* ---- Kubernetes' ---- */

static struct cel_value is_sorted(ARGS)
{
    (void)n;
    struct cel_value before = cel_null();
    for (uint32_t i = 0; i < x->len; i++) {
        struct cel_value v = cel_list_get(f, *x, i);
        CHECK(v);
        int c = i ? cel_values_compare(before, v) : cel_values_compare(v, v);
        if (c == 3)
            return cel_fail_overload(f);
        if (i && c == 1)
            return cel_bool(false);
        before = v;
        f->cost++;
    }
    return cel_bool(true);
}

static struct cel_value sum_from(struct frame *f, struct cel_value list, struct cel_value zero)
{
    struct cel_value sum = zero;
    for (uint32_t i = 0; i < list.len; i++) {
        struct cel_value pair[2] = {sum, cel_list_get(f, list, i)};
        CHECK(pair[1]);
        sum = i ? cel_op_add(f, pair, 2) : pair[1];
        CHECK(sum);
        if (sum.kind != CEL_INT && sum.kind != CEL_UINT && sum.kind != CEL_DOUBLE &&
            sum.kind != CEL_DURATION)
            return cel_fail_overload(f);
        f->cost++;
    }
    return sum;
}

#define SUM(name, zero)                                                                            \
    static struct cel_value name(ARGS)                                                             \
    {                                                                                              \
        (void)n;                                                                                   \
        return sum_from(f, *x, zero);                                                              \
    }
SUM(sum_int, cel_int(0))
SUM(sum_uint, cel_uint(0))
SUM(sum_double, cel_double(0))
SUM(sum_duration, cel_duration(0))

static struct cel_value extreme(struct frame *f, struct cel_value list, int wanted,
                                const char *name)
{
    if (!list.len)
        return cel_fail(f, "%s called on empty list", name);
    struct cel_value best = cel_list_get(f, list, 0);
    CHECK(best);
    for (uint32_t i = 0; i < list.len; i++) {
        struct cel_value v = cel_list_get(f, list, i);
        CHECK(v);
        int c = cel_values_compare(v, best);
        if (c == 3)
            return cel_fail_overload(f);
        if (c == wanted)
            best = v;
        f->cost++;
    }
    return best;
}

static struct cel_value min(ARGS)
{
    (void)n;
    return extreme(f, *x, -1, "min");
}

static struct cel_value max(ARGS)
{
    (void)n;
    return extreme(f, *x, 1, "max");
}

static struct cel_value index_of(ARGS)
{
    (void)n;
    for (uint32_t i = 0; i < x->len; i++) {
        bool eq = cel_values_equal(f, cel_list_get(f, *x, i), x[1]);
        if (f->stopped)
            return f->stop;
        if (eq)
            return cel_int(i);
    }
    return cel_int(-1);
}

static struct cel_value last_index_of(ARGS)
{
    (void)n;
    for (uint32_t i = x->len; i-- > 0;) {
        bool eq = cel_values_equal(f, cel_list_get(f, *x, i), x[1]);
        if (f->stopped)
            return f->stop;
        if (eq)
            return cel_int(i);
    }
    return cel_int(-1);
}

#define LIB CEL_LIB_LISTS
#define SETS CEL_LIB_SETS
#define K8S CEL_LIB_KUBERNETES
#define COMPARABLE(name, tail_i, tail_u, tail_d, tail_b, tail_r, tail_t, tail_s, tail_y, fn, lib)  \
    {name, "Li.>" tail_i, fn, lib}, {name, "Lu.>" tail_u, fn, lib},                                \
        {name, "Ld.>" tail_d, fn, lib}, {name, "Lb.>" tail_b, fn, lib},                            \
        {name, "Lr.>" tail_r, fn, lib}, {name, "Lt.>" tail_t, fn, lib},                            \
        {name, "Ls.>" tail_s, fn, lib},                                                            \
    {                                                                                              \
        name, "Ly.>" tail_y, fn, lib                                                               \
    }
#define SAME(name, fn, lib) COMPARABLE(name, "i", "u", "d", "b", "r", "t", "s", "y", fn, lib)
#define LISTS_OF(name, fn, lib)                                                                    \
    COMPARABLE(name, "Li", "Lu", "Ld", "Lb", "Lr", "Lt", "Ls", "Ly", fn, lib)

const struct cel_fn_row cel_lib_lists[] = {
    {"slice", "LA.ii>LA", slice, LIB},
    {"flatten", "LLA.>LA", flatten, LIB},
    {"flatten", "L?.i>L?", flatten, LIB},
    LISTS_OF("sort", sort, LIB),
    {"lists.range", "i>Li", range, LIB},
    {"reverse", "LA.>LA", reverse, LIB},
    {"first", "LA.>OA", first, LIB},
    {"last", "LA.>OA", last, LIB},
    {"distinct", "LA.>LA", distinct, LIB},
    {"sets.contains", "LALA>b", sets_contains, SETS},
    {"sets.equivalent", "LALA>b", sets_equivalent, SETS},
    {"sets.intersects", "LALA>b", sets_intersects, SETS},
    COMPARABLE("isSorted", "b", "b", "b", "b", "b", "b", "b", "b", is_sorted, K8S),
    {"sum", "Li.>i", sum_int, K8S},
    {"sum", "Lu.>u", sum_uint, K8S},
    {"sum", "Ld.>d", sum_double, K8S},
    {"sum", "Lr.>r", sum_duration, K8S},
    SAME("max", max, K8S),
    SAME("min", min, K8S),
    {"indexOf", "LA.A>i", index_of, K8S},
    {"lastIndexOf", "LA.A>i", last_index_of, K8S},
    {NULL, NULL, NULL, 0},
};
