// SPDX-License-Identifier: Apache-2.0
/*
 * Fields whose contract says `onDrift: hold`: while somebody else's value stands there unanswered,
 * the next release is refused. A release that wants just that value is the answer, and so is an
 * exception; reverts and hand-overs are not held.
 */
#include "engine/plan/plan_make.h"

#include "data/json.h"
#include "engine/answers/contract.h"
#include "engine/drift/drift_int.h"
#include "engine/environments/environment.h"

#include <string.h>

struct holding {
    struct plan_item *it;
    struct target *target;
    struct store_object name;
    const struct contract *contract;
    struct val_pool pool;
    const char *path; /* that is held; NULL: none */
    const char *live, *why;
};

/* Is it accepted, by whomever it was changed? */
static bool is_accepted(struct holding *h, const char *path, const struct val *live)
{
    const struct exception *x;
    struct drift_object *o = drift_object_of(h->target, &h->name);
    struct drift_item *item = o ? drift_find_item(o, path) : NULL;
    struct buf b;
    bool accepted = false;
    size_t at = 0;
    buf_init(&b, BUF_LARGE);
    bool known = !live || !json_write(&b, live, JSON_CANONICAL);
    const char *who = item ? drift_item_taker(item) : NULL;
    struct engine *e = h->it->making->planning->engine;
    while (known && (x = exceptions_next(e, h->target, &h->name, &at)))
        if (strcmp(x->path, path) == 0 &&
            exceptions_covering(e, h->target, &h->name, path, who ? who : x->manager, buf_str(&b)))
            accepted = true;
    buf_clear(&b);
    return accepted;
}

static int on_finding(void *ctx, const struct drift_finding *f)
{
    struct holding *h = ctx;
    struct plan *p = h->it->making->planning->plan;
    const struct contract_field *field = contract_field_of(h->contract, f->path);
    const struct val *wanted = path_resolve(h->it->row->full, f->path, NULL, NULL);
    struct buf b;
    /* what is still ours was written past the server's book-keeping: the dry run will tell */
    if (!f->path.len || f->ours || f->unknown || !field || field->on_drift != CONTRACT_DRIFT_HOLD ||
        (wanted && f->live && val_equal(wanted, f->live)))
        return 0;
    buf_init(&b, BUF_SMALL);
    if (!path_format(&b, f->path, PATH_STYLE_SERVER) && !is_accepted(h, buf_str(&b), f->live)) {
        h->path = plan_str(p, buf_str(&b));
        h->live =
            plan_value_words(p, f->live, f->secret, plan_hmac, h->it->making->planning->engine);
        h->why = plan_str(p, field->reason);
    }
    buf_clear(&b);
    return h->path != NULL;
}

bool plan_is_held(struct plan_item *it)
{
    struct planning *g = it->making->planning;
    struct plan_row *r = it->row;
    struct environment *env = environment_by_uuid(g->engine, g->plan->environment_uuid);
    struct holding h = {.it = it, .name = {r->api_version, r->kind, r->namespace_, r->name}};
    h.target = env ? target_find(env, it->making->target->cluster_uid) : NULL;
    struct drift_object *o = h.target ? drift_object_of(h.target, &h.name) : NULL;
    struct err e = ERR_INIT;
    if (!o || !it->live || !g->plan->complete || !(h.contract = drift_object_contract(o)) ||
        !contract_holds(h.contract))
        return false;
    val_pool_init_limited(&h.pool, BUF_LARGE);
    (void)!drift_evaluate(drift_rules(g->engine), drift_object_given(o), it->live, &h.pool,
                          on_finding, &h, &e);
    if (h.path)
        plan_row_fail(
            g->plan, r,
            plan_fmt(g->plan,
                     "%s is %s now, which nobody answered, and its field contract "
                     "holds releases until then%s%s",
                     h.path, h.live, *h.why ? ": " : "", h.why),
            "revert it, accept it or hand it over: leeway drift explain tells what it is");
    val_pool_clear(&h.pool);
    err_clear(&e);
    return h.path != NULL;
}
