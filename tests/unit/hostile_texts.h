// SPDX-License-Identifier: Apache-2.0
/*
 * The story with something added to each of its texts: to names, labels, values, paths, reasons,
 * titles inside of schemas. Built on the tables of engine/beside/wire.h, which test_wire keeps
 * complete, so a text that is new in the public API is spoilt from its first day. Every text is
 * cleaned as where it enters the program; what is added comes raw. Owned by the caller unless said.
 */
#ifndef LEEWAY_TESTS_HOSTILE_TEXTS_H
#define LEEWAY_TESTS_HOSTILE_TEXTS_H

#include "leeway/catalog.h"
#include "leeway/environment.h"
#include "leeway/explain.h"
#include "leeway/history.h"
#include "leeway/leeway.h"
#include "leeway/look.h"

struct hostile_texts {
    const char *raw;    /* what is added */
    struct arena arena; /* holds what was made; arena_clear */
};

/* In the arena. An empty text stays empty. */
struct text hostile_text(struct hostile_texts *h, struct text t);
/* One reference; *from keeps its own. */
struct leeway_snapshot *hostile_snapshot(struct hostile_texts *h,
                                         const struct leeway_snapshot *from);
struct leeway_plan *hostile_plan(struct hostile_texts *h, const struct leeway_plan *from);
struct leeway_object *hostile_object(struct hostile_texts *h, const struct leeway_object *from);
struct leeway_parts *hostile_parts(struct hostile_texts *h, const struct leeway_parts *from);
struct leeway_history *hostile_history(struct hostile_texts *h, const struct leeway_history *from);
struct leeway_explanation *hostile_explanation(struct hostile_texts *h,
                                               const struct leeway_explanation *from);
struct leeway_kinds *hostile_kinds(struct hostile_texts *h, const struct leeway_kinds *from);
struct leeway_compare *hostile_compare(struct hostile_texts *h, const struct leeway_compare *from);
struct leeway_look *hostile_look(struct hostile_texts *h, const struct leeway_look *from);
struct leeway_log *hostile_log(struct hostile_texts *h, const struct leeway_log *from);

#endif
