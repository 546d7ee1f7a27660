// SPDX-License-Identifier: Apache-2.0
/*
 * A tree as a list of the rows that are not inside a shut branch. The view gives all nodes in order
 * with their depth; what is open stays open by uid. UI thread.
 */
#ifndef LEEWAY_UI_WIDGET_TREE_H
#define LEEWAY_UI_WIDGET_TREE_H

#include "widget/list.h"

struct tree_node {
    uint64_t uid; /* not 0 */
    uint16_t depth;
    bool branch;
    bool shut; /* at first */
};

struct tree {
    struct list list; /* of visible nodes, by uid */
    VEC(struct tree_node) nodes;
    VEC(uint64_t) flipped; /* branches that are not as `shut` says */
    VEC(size_t) visible;   /* row → node */
};

void tree_init(struct tree *t);
void tree_clear(struct tree *t);
void tree_set(struct tree *t, const struct tree_node *nodes, size_t n); /* copies */
/* Index into the nodes of what a row of the list shows. */
size_t tree_node_at(const struct tree *t, size_t row);
bool tree_is_open(const struct tree *t, const struct tree_node *node);
/* Left shuts the branch or goes to its parent, right opens it; the rest as in a list. */
unsigned tree_command(struct tree *t, enum command c);
/* The mark of a branch for column 2 of a row; blank for leaves. */
int tree_draw_mark(const struct tree *t, struct region row, int col, size_t node);

#endif
