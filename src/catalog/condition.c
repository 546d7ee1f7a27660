// SPDX-License-Identifier: Apache-2.0
/*
 * Conditions that can never hold. Where everything that one reads has few values (parameters with
 * an enum, truths, the distribution of a cluster), all of them are tried.
 */
#include "catalog/catalog_int.h"

#include "base/vec.h"

#include <string.h>

#define VALUES_MAX 64u  /* of one thing that is read */
#define TRIES_MAX 1024u /* of one condition */
#define THINGS_MAX 6u

/* Those that leeway detects; Cluster files may name others. */
static const char *const detected[] = {"eks", "gke",  "aks",      "openshift", "k3s",  "rke2",
                                       "k0s", "kind", "minikube", "doks",      "ack",  "tke",
                                       "tkg", "mke",  "iks",      "cce",       "kwok", ""};

struct thing { /* that a condition reads */
    const struct catalog_ref *ref;
    struct val values[VALUES_MAX];
    size_t n, at;
};

struct trying {
    const struct catalog *c;
    const struct catalog_file *file;
    const struct schema *params;
    struct catalog_problems *problems;
};

static bool values_of_param(const struct schema *s, struct thing *t)
{
    if (!s || s->nullable)
        return false;
    if (s->type == SCHEMA_BOOLEAN) {
        t->values[0] = val_of_bool(false);
        t->values[1] = val_of_bool(true);
        t->n = 2;
        return true;
    }
    t->n = val_count(s->enum_values);
    if (!t->n || t->n > VALUES_MAX)
        return false;
    for (size_t i = 0; i < t->n; i++)
        t->values[i] = *val_item(s->enum_values, i);
    return true;
}

static bool values_of_distribution(const struct catalog *c, struct thing *t)
{
    for (size_t i = 0; i < ARRAY_LEN(detected); i++)
        t->values[t->n++] = val_borrow_str(detected[i], strlen(detected[i]));
    for (size_t i = 0; i < c->n_distributions; i++) {
        if (t->n == VALUES_MAX)
            return false;
        t->values[t->n++] = val_borrow_str(c->distributions[i], strlen(c->distributions[i]));
    }
    return true;
}

static bool values_of(const struct trying *k, const struct catalog_ref *ref, struct thing *t)
{
    *t = (struct thing){.ref = ref};
    if (ref->tested || ref->n_fields != 1)
        return false;
    if (ref->what == CATALOG_PARAMS && k->params)
        return values_of_param(schema_prop(k->params, ref->fields[0]->s, ref->fields[0]->len), t);
    if (ref->what == CATALOG_CLUSTER && strcmp(ref->fields[0]->s, "distribution") == 0)
        return values_of_distribution(k->c, t);
    return false;
}

static const struct val *map_of(struct val_pool *pool, const struct thing *things, size_t n,
                                enum catalog_name what)
{
    const struct val *map = val_map_of(pool, NULL, 0);
    for (size_t i = 0; i < n; i++)
        if (things[i].ref->what == what)
            map = val_map_with(pool, map, things[i].ref->fields[0]->s,
                               &things[i].values[things[i].at]);
    return map;
}

/* The next combination; false after the last. */
static bool next(struct thing *things, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (++things[i].at < things[i].n)
            return true;
        things[i].at = 0;
    }
    return false;
}

static bool ever_true(const struct catalog_expr *x, struct thing *things, size_t n)
{
    struct cel_activation act;
    struct val_pool pool;
    bool found = false;
    val_pool_init(&pool);
    cel_activation_init(&act, x->scope->env);
    do {
        struct cel_value v;
        val_pool_reset(&pool);
        if (x->scope->params >= 0)
            cel_bind_val(&act, x->scope->params, map_of(&pool, things, n, CATALOG_PARAMS));
        if (x->scope->cluster >= 0)
            cel_bind_val(&act, x->scope->cluster, map_of(&pool, things, n, CATALOG_CLUSTER));
        found = !cel_eval(x->program, &act, &pool.arena, NULL, &v, NULL) && v.kind == CEL_BOOL &&
                v.as.u;
    } while (!found && next(things, n));
    cel_activation_clear(&act);
    val_pool_clear(&pool);
    return found;
}

static void add_hint(struct err *e, const struct thing *things, size_t n)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    for (size_t i = 0; i < n; i++) {
        buf_printf(&b, "%s%s.%s is one of ", i ? "; " : "",
                   things[i].ref->what == CATALOG_PARAMS ? "params" : "cluster",
                   things[i].ref->fields[0]->s);
        bool first = true;
        for (size_t k = 0; k < things[i].n; k++) {
            const struct val *v = &things[i].values[k];
            const char *s = val_is(v, VAL_BOOL) ? (v->as.b ? "true" : "false") : val_str(v, "…");
            if (*s)
                buf_printf(&b, "%s%s", first ? "" : ", ", s);
            first = first && !*s;
        }
    }
    if (n)
        err_hint(e, "%s", buf_str(&b));
    else
        err_hint(e, "it reads nothing that could change it; leave it out");
    buf_clear(&b);
}

/* Says so when x can never hold. */
static void check(const struct trying *k, const struct catalog_expr *x)
{
    struct thing things[THINGS_MAX];
    size_t n = 0, tries = 1;
    if (!x || x->n_refs > THINGS_MAX)
        return;
    for (size_t i = 0; i < x->n_refs; i++) {
        if (!values_of(k, &x->refs[i], &things[n]))
            return;
        tries *= things[n++].n;
        if (tries > TRIES_MAX)
            return;
    }
    if (ever_true(x, things, n))
        return;
    struct err e = ERR_INIT;
    err_set(&e, ERR_INVALID, "the condition can never hold");
    add_hint(&e, things, n);
    catalog_problem_inside(k->problems, k->file, x->at, x->offset, "", &e);
}

static void check_module(struct trying *k, struct catalog_module *m)
{
    size_t before = k->problems->len;
    k->file = m->file;
    k->params = m->parameters;
    for (size_t i = 0; i < m->n_resources; i++)
        check(k, m->resources[i].include_when);
    for (size_t i = 0; i < m->n_patches; i++)
        check(k, m->patches[i].when);
    for (size_t i = 0; i < m->n_fields; i++)
        check(k, m->fields[i].when);
    m->broken |= k->problems->len > before;
}

void catalog_check_conditions(struct catalog *c, struct catalog_problems *problems)
{
    struct trying k = {.c = c, .problems = problems};
    for (size_t i = 0; i < c->n_modules; i++)
        if (!c->modules[i]->broken)
            check_module(&k, c->modules[i]);
    k.params = NULL;
    for (size_t i = 0; i < c->n_profiles; i++) {
        k.file = c->profiles[i]->file;
        if (!c->profiles[i]->broken)
            check(&k, c->profiles[i]->when);
    }
}

void catalog_check_composition(const struct catalog *c, const struct catalog_composition *comp,
                               struct catalog_problems *problems)
{
    struct trying k = {.c = c, .problems = problems, .params = comp->blueprint->parameters};
    k.file = comp->blueprint->file;
    for (size_t i = 0; i < comp->n_instances; i++)
        check(&k, comp->instances[i].include_when);
}
