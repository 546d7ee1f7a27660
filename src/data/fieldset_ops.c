// SPDX-License-Identifier: Apache-2.0
/*
 * Operations on two sets: one merge of two sorted arrays of children, told apart by a table of what
 * to do with what is in one, the other or both. Subtrees that do not change are shared.
 */
#include "data/fieldset.h"

#include "data/fieldset_int.h"

enum op { UNION, INTERSECTION, DIFFERENCE, RECURSIVE_DIFFERENCE };

struct rule {
    bool keep_a, keep_b; /* children that only one side has */
    bool member[2][2];   /* [in a][in b] */
    bool cut_below_members_of_b;
};

static const struct rule rules[] = {
    [UNION] = {true, true, {{false, true}, {true, true}}, false},
    [INTERSECTION] = {false, false, {{false, false}, {false, true}}, false},
    [DIFFERENCE] = {true, false, {{false, false}, {true, false}}, false},
    [RECURSIVE_DIFFERENCE] = {true, false, {{false, false}, {true, false}}, true},
};

/* A set with itself: the union and intersection are the set, both differences are empty. */
static const struct fieldset_node *with_itself(enum op op, const struct fieldset_node *a)
{
    return op == UNION || op == INTERSECTION ? a : &fieldset_empty_node;
}

static const struct fieldset_node *combine(struct fieldset_maker *m, enum op op,
                                           const struct fieldset_node *a,
                                           const struct fieldset_node *b)
{
    const struct rule *r = &rules[op];
    if (a == b)
        return with_itself(op, a);
    if (r->cut_below_members_of_b && b->member)
        return &fieldset_empty_node;
    size_t base = m->len;
    uint32_t i = 0, j = 0;
    while (i < a->n || j < b->n) {
        int c = i == a->n   ? 1
                : j == b->n ? -1
                            : path_elem_compare(&a->children[i].elem, &b->children[j].elem);
        if (c < 0) {
            if (r->keep_a)
                fieldset_maker_push(m, a->children[i].elem, a->children[i].node);
            i++;
        } else if (c > 0) {
            if (r->keep_b)
                fieldset_maker_push(m, b->children[j].elem, b->children[j].node);
            j++;
        } else {
            fieldset_maker_push(m, a->children[i].elem,
                                combine(m, op, a->children[i].node, b->children[j].node));
            i++;
            j++;
        }
    }
    return fieldset_maker_node(m, r->member[a->member][b->member], base, a);
}

static fieldset run(struct val_pool *p, enum op op, fieldset a, fieldset b)
{
    struct fieldset_maker m;
    fieldset_maker_init(&m, p);
    return fieldset_maker_finish(&m, combine(&m, op, a, b));
}

fieldset fieldset_union(struct val_pool *p, fieldset a, fieldset b)
{
    return run(p, UNION, a, b);
}

fieldset fieldset_intersection(struct val_pool *p, fieldset a, fieldset b)
{
    return run(p, INTERSECTION, a, b);
}

fieldset fieldset_difference(struct val_pool *p, fieldset a, fieldset b)
{
    return run(p, DIFFERENCE, a, b);
}

fieldset fieldset_recursive_difference(struct val_pool *p, fieldset a, fieldset b)
{
    return run(p, RECURSIVE_DIFFERENCE, a, b);
}

static const struct fieldset_node *leaves(struct fieldset_maker *m, const struct fieldset_node *s)
{
    size_t base = m->len;
    for (uint32_t i = 0; i < s->n; i++)
        fieldset_maker_push(m, s->children[i].elem, leaves(m, s->children[i].node));
    return fieldset_maker_node(m, s->member && !s->n, base, s);
}

fieldset fieldset_leaves(struct val_pool *p, fieldset s)
{
    struct fieldset_maker m;
    fieldset_maker_init(&m, p);
    return fieldset_maker_finish(&m, leaves(&m, s));
}
