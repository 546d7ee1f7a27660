// SPDX-License-Identifier: Apache-2.0
/*
 * The catalog of a fleet: everything that platform teams publish, read from a folder, checked, and
 * linked. One immutable snapshot; reading again makes a new one (watch.h). A document that has
 * problems is left out of what can be used, and every problem is said at its place.
 */
#ifndef LEEWAY_CATALOG_CATALOG_H
#define LEEWAY_CATALOG_CATALOG_H

#include "catalog/blueprint.h"
#include "catalog/cluster.h"
#include "catalog/document.h"

struct catalog_source { /* one file */
    char *path, *folder;
    struct document_file *file; /* NULL: it cannot be read at all */
    bool stale;                 /* the file has problems now; this is what it was before */
};

struct catalog {
    char *root;   /* as given */
    char *folder; /* that holds modules, blueprints… */
    struct catalog_source *sources;
    size_t n_sources, cap_sources;
    struct catalog_module **modules; /* by name, then version, newest first */
    size_t n_modules, cap_modules;
    struct catalog_blueprint **blueprints; /* the same */
    size_t n_blueprints, cap_blueprints;
    struct catalog_composition **compositions; /* of each blueprint, or NULL when it has problems */
    struct catalog_profile **profiles;         /* by name */
    size_t n_profiles, cap_profiles;
    struct catalog_team **teams; /* by name */
    size_t n_teams, cap_teams;
    char **distributions; /* that Cluster files of the fleet name */
    size_t n_distributions;
};

/* root: a fleet's folder (with catalog/ in it) or a catalog folder itself. last: a snapshot of the
 * same folder whose good files stand in for those that have problems now, or NULL. 0 and *out
 * (with whatever is good; problems say the rest), or a code when there is no catalog at all. */
int catalog_load(const char *root, const struct catalog_kinds *kinds, const struct catalog *last,
                 struct catalog **out, struct catalog_problems *problems,
                 struct err *e) ERR_CHECKED;
/* The same with nothing but the profiles. */
int catalog_load_profiles(const char *root, const struct catalog_kinds *kinds, struct catalog **out,
                          struct catalog_problems *problems, struct err *e) ERR_CHECKED;
/* And with nothing but the teams. */
int catalog_load_teams(const char *root, const struct catalog_kinds *kinds, struct catalog **out,
                       struct catalog_problems *problems, struct err *e) ERR_CHECKED;
void catalog_free(struct catalog *c);

/* version NULL: the newest release, or the newest preview when there is no release. Borrowed;
 * NULL: none. */
const struct catalog_module *catalog_find_module(const struct catalog *c, const char *name,
                                                 const char *version);
const struct catalog_blueprint *catalog_find_blueprint(const struct catalog *c, const char *name,
                                                       const char *version);
/* Its composition, NULL when it has problems. */
const struct catalog_composition *catalog_composition_of(const struct catalog *c,
                                                         const struct catalog_blueprint *b);
/* "NAME" or "NAME@VERSION". NULL and *e with what there is. */
const struct catalog_blueprint *catalog_named_blueprint(const struct catalog *c, const char *text,
                                                        struct err *e);
const struct catalog_module *catalog_named_module(const struct catalog *c, const char *text,
                                                  struct err *e);

/* ---- what a cluster has to have ---- */

/* 0, or ERR_UNSUPPORTED and why the module cannot run there. What is not known of the cluster is
 * not held against it. */
int catalog_module_fits(const struct catalog_module *m, const struct catalog_cluster *cl,
                        struct err *e) ERR_CHECKED;
int catalog_composition_fits(const struct catalog_composition *c, const struct catalog_cluster *cl,
                             struct err *e) ERR_CHECKED;

/* The catalog's profiles as catalog_cluster_value wants them, in c. */
const struct val *catalog_cluster_of(const struct catalog *c, struct val_pool *pool,
                                     const struct catalog_cluster *cl, bool *matched,
                                     struct err *e);

#endif
