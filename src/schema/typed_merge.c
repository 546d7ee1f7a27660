// SPDX-License-Identifier: Apache-2.0
/*
 * One value over another, and a value cut down to or freed from a set of fields. Lists that are
 * owned by item keep the order of the left side where the right says nothing else: shared items
 * come in the order of the right, items that only the left has stay behind what they followed.
 */
#include "schema/typed.h"
#include "schema/typed_int.h"

#include <string.h>

struct out { /* of a container under way */
    VEC(struct val) items;
    VEC(struct val_entry) entries;
};

static const struct val *made(struct typed_walk *w, const struct val *v)
{
    w->over = w->over || !v;
    return v;
}

/* ---- merge ---- */

static const struct val *merge(struct typed_walk *w, const struct typed_atom *t,
                               const struct val *lhs, const struct val *rhs);

static void merge_item(struct typed_walk *w, const struct typed_list *t, struct out *out,
                       const struct path_elem *elem, const struct val *lhs, const struct val *rhs)
{
    vec_push(&w->path, *elem);
    size_t before = w->n_errors;
    const struct val *v = merge(w, t->element, lhs, rhs);
    if (w->n_errors != before) { /* the original forgets what is wrong inside items */
        w->n_errors = before;
        if (!before)
            buf_reset(&w->errors);
    }
    if (v)
        vec_push(&out->items, *v);
    w->path.len--;
}

/* The left child of an item: null where several have its name, since none of them is merged. */
static const struct val *left_child(const struct typed_item *x)
{
    return !x ? NULL : x->count > 1 ? &val_null : x->first;
}

static void merge_items(struct typed_walk *w, const struct typed_list *t, const struct val *lhs,
                        const struct val *rhs, struct out *out)
{
    struct typed_items l, r;
    size_t before = w->n_errors;
    typed_items_init(&r, w, t, rhs);
    for (uint32_t i = 0; i < r.len; i++)
        if (r.items[r.of[i]].count > 1 && r.items[r.of[i]].first != &rhs->as.items[i]) {
            struct buf b;
            buf_init(&b, 4096);
            path_format(&b, (struct path){.elems = &r.items[r.of[i]].elem, .len = 1},
                        PATH_STYLE_SERVER);
            typed_walk_error(w, "duplicate entries for key %s", buf_str(&b));
            buf_clear(&b);
        }
    typed_items_init(&l, w, t, lhs);
    if (w->n_errors != before || w->over)
        goto out;
    /* r holds each name once; `shared` walks over those that the left has too. */
    bool *merged = mem_calloc(r.n + 1, sizeof(*merged));
    uint32_t shared = 0;
#define NEXT_SHARED()                                                                              \
    while (shared < r.n && !typed_items_find(&l, &r.items[shared].elem))                           \
    shared++
    NEXT_SHARED();
    for (uint32_t i = 0, j = 0; i < l.len || j < r.n;) {
        struct typed_item *a = i < l.len ? &l.items[l.of[i]] : NULL;
        struct typed_item *in_r = a ? typed_items_find(&r, &a->elem) : NULL;
        if (a && j < r.n) {
            if (in_r == &r.items[j]) {
                merged[j] = true;
                merge_item(w, t, out, &a->elem, left_child(a), in_r->first);
                i++;
                j++;
                shared++;
                NEXT_SHARED();
                continue;
            }
            if (in_r && shared < r.n && in_r != &r.items[shared]) {
                i++; /* shared, but not the one that is due */
                continue;
            }
        }
        if (a && !in_r) {
            merge_item(w, t, out, &a->elem, &lhs->as.items[i], NULL);
            i++;
            continue;
        }
        if (a && merged[in_r - r.items])
            i++;
        if (j < r.n) {
            merged[j] = true;
            merge_item(w, t, out, &r.items[j].elem,
                       left_child(typed_items_find(&l, &r.items[j].elem)), r.items[j].first);
            if (shared == j) {
                shared++;
                NEXT_SHARED();
            }
            j++;
        }
    }
#undef NEXT_SHARED
    mem_free(merged);
out:
    typed_items_clear(&l);
    typed_items_clear(&r);
}

static void merge_field(struct typed_walk *w, const struct typed_map *m, struct out *out,
                        const struct val_key *k, const struct val *lhs, const struct val *rhs)
{
    vec_push(&w->path, typed_field_elem(k));
    const struct val *v = merge(w, typed_field_type(m, k), lhs, rhs);
    const struct val_key *own = val_intern(w->pool, k->s, k->len);
    w->over = w->over || !own;
    if (v && own)
        vec_push(&out->entries, (struct val_entry){.key = own, .value = *v});
    w->path.len--;
}

static const struct val *merge_map(struct typed_walk *w, const struct typed_map *m,
                                   const struct val *lhs, const struct val *rhs)
{
    struct out out = {0};
    const struct val *v = NULL;
    for (uint32_t i = 0; lhs && i < lhs->len; i++)
        merge_field(w, m, &out, lhs->as.entries[i].key, &lhs->as.entries[i].value,
                    val_get_key(rhs, lhs->as.entries[i].key));
    for (uint32_t i = 0; rhs && i < rhs->len; i++)
        if (!val_get_key(lhs, rhs->as.entries[i].key))
            merge_field(w, m, &out, rhs->as.entries[i].key, NULL, &rhs->as.entries[i].value);
    if (out.entries.len)
        v = made(w, val_map_of(w->pool, out.entries.items, out.entries.len));
    vec_clear(&out.entries);
    return v;
}

static const struct val *merge_list(struct typed_walk *w, const struct typed_list *t,
                                    const struct val *lhs, const struct val *rhs)
{
    struct out out = {0};
    const struct val *v = NULL;
    merge_items(w, t, lhs, rhs, &out);
    if (out.items.len)
        v = made(w, val_list_of(w->pool, out.items.items, out.items.len));
    vec_clear(&out.items);
    return v;
}

static const struct val *merge_form(struct typed_walk *w, const struct typed_atom *t,
                                    enum typed_form form, const struct val *lhs,
                                    const struct val *rhs)
{
    char a[300], b[300];
    const struct val *leaf = rhs ? rhs : lhs, *l, *r;
    enum val_type type = form == TYPED_MAP_FORM ? VAL_MAP : VAL_LIST;
    if (form == TYPED_NONE) {
        typed_walk_error(w, "%s", typed_no_form);
        return NULL;
    }
    if (form == TYPED_SCALAR_FORM) {
        if (lhs && rhs && typed_scalar_wrong(t->scalar, lhs, a, sizeof(a)) &&
            typed_scalar_wrong(t->scalar, rhs, b, sizeof(b))) {
            typed_walk_error(w, "lhs: %s", a);
            typed_walk_error(w, "rhs: %s", b);
            return NULL;
        }
        return leaf;
    }
    l = typed_as(lhs, type);
    r = typed_as(rhs, type);
    if ((!val_count(l) && !val_count(r)) ||
        (form == TYPED_MAP_FORM ? t->map->relation : t->list->relation) == TYPED_ATOMIC)
        return leaf;
    return form == TYPED_MAP_FORM ? merge_map(w, t->map, l, r) : merge_list(w, t->list, l, r);
}

static const struct val *merge(struct typed_walk *w, const struct typed_atom *t,
                               const struct val *lhs, const struct val *rhs)
{
    unsigned l = typed_forms(t, lhs), r = typed_forms(t, rhs);
    if (lhs && rhs && l != r) /* only for its errors */
        merge_form(w, t, typed_form_of(l), lhs, rhs);
    return merge_form(w, t, typed_form_of(rhs ? r : l), lhs, rhs);
}

int typed_merge(struct val_pool *p, const struct typed_atom *t, const struct val *lhs,
                const struct val *rhs, const struct val **out, struct err *e)
{
    struct typed_walk w;
    typed_walk_init(&w, p);
    *out = merge(&w, t, lhs, rhs);
    return typed_walk_finish(&w, e);
}

/* ---- remove and extract ---- */

struct cut {
    struct typed_walk w;
    bool keep; /* what the set names, instead of the rest */
};

/* Never NULL: what is wholly gone leaves null behind, as in the original. */
static const struct val *cut(struct cut *c, const struct typed_atom *t, const struct val *v,
                             fieldset s);

static const struct val *cut_list(struct cut *c, const struct typed_list *t, const struct val *v,
                                  fieldset s)
{
    VEC(struct val) items = {0};
    const struct val *out = &val_null;
    if (!val_is(v, VAL_LIST))
        return &val_null;
    if (!v->len || t->relation == TYPED_ATOMIC)
        return c->keep ? v : &val_null;
    for (uint32_t i = 0; i < v->len; i++) {
        struct path_elem elem;
        const char *why;
        const struct val *item = &v->as.items[i];
        const struct fieldset_node *n = NULL;
        if (typed_item_elem(c->w.pool, t, item, &elem, &why, &c->w.over))
            n = fieldset_descend(s, &elem);
        bool exact = n && n->member, below = n && n->n > 0;
        if (c->keep ? !exact && !below : exact)
            continue;
        vec_push(&items, below ? *cut(c, t->element, item, n) : *item);
    }
    if (items.len)
        out = made(&c->w, val_list_of(c->w.pool, items.items, items.len));
    vec_clear(&items);
    return out ? out : &val_null;
}

static const struct val *cut_map(struct cut *c, const struct typed_map *m, const struct val *v,
                                 fieldset s)
{
    VEC(struct val_entry) entries = {0};
    const struct val *out = &val_null;
    if (!val_is(v, VAL_MAP))
        return &val_null;
    if (!v->len || m->relation == TYPED_ATOMIC)
        return c->keep ? v : &val_null;
    for (uint32_t i = 0; i < v->len; i++) {
        struct val_entry e = v->as.entries[i];
        struct path_elem elem = typed_field_elem(e.key);
        const struct typed_atom *t = typed_field_type(m, e.key);
        const struct fieldset_node *n = fieldset_descend(s, &elem);
        if (n && n->member) {
            if (!c->keep)
                continue;
            e.value = *cut(c, t, &e.value, s); /* with the set of this level: as the original */
        } else if (n && n->n) {
            e.value = *cut(c, t, &e.value, n);
        } else if (c->keep) {
            continue;
        }
        e.key = val_intern(c->w.pool, e.key->s, e.key->len);
        c->w.over = c->w.over || !e.key;
        if (e.key)
            vec_push(&entries, e);
    }
    if (entries.len)
        out = made(&c->w, val_map_of(c->w.pool, entries.items, entries.len));
    vec_clear(&entries);
    return out ? out : &val_null;
}

static const struct val *cut(struct cut *c, const struct typed_atom *t, const struct val *v,
                             fieldset s)
{
    switch (typed_form_of(typed_forms(t, v))) {
    case TYPED_MAP_FORM:
        return cut_map(c, t->map, v, s);
    case TYPED_LIST_FORM:
        return cut_list(c, t->list, v, s);
    case TYPED_SCALAR_FORM:
        return v ? v : &val_null;
    default:
        return &val_null;
    }
}

static const struct val *cut_with(struct val_pool *p, const struct typed_atom *t,
                                  const struct val *v, fieldset s, bool keep)
{
    struct cut c = {.keep = keep};
    typed_walk_init(&c.w, p);
    const struct val *out = cut(&c, t, v, s);
    return typed_walk_finish(&c.w, NULL) ? NULL : out;
}

const struct val *typed_remove(struct val_pool *p, const struct typed_atom *t, const struct val *v,
                               fieldset s)
{
    return cut_with(p, t, v, s, false);
}

const struct val *typed_extract(struct val_pool *p, const struct typed_atom *t, const struct val *v,
                                fieldset s)
{
    return cut_with(p, t, v, s, true);
}
