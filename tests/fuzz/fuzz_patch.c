// SPDX-License-Identifier: Apache-2.0
/*
 * Two JSON texts (a NUL between them): the second applied to the first as JSON patch and as merge
 * patch ends within bounds, and differences between the two hold their promises.
 */
#include "data/diff.h"
#include "data/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has_null(const struct val *v)
{
    if (v->type == VAL_NULL)
        return true;
    for (uint32_t i = 0; i < val_count(v); i++)
        if (has_null(v->type == VAL_LIST ? &v->as.items[i] : &v->as.entries[i].value))
            return true;
    return false;
}

static void compare(struct val_pool *p, const struct val *a, const struct val *b)
{
    struct diff_items d = {0};
    if (diff_values(p, a, b, NULL, NULL, &d) || (d.len == 0) != val_equal(a, b))
        abort();
    for (size_t i = 0; i < d.len; i++) {
        bool twice;
        const struct val *x = path_resolve(a, d.items[i].path, NULL, &twice);
        const struct val *y = path_resolve(b, d.items[i].path, NULL, &twice);
        if (x != d.items[i].before || y != d.items[i].after)
            abort();
        val_without_path(p, a, d.items[i].path);
        const struct val *z =
            d.items[i].after ? val_with_path(p, a, d.items[i].path, d.items[i].after) : NULL;
        if (z && !val_equal(path_resolve(z, d.items[i].path, NULL, &twice), d.items[i].after))
            abort();
    }
    diff_items_clear(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    if (!nul || size > 20000)
        return 0;
    size_t first = (size_t)(nul - data);
    struct val_pool p;
    val_pool_init(&p);
    const struct val *a = json_read(&p, (const char *)data, first, NULL, NULL);
    const struct val *b = json_read(&p, (const char *)nul + 1, size - first - 1, NULL, NULL);
    if (a && b) {
        const struct val *v = json_patch_apply(&p, a, b, NULL);
        struct buf out;
        buf_init(&out, BUF_LARGE);
        if (v)
            (void)json_write(&out, v, JSON_COMPACT);
        buf_clear(&out);
        if (!merge_patch_apply(&p, a, b))
            abort();
        if (!has_null(b) && !val_equal(merge_patch_apply(&p, a, merge_patch_make(&p, a, b)), b))
            abort();
        if (size < 2000)
            compare(&p, a, b);
    }
    val_pool_clear(&p);
    return 0;
}
