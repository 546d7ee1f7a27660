// SPDX-License-Identifier: Apache-2.0
/*
 * Teams: who is in one, and what it lets its people do. They guide and limit the person in front of
 * leeway and are no wall: that is the cluster's own authorization. Any thread.
 */
#ifndef LEEWAY_CATALOG_TEAM_H
#define LEEWAY_CATALOG_TEAM_H

#include "base/vec.h"
#include "catalog/catalog.h"

/* Who sits here, by the names that this machine knows. */
struct team_person {
    char *login;
    VEC(char *) groups;
};
void team_person_init(struct team_person *p, const char *login); /* asks the system for groups */
void team_person_init_here(struct team_person *p);               /* whoever runs this process */
void team_person_clear(struct team_person *p);

/* By name, in the catalog. NULL: there is none. */
const struct catalog_team *team_find(const struct catalog *c, const char *name);
bool team_has(const struct catalog_team *t, const struct team_person *p);
/* what: a word of its `may`; without such a list it may do everything. */
bool team_may(const struct catalog_team *t, const char *what);
/* 0, or ERR_FORBIDDEN: the person is not in it, or it may not do that; *e names the team, the limit
 * and what to do. */
int team_check(const struct catalog_team *t, const struct team_person *p, const char *what,
               struct err *e) ERR_CHECKED;
/* 0, or ERR_FORBIDDEN: not that blueprint, or not that namespace; *key: of the document. */
int team_check_launch(const struct catalog_team *t, const char *blueprint, const char *ns,
                      const char **key, struct err *e) ERR_CHECKED;
/* 0, or ERR_FORBIDDEN: it has `have` environments already. names: of them, for people. */
int team_check_quota(const struct catalog_team *t, size_t have, const char *names,
                     struct err *e) ERR_CHECKED;

/* For a person whose environment is of a team, in fleets whose catalogs lie in these folders. Reads
 * the teams alone. 0, ERR_NOT_FOUND: no catalog has that team, or ERR_FORBIDDEN as above. */
int team_check_in(const char *const *roots, size_t n, const char *team, const char *login,
                  const char *what, struct err *e) ERR_CHECKED;

#endif
