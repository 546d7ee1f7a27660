// SPDX-License-Identifier: Apache-2.0
/*
 * Two FieldsV1 texts (a NUL between them): reading and writing round-trips, the laws of sets hold,
 * and walking one over the other's text, taken as a value, ends.
 */
#include "data/diff.h"
#include "data/fieldset.h"
#include "data/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static fieldset read_set(struct val_pool *p, const struct val *v)
{
    return v ? fieldset_read(p, v, NULL) : NULL;
}

static int count(void *ctx, struct path path)
{
    ++*(size_t *)ctx;
    must(path.len > 0);
    return 0;
}

static int look(void *ctx, const struct fieldset_leaf *leaf)
{
    must(fieldset_has(ctx, leaf->path));
    return 0;
}

static void laws(struct val_pool *p, fieldset a, fieldset b)
{
    fieldset u = fieldset_union(p, a, b), i = fieldset_intersection(p, a, b);
    fieldset d = fieldset_difference(p, a, b), r = fieldset_recursive_difference(p, a, b);
    must(fieldset_equal(u, fieldset_union(p, b, a)));
    must(fieldset_equal(i, fieldset_intersection(p, b, a)));
    must(fieldset_size(u) + fieldset_size(i) == fieldset_size(a) + fieldset_size(b));
    must(fieldset_size(d) + fieldset_size(i) == fieldset_size(a));
    must(fieldset_equal(fieldset_union(p, d, i), a));
    must(fieldset_is_empty(fieldset_intersection(p, d, b)));
    must(fieldset_is_empty(fieldset_difference(p, r, d)));
    must(fieldset_is_empty(fieldset_recursive_difference(p, a, a)));
    fieldset l = fieldset_leaves(p, a);
    must(fieldset_is_empty(fieldset_difference(p, l, a)));
    must(fieldset_equal(l, fieldset_leaves(p, l)));
    must(fieldset_is_empty(a) == fieldset_is_empty(l));
}

static void round_trip(struct val_pool *p, fieldset a)
{
    const struct val *v = fieldset_write(p, a);
    fieldset again = read_set(p, v);
    must(again && fieldset_equal(again, a) && again->hash == a->hash);
    must(val_equal(v, fieldset_write(p, again)));
    size_t n = 0;
    must(fieldset_each(a, count, &n) == 0 && n == fieldset_size(a));
    struct fieldset_table *t = fieldset_table_new();
    uint32_t x, y;
    fieldset kept = fieldset_table_intern(t, a, &x);
    must(fieldset_table_intern(t, again, &y) == kept && x == y && fieldset_equal(kept, a));
    fieldset_table_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    size_t first = nul ? (size_t)(nul - data) : size;
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v = json_read(&p, (const char *)data, first, NULL, NULL);
    const struct val *w =
        nul ? json_read(&p, (const char *)nul + 1, size - first - 1, NULL, NULL) : NULL;
    fieldset a = read_set(&p, v), b = read_set(&p, w);
    if (a)
        round_trip(&p, a);
    if (a && b)
        laws(&p, a, b);
    if (a && w) {
        must(fieldset_walk(a, w, look, (void *)(uintptr_t)a) == 0);
        must(val_extract(&p, w, a) != NULL);
    }
    val_pool_clear(&p);
    return 0;
}
