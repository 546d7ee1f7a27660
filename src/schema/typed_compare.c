// SPDX-License-Identifier: Apache-2.0
/*
 * The field set of a value, and what differs between two: fields and items that were added, removed
 * or modified. A container that only one side has counts itself, and so does all below it; two
 * empty ones, null among them, are leaves, so that [] and null stay apart.
 */
#include "schema/typed.h"
#include "schema/typed_int.h"

#include <string.h>

/* ---- the set of a value ---- */

struct collect {
    struct typed_walk w;
    struct fieldset_builder *set;
};

static void collect(struct collect *c, const struct typed_atom *t, const struct val *v);

static void here(struct collect *c)
{
    fieldset_builder_insert(c->set, typed_walk_path(&c->w));
}

static void collect_list(struct collect *c, const struct typed_list *l, const struct val *v)
{
    struct typed_items x;
    if (l->relation == TYPED_ATOMIC) {
        here(c);
        return;
    }
    if (!val_is(v, VAL_LIST))
        return;
    typed_items_init(&x, &c->w, l, v);
    for (uint32_t i = 0; i < x.n; i++) {
        vec_push(&c->w.path, x.items[i].elem);
        if (x.items[i].count == 1) /* of several with one name only the name is owned */
            collect(c, l->element, x.items[i].first);
        here(c);
        c->w.path.len--;
    }
    typed_items_clear(&x);
}

static void collect_map(struct collect *c, const struct typed_map *m, const struct val *v)
{
    if (m->relation == TYPED_ATOMIC) {
        here(c);
        return;
    }
    for (uint32_t i = 0; val_is(v, VAL_MAP) && i < v->len; i++) {
        const struct val_entry *e = &v->as.entries[i];
        const struct typed_field *f = typed_map_field(m, e->key->s, e->key->len);
        vec_push(&c->w.path, typed_field_elem(e->key));
        collect(c, f ? f->type : m->element, &e->value);
        if (!f || e->value.type == VAL_NULL || (e->value.type == VAL_MAP && !e->value.len))
            here(c);
        c->w.path.len--;
    }
}

static void collect(struct collect *c, const struct typed_atom *t, const struct val *v)
{
    switch (typed_form_of(typed_forms(t, v))) {
    case TYPED_MAP_FORM:
        collect_map(c, t->map, v);
        break;
    case TYPED_SCALAR_FORM:
        here(c);
        break;
    case TYPED_LIST_FORM:
        collect_list(c, t->list, v);
        break;
    case TYPED_NONE:
        typed_walk_error(&c->w, "%s", typed_no_form);
    }
}

fieldset typed_fieldset(struct val_pool *p, const struct typed_atom *t, const struct val *v)
{
    struct collect c = {.set = fieldset_builder_new(p)};
    typed_walk_init(&c.w, p);
    collect(&c, t, v);
    fieldset s = fieldset_builder_finish(c.set);
    if (c.w.over)
        s = NULL;
    fieldset_builder_free(c.set);
    (void)typed_walk_finish(&c.w, NULL);
    return s;
}

/* ---- two values ---- */

struct compare {
    struct typed_walk w;
    struct fieldset_builder *added, *modified, *removed;
};

static void compare(struct compare *c, const struct typed_atom *t, const struct val *lhs,
                    const struct val *rhs);

static void at(struct compare *c, struct fieldset_builder *set)
{
    fieldset_builder_insert(set, typed_walk_path(&c->w));
}

static void leaf(struct compare *c, const struct val *lhs, const struct val *rhs)
{
    if (!lhs)
        at(c, c->added);
    else if (!rhs)
        at(c, c->removed);
    else if (!val_equal(lhs, rhs))
        at(c, c->modified);
}

static bool same_duplicates(const struct typed_items *l, const struct val *lhs,
                            const struct typed_item *a, const struct typed_items *r,
                            const struct val *rhs, const struct typed_item *b)
{
    uint32_t i = 0, j = 0, at_a = (uint32_t)(a - l->items), at_b = (uint32_t)(b - r->items);
    if (a->count != b->count)
        return false;
    for (uint32_t n = 0; n < a->count; n++, i++, j++) {
        while (l->of[i] != at_a)
            i++;
        while (r->of[j] != at_b)
            j++;
        if (!val_equal(&lhs->as.items[i], &rhs->as.items[j]))
            return false;
    }
    return true;
}

static void compare_item(struct compare *c, const struct typed_list *t, struct typed_items *l,
                         const struct val *lhs, struct typed_item *a, struct typed_items *r,
                         const struct val *rhs, struct typed_item *b)
{
    uint32_t before = a ? a->count : 0, after = b ? b->count : 0;
    vec_push(&c->w.path, a ? a->elem : b->elem);
    if (before <= 1 && after <= 1) {
        compare(c, t->element, a ? a->first : NULL, b ? b->first : NULL);
    } else if (before >= 2 && after >= 2) {
        if (!same_duplicates(l, lhs, a, r, rhs, b))
            at(c, c->modified);
    } else if (before >= 2) {
        if (after)
            compare(c, t->element, NULL, b->first);
        at(c, c->removed);
    } else {
        if (before)
            compare(c, t->element, a->first, NULL);
        at(c, c->added);
    }
    c->w.path.len--;
}

static void compare_items(struct compare *c, const struct typed_list *t, const struct val *lhs,
                          const struct val *rhs)
{
    struct typed_items l, r;
    typed_items_init(&l, &c->w, t, lhs);
    typed_items_init(&r, &c->w, t, rhs);
    for (uint32_t i = 0; i < l.n; i++)
        compare_item(c, t, &l, lhs, &l.items[i], &r, rhs, typed_items_find(&r, &l.items[i].elem));
    for (uint32_t i = 0; i < r.n; i++)
        if (!typed_items_find(&l, &r.items[i].elem))
            compare_item(c, t, &l, lhs, NULL, &r, rhs, &r.items[i]);
    typed_items_clear(&l);
    typed_items_clear(&r);
}

static void compare_fields(struct compare *c, const struct typed_map *m, const struct val *lhs,
                           const struct val *rhs)
{
    for (uint32_t i = 0; lhs && i < lhs->len; i++) {
        const struct val_entry *e = &lhs->as.entries[i];
        vec_push(&c->w.path, typed_field_elem(e->key));
        compare(c, typed_field_type(m, e->key), &e->value, val_get_key(rhs, e->key));
        c->w.path.len--;
    }
    for (uint32_t i = 0; rhs && i < rhs->len; i++) {
        const struct val_entry *e = &rhs->as.entries[i];
        if (val_get_key(lhs, e->key))
            continue;
        vec_push(&c->w.path, typed_field_elem(e->key));
        compare(c, typed_field_type(m, e->key), NULL, &e->value);
        c->w.path.len--;
    }
}

/* In one form; true when the place was a leaf in it. */
static bool in_form(struct compare *c, const struct typed_atom *t, enum typed_form form,
                    const struct val *lhs, const struct val *rhs)
{
    char a[300], b[300];
    const struct val *l, *r;
    enum val_type type = form == TYPED_MAP_FORM ? VAL_MAP : VAL_LIST;
    if (form == TYPED_NONE) {
        typed_walk_error(&c->w, "%s", typed_no_form);
        return false;
    }
    if (form == TYPED_SCALAR_FORM) {
        if (lhs && rhs && typed_scalar_wrong(t->scalar, lhs, a, sizeof(a)) &&
            typed_scalar_wrong(t->scalar, rhs, b, sizeof(b))) {
            typed_walk_error(&c->w, "lhs: %s", a);
            typed_walk_error(&c->w, "rhs: %s", b);
            return false;
        }
        leaf(c, lhs, rhs);
        return true;
    }
    l = typed_as(lhs, type);
    r = typed_as(rhs, type);
    if ((!val_count(l) && !val_count(r)) ||
        (form == TYPED_MAP_FORM ? t->map->relation : t->list->relation) == TYPED_ATOMIC) {
        leaf(c, lhs, rhs);
        return true;
    }
    if (form == TYPED_MAP_FORM)
        compare_fields(c, t->map, l, r);
    else
        compare_items(c, t->list, l, r);
    return false;
}

static void compare(struct compare *c, const struct typed_atom *t, const struct val *lhs,
                    const struct val *rhs)
{
    unsigned l = typed_forms(t, lhs), r = typed_forms(t, rhs);
    bool is_leaf;
    if (lhs && rhs && l != r)
        in_form(c, t, typed_form_of(l), lhs, rhs);
    is_leaf = in_form(c, t, typed_form_of(rhs ? r : l), lhs, rhs);
    if (!is_leaf && !lhs)
        at(c, c->added);
    else if (!is_leaf && !rhs)
        at(c, c->removed);
}

int typed_compare(struct val_pool *p, const struct typed_atom *t, const struct val *lhs,
                  const struct val *rhs, struct typed_changes *out, struct err *e)
{
    struct compare c = {.added = fieldset_builder_new(p),
                        .modified = fieldset_builder_new(p),
                        .removed = fieldset_builder_new(p)};
    typed_walk_init(&c.w, p);
    compare(&c, t, lhs, rhs);
    out->added = fieldset_builder_finish(c.added);
    out->modified = fieldset_builder_finish(c.modified);
    out->removed = fieldset_builder_finish(c.removed);
    if (!out->added || !out->modified || !out->removed)
        c.w.over = true;
    fieldset_builder_free(c.added);
    fieldset_builder_free(c.modified);
    fieldset_builder_free(c.removed);
    return typed_walk_finish(&c.w, e);
}
