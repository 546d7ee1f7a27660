// SPDX-License-Identifier: Apache-2.0
/*
 * What the guardrails of the fleet's catalogs say about a plan: each object as the server's dry run
 * made it, against what lives now; and all that is wanted on a target together. Deny stops: the row
 * becomes an error. What warns, or cannot be decided here, is shown. Guardrails that cannot be read
 * stop every plan. Values of secrets are masked before a rule sees them.
 */
#include "catalog/catalog.h"
#include "catalog/guardrail.h"
#include "catalog/kinds.h"
#include "engine/build.h"
#include "engine/environments/trust.h"
#include "engine/fleet/cluster.h"
#include "engine/fleet/cluster_value.h"
#include "engine/fleet/inventory.h"
#include "engine/plan/plan_make.h"

#include <string.h>

struct plan_rules {
    struct trust *trust;
    struct guardrails *set;
    struct catalog_problems problems;
    struct digest policy;
    struct err err; /* they may not be used */
    struct catalog_kinds *kinds;
    VEC(struct catalog *) catalogs;               /* their profiles */
    VEC(const struct catalog_profile *) profiles; /* that can be used */
};

struct plan_rules *plan_rules_new(struct engine *e, const char *catalog)
{
    struct trust *trust = trust_new(e, catalog);
    if (!trust)
        return NULL;
    struct plan_rules *r = mem_new(struct plan_rules);
    r->trust = trust;
    return r;
}

void plan_rules_free(struct plan_rules *r)
{
    if (!r)
        return;
    trust_free(r->trust);
    guardrails_free(r->set);
    vec_clear(&r->profiles);
    for (size_t i = 0; i < r->catalogs.len; i++)
        catalog_free(r->catalogs.items[i]);
    vec_clear(&r->catalogs);
    catalog_kinds_free(r->kinds);
    catalog_problems_clear(&r->problems);
    err_clear(&r->err);
    mem_free(r);
}

/* A folder without anything of a catalog has none. */
static void read_profiles(struct plan_rules *r, const char *folder)
{
    struct catalog *c = NULL;
    struct err none = ERR_INIT;
    if (!catalog_load_profiles(folder, r->kinds, &c, &r->problems, &none))
        vec_push(&r->catalogs, c);
    for (size_t i = 0; c && i < c->n_profiles; i++)
        if (!c->profiles[i]->broken)
            vec_push(&r->profiles, c->profiles[i]);
    err_clear(&none);
}

/* Judged, read, and looked at again: what was read is what was judged. */
void plan_rules_read(struct plan_rules *r)
{
    bool ok = true;
    r->set = guardrails_new();
    if (trust_judge_policies(r->trust, &r->policy, &r->err))
        return;
    r->kinds = catalog_kinds_new();
    for (size_t i = 0; i < trust_len(r->trust); i++) {
        ok = !guardrails_read(r->set, r->kinds, trust_catalog(r->trust, i), &r->problems) && ok;
        read_profiles(r, trust_catalog(r->trust, i));
    }
    if (ok && !guardrails_compile(r->set, &r->problems) &&
        trust_still(r->trust, &r->policy, &r->err) == ERR_MOVED)
        err_prefix(&r->err, "they were read while they were written");
}

int plan_rules_error(const struct plan_rules *r, struct err *e)
{
    if (r->err.code) {
        err_copy(e, &r->err);
        return e->code;
    }
    if (!r->problems.len)
        return 0;
    err_copy(e, &r->problems.items[0]);
    size_t more = r->problems.len - 1 + r->problems.more;
    err_prefix(e, "the guardrails and profiles cannot be read");
    if (more)
        err_hint(e,
                 "and %zu more: leeway guardrail export -f CATALOG and leeway catalog lint say all",
                 more);
    return e->code;
}

static void warn_of_new(void *ctx, const char *subject)
{
    struct plan *p = ctx;
    plan_warn(p, plan_fmt(p,
                          "%s: nobody is named who may approve it; applying this plan trusts what "
                          "it is now, and every change of it has to be accepted from then on",
                          subject));
}

void plan_rules_note(const struct plan_rules *r, struct plan *p)
{
    p->policy = r->policy;
    p->has_policy = true;
    trust_each_new(r->trust, warn_of_new, p);
}

/* ---- what rules see ---- */

/* With its facts, APIs and profile; NULL: it went away, or a profile fails on it (*e). */
static const struct val *cluster_seen(struct val_pool *pool, const struct plan_rules *r,
                                      const struct cluster *c, struct err *e)
{
    struct catalog_cluster cl;
    if (!c)
        return NULL;
    cluster_describe(pool, c, &cl);
    cl.apis = apis_as_value(pool, c->discovery);
    return catalog_cluster_value(pool, &cl, r->profiles.items, r->profiles.len, NULL, e);
}

/* Of a target, made once. */
static const struct val *cluster_of(struct plan_making *m)
{
    struct err e = ERR_INIT;
    if (!m->cluster_value && m->cluster)
        m->cluster_value =
            cluster_seen(&m->planning->plan->pool, m->planning->rules, m->cluster, &e);
    if (e.code)
        plan_target_fail(m, "what its profiles offer cannot be told: %s", e.text);
    err_clear(&e);
    return m->cluster_value;
}

static const struct val *env_seen(struct val_pool *pool, const struct plan *p)
{
    struct val_builder *b = val_builder_new(pool, 8);
    val_builder_map(b);
    build_str(b, "name", p->environment);
    build_str(b, "namespace", p->namespace_);
    val_builder_end(b);
    const struct val *v = val_builder_finish(b);
    val_builder_free(b);
    return v;
}

/* Without values of secrets; NULL when they cannot be masked: then no rule sees it. */
static const struct val *safe(struct val_pool *pool, const struct val *v, struct engine *e)
{
    return v && plan_body_is_secret(v) ? plan_body_masked(pool, v, plan_hmac, e) : v;
}

/* A namespace that the same plan makes is known by its body. */
static const struct val *namespace_of(const struct plan_making *m, const char *name)
{
    for (size_t i = 0; i < m->target->rows.len && *name; i++) {
        const struct plan_row *r = m->target->rows.items[i];
        if (strcmp(r->kind, "Namespace") == 0 && !*r->group && strcmp(r->name, name) == 0)
            return r->full ? r->full : r->body;
    }
    for (size_t i = 0; i < m->namespaces.len; i++)
        if (strcmp(m->namespaces.items[i].name, name) == 0)
            return m->namespaces.items[i].live;
    return NULL;
}

/* ---- what they say ---- */

static void say(struct plan *p, struct plan_row *row, const struct guardrail_result *x,
                const char *about)
{
    const char *text = plan_fmt(p, "%s: %s", about, x->text);
    if (x->unknown) {
        plan_warn(p, text);
    } else if (x->actions & GUARDRAIL_DENY && row) {
        if (row->action != LEEWAY_ACTION_ERROR) /* the first denial is the row's */
            plan_row_fail(
                p, row, x->text,
                x->line ? plan_fmt(p, "the rule is at %s:%u:%u", x->source, x->line, x->col) : "");
    } else if (x->actions & GUARDRAIL_WARN) {
        plan_warn(p, text);
    }
}

/* One object of a target: object NULL is a deletion. Neither has values of secrets. */
static void check(struct plan_making *m, struct plan_row *row, enum guardrail_operation operation,
                  const struct val *object, const struct val *old)
{
    struct plan *p = m->planning->plan;
    struct engine *engine = m->planning->engine;
    struct val_pool pool;
    struct err e = ERR_INIT;
    val_pool_init(&pool);
    struct guardrail_results results;
    guardrail_results_init(&results);
    const struct guardrail_request request = {
        .operation = operation,
        .object = safe(&pool, object, engine),
        .old_object = safe(&pool, old, engine),
        .namespace = row->namespace_,
        .namespace_object = namespace_of(m, row->namespace_),
        .real_run = true,
        .resource = {.resource = row->plural, .scope_known = true, .namespaced = *row->namespace_},
        .cluster = cluster_of(m),
        .env = env_seen(&pool, p),
    };
    if (guardrails_check(m->planning->rules->set, &request, &results, &e))
        plan_row_fail(p, row, e.text ? e.text : "the guardrails could not be asked", e.hint);
    const char *about = plan_fmt(p, "%s: %s/%s", m->target->cluster, row->kind, row->name);
    for (size_t i = 0; i < results.len; i++)
        say(p, row, &results.items[i], about);
    guardrail_results_clear(&results);
    err_clear(&e);
    val_pool_clear(&pool);
}

void plan_rules_check(struct plan_item *it, const struct val *would)
{
    const struct plan_row *row = it->row;
    if (it->making->planning->rules && row->action != LEEWAY_ACTION_DELETE && row->full)
        check(it->making, it->row, it->live ? GUARDRAIL_UPDATE : GUARDRAIL_CREATE,
              would ? would : row->full, it->live);
}

void plan_rules_check_delete(struct plan_making *m, struct plan_row *row, const struct val *live)
{
    struct val_pool pool;
    if (!m->planning->rules || row->action != LEEWAY_ACTION_DELETE)
        return;
    val_pool_init(&pool); /* items of a list come without their kind */
    struct val version = val_borrow_str(row->api_version, strlen(row->api_version)),
               kind = val_borrow_str(row->kind, strlen(row->kind));
    live = val_map_with(&pool, live, "apiVersion", &version);
    live = live ? val_map_with(&pool, live, "kind", &kind) : NULL;
    check(m, row, GUARDRAIL_DELETE, NULL, live);
    val_pool_clear(&pool);
}

int plan_rules_check_body(const struct plan_rules *r, struct engine *e, struct plan *p,
                          const struct plan_target *t, const struct cluster *c,
                          const struct plan_row *row, const struct val *body, struct err *err)
{
    struct val_pool pool;
    if (!r)
        return 0;
    val_pool_init(&pool);
    struct guardrail_results results;
    guardrail_results_init(&results);
    const struct val *ns = NULL;
    for (size_t i = 0; i < t->rows.len && *row->namespace_; i++)
        if (strcmp(t->rows.items[i]->kind, "Namespace") == 0 && !*t->rows.items[i]->group &&
            strcmp(t->rows.items[i]->name, row->namespace_) == 0)
            ns = t->rows.items[i]->body;
    const struct guardrail_request request = {
        .operation = *row->uid ? GUARDRAIL_UPDATE : GUARDRAIL_CREATE,
        .object = safe(&pool, body, e),
        .namespace = row->namespace_,
        .namespace_object = ns,
        .real_run = true,
        .resource = {.resource = row->plural, .scope_known = true, .namespaced = *row->namespace_},
        .cluster = cluster_seen(&pool, r, c, err),
        .env = env_seen(&pool, p),
    };
    int rc = err->code ? err->code : guardrails_check(r->set, &request, &results, err);
    for (size_t i = 0; !rc && i < results.len; i++) {
        const struct guardrail_result *x = &results.items[i];
        if (!x->unknown && x->actions & GUARDRAIL_DENY)
            rc = err_set(err, ERR_FORBIDDEN, "%s", x->text);
    }
    guardrail_results_clear(&results);
    val_pool_clear(&pool);
    return rc;
}

void plan_rules_check_target(struct plan_making *m)
{
    struct plan *p = m->planning->plan;
    struct val_pool pool;
    struct err e = ERR_INIT;
    if (!m->planning->rules || !m->cluster || *m->target->error || !p->complete)
        return;
    val_pool_init(&pool);
    struct guardrail_results results;
    guardrail_results_init(&results);
    VEC(struct val) objects = {0};
    for (size_t i = 0; i < m->target->rows.len; i++) {
        const struct plan_row *r = m->target->rows.items[i];
        if (r->action != LEEWAY_ACTION_DELETE && r->body)
            vec_push(&objects, *r->body);
    }
    const struct val *list = val_list_of(&pool, objects.items, objects.len);
    if (guardrails_check_environment(m->planning->rules->set, list, cluster_of(m),
                                     env_seen(&pool, p), &results, &e))
        plan_target_fail(m, "%s", e.text ? e.text : "the guardrails could not be asked");
    for (size_t i = 0; i < results.len; i++) {
        const struct guardrail_result *x = &results.items[i];
        if (!x->unknown && x->actions & GUARDRAIL_DENY)
            plan_target_fail(m, "%s", x->text);
        else
            say(p, NULL, x, m->target->cluster);
    }
    vec_clear(&objects);
    guardrail_results_clear(&results);
    err_clear(&e);
    val_pool_clear(&pool);
}
