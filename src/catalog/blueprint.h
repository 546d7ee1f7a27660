// SPDX-License-Identifier: Apache-2.0
/*
 * Blueprints, teams, and a blueprint with its modules' versions chosen: the composition, in which
 * every wire is checked. Immutable once made, any thread.
 */
#ifndef LEEWAY_CATALOG_BLUEPRINT_H
#define LEEWAY_CATALOG_BLUEPRINT_H

#include "catalog/module.h"

struct blueprint_module {
    const char *name;   /* of the instance */
    const char *module; /* that is wanted */
    const struct val *at;
    struct semver_range range;
};

struct catalog_blueprint {
    const struct catalog_file *file;
    const struct val *doc;
    const char *name, *description;
    struct semver version;
    const struct schema *parameters;
    struct schema_validator *validator;
    const bool *secret; /* by property of parameters */
    struct blueprint_module *modules;
    size_t n_modules;
    const struct val *placement_selector; /* map or NULL */
    int64_t placement_max;                /* 0: any number */
    const struct val *spec;
    struct catalog_exprs exprs;
    struct val_pool *pool;
    bool broken;
};

struct catalog_blueprint *blueprint_read(const struct val *doc, const struct catalog_file *file,
                                         struct val_pool *pool, struct catalog_problems *problems);
void blueprint_free(struct catalog_blueprint *b);
/* How long an environment of it lives whose document says ttl (NULL: nothing), and the limit; 0:
 * none. ERR_FORBIDDEN: longer than it allows, ERR_INVALID. */
int blueprint_lifetime(const struct catalog_blueprint *b, const struct val *ttl, int64_t *ttl_ms,
                       int64_t *max_ms, struct err *e) ERR_CHECKED;

struct catalog_team {
    const struct catalog_file *file;
    const struct val *doc;
    const char *name;
    const char *const *users, *const *groups, *const *blueprints, *const *namespaces, *const *may;
    const struct val *clusters; /* selector or NULL */
    int64_t max_environments;   /* -1: any number */
    bool broken;
};

struct catalog_team *team_read(const struct val *doc, const struct catalog_file *file,
                               struct val_pool *pool, struct catalog_problems *problems);
void team_free(struct catalog_team *t);
/* Does one of the patterns (with *) match? NULL patterns match nothing. */
bool team_pattern_matches(const char *const *patterns, const char *text);

/* ---- composition ---- */

struct composition_instance {
    const char *name;
    const struct catalog_module *module;
    const struct val *at; /* in the blueprint */
    const struct catalog_expr *include_when;
    struct template_node params, inputs; /* maps */
    const uint32_t *depends;             /* instances */
    size_t n_depends;
};

struct composition_output {
    const char *name;
    struct template_node value;
};

struct catalog_composition {
    const struct catalog_blueprint *blueprint;
    struct composition_instance *instances; /* as the blueprint lists them */
    size_t n_instances;
    uint32_t *order;                           /* what others depend on first */
    const struct catalog_expr *placement_when; /* or NULL */
    struct composition_output *outputs;
    size_t n_outputs;
    struct catalog_scope scope;
    struct catalog_exprs exprs;
    struct val_pool pool;
};

/* Which module stands for an instance; NULL: none fits (which was said). */
typedef const struct catalog_module *composition_pick_fn(void *ctx,
                                                         const struct catalog_blueprint *b,
                                                         const struct blueprint_module *want,
                                                         struct catalog_problems *problems);
/* NULL when there are problems. The blueprint and the modules have to outlive it. Owned. */
struct catalog_composition *composition_new(const struct catalog_blueprint *b,
                                            composition_pick_fn *pick, void *ctx,
                                            struct catalog_problems *problems);
void composition_free(struct catalog_composition *c);

#endif
