// SPDX-License-Identifier: Apache-2.0
/*
 * Paths: order, matching, resolving. Their text is in path_text.c.
 */
#include "data/path.h"

#include "base/hash.h"

#include <string.h>

#define CMP(a, b) ((a) < (b) ? -1 : (a) > (b))

static int compare_bytes(const char *a, size_t alen, const char *b, size_t blen)
{
    size_t n = alen < blen ? alen : blen;
    int c = n ? memcmp(a, b, n) : 0;
    return c ? (c < 0 ? -1 : 1) : CMP(alen, blen);
}

/* Scalars in the server's order, which is not val_compare's. */
static int compare_scalars(const struct val *a, const struct val *b)
{
    static const unsigned char rank[] = {
        [VAL_INT] = 0,  [VAL_UINT] = 0, [VAL_DOUBLE] = 0, [VAL_STRING] = 1,
        [VAL_BOOL] = 2, [VAL_LIST] = 3, [VAL_MAP] = 4,    [VAL_NULL] = 5,
    };
    int c = CMP(rank[a->type], rank[b->type]);
    return c ? c : val_compare(a, b);
}

/* Both maps have their keys in byte order. */
static int compare_keys(const struct val *a, const struct val *b)
{
    for (uint32_t i = 0; i < a->len && i < b->len; i++) {
        const struct val_entry *x = &a->as.entries[i], *y = &b->as.entries[i];
        int c = compare_bytes(x->key->s, x->key->len, y->key->s, y->key->len);
        if (!c)
            c = compare_scalars(&x->value, &y->value);
        if (c)
            return c;
    }
    return CMP(a->len, b->len);
}

int path_elem_compare(const struct path_elem *a, const struct path_elem *b)
{
    if (a->kind != b->kind)
        return CMP(a->kind, b->kind);
    switch (a->kind) {
    case PATH_FIELD:
        if (a->as.field == b->as.field)
            return 0;
        return compare_bytes(a->as.field->s, a->as.field->len, b->as.field->s, b->as.field->len);
    case PATH_KEY:
        return a->as.key == b->as.key ? 0 : compare_keys(a->as.key, b->as.key);
    case PATH_VALUE:
        return a->as.value == b->as.value ? 0 : compare_scalars(a->as.value, b->as.value);
    case PATH_INDEX:
        return CMP(a->as.index, b->as.index);
    case PATH_ANY:
        break;
    }
    return 0;
}

uint64_t path_elem_hash(const struct path_elem *e)
{
    static const uint64_t salt[] = {0x9e3779b97f4a7c15ULL, 0xbf58476d1ce4e5b9ULL,
                                    0x94d049bb133111ebULL, 0xd6e8feb86659fd93ULL,
                                    0xa0761d6478bd642fULL};
    uint64_t h = salt[e->kind];
    switch (e->kind) {
    case PATH_FIELD:
        return (h ^ e->as.field->hash) * 0xff51afd7ed558ccdULL + e->as.field->len;
    case PATH_KEY:
        return h ^ val_hash(e->as.key);
    case PATH_VALUE:
        return h ^ val_hash(e->as.value);
    case PATH_INDEX:
        return h ^ hash_bytes(hash_process_key(), &e->as.index, sizeof(e->as.index));
    case PATH_ANY:
        break;
    }
    return h;
}

int path_compare(struct path a, struct path b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        int c = path_elem_compare(&a.elems[i], &b.elems[i]);
        if (c)
            return c;
    }
    return CMP(a.len, b.len);
}

bool path_equal(struct path a, struct path b)
{
    return a.len == b.len && path_compare(a, b) == 0;
}

bool path_has_prefix(struct path p, struct path prefix)
{
    return prefix.len <= p.len && path_compare((struct path){p.elems, prefix.len}, prefix) == 0;
}

bool path_matches(struct path pattern, struct path concrete)
{
    if (pattern.len != concrete.len)
        return false;
    for (size_t i = 0; i < pattern.len; i++)
        if (pattern.elems[i].kind != PATH_ANY &&
            path_elem_compare(&pattern.elems[i], &concrete.elems[i]) != 0)
            return false;
    return true;
}

static bool copy_elem(struct val_pool *p, const struct path_elem *from, struct path_elem *to)
{
    *to = *from;
    switch (from->kind) {
    case PATH_FIELD:
        to->as.field = val_intern(p, from->as.field->s, from->as.field->len);
        return to->as.field != NULL;
    case PATH_KEY:
        to->as.key = val_copy(p, from->as.key);
        return to->as.key != NULL;
    case PATH_VALUE:
        to->as.value = val_copy(p, from->as.value);
        return to->as.value != NULL;
    default:
        return true;
    }
}

struct path path_copy(struct val_pool *p, struct path path)
{
    struct path_elem *elems = arena_array(&p->arena, path.len, sizeof(*elems));
    for (size_t i = 0; elems && i < path.len; i++)
        if (!copy_elem(p, &path.elems[i], &elems[i]))
            elems = NULL;
    return (struct path){elems, path.len};
}

/* ---- resolving ---- */

bool path_elem_selects(const struct path_elem *e, const struct val *item,
                       const struct val *defaults)
{
    if (e->kind == PATH_VALUE)
        return val_equal(item, e->as.value);
    if (e->kind != PATH_KEY || !val_is(item, VAL_MAP) || !e->as.key->len)
        return false;
    for (uint32_t i = 0; i < e->as.key->len; i++) {
        const struct val_entry *k = &e->as.key->as.entries[i];
        const struct val *v = val_get_key(item, k->key);
        if (!v && defaults)
            v = val_get_key(defaults, k->key);
        if (!val_equal(v, &k->value))
            return false;
    }
    return true;
}

static const struct val *select_item(const struct val *list, const struct path_elem *e,
                                     const struct val *defaults, bool *ambiguous)
{
    const struct val *found = NULL;
    for (uint32_t i = 0; i < val_count(list); i++) {
        if (!path_elem_selects(e, &list->as.items[i], defaults))
            continue;
        if (found) {
            if (ambiguous)
                *ambiguous = true;
            break;
        }
        found = &list->as.items[i];
    }
    return found;
}

const struct val *path_resolve(const struct val *root, struct path path, const struct val *defaults,
                               bool *ambiguous)
{
    const struct val *v = root;
    if (ambiguous)
        *ambiguous = false;
    for (size_t i = 0; v && i < path.len; i++) {
        const struct path_elem *e = &path.elems[i];
        switch (e->kind) {
        case PATH_FIELD:
            v = val_get_key(v, e->as.field);
            break;
        case PATH_INDEX:
            v = e->as.index >= 0 ? val_item(v, (size_t)e->as.index) : NULL;
            break;
        case PATH_KEY:
        case PATH_VALUE:
            v = val_is(v, VAL_LIST) ? select_item(v, e, defaults, ambiguous) : NULL;
            break;
        case PATH_ANY: /* a pattern names no single value */
            v = NULL;
            break;
        }
    }
    return v;
}
