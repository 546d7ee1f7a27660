// SPDX-License-Identifier: Apache-2.0
/*
 * Before anything is sent: a plan that was made with guardrails, profiles or a blueprint that have
 * changed since, or may no longer be used, is stale. What is used for the first time is pinned.
 */
#include "engine/apply/apply_int.h"
#include "engine/environments/trust.h"

struct trust_job {
    struct release *release;
    struct trust *trust;
    void (*go_on)(struct release *r);
    void (*gone)(struct release *r);
    struct err err;
};

static int judge_blueprint(struct trust_job *j, const struct plan_approved *o)
{
    struct approval a = {.state = APPROVAL_NOT};
    int rc = approval_judge(o->catalog, o->subject, o->items, o->n_items, trust_rule(j->trust), &a,
                            &j->err);
    if (!rc && !digest_equal(&a.content, &o->content) && a.state <= APPROVAL_NEW) {
        rc = err_set(&j->err, ERR_MOVED, "%s changed since the plan was made", o->subject);
        err_hint(&j->err, "plan again");
    }
    if (!rc)
        rc = trust_take(j->trust, &a, &j->err);
    approval_clear(&a);
    return rc;
}

static void run(void *ctx)
{
    struct trust_job *j = ctx;
    const struct plan *p = j->release->plan;
    struct digest now;
    if (p->approved.n_items && judge_blueprint(j, &p->approved))
        return;
    if (trust_still(j->trust, &p->policy, &j->err) || trust_judge_policies(j->trust, &now, &j->err))
        return;
}

static void on_judged(void *ctx, bool stale)
{
    struct trust_job *j = ctx;
    struct release *r = j->release;
    r->jobs--;
    if (!r->orphan && !stale && !j->err.code)
        trust_pin(j->trust, r->engine);
    if (j->err.code) {
        release_fail(r, j->err.code, "%s", j->err.text);
        if (j->err.hint)
            err_hint(&r->error, "%s", j->err.hint);
    }
    if (r->orphan || stale)
        j->gone(r);
    else
        j->go_on(r);
    trust_free(j->trust);
    err_clear(&j->err);
    mem_free(j);
}

void apply_trust(struct release *r, void (*go_on)(struct release *r),
                 void (*gone)(struct release *r))
{
    struct trust *t = trust_new(r->engine, r->plan->approved.catalog);
    if (!t != !r->plan->has_policy) {
        release_fail(r, ERR_MOVED, "the fleet's catalogs changed since the plan was made");
        err_hint(&r->error, "plan again");
    }
    if (!t || !r->plan->has_policy) {
        trust_free(t);
        go_on(r);
        return;
    }
    struct trust_job *j = mem_new(struct trust_job);
    *j = (struct trust_job){.release = r, .trust = t, .go_on = go_on, .gone = gone};
    r->jobs++;
    workers_start(r->engine->workers, NULL, run, on_judged, j);
}
