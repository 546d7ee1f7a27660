// SPDX-License-Identifier: Apache-2.0
/* Field sets against types: brought in line when a type became atomic; with declared fields named.
 */
#include "data/fieldset_int.h"
#include "schema/typed.h"
#include "schema/typed_int.h"

struct reconcile {
    struct typed_walk w;
    struct fieldset_builder *whole; /* places that are owned as one now */
    bool changed;
};

static void reconcile(struct reconcile *r, const struct typed_atom *t,
                      const struct fieldset_node *s, bool alone);

static void owned_whole(struct reconcile *r)
{
    fieldset_builder_insert(r->whole, typed_walk_path(&r->w));
    r->changed = true;
}

static void children(struct reconcile *r, const struct typed_map *m, const struct typed_list *l,
                     const struct fieldset_node *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        const struct fieldset_child *c = &s->children[i];
        const struct typed_atom *t = l ? l->element : m->element;
        if (m && c->elem.kind == PATH_FIELD)
            t = typed_field_type(m, c->elem.as.field);
        if (m && !t)
            continue; /* fields that the schema does not know are let be */
        vec_push(&r->w.path, c->elem);
        reconcile(r, t, c->node->n ? c->node : NULL, c->node->member && !c->node->n);
        r->w.path.len--;
    }
}

/* s: what is owned below, or NULL; alone: the place is owned and nothing below it. */
static void reconcile(struct reconcile *r, const struct typed_atom *t,
                      const struct fieldset_node *s, bool alone)
{
    if (t && t->map) {
        if (t->map->element && t->map->element->deduced && !t->map->n)
            return;
        if (!alone && t->map->relation == TYPED_ATOMIC) {
            if (s)
                owned_whole(r);
        } else if (s) {
            children(r, t->map, NULL, s);
        }
    } else if (t && t->scalar) {
        ;
    } else if (t && t->list) {
        if (!alone && t->list->relation == TYPED_ATOMIC)
            owned_whole(r);
        else if (s)
            children(r, NULL, t->list, s);
    } else {
        typed_walk_error(&r->w, "%s", typed_no_form);
    }
}

int typed_reconcile(struct val_pool *p, const struct typed_atom *t, fieldset s, fieldset *out,
                    struct err *e)
{
    struct reconcile r = {.whole = fieldset_builder_new(p)};
    typed_walk_init(&r.w, p);
    reconcile(&r, t, s, false);
    fieldset whole = fieldset_builder_finish(r.whole);
    *out = s;
    if (whole && r.changed) {
        *out = fieldset_recursive_difference(p, s, whole);
        *out = *out ? fieldset_union(p, *out, whole) : NULL;
    }
    fieldset_builder_free(r.whole);
    r.w.over = r.w.over || !whole || !*out;
    int rc = typed_walk_finish(&r.w, e);
    if (rc)
        *out = s;
    return rc;
}

/* ---- declared fields ---- */

static const struct fieldset_node *with_fields(struct fieldset_maker *m, const struct typed_atom *t,
                                               const struct fieldset_node *s, bool member)
{
    size_t base = m->len;
    for (uint32_t i = 0; i < s->n; i++) {
        const struct fieldset_child *c = &s->children[i];
        const struct typed_atom *below = NULL;
        bool named = false;
        if (c->elem.kind == PATH_FIELD && t && t->map) {
            const struct val_key *k = c->elem.as.field;
            const struct typed_field *f = typed_map_field(t->map, k->s, k->len);
            named = f != NULL;
            below = f ? f->type : t->map->element;
        } else if (c->elem.kind == PATH_KEY && t && t->list) {
            below = t->list->element;
        }
        fieldset_maker_push(m, c->elem, with_fields(m, below, c->node, named || c->node->member));
    }
    return fieldset_maker_node(m, member, base, s);
}

fieldset typed_with_fields(struct val_pool *p, const struct typed_atom *t, fieldset s)
{
    struct fieldset_maker m;
    fieldset_maker_init(&m, p);
    return fieldset_maker_finish(&m, with_fields(&m, t, s, false));
}
