// SPDX-License-Identifier: Apache-2.0
/*
 * The walk of a set over a value. List items are found by fieldset_items.c, once for each list.
 */
#include "data/fieldset.h"

#include "base/mem.h"
#include "data/fieldset_int.h"

struct walk {
    fieldset_walk_fn *fn;
    void *ctx;
    struct path_elem *elems;
    size_t len, cap;
};

/* ---- the walk ---- */

static int walk_below(struct walk *w, const struct fieldset_node *s, const struct val *v,
                      bool ambiguous);

static int visit(struct walk *w, const struct fieldset_child *c, struct fieldset_found f)
{
    if (w->len == w->cap) {
        w->cap = w->cap ? w->cap * 2 : 16;
        w->elems = mem_reallocarray(w->elems, w->cap, sizeof(*w->elems));
    }
    w->elems[w->len++] = c->elem;
    bool item = c->elem.kind == PATH_KEY && c->node->n;
    int rc = 0;
    if (c->node->member && (!c->node->n || item))
        rc = w->fn(w->ctx, &(struct fieldset_leaf){{w->elems, w->len}, f.item, item, f.ambiguous});
    if (!rc && c->node->n)
        rc = walk_below(w, c->node, f.item, f.ambiguous);
    w->len--;
    return rc;
}

/* Fields come first in the order of children; what is found otherwise is found here. */
static int walk_items(struct walk *w, const struct fieldset_node *s, uint32_t from,
                      const struct val *v, bool ambiguous)
{
    struct fieldset_items *items = fieldset_items_new(v, s->n - from);
    int rc = 0;
    for (uint32_t i = from; i < s->n && !rc; i++) {
        struct fieldset_found f = fieldset_items_find(items, &s->children[i].elem);
        f.ambiguous |= ambiguous;
        rc = visit(w, &s->children[i], f);
    }
    fieldset_items_free(items);
    return rc;
}

static int walk_below(struct walk *w, const struct fieldset_node *s, const struct val *v,
                      bool ambiguous)
{
    int rc = 0;
    for (uint32_t i = 0; i < s->n && !rc; i++) {
        const struct path_elem *e = &s->children[i].elem;
        if (e->kind != PATH_FIELD)
            return walk_items(w, s, i, v, ambiguous);
        rc = visit(w, &s->children[i],
                   (struct fieldset_found){v ? val_get_key(v, e->as.field) : NULL, ambiguous});
    }
    return rc;
}

int fieldset_walk(fieldset s, const struct val *root, fieldset_walk_fn *fn, void *ctx)
{
    struct walk w = {.fn = fn, .ctx = ctx};
    int rc = walk_below(&w, s, root, false);
    mem_free(w.elems);
    return rc;
}
