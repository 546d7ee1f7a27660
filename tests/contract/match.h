// SPDX-License-Identifier: Apache-2.0
/* What is written in a case against what came, and the names a case keeps. One thread. */
#ifndef LEEWAY_CONTRACT_MATCH_H
#define LEEWAY_CONTRACT_MATCH_H

#include "base/vec.h"
#include "data/val.h"

struct var {
    char *name, *value;
};

struct vars {
    VEC(struct var) items;
    VEC(char *) texts; /* what vars_fill answered */
};

void vars_set(struct vars *v, const char *name, const char *value);
void vars_clear(struct vars *v);
/* The text with $names replaced; lives until vars_clear. */
const char *vars_fill(struct vars *v, const char *text);
/* The same in every string and key of a value; in p. */
const struct val *vars_fill_value(struct vars *v, struct val_pool *p, const struct val *value);
/* Keeps what is at a path ("metadata.uid", "items.0.metadata.name") of a value. */
bool vars_keep(struct vars *v, const char *name, const struct val *from, const char *path,
               struct buf *why);

/* Is what came like what is written? Maps: every member that is written. Lists: item by item and of
 * the same length, or, when the first item is "<has>", the others somewhere in it. Strings:
 * "<any>", "<absent>", "<re EXPRESSION>", "<not TEXT>", or the text with $names replaced. NULL: it
 * is not there. False: says where and why. */
bool match(struct vars *v, const struct val *like, const struct val *got, const char *path,
           struct buf *why);

#endif
