// SPDX-License-Identifier: Apache-2.0
/*
 * The order of the Resources view. Rows are kept by their number in the table, the order is a list
 * of numbers: when a few of half a million rows changed, these are taken out, sorted and merged in
 * again, and nobody else is looked at. While somebody reads, a row that changed stays where it is
 * and is remembered as loose; new ones come at the end.
 */
#include "views/resources_int.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- keys ---- */

static struct text key_text(const struct resources *v, const struct leeway_row *r)
{
    switch (v->sort) {
    case BY_CLUSTER:
        return r->cluster;
    case BY_NAMESPACE:
        return r->namespace_;
    case BY_NAME:
        return r->name;
    default:
        return v->sort >= 0 && (size_t)v->sort < r->n_cells ? r->cells[v->sort] : TEXT_NONE;
    }
}

static double unit(const char *s, const char **end)
{
    static const struct {
        const char *name;
        double factor;
    } units[] = {
        {"Ki", 1024.0}, {"Mi", 1048576.0}, {"Gi", 1073741824.0}, {"Ti", 1.1e12}, {"y", 31536000.0},
        {"d", 86400.0}, {"h", 3600.0},     {"ms", 1e-3},         {"m", 60.0},    {"s", 1.0},
        {"k", 1e3},     {"M", 1e6},        {"G", 1e9},           {"T", 1e12},    {"%", 1.0}};
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (strncmp(s, units[i].name, strlen(units[i].name)) == 0) {
            *end = s + strlen(units[i].name);
            return units[i].factor;
        }
    *end = s;
    return 1.0;
}

/* "7", "6/8" (by how much is missing), "4h56m", "128Mi", "3 (5m ago)". */
static bool read_number(struct text t, double *out)
{
    const char *s = t.str, *end = s;
    *out = 0;
    do {
        char *after;
        if (*s < '0' || *s > '9')
            break;
        double n = strtod(s, &after);
        *out += n * unit(after, &end);
        s = end;
    } while (*s);
    if (end == t.str)
        return false;
    if (*end == '/') {
        double of = strtod(end + 1, NULL);
        *out = of > 0 ? *out / of : 1;
    } else if (*end && *end != ' ') {
        return false;
    }
    return true;
}

void resources_set_key(const struct resources *v, struct resource_object *x)
{
    bool age =
        v->sort >= 0 && (size_t)v->sort < v->look->n_columns && v->look->columns[v->sort].age;
    if (age) { /* the youngest first */
        x->has_number = x->row->created_ms != 0;
        x->number = -(double)x->row->created_ms;
    } else {
        x->has_number = v->sort >= 0 && read_number(key_text(v, x->row), &x->number);
    }
}

/* ---- comparing ---- */

static int by_state(const struct resource_object *x, const struct resource_object *y)
{
    int a = x->state == LEEWAY_STATE_COUNT ? LEEWAY_OK : x->state;
    int b = y->state == LEEWAY_STATE_COUNT ? LEEWAY_OK : y->state;
    return a - b;
}

static int by_names(const struct leeway_row *x, const struct leeway_row *y)
{
    int order = text_compare(x->cluster, y->cluster);
    if (!order)
        order = text_compare(x->namespace_, y->namespace_);
    return order ? order : text_compare(x->name, y->name);
}

static int compare(const void *a, const void *b, void *ctx)
{
    const struct resources *v = ctx;
    const struct resource_object *x = &v->objects.items[*(const uint32_t *)a];
    const struct resource_object *y = &v->objects.items[*(const uint32_t *)b];
    int order;
    if (v->sort == BY_STATE)
        order = by_state(x, y);
    else if (x->has_number && y->has_number)
        order = (x->number > y->number) - (x->number < y->number);
    else if (x->has_number != y->has_number)
        order = x->has_number ? -1 : 1;
    else
        order = text_compare(key_text(v, x->row), key_text(v, y->row));
    if (order)
        return v->reverse ? -order : order;
    return by_names(x->row, y->row);
}

static void sort(const struct resources *v, uint32_t *rows, size_t n)
{
    if (n)
        qsort_r(rows, n, sizeof(*rows), compare, (void *)v);
}

/* ---- the order ---- */

static struct resource_place place_of(const struct resources *v, uint32_t row, bool loose)
{
    const struct resource_object *x = &v->objects.items[row];
    return (struct resource_place){x->row->id, row, x->passes, loose};
}

void resources_sort_all(struct resources *v)
{
    uint32_t *rows = mem_calloc(v->objects.len + 1, sizeof(*rows));
    for (size_t i = 0; i < v->objects.len; i++)
        rows[i] = (uint32_t)i;
    sort(v, rows, v->objects.len);
    v->order.len = 0;
    for (size_t i = 0; i < v->objects.len; i++)
        vec_push(&v->order, place_of(v, rows[i], false));
    mem_free(rows);
}

enum { GONE = UINT32_MAX }; /* otherwise 0: where it was, or its number now plus one */

/* What became of each row of the order before. */
static uint32_t *moves(size_t before, const struct resource_change *changed, size_t n)
{
    uint32_t *to = mem_calloc(before + 1, sizeof(*to));
    for (size_t i = 0; i < n; i++)
        if (changed[i].row < before)
            to[changed[i].row] = GONE;
    for (size_t i = 0; i < n; i++)
        if (changed[i].was != RESOURCE_NEW)
            to[changed[i].was] = changed[i].row + 1;
    return to;
}

/* How many of the first n in the order come before this row, or are its equals. */
static size_t upper(const struct resources *v, size_t n, uint32_t row)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (compare(&v->order.items[mid].row, &row, (void *)v) <= 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

void resources_sort_changed(struct resources *v, const struct resource_change *changed, size_t n,
                            bool keep)
{
    uint32_t *to = moves(v->order.len, changed, n);
    VEC(uint32_t) in = {0};
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (changed[i].was == RESOURCE_NEW)
            vec_push(&in, changed[i].row);
    for (size_t i = 0; i < v->order.len; i++) {
        struct resource_place p = v->order.items[i];
        uint32_t now = to[p.row];
        if (now == GONE || (!now && p.row >= v->objects.len))
            continue;
        if (now)
            p = place_of(v, now - 1, true);
        if (p.loose && !keep)
            vec_push(&in, p.row);
        else
            v->order.items[kept++] = p;
    }
    sort(v, in.items, in.len);
    v->order.len = kept;
    for (size_t i = 0; i < in.len; i++)
        vec_push(&v->order, (struct resource_place){0});
    /* from the end: what comes after a row moves at once, to where it stays */
    for (size_t left = in.len; left; left--) {
        size_t at = keep ? kept : upper(v, kept, in.items[left - 1]);
        memmove(&v->order.items[at + left], &v->order.items[at],
                (kept - at) * sizeof(*v->order.items));
        v->order.items[at + left - 1] = place_of(v, in.items[left - 1], keep);
        kept = at;
    }
    vec_clear(&in);
    mem_free(to);
}
