// SPDX-License-Identifier: Apache-2.0
#include "engine/environments/team_gate.h"

#include "base/mem.h"
#include "catalog/team.h"
#include "data/json.h"
#include "engine/apply/apply.h"
#include "engine/drift/drift_pick.h"
#include "engine/environments/env_source.h"
#include "engine/environments/environment.h"
#include "engine/fleet/inventory.h"
#include "store/store_get.h"

#include <string.h>

struct gate {
    struct engine *engine;
    struct engine_command *cmd;
    const struct engine_command_kind *kind;
    const char *what;
    char *team, *login;
    VEC(char *) roots;
    struct err err;
};

/* ---- which environment, which team ---- */

static struct environment *of_exception(struct engine *e, const struct leeway_command *c)
{
    const struct leeway_snapshot *s = e->snapshot;
    for (size_t i = 0; s && c->n_exceptions && i < leeway_answers(s); i++) {
        const struct leeway_answer *a = leeway_answer_at(s, i);
        if (strncmp(a->uuid.str, c->exceptions[0], strlen(c->exceptions[0])) == 0)
            return environment_by_name(e, a->environment.str);
    }
    return NULL;
}

/* NULL: the command itself says what is wrong. */
static struct environment *environment_of(struct engine *e, const struct leeway_command *c)
{
    struct drift_picked p = {0};
    struct err ignored = ERR_INIT;
    if (c->environment && *c->environment)
        return environment_by_name(e, c->environment);
    if (c->n_exceptions)
        return of_exception(e, c);
    if (c->release)
        return apply_environment_of(e, c->release);
    if (c->n_drift_ids && drift_pick(e, c, &p, &ignored))
        p.environment = NULL;
    vec_clear(&p.items);
    err_clear(&ignored);
    return p.environment;
}

static const struct {
    const char *plan, *may;
} kinds[] = {{"destroy", "destroy"}, {"revert", "revert"}, {"handover", "accept"}};

/* Of a plan: what it does, and the team that the environment has once it is applied. */
static struct environment *of_plan(struct gate *g, struct arena *a, char **team)
{
    struct engine *e = g->engine;
    struct digest hash;
    struct store_plan p;
    struct err ignored = ERR_INIT;
    struct environment *env = NULL;
    if (e->view && strlen(g->cmd->c.plan) >= 4 &&
        !store_find_plan(e->view, g->cmd->c.plan, &hash, &ignored) &&
        !store_get_plan(e->view, &hash, a, &p, &ignored)) {
        struct val_pool pool;
        val_pool_init(&pool);
        const struct val *v = json_read(&pool, p.summary.data, p.summary.len, NULL, NULL);
        const char *about = val_str(val_get(v, "about"), "");
        struct environment_about next = environment_about_read(about);
        env = environment_by_uuid(e, p.environment);
        if (*next.team)
            *team = mem_strdup(next.team);
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
            if (strcmp(p.kind, kinds[i].plan) == 0)
                g->what = kinds[i].may;
        environment_about_free(&next);
        val_pool_clear(&pool);
    }
    err_clear(&ignored);
    return env;
}

/* ---- asking ---- */

static void look(void *ctx)
{
    struct gate *g = ctx;
    (void)!team_check_in((const char *const *)g->roots.items, g->roots.len, g->team, g->login,
                         g->what, &g->err);
}

static void on_known(void *ctx, bool stale)
{
    struct gate *g = ctx;
    if (stale && !g->err.code)
        err_set(&g->err, ERR_CANCELLED, "the program ends");
    if (g->err.code)
        engine_answer_failed(g->engine, g->cmd, &g->err);
    else
        g->kind->run(g->engine, g->cmd);
    for (size_t i = 0; i < g->roots.len; i++)
        mem_free(g->roots.items[i]);
    vec_clear(&g->roots);
    err_clear(&g->err);
    mem_free(g->team);
    mem_free(g->login);
    mem_free(g);
}

void team_gate(struct engine *e, struct engine_command *cmd, const struct engine_command_kind *kind)
{
    struct gate g = {.engine = e, .cmd = cmd, .kind = kind, .what = kind->may};
    struct arena a;
    arena_init(&a);
    struct environment *env = cmd->c.plan ? of_plan(&g, &a, &g.team) : environment_of(e, &cmd->c);
    arena_clear(&a);
    if (!g.team && env && *env->about.team)
        g.team = mem_strdup(env->about.team);
    char *fleet = env && g.team ? env_source_fleet(env->origin) : NULL;
    if (fleet)
        vec_push(&g.roots, fleet);
    for (size_t i = 0; g.team && e->inventory && i < e->inventory->catalogs.len; i++)
        vec_push(&g.roots, mem_strdup(e->inventory->catalogs.items[i]));
    if (!g.roots.len) { /* nobody's, or there is no catalog that could say */
        mem_free(g.team);
        kind->run(e, cmd);
        return;
    }
    g.login = mem_strdup(e->person.login ? e->person.login : "");
    struct gate *later = mem_new(struct gate);
    *later = g;
    workers_start(e->workers, NULL, look, on_known, later);
}
