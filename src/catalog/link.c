// SPDX-License-Identifier: Apache-2.0
/*
 * What crosses documents: versions that ranges choose, compositions, what profiles offer to the
 * expressions that ask for it, and what clusters have to have.
 */
#include "catalog/approval.h"
#include "catalog/catalog_int.h"

#include "base/vec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- order and lookup ---- */

static int compare_modules(const void *a, const void *b)
{
    const struct catalog_module *x = *(struct catalog_module *const *)a,
                                *y = *(struct catalog_module *const *)b;
    int d = strcmp(x->name, y->name);
    return d ? d : semver_compare(&y->version, &x->version);
}

static int compare_blueprints(const void *a, const void *b)
{
    const struct catalog_blueprint *x = *(struct catalog_blueprint *const *)a,
                                   *y = *(struct catalog_blueprint *const *)b;
    int d = strcmp(x->name, y->name);
    return d ? d : semver_compare(&y->version, &x->version);
}

static int compare_profiles(const void *a, const void *b)
{
    return strcmp((*(struct catalog_profile *const *)a)->name,
                  (*(struct catalog_profile *const *)b)->name);
}

static int compare_teams(const void *a, const void *b)
{
    return strcmp((*(struct catalog_team *const *)a)->name,
                  (*(struct catalog_team *const *)b)->name);
}

#define SORT(c, list, how)                                                                         \
    do {                                                                                           \
        if ((c)->n_##list)                                                                         \
            qsort((c)->list, (c)->n_##list, sizeof(*(c)->list), how);                              \
    } while (0)

/* Of things sorted by name, newest first: the one with the version, or the newest release. */
#define FIND(c, list, want_name, want_version, out)                                                \
    do {                                                                                           \
        for (size_t i_ = 0; i_ < (c)->n_##list; i_++) {                                            \
            if (strcmp((c)->list[i_]->name, want_name) != 0)                                       \
                continue;                                                                          \
            if (want_version ? strcmp((c)->list[i_]->version.text, want_version) == 0              \
                             : !semver_is_preview(&(c)->list[i_]->version)) {                      \
                (out) = (c)->list[i_];                                                             \
                break;                                                                             \
            }                                                                                      \
            if (!want_version && !(out))                                                           \
                (out) = (c)->list[i_];                                                             \
        }                                                                                          \
    } while (0)

const struct catalog_module *catalog_find_module(const struct catalog *c, const char *name,
                                                 const char *version)
{
    const struct catalog_module *out = NULL;
    FIND(c, modules, name, version, out);
    return out;
}

const struct catalog_blueprint *catalog_find_blueprint(const struct catalog *c, const char *name,
                                                       const char *version)
{
    const struct catalog_blueprint *out = NULL;
    FIND(c, blueprints, name, version, out);
    return out;
}

const struct catalog_composition *catalog_composition_of(const struct catalog *c,
                                                         const struct catalog_blueprint *b)
{
    for (size_t i = 0; i < c->n_blueprints; i++)
        if (c->blueprints[i] == b)
            return c->compositions[i];
    return NULL;
}

static void split_named(const char *text, char name[128], char version[SEMVER_MAX])
{
    const char *at = strchr(text, '@');
    snprintf(name, 128, "%.*s", (int)(at ? at - text : (ptrdiff_t)strlen(text)), text);
    snprintf(version, SEMVER_MAX, "%s", at ? at + 1 : "");
}

/* "there are 1.4.0, 1.3.0" or "did you mean web-app?" */
#define NAMED(c, list, kind, text, finder, e)                                                      \
    char name[128], version[SEMVER_MAX];                                                           \
    split_named(text, name, version);                                                              \
    const struct catalog_##kind *found = finder(c, name, *version ? version : NULL);               \
    if (found)                                                                                     \
        return found;                                                                              \
    struct buf versions;                                                                           \
    buf_init(&versions, BUF_SMALL);                                                                \
    const char **names = mem_calloc((c)->n_##list + 1, sizeof(*names));                            \
    for (size_t i = 0; i < (c)->n_##list; i++) {                                                   \
        names[i] = (c)->list[i]->name;                                                             \
        if (strcmp(names[i], name) == 0)                                                           \
            buf_printf(&versions, "%s%s", versions.len ? ", " : "", (c)->list[i]->version.text);   \
    }                                                                                              \
    const char *near = catalog_nearest(name, names, (c)->n_##list);                                \
    if (versions.len) {                                                                            \
        err_set(e, ERR_NOT_FOUND, #kind " %s has no version %s", name, version);                   \
        err_hint(e, "there are %s", buf_str(&versions));                                           \
    } else {                                                                                       \
        err_set(e, ERR_NOT_FOUND, "the catalog has no " #kind " %s", name);                        \
        if (near)                                                                                  \
            err_hint(e, "did you mean %s?", near);                                                 \
    }                                                                                              \
    mem_free(names);                                                                               \
    buf_clear(&versions);                                                                          \
    return NULL

const struct catalog_blueprint *catalog_named_blueprint(const struct catalog *c, const char *text,
                                                        struct err *e)
{
    NAMED(c, blueprints, blueprint, text, catalog_find_blueprint, e);
}

const struct catalog_module *catalog_named_module(const struct catalog *c, const char *text,
                                                  struct err *e)
{
    NAMED(c, modules, module, text, catalog_find_module, e);
}

/* ---- versions that ranges choose ---- */

static void no_module(const struct catalog *c, const struct catalog_blueprint *b,
                      const struct blueprint_module *want, struct catalog_problems *problems)
{
    char path[64];
    struct buf there;
    const char **names = mem_calloc(c->n_modules + 1, sizeof(*names));
    size_t number = (size_t)(want - b->modules);
    buf_init(&there, BUF_SMALL);
    for (size_t i = 0; i < c->n_modules; i++) {
        names[i] = c->modules[i]->name;
        if (strcmp(names[i], want->module) == 0)
            buf_printf(&there, "%s%s", there.len ? ", " : "", c->modules[i]->version.text);
    }
    const struct val *version = val_get(want->at, "version"), *module = val_get(want->at, "module");
    if (there.len) {
        snprintf(path, sizeof(path), ".spec.modules[%zu].version", number);
        struct err *e = catalog_problem(problems, b->file, version ? version : want->at,
                                        ERR_INVALID, path, "no version of module %s is in %s",
                                        want->module, val_str(version, "*"));
        if (e)
            err_hint(e, "there are %s", buf_str(&there));
    } else {
        snprintf(path, sizeof(path), ".spec.modules[%zu].module", number);
        struct err *e = catalog_problem(problems, b->file, module ? module : want->at, ERR_INVALID,
                                        path, "the catalog has no module \"%.100s\"", want->module);
        const char *near = catalog_nearest(want->module, names, c->n_modules);
        if (e && near)
            err_hint(e, "did you mean %s?", near);
    }
    mem_free(names);
    buf_clear(&there);
}

struct picking {
    const struct catalog *c;
    const struct approval_lock *lock; /* of the blueprint; NULL: nobody approved it */
};

/* What was approved keeps its modules' versions, whatever was published since. */
static const struct catalog_module *pick(void *ctx, const struct catalog_blueprint *b,
                                         const struct blueprint_module *want,
                                         struct catalog_problems *problems)
{
    const struct picking *p = ctx;
    const struct catalog *c = p->c;
    const struct catalog_module *newest = NULL;
    for (size_t i = 0; i < c->n_modules; i++) { /* newest first */
        const struct catalog_module *m = c->modules[i];
        if (strcmp(m->name, want->module) != 0 || !semver_range_has(&want->range, &m->version))
            continue;
        newest = newest ? newest : m;
        if (!p->lock || approval_lock_has(p->lock, m->name, m->version.text))
            return m;
    }
    if (newest) /* the lock is of something else: judging says so */
        return newest;
    for (size_t i = 0; i < c->n_modules; i++) /* its version cannot be read: said there */
        if (strcmp(c->modules[i]->name, want->module) == 0 && c->modules[i]->broken)
            return c->modules[i];
    no_module(c, b, want, problems);
    return NULL;
}

static struct catalog_composition *compose(const struct catalog *c,
                                           const struct catalog_blueprint *b,
                                           struct catalog_problems *problems)
{
    struct err unreadable = ERR_INIT; /* judging says it */
    char *subject = approval_subject(b->name, b->version.text);
    struct approval_lock *lock = approval_lock_read(c->folder, subject, &unreadable);
    struct picking p = {c, lock};
    struct catalog_composition *k = composition_new(b, pick, &p, problems);
    approval_lock_free(lock);
    err_clear(&unreadable);
    mem_free(subject);
    return k;
}

/* ---- the same thing twice ---- */

#define TWICE(c, list, problems, kind, same, shown)                                                \
    for (size_t i = 1; i < (c)->n_##list; i++)                                                     \
        if (strcmp((c)->list[i - 1]->name, (c)->list[i]->name) == 0 && (same)) {                   \
            struct err *e = catalog_problem(problems, (c)->list[i]->file, (c)->list[i]->doc,       \
                                            ERR_EXISTS, "", kind " %s is there twice", shown);     \
            if (e)                                                                                 \
                err_hint(e, "the other one is in %s", (c)->list[i - 1]->file->path);               \
            (c)->list[i]->broken = true;                                                           \
        }

static void check_twice(struct catalog *c, struct catalog_problems *problems)
{
    TWICE(c, profiles, problems, "profile", true, c->profiles[i]->name)
    TWICE(c, teams, problems, "team", true, c->teams[i]->name)
    TWICE(c, blueprints, problems, "this version of blueprint",
          semver_compare(&c->blueprints[i - 1]->version, &c->blueprints[i]->version) == 0,
          c->blueprints[i]->name)
}

/* ---- what profiles offer ---- */

/* Does any profile have a value at these fields? *depth: how far one got. */
static bool offered(const struct catalog *c, const struct catalog_ref *ref, uint32_t *depth)
{
    *depth = 1;
    for (size_t i = 0; i < c->n_profiles; i++) {
        const struct val *v = c->profiles[i]->values;
        uint32_t n = 1;
        while (n < ref->n_fields && val_is(v, VAL_MAP) && (v = val_get_key(v, ref->fields[n])))
            n++;
        if (n >= ref->n_fields || (v && !val_is(v, VAL_MAP)))
            return true;
        *depth = n > *depth ? n : *depth;
    }
    return false;
}

struct profile_check {
    const struct catalog *c;
    const struct catalog_file *file;
    struct catalog_problems *problems;
    bool bad;
};

static void hint_offered(const struct catalog *c, struct err *e, const struct catalog_ref *ref,
                         uint32_t depth)
{
    const char *names[64];
    size_t n = 0;
    for (size_t i = 0; i < c->n_profiles; i++) {
        const struct val *v = c->profiles[i]->values;
        for (uint32_t k = 1; k < depth; k++)
            v = val_get_key(v, ref->fields[k]);
        for (uint32_t k = 0; val_is(v, VAL_MAP) && k < v->len && n < ARRAY_LEN(names); k++)
            names[n++] = v->as.entries[k].key->s;
    }
    const char *near = catalog_nearest(ref->fields[depth]->s, names, n);
    if (e && near)
        err_hint(e, "did you mean %s?", near);
    else if (e)
        err_hint(e, "add it to a profile, or ask with .?%s.orValue(…)", ref->fields[depth]->s);
}

static void check_profile_refs(struct profile_check *p, const struct catalog_expr *x)
{
    for (size_t i = 0; x && i < x->n_refs; i++) {
        const struct catalog_ref *ref = &x->refs[i];
        uint32_t depth;
        if (ref->what != CATALOG_CLUSTER || ref->n_fields < 2 || ref->tested ||
            strcmp(ref->fields[0]->s, "profile") != 0 || offered(p->c, ref, &depth))
            continue;
        struct err e = ERR_INIT;
        struct buf b;
        buf_init(&b, BUF_SMALL);
        for (uint32_t k = 0; k <= depth; k++)
            buf_printf(&b, ".%s", ref->fields[k]->s);
        err_set(&e, ERR_INVALID, "no profile has cluster%s", buf_str(&b));
        hint_offered(p->c, &e, ref, depth);
        catalog_problem_inside(p->problems, p->file, x->at, x->offset, "", &e);
        buf_clear(&b);
        p->bad = true;
    }
}

/* Without profiles nothing is known of what clusters will offer. */
static void check_profiles(struct catalog *c, struct catalog_problems *problems)
{
    for (size_t i = 0; c->n_profiles && i < c->n_modules; i++) {
        struct profile_check p = {c, c->modules[i]->file, problems, false};
        for (size_t k = 0; k < c->modules[i]->exprs.len && !c->modules[i]->broken; k++)
            check_profile_refs(&p, c->modules[i]->exprs.items[k]);
        c->modules[i]->broken |= p.bad;
    }
}

/* ---- the whole ---- */

static void check_team(const struct catalog *c, const struct catalog_team *t,
                       struct catalog_problems *problems)
{
    const struct val *list = val_at(t->doc, "spec", "blueprints", NULL);
    for (size_t i = 0; i < val_count(list); i++) {
        const char *pattern = val_str(val_item(list, i), "");
        const char *one[] = {pattern, NULL};
        bool any = false;
        char path[64];
        for (size_t k = 0; k < c->n_blueprints; k++)
            any = any || team_pattern_matches(one, c->blueprints[k]->name);
        snprintf(path, sizeof(path), ".spec.blueprints[%zu]", i);
        if (!any && c->n_blueprints) {
            struct err *e = catalog_problem(problems, t->file, val_item(list, i), ERR_INVALID, path,
                                            "no blueprint is named \"%.100s\"", pattern);
            if (e)
                err_hint(e, "there is %s", c->blueprints[0]->name);
        }
    }
}

void catalog_link(struct catalog *c, struct catalog_problems *problems)
{
    SORT(c, modules, compare_modules);
    SORT(c, blueprints, compare_blueprints);
    SORT(c, profiles, compare_profiles);
    SORT(c, teams, compare_teams);
    check_twice(c, problems);
    check_profiles(c, problems);
    catalog_check_conditions(c, problems);
    c->compositions = mem_calloc(c->n_blueprints + 1, sizeof(*c->compositions));
    for (size_t i = 0; i < c->n_blueprints; i++) {
        if (c->blueprints[i]->broken)
            continue;
        c->compositions[i] = compose(c, c->blueprints[i], problems);
        if (c->compositions[i])
            catalog_check_composition(c, c->compositions[i], problems);
    }
    for (size_t i = 0; i < c->n_teams; i++)
        if (!c->teams[i]->broken)
            check_team(c, c->teams[i], problems);
}

/* ---- clusters ---- */

const struct val *catalog_cluster_of(const struct catalog *c, struct val_pool *pool,
                                     const struct catalog_cluster *cl, bool *matched, struct err *e)
{
    const struct catalog_profile **good = mem_calloc(c->n_profiles + 1, sizeof(*good));
    size_t n = 0;
    for (size_t i = 0; i < c->n_profiles; i++)
        if (!c->profiles[i]->broken)
            good[n++] = c->profiles[i];
    const struct val *v = catalog_cluster_value(pool, cl, good, n, matched, e);
    mem_free(good);
    return v;
}

static bool serves(const struct val *apis, const struct module_api *want)
{
    char full[512];
    snprintf(full, sizeof(full), "%s/%s", want->group_version, want->kind);
    for (size_t i = 0; i < val_count(apis); i++)
        if (val_str_is(val_item(apis, i), full))
            return true;
    return false;
}

int catalog_module_fits(const struct catalog_module *m, const struct catalog_cluster *cl,
                        struct err *e)
{
    struct semver v;
    if (cl->version && *cl->version && !semver_parse_server(cl->version, &v, NULL) &&
        !semver_range_has(&m->kubernetes, &v))
        return err_set(e, ERR_UNSUPPORTED, "module %s@%s needs Kubernetes %s, %s has %s", m->name,
                       m->version.text,
                       val_str(val_at(m->doc, "spec", "requires", "kubernetes", NULL), "*"),
                       cl->name, cl->version);
    for (size_t i = 0; cl->apis && i < m->n_apis; i++)
        if (!serves(cl->apis, &m->apis[i]))
            return err_set(e, ERR_UNSUPPORTED, "module %s@%s needs %s/%s, which %s does not serve",
                           m->name, m->version.text, m->apis[i].group_version, m->apis[i].kind,
                           cl->name);
    return 0;
}

int catalog_composition_fits(const struct catalog_composition *c, const struct catalog_cluster *cl,
                             struct err *e)
{
    for (size_t i = 0; i < c->n_instances; i++) {
        int rc = catalog_module_fits(c->instances[i].module, cl, e);
        if (rc)
            return rc;
    }
    return 0;
}
