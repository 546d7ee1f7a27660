// SPDX-License-Identifier: Apache-2.0
/* RFC 7386. A member that is null in the patch is removed; maps are merged; all else is replaced.
 */
#include "data/diff.h"

#include "base/vec.h"

/* NULL past the pool's limit. */
static const struct val *apply(struct val_pool *p, const struct val *target,
                               const struct val *patch)
{
    if (!val_is(patch, VAL_MAP))
        return patch;
    size_t n = val_is(target, VAL_MAP) ? target->len : 0;
    VEC(struct val_entry) out = {0};
    for (size_t i = 0; i < n; i++)
        vec_push(&out, target->as.entries[i]);
    bool ok = true;
    for (uint32_t i = 0; ok && i < patch->len; i++) {
        const struct val_entry *e = &patch->as.entries[i];
        const struct val *old = n ? val_get_key(target, e->key) : NULL;
        size_t at = out.len;
        if (old) /* the entry's number in the target; removed ones keep their place until the end */
            at = (size_t)((const struct val_entry *)((const char *)old -
                                                     offsetof(struct val_entry, value)) -
                          target->as.entries);
        if (val_is(&e->value, VAL_NULL)) {
            if (old)
                out.items[at].key = NULL;
            continue;
        }
        const struct val *merged = apply(p, old, &e->value);
        struct val_entry entry = *e;
        entry.key = val_intern(p, e->key->s, e->key->len);
        ok = merged && entry.key;
        if (!ok)
            break;
        entry.value = *merged;
        if (old)
            out.items[at] = entry;
        else
            vec_push(&out, entry);
    }
    size_t kept = 0;
    for (size_t i = 0; i < out.len; i++)
        if (out.items[i].key)
            out.items[kept++] = out.items[i];
    const struct val *result = ok ? val_map_of(p, out.items, kept) : NULL;
    vec_clear(&out);
    return result;
}

const struct val *merge_patch_apply(struct val_pool *p, const struct val *target,
                                    const struct val *patch)
{
    return apply(p, target, patch);
}

const struct val *merge_patch_make(struct val_pool *p, const struct val *from, const struct val *to)
{
    if (!val_is(from, VAL_MAP) || !val_is(to, VAL_MAP))
        return to;
    VEC(struct val_entry) out = {0};
    bool ok = true;
    for (uint32_t i = 0; ok && i < from->len; i++) {
        struct val_entry e = from->as.entries[i];
        const struct val *now = val_get_key(to, e.key);
        if (now && val_equal(now, &e.value))
            continue;
        const struct val *change = now ? merge_patch_make(p, &e.value, now) : &val_null;
        e.key = val_intern(p, e.key->s, e.key->len);
        ok = change && e.key;
        if (ok) {
            e.value = *change;
            vec_push(&out, e);
        }
    }
    for (uint32_t i = 0; ok && i < to->len; i++) {
        struct val_entry e = to->as.entries[i];
        if (val_get_key(from, e.key))
            continue;
        e.key = val_intern(p, e.key->s, e.key->len);
        ok = e.key != NULL;
        if (ok)
            vec_push(&out, e);
    }
    const struct val *result = ok ? val_map_of(p, out.items, out.len) : NULL;
    vec_clear(&out);
    return result;
}
