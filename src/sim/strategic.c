// SPDX-License-Identifier: Apache-2.0
/*
 * Strategic merge patch of the built-in kinds: lists whose type says how are merged item by item,
 * and directives in the patch ($patch, $retainKeys, $deleteFromPrimitiveList, $setElementOrder) do
 * what kubectl's edit, set and rollout restart rely on. Source of the rules: k8s.io/apimachinery
 * pkg/util/strategicpatch/patch.go. By which key a list is merged is, with the exceptions of a
 * table, the first key of its type.
 */
#include "sim/types.h"

#include <string.h>

#define SET_ORDER "$setElementOrder/"
#define DELETE_FROM "$deleteFromPrimitiveList/"

struct merge {
    struct val_pool *pool;
    struct err *e;
    bool failed;
};

typedef VEC(struct val) items;

/* How a field is merged. */
struct strategy {
    const struct sim_struct *of; /* of the map, or of the list's items; NULL: nothing is known */
    bool list;                   /* merged item by item */
    const char *key;             /* NULL: by value */
};

static struct strategy strategy_of(const struct sim_struct *s, const char *name)
{
    static const struct {
        const char *of, *field, *key; /* key NULL: replaced */
    } exceptions[] = {
        {"batch.v1.JobStatus", "conditions", "type"},
        {"core.v1.PodStatus", "hostIPs", "ip"},
        {"core.v1.ResourceRequirements", "claims", NULL},
    };
    struct strategy out = {0};
    const struct sim_field *f = NULL;
    for (size_t i = 0; s && i < s->n && !f; i++)
        if (strcmp(s->fields[i].name, name) == 0)
            f = &s->fields[i];
    if (!f)
        return out;
    const struct sim_type *t = f->type;
    bool list = t->form == SIM_LIST || t->form == SIM_SET || t->form == SIM_LIST_MAP;
    const struct sim_type *inner = list || t->form == SIM_MAP ? t->item : t;
    /* what lies in a map is known by the map's own members, which have no names here */
    out.of = t->form != SIM_MAP && inner->form == SIM_STRUCT ? inner->of : NULL;
    out.list = t->form == SIM_SET || t->form == SIM_LIST_MAP;
    if (t->form == SIM_LIST_MAP)
        out.key = t->typed->list->keys[0];
    for (size_t i = 0; i < ARRAY_LEN(exceptions); i++)
        if (strcmp(exceptions[i].of, s->name) == 0 && strcmp(exceptions[i].field, name) == 0) {
            out.key = exceptions[i].key;
            out.list = out.key != NULL;
        }
    return out;
}

static void fail(struct merge *m, const char *why, const char *what)
{
    if (!m->failed)
        (void)err_set(m->e, ERR_INVALID, "%s%s", why, what);
    m->failed = true;
}

static const struct val *checked(struct merge *m, const struct val *v)
{
    if (!v)
        fail(m, "the object is too large", "");
    return v;
}

/* ---- items ---- */

static bool same_item(const struct val *a, const struct val *b, const char *key)
{
    return key ? val_get(a, key) && val_get(b, key) && val_equal(val_get(a, key), val_get(b, key))
               : val_equal(a, b);
}

static size_t index_of(const items *list, const struct val *v, const char *key)
{
    size_t i = 0;
    while (i < list->len && !same_item(&list->items[i], v, key))
        i++;
    return i;
}

static void remove_item(items *list, size_t i)
{
    memmove(&list->items[i], &list->items[i + 1], (--list->len - i) * sizeof(*list->items));
}

static void take_all(items *out, const struct val *list)
{
    for (size_t i = 0; i < val_count(list); i++)
        vec_push(out, *val_item(list, i));
}

/* Items of `wanted` in its order; the others are put before the first of those that they stood
 * before on the server. */
static void put_in_order(items *all, const items *wanted, const items *server, const char *key)
{
    items named = {0}, others = {0}, out = {0};
    for (size_t i = 0; i < wanted->len; i++) {
        size_t at = index_of(all, &wanted->items[i], key);
        if (at < all->len && index_of(&named, &wanted->items[i], key) == named.len)
            vec_push(&named, all->items[at]);
    }
    for (size_t i = 0; i < server->len; i++) /* in the order they had */
        if (index_of(&named, &server->items[i], key) == named.len) {
            size_t at = index_of(all, &server->items[i], key);
            if (at < all->len)
                vec_push(&others, all->items[at]);
        }
    for (size_t i = 0; i < all->len; i++)
        if (index_of(&named, &all->items[i], key) == named.len &&
            index_of(&others, &all->items[i], key) == others.len)
            vec_push(&others, all->items[i]);
    for (size_t i = 0, k = 0; i < others.len || k < named.len;) {
        size_t left = i < others.len ? index_of(server, &others.items[i], key) : server->len;
        size_t right = k < named.len ? index_of(server, &named.items[k], key) : server->len;
        bool other = k >= named.len ||
                     (i < others.len && left < server->len && right < server->len && left < right);
        vec_push(&out, other ? others.items[i] : named.items[k]);
        if (other)
            i++;
        else
            k++;
    }
    vec_clear(&named);
    vec_clear(&others);
    vec_clear(all);
    *all = out;
}

static const struct val *merge_map(struct merge *m, const struct sim_struct *s, const struct val *v,
                                   const struct val *patch);

static const struct val *merge_list(struct merge *m, const struct strategy *how,
                                    const struct val *v, const struct val *patch)
{
    items all = {0}, plain = {0}, server = {0};
    bool replace = false;
    take_all(&server, v);
    take_all(&all, v);
    for (size_t i = 0; i < val_count(patch) && !m->failed; i++) {
        const struct val *x = val_item(patch, i);
        const struct val *directive = how->key ? val_get(x, "$patch") : NULL;
        if (how->key && !val_is(x, VAL_MAP)) {
            fail(m, "expected an object as an item of a list that is merged by ", how->key);
        } else if (val_str_is(directive, "replace")) {
            replace = true;
        } else if (val_str_is(directive, "delete")) {
            for (size_t at; (at = index_of(&all, x, how->key)) < all.len;)
                remove_item(&all, at);
        } else if (directive && !val_str_is(directive, "merge")) {
            fail(m, "unknown patch type found: ", val_str(directive, ""));
        } else if (how->key && !val_get(x, how->key)) {
            if (!directive)
                fail(m, "an item does not contain declared merge key: ", how->key);
        } else {
            vec_push(&plain, *x);
        }
    }
    if (replace)
        all.len = server.len = 0;
    for (size_t i = 0; i < plain.len && !m->failed; i++) {
        const struct val *x = &plain.items[i];
        size_t at = index_of(&all, x, how->key);
        if (how->key)
            x = merge_map(m, how->of, at < all.len ? &all.items[at] : NULL, x);
        if (!x)
            break;
        if (at < all.len)
            all.items[at] = *x;
        else
            vec_push(&all, *x);
    }
    put_in_order(&all, &plain, &server, how->key);
    const struct val *out = m->failed ? NULL : checked(m, val_list_of(m->pool, all.items, all.len));
    vec_clear(&all);
    vec_clear(&plain);
    vec_clear(&server);
    return out;
}

/* ---- maps ---- */

/* A map of the patch where there was none: without what only means something to a merge. */
static const struct val *merge_value(struct merge *m, const struct strategy *how,
                                     const struct val *v, const struct val *patch)
{
    if (patch->type == VAL_MAP)
        return merge_map(m, how->of, val_is(v, VAL_MAP) ? v : NULL, patch);
    if (patch->type == VAL_LIST && how->list)
        return merge_list(m, how, val_is(v, VAL_LIST) ? v : NULL, patch);
    return patch;
}

static const struct val *retain(struct merge *m, const struct val *v, const struct val *keys)
{
    for (uint32_t i = 0; v && i < v->len;) {
        const struct val_key *k = v->as.entries[i].key;
        bool kept = false;
        for (size_t x = 0; x < val_count(keys); x++)
            kept = kept || val_str_is(val_item(keys, x), k->s);
        if (kept)
            i++;
        else
            v = checked(m, val_map_without(m->pool, v, k->s));
    }
    return v;
}

/* Members that are lists of plain values, without these. */
static const struct val *delete_from(struct merge *m, const struct val *v, const char *name,
                                     const struct val *gone)
{
    items left = {0};
    const struct val *list = val_get(v, name);
    if (!val_is(list, VAL_LIST))
        return v;
    take_all(&left, list);
    for (size_t i = 0; i < val_count(gone); i++)
        for (size_t at; (at = index_of(&left, val_item(gone, i), NULL)) < left.len;)
            remove_item(&left, at);
    v = checked(m, val_map_with(m->pool, v, name, val_list_of(m->pool, left.items, left.len)));
    vec_clear(&left);
    return v;
}

static const struct val *reorder(struct merge *m, const struct sim_struct *s, const struct val *v,
                                 const struct val *was, const char *name, const struct val *order)
{
    struct strategy how = strategy_of(s, name);
    const struct val *list = val_get(v, name);
    items all = {0}, wanted = {0}, server = {0};
    if (!val_is(list, VAL_LIST) || !how.list)
        return v;
    take_all(&all, list);
    take_all(&wanted, order);
    take_all(&server, val_get(was, name));
    put_in_order(&all, &wanted, &server, how.key);
    v = checked(m, val_map_with(m->pool, v, name, val_list_of(m->pool, all.items, all.len)));
    vec_clear(&all);
    vec_clear(&wanted);
    vec_clear(&server);
    return v;
}

static const struct val *put_members(struct merge *m, const struct sim_struct *s,
                                     const struct val *v, const struct val *patch)
{
    for (uint32_t i = 0; v && !m->failed && i < patch->len; i++) {
        const struct val_entry *e = &patch->as.entries[i];
        const char *name = e->key->s;
        if (strncmp(name, DELETE_FROM, strlen(DELETE_FROM)) == 0)
            v = delete_from(m, v, name + strlen(DELETE_FROM), &e->value);
        if (name[0] == '$')
            continue;
        if (e->value.type == VAL_NULL) {
            v = val_get(v, name) ? checked(m, val_map_without(m->pool, v, name)) : v;
            continue;
        }
        struct strategy how = strategy_of(s, name);
        const struct val *x = merge_value(m, &how, val_get(v, name), &e->value);
        v = x ? checked(m, val_map_with(m->pool, v, name, x)) : NULL;
    }
    return v;
}

static const struct val *merge_map(struct merge *m, const struct sim_struct *s, const struct val *v,
                                   const struct val *patch)
{
    const struct val *directive = val_get(patch, "$patch"), *was;
    const struct val *keys = val_get(patch, "$retainKeys");
    v = v ? v : val_map_of(m->pool, NULL, 0);
    if (val_str_is(directive, "delete"))
        return checked(m, val_map_of(m->pool, NULL, 0));
    if (val_str_is(directive, "replace"))
        v = val_map_of(m->pool, NULL, 0);
    else if (directive && !val_str_is(directive, "merge"))
        fail(m, "unknown patch type found: ", val_str(directive, ""));
    if (val_is(keys, VAL_LIST))
        v = retain(m, v, keys);
    was = checked(m, v);
    v = put_members(m, s, was, patch);
    for (uint32_t i = 0; v && !m->failed && i < patch->len; i++) {
        const struct val_entry *e = &patch->as.entries[i];
        if (strncmp(e->key->s, SET_ORDER, strlen(SET_ORDER)) == 0)
            v = reorder(m, s, v, was, e->key->s + strlen(SET_ORDER), &e->value);
    }
    return m->failed ? NULL : v;
}

const struct val *sim_strategic_merge(struct val_pool *p, const struct sim_struct *s,
                                      const struct val *v, const struct val *patch, struct err *e)
{
    struct merge m = {.pool = p, .e = e};
    if (!val_is(patch, VAL_MAP)) {
        fail(&m, "the patch is no object", "");
        return NULL;
    }
    return merge_map(&m, s, v, patch);
}
