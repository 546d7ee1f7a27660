// SPDX-License-Identifier: Apache-2.0
/* What the team of an environment lets the person here plan. */
#include "engine/environments/env_source_int.h"

#include "base/mem.h"
#include "catalog/team.h"

#include <stdio.h>
#include <string.h>

void env_team_remember(struct env_source *s, struct engine *e)
{
    s->login = mem_strdup(e->person.login ? e->person.login : "");
    for (size_t i = 0; i < e->environments.len; i++) {
        const struct environment *env = e->environments.items[i];
        bool lives = false;
        for (size_t k = 0; k < env->targets.len; k++)
            lives = lives || env->targets.items[k]->phase != LEEWAY_TARGET_GONE;
        if (!lives || !env->release)
            continue;
        struct env_other o = {mem_strdup(env->name), mem_strdup(env->about.team)};
        vec_push(&s->others, o);
    }
}

void env_team_forget(struct env_source *s)
{
    for (size_t i = 0; i < s->others.len; i++) {
        mem_free(s->others.items[i].name);
        mem_free(s->others.items[i].team);
    }
    vec_clear(&s->others);
    mem_free(s->login);
}

static bool lives(const struct env_source *s)
{
    for (size_t i = 0; i < s->others.len; i++)
        if (strcmp(s->others.items[i].name, s->name) == 0)
            return true;
    return false;
}

/* Takes e: what is wrong, at one key of the document. */
static void refuse(struct env_source *s, const char *key, struct err *e)
{
    char path[64];
    const struct val *at = val_get(s->doc->spec, key);
    snprintf(path, sizeof(path), ".spec.%s", key);
    struct err *said = catalog_problem(&s->problems, &s->file->file, at ? at : s->doc->spec,
                                       e->code, path, "%s", e->text);
    if (said && e->hint)
        err_hint(said, "%s", e->hint);
    err_clear(e);
}

/* "payments-dev, payments-qa" */
static size_t count_others(const struct env_source *s, const char *team, struct buf *names)
{
    size_t n = 0;
    for (size_t i = 0; i < s->others.len; i++)
        if (strcmp(s->others.items[i].team, team) == 0 &&
            strcmp(s->others.items[i].name, s->name) != 0) {
            buf_printf(names, "%s%s", names->len ? ", " : "", s->others.items[i].name);
            n++;
        }
    return n;
}

static void check_launch(struct env_source *s, const struct catalog_team *t)
{
    const char *key = "team";
    struct err e = ERR_INIT;
    if (team_check_launch(t, s->composition->blueprint->name, s->namespace_, &key, &e))
        refuse(s, key, &e);
}

static void check_quota(struct env_source *s, const struct catalog_team *t)
{
    struct err e = ERR_INIT;
    struct buf names;
    buf_init(&names, BUF_SMALL);
    size_t have = count_others(s, t->name, &names);
    if (team_check_quota(t, have, buf_str(&names), &e))
        refuse(s, "team", &e);
    buf_clear(&names);
}

bool env_team(struct env_source *s, const struct catalog_team **team)
{
    const char *name = val_str(val_get(s->doc->spec, "team"), NULL);
    struct err e = ERR_INIT;
    bool looks = s->fixed || s->only || s->look, is_new = !lives(s);
    *team = name ? team_find(s->catalog, name) : NULL;
    s->teamless = !name && s->catalog->n_teams && is_new;
    if (name && !*team && s->catalog->n_teams) {
        err_set(&e, ERR_NOT_FOUND, "there is no team %s", name);
        refuse(s, "team", &e);
    }
    if (!*team || looks)
        return !s->problems.len;
    struct team_person person;
    team_person_init(&person, s->login);
    if (team_check(*team, &person, is_new ? "launch" : "plan", &e))
        refuse(s, "team", &e);
    team_person_clear(&person);
    check_launch(s, *team);
    if (is_new)
        check_quota(s, *team);
    return !s->problems.len;
}

bool env_team_destroys(struct env_source *s)
{
    const char *name = val_str(val_get(s->doc->spec, "team"), NULL);
    const char *const roots[] = {s->root};
    struct err e = ERR_INIT;
    if (name && s->root && team_check_in(roots, 1, name, s->login, "destroy", &e))
        refuse(s, "team", &e);
    return !s->problems.len;
}
