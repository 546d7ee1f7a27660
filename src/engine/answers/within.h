// SPDX-License-Identifier: Apache-2.0
/*
 * A window that a value may lie in: a CEL expression of `self`, the live value, and of what else
 * its author could name (`params`, `cluster`, `env`). Used by field contracts and by exceptions.
 * One thread at a time.
 */
#ifndef LEEWAY_ENGINE_WITHIN_H
#define LEEWAY_ENGINE_WITHIN_H

#include "base/err.h"
#include "data/val.h"

struct within;

/* NULL and *e (line and column in the expression) when it does not compile or cannot give a truth.
 */
struct within *within_new(const char *text, struct err *e);
void within_free(struct within *w); /* NULL is fine */
/* bind: a map with params, cluster and env, or NULL. self NULL: the value is not there, and nothing
 * holds. false and *e when the expression fails on this value. */
bool within_holds(const struct within *w, const struct val *bind, const struct val *self,
                  struct err *e);

#endif
