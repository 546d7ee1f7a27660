// SPDX-License-Identifier: Apache-2.0
/*
 * Undo: a plan of what an earlier release had applied, made of its stored bodies under today's
 * rules, with today's conflicts and today's values of secrets. What came since is deleted by it. It
 * goes over the clusters as what it undoes did, unless a person wants it everywhere at once.
 */
#include "engine/apply/rollout.h"
#include "engine/environments/environment.h"
#include "engine/fleet/cluster.h"
#include "engine/fleet/inventory.h"
#include "engine/plan/plan_make.h"
#include "store/store_get.h"

#include <string.h>

struct finding {
    int64_t wanted; /* 0: the content before the last */
    bool any;       /* a release was seen */
    bool broken;    /* the last one of all was not done: what was before it is wanted */
    VEC(struct store_release) done;
};

static int on_release(void *ctx, const struct store_release *r)
{
    struct finding *f = ctx;
    f->broken = f->any ? f->broken : r->state != STORE_RELEASE_DONE;
    f->any = true;
    if (r->state == STORE_RELEASE_DONE && (!f->wanted || r->number <= f->wanted))
        vec_push(&f->done,
                 (struct store_release){.environment = "", .number = r->number, .plan = r->plan});
    return 0;
}

/* The plan of all that was applied with the release: reverts and the like change nothing of that.
 */
static struct plan *content_of(struct engine *e, const struct environment *env, int64_t wanted,
                               int64_t *number, struct err *err)
{
    struct finding f = {.wanted = wanted};
    struct digest newest;
    struct plan *p = NULL;
    int rc = store_each_release(e->view, env->uuid, false, on_release, &f, err);
    bool seen = wanted != 0 || f.broken;
    for (size_t i = 0; !rc && !p && i < f.done.len; i++) {
        const struct store_release *r = &f.done.items[i];
        struct plan *x = plan_load(e->view, &r->plan, err);
        if (!x)
            break;
        bool content = x->complete && strcmp(x->kind, "destroy") != 0;
        if (content && seen && (wanted || f.broken || !digest_equal(&r->plan, &newest))) {
            p = x;
            *number = r->number;
            break;
        }
        if (content && !seen) {
            newest = r->plan;
            seen = true;
        }
        plan_free(x);
    }
    if (!p && !err->code)
        err_set(err, ERR_NOT_FOUND,
                wanted ? "there is no such release of %s that was done"
                       : "%s has no release before the last to go back to",
                env->name);
    vec_clear(&f.done);
    return p;
}

static size_t wants_of(struct plan *p, const struct plan_target *t, struct plan_want *wants,
                       struct err *err)
{
    size_t n = 0;
    for (size_t k = 0; k < t->rows.len; k++) {
        const struct plan_row *r = t->rows.items[k];
        if (!plan_row_is_content(p, r))
            continue;
        if (r->n_late) {
            err_set(err, ERR_UNSUPPORTED,
                    "%s/%s had a value that was known only after others were "
                    "applied",
                    r->kind, r->name);
            err_hint(err, "go back to the environment's file of then, and plan that");
        }
        wants[n++] = (struct plan_want){
            .body = r->body, .where = r->where, .contract = plan_row_rules(p, r)};
    }
    return n;
}

/* ---- in stages ---- */

struct way {
    int64_t after; /* only what came since */
    struct rollout stages;
    struct err *err;
};

/* The newest that went in stages says how. */
static int on_way(void *ctx, const struct store_release *r)
{
    struct way *w = ctx;
    if (w->stages.stages.len || r->number <= w->after || !*r->rollout)
        return 0;
    return rollout_read(&w->stages, r->rollout, w->err);
}

/* Lines of what the undone releases went by; without any, as its own blueprint had it. */
static int stages_of(struct engine *e, const struct plan *p, int64_t number, struct arena *a,
                     struct plan_request *r, struct err *err)
{
    struct way w = {.after = number, .err = err};
    rollout_init(&w.stages);
    int rc = store_each_release(e->view, p->environment_uuid, false, on_way, &w, err);
    for (size_t i = 0; !rc && !w.stages.stages.len && i < p->stages.len; i++)
        rc = rollout_add(&w.stages, p->stages.items[i], err);
    struct rollout_target *turns = arena_array(a, r->n_targets + 1, sizeof(*turns));
    for (size_t i = 0; i < r->n_targets; i++)
        turns[i] = (struct rollout_target){.cluster = r->targets[i].cluster->name,
                                           .labels = &r->targets[i].cluster->entry->labels};
    rollout_again(&w.stages, turns, r->n_targets);
    char *text = rollout_write(&w.stages), *rest = text, *line;
    const char **lines = arena_array(a, w.stages.stages.len + 1, sizeof(*lines));
    while (!rc && (line = strsep(&rest, "\n")))
        if (*line && r->n_stages < w.stages.stages.len)
            lines[r->n_stages++] = arena_strdup(a, line);
    r->stages = lines;
    mem_free(text);
    rollout_clear(&w.stages);
    return rc;
}

static void plan_again(struct engine *e, struct engine_command *cmd, struct plan *p, int64_t number)
{
    struct arena a;
    struct err err = ERR_INIT;
    size_t n = 0;
    arena_init(&a);
    struct plan_want_target *targets = arena_array(&a, p->targets.len + 1, sizeof(*targets));
    for (size_t i = 0; i < p->targets.len; i++) {
        const struct plan_target *t = p->targets.items[i];
        struct cluster *c = engine_cluster_by_uid(e, t->cluster_uid);
        struct plan_want *wants = arena_array(&a, t->rows.len + 1, sizeof(*wants));
        if (c)
            targets[n++] = (struct plan_want_target){
                .cluster = c, .wants = wants, .n_wants = wants_of(p, t, wants, &err)};
    }
    const char *title = arena_printf(&a, "back to r%lld: %s", (long long)number, p->title);
    struct plan_request r = {.kind = "undo",
                             .title = title,
                             .cause = title,
                             .environment = p->environment,
                             .namespace_ = p->namespace_,
                             .folder = p->folder,
                             .about = p->about,
                             .complete = true,
                             .targets = targets,
                             .n_targets = n};
    if (err.code || (!cmd->c.at_once && stages_of(e, p, number, &a, &r, &err)))
        engine_answer_failed(e, cmd, &err);
    else
        plan_from_bodies(e, cmd, &r);
    arena_clear(&a);
}

void plan_undo(struct engine *e, struct engine_command *cmd)
{
    struct err err = ERR_INIT;
    int64_t number = 0;
    struct environment *env = environment_by_name(e, cmd->c.environment ? cmd->c.environment : "");
    struct plan *p = NULL;
    if (!e->view)
        err_set(&err, ERR_UNSUPPORTED, "without a store no release is remembered");
    else if (!env)
        err_set(&err, ERR_NOT_FOUND, "there is no environment %s",
                cmd->c.environment ? cmd->c.environment : "");
    else
        p = content_of(e, env, (int64_t)cmd->c.release, &number, &err);
    if (p)
        plan_again(e, cmd, p, number);
    else
        engine_answer_failed(e, cmd, &err);
    plan_free(p);
    err_clear(&err);
}
