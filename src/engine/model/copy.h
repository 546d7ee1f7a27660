// SPDX-License-Identifier: Apache-2.0
/* Deep copies of the public rows into an arena. Engine and tests; any thread with its own arena. */
#ifndef LEEWAY_ENGINE_MODEL_COPY_H
#define LEEWAY_ENGINE_MODEL_COPY_H

#include "base/arena.h"
#include "leeway/catalog.h"
#include "leeway/compare.h"
#include "leeway/environment.h"
#include "leeway/explain.h"
#include "leeway/history.h"
#include "leeway/object.h"
#include "leeway/plan.h"
#include "leeway/snapshot.h"

void copy_text(struct arena *a, struct text *t);
void copy_texts(struct arena *a, const struct text **items, size_t n);
void copy_labels(struct arena *a, const struct leeway_label **items, size_t n);
void copy_conditions(struct arena *a, const struct leeway_condition **items, size_t n);
void copy_owners(struct arena *a, const struct leeway_owner **items, size_t n);
void copy_fleet(struct arena *a, struct leeway_fleet_info *row);
void copy_cluster(struct arena *a, struct leeway_cluster *row);
void copy_environment(struct arena *a, struct leeway_environment *row);
void copy_drift(struct arena *a, struct leeway_drift *row);
void copy_release(struct arena *a, struct leeway_release *row);
void copy_blueprint(struct arena *a, struct leeway_blueprint *row);
void copy_env_file(struct arena *a, struct leeway_env_file *row);
void copy_answer(struct arena *a, struct leeway_answer *row);
void copy_history(struct arena *a, struct leeway_history *h);
void copy_parts(struct arena *a, struct leeway_parts *p);
void copy_compare(struct arena *a, struct leeway_compare *c);
void copy_explanation(struct arena *a, struct leeway_explanation *x);
void copy_plan(struct arena *a, struct leeway_plan *p);
void copy_object(struct arena *a, struct leeway_object *o);

#endif
