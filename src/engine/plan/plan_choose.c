// SPDX-License-Identifier: Apache-2.0
/* Plans of the store: opened again, and made anew with a choice about what somebody else owns. */
#include "engine/fleet/cluster.h"
#include "engine/plan/plan_make.h"
#include "store/store_get.h"

#include <string.h>

/* NULL after the answer that there is none. */
static struct plan *load(struct engine *e, struct engine_command *cmd)
{
    struct err err = ERR_INIT;
    struct digest hash;
    struct plan *p = NULL;
    if (!e->view)
        err_set(&err, ERR_UNSUPPORTED, "no plan is remembered without a store");
    else if (!cmd->c.plan || strlen(cmd->c.plan) < 4)
        err_set(&err, ERR_USAGE, "at least four digits of a plan's hash are needed");
    else if (!store_find_plan(e->view, cmd->c.plan, &hash, &err))
        p = plan_load(e->view, &hash, &err);
    if (!p)
        engine_answer_failed(e, cmd, &err);
    return p;
}

void plan_open(struct engine *e, struct engine_command *cmd)
{
    struct plan *p = load(e, cmd);
    if (!p)
        return;
    struct leeway_plan *v = plan_view(p);
    engine_answer_plan(e, cmd, v);
    leeway_plan_unref(v);
    plan_free(p);
}

struct choosing {
    struct plan *plan;
    const char *path;
    enum leeway_choice choice;
    size_t n;
};

static void choose_row(void *ctx, struct plan_target *t, struct plan_row *r)
{
    struct choosing *c = ctx;
    for (size_t i = 0; i < r->fields.len; i++) {
        if (r->fields.items[i].choice == LEEWAY_CHOICE_NONE ||
            strcmp(r->fields.items[i].path, c->path) != 0)
            continue;
        struct plan_choice x = {.cluster_uid = t->cluster_uid,
                                .kind = r->kind,
                                .namespace_ = r->namespace_,
                                .name = r->name,
                                .path = r->fields.items[i].path,
                                .choice = c->choice};
        vec_push(&c->plan->choices, x);
        c->n++;
    }
}

/* Plans of bodies are made again of these bodies. */
static void choose_bodies(struct engine *e, struct engine_command *cmd, struct plan *p)
{
    struct arena a;
    struct err err = ERR_INIT;
    arena_init(&a);
    struct plan_want_target *targets = arena_array(&a, p->targets.len + 1, sizeof(*targets));
    for (size_t i = 0; i < p->targets.len; i++) {
        const struct plan_target *t = p->targets.items[i];
        struct plan_want *wants = arena_array(&a, t->rows.len + 1, sizeof(*wants));
        size_t n = 0;
        for (size_t k = 0; k < t->rows.len; k++)
            if (t->rows.items[k]->body)
                wants[n++] = (struct plan_want){.body = t->rows.items[k]->body,
                                                .cause = t->rows.items[k]->cause,
                                                .where = t->rows.items[k]->where,
                                                .contract = plan_row_rules(p, t->rows.items[k])};
        targets[i] = (struct plan_want_target){engine_cluster_by_uid(e, t->cluster_uid), wants, n};
        if (!targets[i].cluster)
            err_set(&err, ERR_NOT_FOUND, "there is no cluster %s any more", t->cluster);
    }
    const struct plan_request r = {.kind = p->kind,
                                   .complete = p->complete,
                                   .title = p->title,
                                   .environment = p->environment,
                                   .namespace_ = p->namespace_,
                                   .folder = p->folder,
                                   .choices = p->choices.items,
                                   .n_choices = p->choices.len,
                                   .targets = targets,
                                   .n_targets = p->targets.len,
                                   .approved = p->approved,
                                   .stages = p->stages.items,
                                   .n_stages = p->stages.len};
    if (err.code)
        engine_answer_failed(e, cmd, &err);
    else
        plan_from_bodies(e, cmd, &r);
    arena_clear(&a);
    plan_free(p);
}

void plan_choose(struct engine *e, struct engine_command *cmd)
{
    struct plan *p = load(e, cmd);
    struct err err = ERR_INIT;
    if (!p)
        return;
    struct choosing c = {
        .plan = p, .path = cmd->c.n_paths ? cmd->c.paths[0] : "", .choice = cmd->c.choice};
    if (!plan_each_of_view_row(p, cmd->c.row, choose_row, &c) || !c.n) {
        err_set(&err, ERR_NOT_FOUND, "line %u of the plan has no choice at %s", cmd->c.row, c.path);
        engine_answer_failed(e, cmd, &err);
        plan_free(p);
        return;
    }
    if (!p->complete || strcmp(p->kind, "undo") == 0) {
        choose_bodies(e, cmd, p);
        return;
    }
    plan_folder_again(e, cmd, p);
}
