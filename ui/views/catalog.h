// SPDX-License-Identifier: Apache-2.0
/* The catalog: which blueprints there are, who may launch them, and one of them in full. */
#ifndef LEEWAY_UI_VIEWS_CATALOG_H
#define LEEWAY_UI_VIEWS_CATALOG_H

#include "app/app.h"
#include "leeway/catalog.h"

struct view *catalog_new(struct app *a);
/* Everything about one; version empty: the newest. */
struct view *blueprint_new(struct app *a, struct text name, struct text version);

/* ---- what the two share (catalog_words.c) ---- */

enum catalog_group { CATALOG_YOURS, CATALOG_OTHERS, CATALOG_REFUSED, CATALOG_GROUPS };
enum catalog_group catalog_group_of(const struct leeway_blueprint *b);
/* Environments whose files name the blueprint; version NULL: any. */
size_t catalog_used_by(const struct leeway_snapshot *s, struct text name, const char *version);
struct text catalog_used_words(struct arena *a, size_t n); /* "4 env", nothing for 0 */
/* "fits 4 clusters, tier=dev" by labels alone: what modules ask of a cluster is seen when it is
 * planned. */
struct text catalog_goes_to(struct arena *a, const struct leeway_snapshot *s,
                            const struct leeway_blueprint *b);
/* The facts of one version, one a row; the next free row. */
int catalog_draw_facts(struct region r, int row, const struct leeway_snapshot *s,
                       const struct leeway_blueprint *b);
void catalog_draw_version(struct region r, int row, const struct leeway_snapshot *s,
                          const struct leeway_blueprint *b);
void catalog_draw_parameter_head(struct region r, int row);
void catalog_draw_parameter(struct region r, int row, const struct leeway_parameter *p);
void catalog_draw_module(struct region r, int row, const struct leeway_module_use *m);
/* NULL: a form can be opened. */
const char *catalog_why_no_launch(const struct leeway_blueprint *b);
void catalog_launch(struct app *a, const struct leeway_blueprint *b);
/* Facts, versions, parameters and modules of a blueprint, as much as there is room for. */
void catalog_draw_pane(struct region r, const struct leeway_snapshot *s,
                       const struct leeway_blueprint *b);
/* What can be copied of a blueprint. */
void catalog_copy(struct app *a, struct view *owner, const struct leeway_blueprint *b);

#endif
