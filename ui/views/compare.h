// SPDX-License-Identifier: Apache-2.0
/*
 * Two releases, environments or clusters side by side: a row a difference, folded over clusters.
 * `=` opens it where two are marked. UI thread.
 */
#ifndef LEEWAY_UI_VIEWS_COMPARE_H
#define LEEWAY_UI_VIEWS_COMPARE_H

#include "app/app.h"

/* The sides as leeway/compare.h names them: ENV@r3, ENV, cluster/NAME. Copied. */
struct view *compare_new(struct app *a, struct text x, struct text y);

#endif
