// SPDX-License-Identifier: Apache-2.0
#include "widget/tree.h"

#include <string.h>

void tree_init(struct tree *t)
{
    memset(t, 0, sizeof(*t));
    list_init(&t->list);
}

void tree_clear(struct tree *t)
{
    list_clear(&t->list);
    vec_clear(&t->nodes);
    vec_clear(&t->flipped);
    vec_clear(&t->visible);
}

static bool flipped(const struct tree *t, uint64_t uid)
{
    for (size_t i = 0; i < t->flipped.len; i++)
        if (t->flipped.items[i] == uid)
            return true;
    return false;
}

bool tree_is_open(const struct tree *t, const struct tree_node *node)
{
    return node->branch && node->shut == flipped(t, node->uid);
}

static void reflow(struct tree *t)
{
    VEC(uint64_t) uids = {0};
    t->visible.len = 0;
    int hidden = -1; /* depth of the shut branch we are in */
    for (size_t i = 0; i < t->nodes.len; i++) {
        const struct tree_node *n = &t->nodes.items[i];
        if (hidden >= 0 && n->depth > hidden)
            continue;
        hidden = n->branch && !tree_is_open(t, n) ? n->depth : -1;
        vec_push(&t->visible, i);
        vec_push(&uids, n->uid);
    }
    list_set(&t->list, uids.items, uids.len);
    vec_clear(&uids);
}

void tree_set(struct tree *t, const struct tree_node *nodes, size_t n)
{
    t->nodes.len = 0;
    for (size_t i = 0; i < n; i++)
        vec_push(&t->nodes, nodes[i]);
    reflow(t);
}

size_t tree_node_at(const struct tree *t, size_t row)
{
    return t->visible.items[row];
}

static void flip(struct tree *t, uint64_t uid)
{
    for (size_t i = 0; i < t->flipped.len; i++) {
        if (t->flipped.items[i] == uid) {
            t->flipped.items[i] = t->flipped.items[--t->flipped.len];
            reflow(t);
            return;
        }
    }
    vec_push(&t->flipped, uid);
    reflow(t);
}

unsigned tree_command(struct tree *t, enum command c)
{
    size_t row;
    if (!list_at(&t->list, &row))
        return list_command(&t->list, c);
    const struct tree_node *n = &t->nodes.items[tree_node_at(t, row)];
    if (c == CMD_RIGHT) {
        if (!n->branch || tree_is_open(t, n))
            return VIEW_DONE;
        flip(t, n->uid);
        return VIEW_REDRAW;
    }
    if (c == CMD_LEFT) {
        if (tree_is_open(t, n)) {
            flip(t, n->uid);
            return VIEW_REDRAW;
        }
        for (size_t i = row; i > 0; i--) {
            if (t->nodes.items[tree_node_at(t, i - 1)].depth < n->depth) {
                list_go(&t->list, i - 1);
                return VIEW_REDRAW;
            }
        }
        return VIEW_DONE;
    }
    return list_command(&t->list, c);
}

int tree_draw_mark(const struct tree *t, struct region row, int col, size_t node)
{
    const struct tree_node *n = &t->nodes.items[node];
    if (!n->branch)
        return 0;
    return draw_glyph(row, 0, col, tree_is_open(t, n) ? GLYPH_BRANCH_OPEN : GLYPH_BRANCH_SHUT,
                      ROLE_TEXT_DIM);
}
