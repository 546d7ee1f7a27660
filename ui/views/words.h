// SPDX-License-Identifier: Apache-2.0
/* Names, paths and owners as screens have room for them. Results live in the arena. UI thread. */
#ifndef LEEWAY_UI_VIEWS_WORDS_H
#define LEEWAY_UI_VIEWS_WORDS_H

#include "app/app.h"
#include "leeway/snapshot.h"

/* "deploy/web"; the kind as kubectl shortens it, whole for kinds without a short name. */
struct text words_object(struct arena *a, struct text kind, struct text name);
/* A path in at most cols cells: whole steps from its end, "…web.image". */
struct text words_path(struct arena *a, struct text path, uint32_t cols);
/* One step or more, without a dot before; of a long key in brackets the last part stays. */
struct text words_step(struct arena *a, struct text step, uint32_t cols);
/* The path without its last step, and the last step without its dot; list items by key stay with
 * their list. A path of one step has an empty parent. */
struct text words_path_parent(struct arena *a, struct text path);
struct text words_path_last(struct arena *a, struct text path);
/* "2 → 6". Where that does not fit into cols, without the beginning that both have:
 * "…:1.4 → …:1.5", or "1.4 → 1.5". Cut at the end they would look the same. */
struct text words_change(struct arena *a, struct text from, struct text to, uint32_t cols);
/* "14:02:07" today, "24 Nov 09:12:40" otherwise. */
struct text words_exact(struct app *app, struct arena *a, int64_t wall_ms);
/* How long something has yet: "13d", "47h", "12m", "over". */
struct text words_left(struct arena *a, int64_t until_ms, int64_t now_ms);
/* "kubectl, subresource scale" */
struct text words_manager(struct arena *a, const struct leeway_owner *o);
/* "a person at a kubectl" for the class of an actor. */
const char *words_actor(enum leeway_actor actor);
enum role words_actor_role(enum leeway_actor actor);
/* How a verdict looks: the state whose shape it has. */
enum leeway_state words_verdict_state(enum leeway_verdict v);
/* Who has the field now: the newest owner that is not leeway, else leeway; NULL: nobody. */
const struct leeway_owner *words_holder(const struct leeway_owner *owners, size_t n);

/* Counts for row 0, the worst first, ending at the right edge; what does not fit is left out from
 * the last on. A count never stands without its shape. */
struct words_total {
    enum leeway_state state; /* its shape */
    struct text text;
    enum role role;
};
void words_draw_totals(struct region r, const struct words_total *totals, size_t n);

#endif
