// SPDX-License-Identifier: Apache-2.0
#include "views/plan_here.h"

#include "views/environments.h"
#include "views/states.h"
#include "widget/pick.h"

static bool is_on(const struct leeway_environment *e, const uint64_t *clusters, size_t n)
{
    for (size_t i = 0; i < e->n_target_rows; i++)
        for (size_t k = 0; k < n; k++)
            if (e->target_rows[i].cluster_id == clusters[k])
                return true;
    return false;
}

/* The next environment from *at on that is on the clusters and can be planned. */
static const struct leeway_environment *next(const struct leeway_snapshot *s, size_t *at,
                                             const uint64_t *clusters, size_t n)
{
    while (s && *at < leeway_environments(s)) {
        const struct leeway_environment *e = leeway_environment_at(s, (*at)++);
        if (is_on(e, clusters, n) && !environment_why_no_plan(e))
            return e;
    }
    return NULL;
}

const char *plan_here_why_not(const struct leeway_snapshot *s, const uint64_t *clusters, size_t n)
{
    size_t at = 0;
    if (next(s, &at, clusters, n))
        return NULL;
    return n == 1 ? "leeway has put nothing on this cluster"
                  : "leeway has put nothing on these clusters";
}

static const struct leeway_environment *by_name(const struct leeway_snapshot *s, struct text name)
{
    for (size_t i = 0; s && i < leeway_environments(s); i++)
        if (text_equal(leeway_environment_at(s, i)->name, name))
            return leeway_environment_at(s, i);
    return NULL;
}

static void chosen(struct app *a, struct view *owner, size_t item, struct text name)
{
    const struct leeway_environment *e = by_name(app_snapshot(a), name);
    if (e)
        environment_plan(a, owner, e);
    else
        app_error(a, "%s is gone", name.str);
}

void plan_here(struct app *a, struct view *owner, struct text where, const uint64_t *clusters,
               size_t n)
{
    const struct leeway_snapshot *s = app_snapshot(a);
    const struct leeway_environment *e, *only = NULL;
    struct arena arena;
    size_t at = 0, found = 0;
    arena_init(&arena);
    struct pick_item *items =
        arena_array(&arena, s ? leeway_environments(s) + 1 : 1, sizeof(*items));
    while ((e = next(s, &at, clusters, n))) {
        items[found++] = (struct pick_item){
            .label = e->name,
            .note = text_fmt(&arena, "%s%s%s, %s ready", leeway_state_word(e->state),
                             e->reason.len ? ": " : "", e->reason.str,
                             environment_ready(&arena, e).str)};
        only = e;
    }
    const struct pick_spec spec = {.title =
                                       text_fmt(&arena, "Plan an environment of %s", where.str),
                                   .items = items,
                                   .n_items = found,
                                   .label_is_answer = true,
                                   .owner = owner,
                                   .fn = chosen};
    if (found == 1)
        environment_plan(a, owner, only);
    else if (found)
        app_push(a, pick_new(&spec));
    arena_clear(&arena);
}
