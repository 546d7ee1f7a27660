// SPDX-License-Identifier: Apache-2.0
#include "catalog/team.h"

#include "base/mem.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

enum { GROUPS_MAX = 256, ANSWER_MAX = 1 << 16 };

/* ---- who ---- */

void team_person_init(struct team_person *p, const char *login)
{
    struct passwd who, *found = NULL;
    struct group g, *group;
    gid_t ids[GROUPS_MAX];
    int n = GROUPS_MAX;
    char *answer = mem_alloc(ANSWER_MAX);
    *p = (struct team_person){.login = mem_strdup(login)};
    if (!getpwnam_r(login, &who, answer, ANSWER_MAX, &found) && found &&
        getgrouplist(login, found->pw_gid, ids, &n) >= 0)
        for (int i = 0; i < n; i++)
            if (!getgrgid_r(ids[i], &g, answer, ANSWER_MAX, &group) && group)
                vec_push(&p->groups, mem_strdup(group->gr_name));
    mem_free(answer);
}

void team_person_init_here(struct team_person *p)
{
    struct passwd who, *found = NULL;
    char *answer = mem_alloc(ANSWER_MAX);
    char *login = !getpwuid_r(getuid(), &who, answer, ANSWER_MAX, &found) && found
                      ? mem_strdup(found->pw_name)
                      : mem_printf("uid %ld", (long)getuid());
    team_person_init(p, login);
    mem_free(login);
    mem_free(answer);
}

void team_person_clear(struct team_person *p)
{
    for (size_t i = 0; i < p->groups.len; i++)
        mem_free(p->groups.items[i]);
    vec_clear(&p->groups);
    mem_free(p->login);
}

/* ---- what ---- */

static bool has_word(const char *const *list, const char *word)
{
    for (size_t i = 0; list && list[i]; i++)
        if (strcmp(list[i], word) == 0)
            return true;
    return false;
}

const struct catalog_team *team_find(const struct catalog *c, const char *name)
{
    for (size_t i = 0; i < c->n_teams; i++)
        if (strcmp(c->teams[i]->name, name) == 0)
            return c->teams[i];
    return NULL;
}

bool team_has(const struct catalog_team *t, const struct team_person *p)
{
    if (has_word(t->users, p->login))
        return true;
    for (size_t i = 0; i < p->groups.len; i++)
        if (has_word(t->groups, p->groups.items[i]))
            return true;
    return false;
}

bool team_may(const struct catalog_team *t, const char *what)
{
    return !t->may || has_word(t->may, what);
}

/* "alice, group payments-dev" */
static void add_words(struct buf *b, const char *before, const char *const *list)
{
    for (size_t i = 0; list && list[i]; i++)
        buf_printf(b, "%s%s%s", b->len ? ", " : "", before, list[i]);
}

int team_check(const struct catalog_team *t, const struct team_person *p, const char *what,
               struct err *e)
{
    struct buf words;
    buf_init(&words, BUF_SMALL);
    if (!team_has(t, p)) {
        add_words(&words, "", t->users);
        add_words(&words, "group ", t->groups);
        err_set(e, ERR_FORBIDDEN, "%s is not in team %s", p->login, t->name);
        err_hint(e, "ask one who is: %s (%s)", words.len ? buf_str(&words) : "nobody is",
                 t->file->path);
    } else if (!team_may(t, what)) {
        add_words(&words, "", t->may);
        err_set(e, ERR_FORBIDDEN, "team %s may not %s", t->name, what);
        err_hint(e, "it may %s; %s says so", words.len ? buf_str(&words) : "do nothing",
                 t->file->path);
    }
    buf_clear(&words);
    return e->code;
}

int team_check_launch(const struct catalog_team *t, const char *blueprint, const char *ns,
                      const char **key, struct err *e)
{
    struct buf words;
    buf_init(&words, BUF_SMALL);
    if (t->blueprints && !team_pattern_matches(t->blueprints, blueprint)) {
        *key = "blueprint";
        add_words(&words, "", t->blueprints);
        err_set(e, ERR_FORBIDDEN, "team %s may not launch %s", t->name, blueprint);
    } else if (t->namespaces && !team_pattern_matches(t->namespaces, ns)) {
        *key = "namespace";
        add_words(&words, "", t->namespaces);
        err_set(e, ERR_FORBIDDEN, "team %s may not use the namespace %s", t->name, ns);
    }
    if (e->code)
        err_hint(e, "it may: %s; %s says so", buf_str(&words), t->file->path);
    buf_clear(&words);
    return e->code;
}

int team_check_quota(const struct catalog_team *t, size_t have, const char *names, struct err *e)
{
    if (t->max_environments < 0 || have < (size_t)t->max_environments)
        return 0;
    err_set(e, ERR_FORBIDDEN, "team %s may have %lld environment%s, and has %s", t->name,
            (long long)t->max_environments, t->max_environments == 1 ? "" : "s",
            have ? names : "none");
    err_hint(e,
             have ? "destroy one of them, or have the quota raised in %s"
                  : "have the quota raised in %s",
             t->file->path);
    return e->code;
}

/* ---- by name ---- */

int team_check_in(const char *const *roots, size_t n, const char *team, const char *login,
                  const char *what, struct err *e)
{
    struct catalog_kinds *kinds = catalog_kinds_new();
    struct team_person person;
    bool known = false;
    team_person_init(&person, login);
    for (size_t i = 0; i < n && !known && !e->code; i++) {
        struct catalog_problems problems = {0};
        struct catalog *c = NULL;
        struct err unread = ERR_INIT;
        if (!catalog_load_teams(roots[i], kinds, &c, &problems, &unread)) {
            const struct catalog_team *t = team_find(c, team);
            known = t != NULL;
            if (t)
                (void)!team_check(t, &person, what, e);
        }
        catalog_problems_clear(&problems);
        err_clear(&unread);
        catalog_free(c);
    }
    if (!known && !e->code) {
        err_set(e, ERR_NOT_FOUND, "there is no team %s any more", team);
        err_hint(e, "name another in the environment's file, and plan and apply that");
    }
    team_person_clear(&person);
    catalog_kinds_free(kinds);
    return e->code;
}
