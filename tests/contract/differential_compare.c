// SPDX-License-Identifier: Apache-2.0
/* What of two answers has to be the same, and where they part. */
#include "differential.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct val *diff_without(struct run *r, const struct val *v, const char *key)
{
    return val_get(v, key) ? val_map_without(&r->pool, v, key) : v;
}

static int by_entry(const void *pa, const void *pb)
{
    static const char *const keys[] = {"operation", "manager", "apiVersion", "subresource"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        int c = strcmp(val_str(val_get(pa, keys[i]), ""), val_str(val_get(pb, keys[i]), ""));
        if (c)
            return c;
    }
    return val_compare(val_get(pa, "fieldsV1"), val_get(pb, "fieldsV1"));
}

static const struct val *entries(struct run *r, const struct val *list)
{
    VEC(struct val) items = {0};
    for (size_t i = 0; i < val_count(list); i++)
        vec_push(&items, *(val_get(val_item(list, i), "time")
                               ? val_map_with(&r->pool, val_item(list, i), "time", &val_null)
                               : val_item(list, i)));
    if (items.len)
        qsort(items.items, items.len, sizeof(*items.items), by_entry);
    const struct val *out = val_list_of(&r->pool, items.items, items.len);
    vec_clear(&items);
    return out;
}

const struct val *diff_object(struct run *r, const struct val *v)
{
    const struct val *meta = val_get(v, "metadata"), *spec = val_get(v, "spec");
    if (!val_is(meta, VAL_MAP))
        return v;
    meta = diff_without(r, meta, "uid");
    meta = diff_without(r, meta, "resourceVersion");
    meta = diff_without(r, meta, "creationTimestamp");
    meta = diff_without(r, meta, "deletionTimestamp");
    if (val_get(meta, "managedFields"))
        meta = val_map_with(&r->pool, meta, "managedFields",
                            entries(r, val_get(meta, "managedFields")));
    if (strcmp(r->kind->kind, "Job") == 0) { /* its uid is in all of these */
        const struct val *pods = val_get(spec, "template");
        meta = diff_without(r, meta, "labels");
        spec = val_is(spec, VAL_MAP) ? diff_without(r, spec, "selector") : spec;
        if (val_is(pods, VAL_MAP))
            spec = val_map_with(&r->pool, spec, "template", diff_without(r, pods, "metadata"));
        if (val_is(spec, VAL_MAP))
            v = val_map_with(&r->pool, v, "spec", spec);
    }
    if (val_is(spec, VAL_MAP)) {
        spec = diff_without(r, spec, "clusterIP");
        spec = diff_without(r, spec, "clusterIPs");
        for (size_t i = 0; i < val_count(val_get(spec, "ports")); i++)
            if (val_get(val_item(val_get(spec, "ports"), i), "nodePort"))
                spec = diff_without(r, spec, "ports");
        v = val_map_with(&r->pool, v, "spec", spec);
    }
    return val_map_with(&r->pool, v, "metadata", meta);
}

static int by_value(const void *a, const void *b)
{
    return val_compare(a, b);
}

static const struct val *status(struct run *r, const struct val *v)
{
    const struct val *causes = val_at(v, "details", "causes", NULL);
    int64_t code = val_int(val_get(v, "code"), 0);
    if (code == 422 || val_count(causes) > 1) /* words of validation, and the order of maps */
        v = diff_without(r, v, "message");
    if (code == 422) {
        v = diff_without(r, v, "details");
    } else if (val_count(causes) > 1) {
        VEC(struct val) items = {0};
        for (size_t i = 0; i < causes->len; i++)
            vec_push(&items, causes->as.items[i]);
        qsort(items.items, items.len, sizeof(*items.items), by_value);
        const struct val *details = val_map_with(&r->pool, val_get(v, "details"), "causes",
                                                 val_list_of(&r->pool, items.items, items.len));
        v = val_map_with(&r->pool, v, "details", details);
        vec_clear(&items);
    }
    const struct val *details = val_get(v, "details");
    if (details)
        v = val_map_with(&r->pool, v, "details", diff_without(r, details, "uid"));
    return v;
}

static const struct val *normal(struct run *r, const struct val *v)
{
    return val_str_is(val_get(v, "kind"), "Status") ? status(r, v) : diff_object(r, v);
}

static void show(const struct val *v)
{
    struct buf b;
    buf_init(&b, MAX_TEXT);
    json_write(&b, v ? v : &val_null, JSON_COMPACT);
    printf("#   %.6000s\n", buf_str(&b));
    buf_clear(&b);
}

/* The first place where two values part. */
static void show_place(const struct val *a, const struct val *b, const char *path, int depth)
{
    char below_it[400];
    if (a && b && a->type == b->type && a->type == VAL_MAP && depth < 20) {
        for (int side = 0; side < 2; side++) {
            const struct val *x = side ? b : a;
            for (uint32_t i = 0; i < x->len; i++) {
                const struct val_key *k = x->as.entries[i].key;
                const struct val *l = val_get_key(a, k), *r = val_get_key(b, k);
                if (l && r && val_equal(l, r))
                    continue;
                snprintf(below_it, sizeof(below_it), "%.200s.%.180s", path, k->s);
                show_place(l, r, below_it, depth + 1);
                return;
            }
        }
    }
    if (a && b && a->type == VAL_LIST && b->type == VAL_LIST && a->len == b->len && depth < 20) {
        for (uint32_t i = 0; i < a->len; i++)
            if (!val_equal(&a->as.items[i], &b->as.items[i])) {
                snprintf(below_it, sizeof(below_it), "%.300s[%u]", path, i);
                show_place(&a->as.items[i], &b->as.items[i], below_it, depth + 1);
                return;
            }
    }
    printf("#   at %s\n", path);
    show(a);
    show(b);
}

void diff_differ(struct run *r, const char *what, const struct val *a, const struct val *b)
{
    printf("# seed %" PRIu64 " %s %s step %u: %s: %s\n", r->seed, r->ns, r->kind->kind, r->step,
           r->what, what);
    show_place(a, b, "", 0);
    r->differences++;
}

void diff_compare(struct run *r)
{
    const struct answer *a = &r->answers[0], *b = &r->answers[1];
    const struct val *x = normal(r, a->v), *y = normal(r, b->v);
    r->checks++;
    if (a->status != b->status) {
        char text[60];
        snprintf(text, sizeof(text), "status %ld and %ld", a->status, b->status);
        diff_differ(r, text, a->v ? val_get(a->v, "message") : NULL,
                    b->v ? val_get(b->v, "message") : NULL);
    } else if (!x || !y || !val_equal(x, y)) {
        diff_differ(r, "another answer", x, y);
    }
}

void diff_compare_versions(struct run *r)
{
    bool moved[SERVERS];
    for (int s = 0; s < SERVERS; s++) {
        const char *now = val_str(val_at(r->answers[s].v, "metadata", "resourceVersion", NULL), "");
        moved[s] = strcmp(now, r->versions[s]) != 0;
        snprintf(r->versions[s], sizeof(r->versions[s]), "%s", now);
    }
    const struct val *now = r->answers[0].v;
    now = val_map_with(&r->pool, now, "metadata",
                       diff_without(r, val_get(now, "metadata"), "resourceVersion"));
    bool unseen = moved[0] && !moved[1] && r->last && val_equal(now, r->last);
    r->last = now;
    r->rewrites = r->rewrites || unseen;
    r->rewritten += unseen;
    r->checks++;
    if (moved[0] != moved[1] && !unseen)
        diff_differ(r, moved[0] ? "a write only on the first" : "a write only on the second", NULL,
                    NULL);
}
