// SPDX-License-Identifier: Apache-2.0
/*
 * Writes in the words of the product, each a job of a few statements. This file knows which
 * statements make one write; the thread knows when it is durable.
 */
#include "store/store_int.h"

#define INT(x) ((int64_t)(x))

static struct store_object object_of(const struct store_object *o)
{
    return o ? *o : (struct store_object){0};
}

/* The group as a string in the job's memory. */
static const char *group_in(struct store_job *j, const char *api_version)
{
    size_t n;
    const char *group = store_group_of(api_version, &n);
    return arena_strndup(&j->arena, group, n);
}

/* ---- clusters ---- */

void store_put_route(struct store *s, const char *name, const char *uid, bool weak,
                     const char *server, const struct digest *ca, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    int64_t now = store_now(s);
    store_job_step(j, SQL_PUT_CLUSTER, "tii", uid, INT(weak), now);
    store_job_step(j, SQL_PUT_ROUTE, "tttdi", name, uid, server, ca, now);
    store_hand_over(s, j);
}

void store_put_route_confirmed(struct store *s, const char *name, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_CONFIRM_ROUTE, "t", name);
    store_hand_over(s, j);
}

void store_put_cluster_summary(struct store *s, const char *uid, struct store_bytes summary,
                               struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_PUT_SUMMARY, "tbi", uid, summary, store_now(s));
    store_hand_over(s, j);
}

static void put_pin(struct store *s, enum store_sql sql, const struct store_pin *pin,
                    struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, sql, "tttdi", pin->kind, pin->name, pin->version, &pin->digest, store_now(s));
    store_hand_over(s, j);
}

void store_put_pin(struct store *s, const struct store_pin *pin, struct store_ack ack)
{
    put_pin(s, SQL_PUT_PIN, pin, ack);
}

void store_put_pin_accepted(struct store *s, const struct store_pin *pin, struct store_ack ack)
{
    put_pin(s, SQL_ACCEPT_PIN, pin, ack);
}

/* ---- environments, targets ---- */

void store_put_environment(struct store *s, const struct store_environment *env,
                           struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_PUT_ENVIRONMENT, "tttttit", env->uuid, env->name,
                   store_environment_kind_word(env->kind), env->name_space, env->origin,
                   store_now(s), env->about);
    store_hand_over(s, j);
}

void store_put_environment_expiry(struct store *s, const char *uuid, int64_t expires_wall_ms,
                                  struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_SET_EXPIRY, "ti", uuid, expires_wall_ms);
    store_hand_over(s, j);
}

void store_put_environment_removed(struct store *s, const char *uuid, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_REMOVE_ENVIRONMENT, "ti", uuid, store_now(s));
    store_hand_over(s, j);
}

void store_put_target(struct store *s, const struct store_target *t, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    int64_t now = store_now(s);
    store_job_step(j, SQL_MAKE_TARGET, "tti", t->environment, t->cluster, now);
    store_job_step(j, SQL_SET_TARGET, "tttti", t->environment, t->cluster,
                   store_target_state_word(t->state), t->reason, now);
    store_hand_over(s, j);
}

/* ---- plans ---- */

static void plan_row_steps(struct store_job *j, const struct store_plan *plan,
                           const struct store_plan_target *t, const struct store_plan_row *r,
                           int64_t now)
{
    struct digest body = store_job_blob(j, r->body, now);
    if (!r->body.len)
        body = r->body_digest;
    store_job_step(j, SQL_PUT_PLAN_ROW, "ttdittttttdb", plan->environment, t->cluster, &plan->hash,
                   r->position, r->object.api_version, r->object.kind, r->object.name_space,
                   r->object.name, store_action_word(r->action), r->uid, &body, r->detail);
}

void store_put_plan(struct store *s, const struct store_plan *plan, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    int64_t now = store_now(s);
    store_job_step(j, SQL_PUT_PLAN, "dttbbi", &plan->hash, plan->environment, plan->kind, plan->who,
                   plan->summary, now);
    for (size_t i = 0; i < plan->target_count; i++) {
        const struct store_plan_target *t = &plan->targets[i];
        store_job_step(j, SQL_MAKE_TARGET, "tti", plan->environment, t->cluster, now);
        store_job_step(j, SQL_PUT_PLAN_TARGET, "ttdiidtb", plan->environment, t->cluster,
                       &plan->hash, INT(i), t->stage, &t->moved, t->error, t->summary);
        for (size_t k = 0; k < t->row_count; k++)
            plan_row_steps(j, plan, t, &t->rows[k], now);
    }
    store_hand_over(s, j);
}

/* ---- releases ---- */

void store_put_release(struct store *s, const struct digest *plan, struct store_bytes who,
                       struct store_ack ack)
{
    store_put_release_staged(s, plan, who, "", ack);
}

void store_put_rollout(struct store *s, const char *environment, int64_t number,
                       const char *rollout, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_SET_ROLLOUT, "tit", environment, number, rollout);
    store_hand_over(s, j);
}

void store_put_release_staged(struct store *s, const struct digest *plan, struct store_bytes who,
                              const char *rollout, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    int64_t now = store_now(s);
    store_job_step(j, SQL_REFUSE_RELEASE, "d", plan);
    store_job_step(j, SQL_PUT_RELEASE, "dbi", plan, who, now);
    store_job_step(j, SQL_PUT_ROLLOUT, "dt", plan, rollout);
    store_job_step(j, SQL_PUT_RELEASE_TARGETS, "di", plan, now);
    store_job_step(j, SQL_PUT_RESULTS, "di", plan, now);
    store_job_step(j, SQL_QUEUE_TARGETS, "di", plan, now);
    store_hand_over(s, j);
}

void store_put_release_resumed(struct store *s, const char *environment, int64_t number,
                               struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_RESUME_RELEASE, "tii", environment, number, store_now(s));
    store_hand_over(s, j);
}

void store_put_release_state(struct store *s, const char *environment, int64_t number,
                             enum store_release_state state, const char *reason,
                             struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_SET_RELEASE, "titti", environment, number,
                   store_release_state_word(state), reason, store_now(s));
    store_hand_over(s, j);
}

static bool is_final(enum store_target_state s)
{
    return s == STORE_TARGET_HEALTHY || s == STORE_TARGET_FAILED || s == STORE_TARGET_ABORTED ||
           s == STORE_TARGET_GONE || s == STORE_TARGET_MOVED || s == STORE_TARGET_WAITING ||
           s == STORE_TARGET_DEGRADED; /* the last two: all was sent */
}

void store_put_release_target(struct store *s, const struct store_release_target *t,
                              struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    int64_t now = store_now(s);
    const char *state = store_target_state_word(t->state);
    store_job_step(j, SQL_SET_RELEASE_TARGET, "titttiii", t->environment, t->number, t->cluster,
                   state, t->reason, t->stage, now, t->attempt);
    store_job_step(j, SQL_SET_TARGET, "tttti", t->environment, t->cluster, state, t->reason, now);
    if (is_final(t->state))
        store_job_step(j, SQL_CLOSE_STAGES, "titii", t->environment, t->number, t->cluster,
                       t->stage, now);
    store_hand_over(s, j);
}

void store_put_target_state(struct store *s, const char *environment, const char *cluster,
                            enum store_target_state state, const char *reason, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_SET_TARGET, "tttti", environment, cluster, store_target_state_word(state),
                   reason, store_now(s));
    store_hand_over(s, j);
}

void store_put_stage_opened(struct store *s, const char *environment, int64_t number,
                            const char *cluster, int64_t stage, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_OPEN_STAGE, "titititi", environment, number, cluster, stage,
                   store_step_word(STORE_STEP_STAGE), INT(-1), "", store_now(s));
    store_hand_over(s, j);
}

void store_put_step_opened(struct store *s, const struct store_journal_entry *step,
                           struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    if (step->step == STORE_STEP_STAGE || !step->uid || !*step->uid)
        err_set(&j->err, ERR_INVALID, "a delete or replace is journalled with the object's uid");
    store_job_step(j, SQL_OPEN_STEP, "titititi", step->environment, step->number, step->cluster,
                   step->stage, store_step_word(step->step), step->position, step->uid,
                   store_now(s));
    store_hand_over(s, j);
}

static void given_steps(struct store_job *j, const struct store_given *g, int64_t now)
{
    struct digest fieldset = store_job_blob(j, g->fieldset, now);
    struct digest leaves = store_job_blob(j, g->leaves, now);
    store_job_step(j, SQL_PUT_GIVEN, "tttttttttdddiit", g->environment, g->cluster,
                   group_in(j, g->object.api_version), g->object.kind, g->object.name_space,
                   g->object.name, g->object.api_version, g->uid, g->resource_version, &fieldset,
                   &leaves, &g->body_digest, g->release, now, g->contract);
}

void store_put_result(struct store *s, const struct store_result *r,
                      const struct store_given *given, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    int64_t now = store_now(s);
    store_job_step(j, SQL_SET_RESULT, "titittti", r->environment, r->number, r->cluster,
                   r->position, store_result_state_word(r->state), r->uid, r->error, now);
    if (!r->plain && (r->state == STORE_DONE || r->state == STORE_FAILED))
        store_job_step(j, SQL_CLOSE_STEPS, "titii", r->environment, r->number, r->cluster,
                       r->position, now);
    if (!r->plain && r->state == STORE_DONE)
        store_job_step(j, SQL_DELETED, "titi", r->environment, r->number, r->cluster, r->position);
    if (given)
        given_steps(j, given, store_now(s));
    store_hand_over(s, j);
}

void store_put_late_body(struct store *s, const struct store_result *r, struct store_bytes body,
                         struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    struct digest d = store_job_blob(j, body, store_now(s));
    store_job_step(j, SQL_SET_LATE, "titid", r->environment, r->number, r->cluster, r->position,
                   &d);
    store_hand_over(s, j);
}

/* ---- given ---- */

void store_put_given(struct store *s, const struct store_given *given, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_MAKE_TARGET, "tti", given->environment, given->cluster, store_now(s));
    given_steps(j, given, store_now(s));
    store_hand_over(s, j);
}

void store_put_given_removed(struct store *s, const char *environment, const char *cluster,
                             const struct store_object *object, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    struct store_object o = object_of(object);
    store_job_step(j, SQL_REMOVE_GIVEN, "tttttt", environment, cluster, group_in(j, o.api_version),
                   o.kind, o.name_space, o.name);
    store_hand_over(s, j);
}

/* ---- answers, drift ---- */

static void exception_step(struct store_job *j, const struct store_exception *x, const char *uuid,
                           int64_t now)
{
    store_job_step(j, SQL_PUT_EXCEPTION, "ttotttttttttbii", uuid, x->environment, x->cluster,
                   x->object.api_version, x->object.kind, x->object.name_space, x->object.name,
                   x->path, x->manager, store_match_word(x->match), x->matches, x->reason, x->who,
                   now, x->expires_wall_ms);
}

void store_put_exception(struct store *s, const struct store_exception *x,
                         char uuid_out[UUID_LEN + 1], struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    char uuid[UUID_LEN + 1];
    if (x->uuid && *x->uuid)
        snprintf(uuid, sizeof(uuid), "%s", x->uuid);
    else
        uuid_make(uuid);
    if (uuid_out)
        memcpy(uuid_out, uuid, sizeof(uuid));
    exception_step(j, x, uuid, store_now(s));
    store_hand_over(s, j);
}

void store_put_exception_ended(struct store *s, const char *uuid, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_END_EXCEPTION, "ti", uuid, store_now(s));
    store_hand_over(s, j);
}

/* ---- found on clusters ---- */

void store_put_fleet(struct store *s, const char *uuid, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_SET_META, "tt", "fleet", uuid);
    store_hand_over(s, j);
}

void store_put_found_environment(struct store *s, const struct store_environment *env,
                                 const struct store_exception *exceptions, size_t n,
                                 struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_PUT_ENVIRONMENT, "tttttit", env->uuid, env->name,
                   store_environment_kind_word(env->kind), env->name_space, env->origin,
                   env->created_wall_ms, env->about);
    store_job_step(j, SQL_SET_EXPIRY, "ti", env->uuid, env->expires_wall_ms);
    for (size_t i = 0; i < n; i++)
        exception_step(j, &exceptions[i], exceptions[i].uuid, exceptions[i].created_wall_ms);
    store_hand_over(s, j);
}

void store_put_found_target(struct store *s, const struct store_found_target *t,
                            struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    const char *state = store_target_state_word(t->state);
    const struct digest none = {{0}};
    store_job_step(j, SQL_PUT_PLAN, "dttbbi", &t->plan, t->environment, STORE_PLAN_FOUND, t->who,
                   t->plan_summary, t->at_wall_ms);
    store_job_step(j, SQL_MAKE_TARGET, "tti", t->environment, t->cluster, t->at_wall_ms);
    store_job_step(j, SQL_PUT_PLAN_TARGET, "ttdiidtb", t->environment, t->cluster, &t->plan, INT(0),
                   INT(0), &none, "", t->target_summary);
    store_job_step(j, SQL_FOUND_RELEASE, "tidbi", t->environment, t->release, &t->plan, t->who,
                   t->at_wall_ms);
    store_job_step(j, SQL_FOUND_RELEASE_TARGET, "tittti", t->environment, t->release, t->cluster,
                   state, t->reason, t->at_wall_ms);
    store_job_step(j, SQL_FOUND_TARGET, "ttitti", t->environment, t->cluster, t->release, state,
                   t->reason, t->at_wall_ms);
    for (size_t i = 0; i < t->n_given; i++)
        given_steps(j, &t->given[i], t->at_wall_ms);
    store_hand_over(s, j);
}

void store_put_drift(struct store *s, const struct store_drift *d, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_MAKE_TARGET, "tti", d->environment, d->cluster, store_now(s));
    store_job_step(j, SQL_PUT_DRIFT, "tttttttttiiittt", d->environment, d->cluster,
                   group_in(j, d->object.api_version), d->object.kind, d->object.name_space,
                   d->object.name, d->object.api_version, d->path, d->what, d->after_wall_ms,
                   d->first_seen_wall_ms, d->last_seen_wall_ms, d->owner,
                   store_verdict_word(d->verdict), d->reason);
    store_hand_over(s, j);
}

void store_put_drift_ended(struct store *s, const char *environment, const char *cluster,
                           const struct store_object *object, const char *path,
                           int64_t ended_wall_ms, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    struct store_object o = object_of(object);
    if (path)
        store_job_step(j, SQL_END_DRIFT, "ttttttti", environment, cluster,
                       group_in(j, o.api_version), o.kind, o.name_space, o.name, path,
                       ended_wall_ms);
    else
        store_job_step(j, SQL_END_DRIFT, "ttttttoi", environment, cluster,
                       group_in(j, o.api_version), o.kind, o.name_space, o.name, (const char *)NULL,
                       ended_wall_ms);
    store_hand_over(s, j);
}

/* ---- leases, audit, messages, keeping ---- */

void store_put_lease(struct store *s, const struct store_lease *l, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    /* what is in force is judged now, by the clock that leases use */
    store_job_step(j, SQL_REFUSE_LEASE, "ttti", l->name, l->holder, l->boot,
                   clock_boot_ms(s->clock));
    store_job_step(j, SQL_PUT_LEASE, "ttti", l->name, l->holder, l->boot, l->until_boot_ms);
    store_hand_over(s, j);
}

void store_put_lease_dropped(struct store *s, const char *name, const char *holder,
                             struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_DROP_LEASE, "tt", name, holder);
    store_hand_over(s, j);
}

void store_put_audit(struct store *s, struct store_bytes who, const char *action,
                     const char *subject, struct store_bytes detail, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_APPEND_AUDIT, "ibttb", store_now(s), who, action, subject, detail);
    store_hand_over(s, j);
}

void store_put_message(struct store *s, enum store_level level, const char *area,
                       const char *message, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    int64_t now = store_now(s);
    const char *word = store_level_word(level);
    store_job_step(j, SQL_FOLD_MESSAGE, "ttti", word, area, message, now);
    store_job_step(j, SQL_PUT_MESSAGE, "ttti", word, area, message, now);
    store_job_step(j, SQL_TRIM_MESSAGES, "i", INT(STORE_MAX_MESSAGES));
    store_hand_over(s, j);
}

void store_put_collected(struct store *s, struct store_ack ack)
{
    struct store_job *j = store_job_new(ack);
    store_job_step(j, SQL_COLLECT, "ii", INT(STORE_KEEP_RELEASES),
                   store_now(s) - INT(STORE_KEEP_DAYS) * 24 * 3600 * 1000);
    store_hand_over(s, j);
}
