// SPDX-License-Identifier: Apache-2.0
/*
 * A release from the command to its end: the stored plan is loaded and its hash checked, what was
 * not said is asked for, every target is looked at once more, the release is opened in the store,
 * and its targets run side by side. A plan whose release was interrupted goes on where it stands.
 */
#include "engine/apply/apply_int.h"

#include "data/json.h"
#include "engine/apply/target_health.h"
#include "engine/drift/drift.h"
#include "engine/environments/env_source.h"
#include "engine/environments/lifetime.h"
#include "engine/environments/origin.h"
#include "engine/fault.h"
#include "engine/fleet/cluster.h"
#include "engine/fleet/inventory.h"
#include "engine/plan/leftover.h"
#include "engine/plan/plan_make.h"
#include "store/store_get.h"
#include "store/store_put.h"

#include <stdio.h>
#include <string.h>

struct applier *applier_of(struct engine *e)
{
    return engine_part_state(e, &apply_part);
}

/* ---- life ---- */

static void release_free(struct release *r)
{
    struct applier *ap = applier_of(r->engine);
    for (size_t i = 0; ap && i < ap->running.len; i++)
        if (ap->running.items[i] == r)
            ap->running.items[i] = ap->running.items[--ap->running.len];
    for (size_t i = 0; i < r->n_targets; i++) {
        applyset_scope_clear(&r->targets[i].scope);
        apply_wave_free(&r->targets[i]);
        leftover_free(r->targets[i].leftover);
        mem_free(r->targets[i].items);
    }
    mem_free(r->targets);
    release_rollout_free(r);
    origin_free(r->origin);
    plan_rules_free(r->rules);
    if (r->row)
        r->row->run = NULL;
    plan_free(r->plan);
    err_clear(&r->error);
    mem_free(r);
}

static void on_freed(void *ctx)
{
    struct release *r = ctx;
    r->orphan = r->orphan || r->jobs; /* the last worker's answer frees it */
    if (!r->jobs)
        release_free(r);
}

/* Not inside the callbacks that led here. */
static void free_soon(struct release *r)
{
    loop_after(r->engine->loop, 0, on_freed, r);
}

void release_fail(struct release *r, int code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    err_vset(&r->error, code, fmt, ap);
    va_end(ap);
}

bool release_stopped(const struct release *r)
{
    return r->pausing || r->aborting;
}

const struct val *release_secret(const struct release_item *it)
{
    const struct plan_row *r = it->row;
    return origin_object(it->t->release->origin, it->t->plan->cluster_uid, r->api_version, r->kind,
                         r->namespace_, r->name);
}

void release_job_done(struct release *r)
{
    if (--r->jobs == 0 && r->orphan)
        release_free(r);
}

static void answer_failed(struct release *r)
{
    struct err e = ERR_INIT;
    err_copy(&e, &r->error);
    if (!e.code)
        err_set(&e, ERR_INTERNAL, "the release failed");
    if (r->cmd)
        engine_answer_failed(r->engine, r->cmd, &e);
    else
        engine_message(r->engine, LEEWAY_FAILED, r->plan->environment, e.hint, "%s", e.text);
    r->cmd = NULL;
    err_clear(&e);
}

/* ---- the end ---- */

static void on_release_ended(void *ctx, const struct err *err, int64_t value)
{
    (void)value;
    struct release *r = ctx;
    struct engine *e = r->engine;
    engine_fault("release-done");
    if (err)
        release_fail(r, err->code, "%s", err->text);
    if (r->error.code) {
        apply_show_state(r->row, r->aborting ? LEEWAY_RELEASE_ABORTED : LEEWAY_RELEASE_FAILED);
        answer_failed(r);
    } else {
        struct environment *env = environment_by_uuid(e, r->plan->environment_uuid);
        if (env)
            environment_set_release(env, r->number, engine_wall_ms(e), e->person.login);
        if (env && strcmp(r->plan->kind, "destroy") == 0)
            lifetime_over(env);
        apply_show_state(r->row, LEEWAY_RELEASE_DONE);
        if (r->cmd)
            engine_answer_done(e, r->cmd, r->row->id, "%s r%lld is done", r->plan->environment,
                               (long long)r->number);
        r->cmd = NULL;
    }
    r->over = true;
    free_soon(r);
}

void release_audit(struct engine *e, const struct release_row *row, const char *action,
                   struct audit_word more)
{
    const struct audit_word words[] = {{"plan", row->plan}, more};
    char *subject = mem_printf("%s r%lld", row->environment, (long long)row->number);
    audit_put(e, action, subject, words, more.key ? 2 : 1, STORE_NO_ACK);
    mem_free(subject);
}

static void end_release(struct release *r)
{
    struct engine *e = r->engine;
    if (r->aborting)
        release_fail(r, ERR_CANCELLED, "%s r%lld was aborted", r->plan->environment,
                     (long long)r->number);
    enum store_release_state state = r->aborting     ? STORE_RELEASE_ABORTED
                                     : r->error.code ? STORE_RELEASE_FAILED
                                                     : STORE_RELEASE_DONE;
    release_audit(e, r->row, "release ended",
                  (struct audit_word){"state", store_release_state_word(state)});
    store_put_release_state(e->store, r->plan->environment_uuid, r->number, state,
                            r->error.text ? r->error.text : "",
                            (struct store_ack){on_release_ended, r});
}

static void on_target_stored(void *ctx, const struct err *err, int64_t value)
{
    (void)value;
    struct release *r = ctx;
    engine_fault("target-done");
    if (err)
        release_fail(r, err->code, "%s", err->text);
    if (--r->open_targets == 0)
        end_release(r);
}

void release_target_over(struct release_target *t)
{
    static const enum store_target_state stored[LEEWAY_TARGET_STATE_COUNT] = {
        [LEEWAY_TARGET_FAILED] = STORE_TARGET_FAILED,
        [LEEWAY_TARGET_ABORTED] = STORE_TARGET_ABORTED,
        [LEEWAY_TARGET_WAITING] = STORE_TARGET_WAITING,
        [LEEWAY_TARGET_DEGRADED] = STORE_TARGET_DEGRADED,
        [LEEWAY_TARGET_HEALTHY] = STORE_TARGET_HEALTHY,
        [LEEWAY_TARGET_GONE] = STORE_TARGET_GONE,
    };
    struct release *r = t->release;
    struct release_target_row *row = &r->row->targets.items[t - r->targets];
    bool bad = t->failed || !t->cluster;
    if (!t->cluster)
        release_fail(r, ERR_UNREACHABLE, "%s went away", t->plan->cluster);
    if (bad && !r->error.code)
        release_fail(r, ERR_INTERNAL, "%s: %s", t->plan->cluster, row->error);
    if (t->target && !bad && !r->aborting)
        t->target->release = r->number;
    bool destroyed = strcmp(r->plan->kind, "destroy") == 0;
    /* all was sent: from here on it is the objects that move it */
    enum leeway_target_state phase = bad           ? LEEWAY_TARGET_FAILED
                                     : r->aborting ? LEEWAY_TARGET_ABORTED
                                     : destroyed   ? LEEWAY_TARGET_GONE
                                     : t->target   ? health_begin(t->target)
                                                   : LEEWAY_TARGET_HEALTHY;
    if (phase == LEEWAY_TARGET_GONE && t->target)
        drift_target_gone(t->target);
    t->record.state = stored[phase];
    char *reason = mem_strdup(bad || destroyed || !t->target ? row->error : t->target->reason);
    apply_show_target(t, phase, phase == LEEWAY_TARGET_WAITING ? reason : ""); /* changes them */
    t->record.reason = reason;
    store_put_release_target(r->engine->store, &t->record, (struct store_ack){on_target_stored, r});
    t->record.reason = row->error;
    mem_free(reason);
}

/* ---- opening ---- */

static int on_known_result(void *ctx, const struct store_result *s)
{
    struct release_target *t = ctx;
    struct err e = ERR_INIT;
    for (size_t i = 0; i < t->n_items; i++) {
        if (t->items[i].row->position != s->position)
            continue;
        t->items[i].result = s->state;
        if (s->late && apply_wave_take_up(&t->items[i], &s->body_digest, &e))
            release_fail(t->release, e.code, "%s", e.text);
    }
    err_clear(&e);
    return 0;
}

static void run(struct release *r)
{
    struct engine *e = r->engine;
    struct environment *env = environment_by_uuid(e, r->plan->environment_uuid);
    struct err err = ERR_INIT;
    lifetime_in_force(env, r->plan->about);
    for (size_t i = 0; i < r->n_targets; i++) {
        struct release_target *t = &r->targets[i];
        t->target = env ? target_put(env, t->plan->cluster_uid) : NULL;
        t->record = (struct store_release_target){.environment = r->plan->environment_uuid,
                                                  .number = r->number,
                                                  .cluster = t->plan->cluster_uid,
                                                  .state = STORE_TARGET_APPLYING,
                                                  .attempt = r->attempt,
                                                  .reason = ""};
        if (r->resumed && store_each_result(e->view, r->plan->environment_uuid, r->number,
                                            t->plan->cluster_uid, on_known_result, t, &err))
            release_fail(r, err.code, "%s", err.text);
    }
    err_clear(&err);
    r->row = apply_show_new(e, r);
    release_audit(e, r->row, r->resumed ? "release taken up" : "release began",
                  (struct audit_word){"pruneAnyway", r->prune_anyway ? "yes" : ""});
    r->open_targets = r->n_targets;
    for (size_t i = 0, n = r->n_targets; i < n; i++) {
        struct release_target *t = &r->targets[i];
        if (r->rollout)
            continue;
        store_put_release_target(e->store, &t->record, STORE_NO_ACK);
        t->begun = true;
        apply_target_begin(t);
    }
    release_rollout_step(r);
}

static void on_release_opened(void *ctx, const struct err *err, int64_t value)
{
    struct release *r = ctx;
    engine_fault("release-opened");
    if (err) {
        release_fail(r, err->code, "%s", err->text);
        answer_failed(r);
        free_soon(r);
        return;
    }
    if (r->resumed)
        r->attempt = value;
    else
        r->number = value;
    run(r);
}

static void open_release(struct release *r)
{
    struct engine *e = r->engine;
    if (r->error.code) {
        answer_failed(r);
        free_soon(r);
        return;
    }
    struct arena a;
    arena_init(&a);
    const char *confirmed = arena_printf(&a, "%s%s", r->confirm_shared ? "shared " : "",
                                         r->prune_anyway ? "prune" : "");
    const char *who = engine_who_confirmed_json(e, NULL, confirmed, &a);
    char *rollout = r->rollout ? rollout_write(r->rollout) : mem_strdup("");
    if (r->resumed)
        store_put_release_resumed(e->store, r->plan->environment_uuid, r->number,
                                  (struct store_ack){on_release_opened, r});
    else
        store_put_release_staged(e->store, &r->plan->hash, (struct store_bytes){who, strlen(who)},
                                 rollout, (struct store_ack){on_release_opened, r});
    mem_free(rollout);
    arena_clear(&a);
}

/* ---- the origin: secrets, and what is known late ---- */

static void begin(struct release *r)
{
    if (r->resumed || r->error.code)
        open_release(r);
    else
        apply_check(r, open_release);
}

static void give_up(struct release *r, const struct err *e)
{
    release_fail(r, e->code, "%s", e->text);
    if (e->hint)
        err_hint(&r->error, "%s", e->hint);
    answer_failed(r);
    free_soon(r);
}

/* What is applied is what was shown: the document and its catalog still say the same. */
static int check_origin(struct release *r, struct err *e)
{
    static const struct digest none;
    const struct env_source *s = origin_source(r->origin);
    if (origin_error(r->origin, e))
        return e->code;
    for (size_t i = 0; s && i < r->n_targets; i++) {
        const struct plan_target *t = r->targets[i].plan;
        size_t n = env_source_target(s, t->cluster_uid);
        struct digest now = n == SIZE_MAX ? none : env_source_digest(s, n);
        if (digest_equal(&t->rendered, &none) || digest_equal(&t->rendered, &now))
            continue;
        err_set(e, ERR_MOVED, "%s: %s or its catalog changed since the plan was made", t->cluster,
                r->plan->folder);
        err_hint(e, "plan again");
        return e->code;
    }
    return r->rules ? plan_rules_error(r->rules, e) : 0;
}

static void read_rules(void *ctx)
{
    struct release *r = ctx;
    plan_rules_read(r->rules);
}

static void on_rules_read(void *ctx, bool stale)
{
    struct release *r = ctx;
    struct err e = ERR_INIT;
    r->jobs--;
    if (r->orphan || stale)
        release_free(r);
    else if (check_origin(r, &e))
        give_up(r, &e);
    else
        begin(r);
    err_clear(&e);
}

static void on_origin_read(void *ctx, bool stale)
{
    struct release *r = ctx;
    if (r->orphan || stale || !origin_source(r->origin) ||
        !(r->rules = plan_rules_new(r->engine, r->plan->approved.catalog)))
        on_rules_read(r, stale);
    else
        workers_start(r->engine->workers, NULL, read_rules, on_rules_read, r);
}

static void read_origin(struct release *r)
{
    VEC(struct cluster *) clusters = {0};
    for (size_t i = 0; i < r->n_targets; i++)
        if (r->targets[i].cluster)
            vec_push(&clusters, r->targets[i].cluster);
    r->origin =
        origin_new(r->engine, r->plan->folder, r->plan->namespace_, clusters.items, clusters.len);
    vec_clear(&clusters);
    r->jobs++;
    origin_read(r->origin, on_origin_read, r);
}

/* Is there anything that only the environment's folder or document can say? */
static bool needs_origin(const struct plan *p)
{
    for (size_t i = 0; i < p->targets.len; i++)
        for (size_t k = 0; k < p->targets.items[i]->rows.len; k++) {
            const struct plan_row *r = p->targets.items[i]->rows.items[k];
            if ((plan_row_is_sent(r) && (r->n_late || plan_body_has_marks(r->body))) ||
                r->says_ready)
                return true;
        }
    return false;
}

static void judged(struct release *r)
{
    if (!r->error.code && needs_origin(r->plan))
        read_origin(r);
    else
        begin(r);
}

/* What was begun is finished as it was begun. */
static void judge(struct release *r)
{
    if (r->resumed)
        judged(r);
    else
        apply_trust(r, judged, release_free);
}

size_t apply_each_running(struct engine *e,
                          void (*fn)(void *ctx, const char *environment, int64_t number), void *ctx)
{
    const struct applier *ap = applier_of(e);
    size_t n = 0;
    for (size_t i = 0; ap && i < ap->running.len; i++) {
        const struct release *r = ap->running.items[i];
        if (r->over || !r->row || r->aborting)
            continue;
        n++;
        if (fn)
            fn(ctx, r->plan->environment, r->number);
    }
    return n;
}

/* ---- what has to be said ---- */

/* Whether it may begin; *err says what is missing. */
static int may_begin(struct engine *e, const struct engine_command *cmd, struct plan *p,
                     struct err *err)
{
    const char *why = plan_why_not(p);
    if (*why) {
        err_set(err, ERR_CONFLICT, "the plan cannot be applied: %s", why);
        return ERR_CONFLICT;
    }
    for (size_t i = 0; i < p->targets.len; i++) {
        const struct plan_target *t = p->targets.items[i];
        struct cluster *c = engine_cluster_by_uid(e, t->cluster_uid);
        size_t deletes, all;
        if (!c)
            return err_set(err, ERR_NOT_FOUND, "%s does not answer, or is another cluster now",
                           t->cluster);
        if (engine_may_write(e, c, err))
            return err->code;
        if (c->entry->protected_ &&
            (!cmd->c.confirm || strcmp(cmd->c.confirm, p->environment) != 0)) {
            err_set(err, ERR_USAGE, "%s is protected: the environment's name has to be typed",
                    t->cluster);
            err_hint(err, "--confirm %s", p->environment);
            return ERR_USAGE;
        }
        if (plan_prunes_much(t, &deletes, &all) && !cmd->c.prune_anyway) {
            err_set(err, ERR_CONFLICT, "%s: %zu of %zu objects would be deleted", t->cluster,
                    deletes, all);
            err_hint(err, "--prune-anyway when that is meant");
            return ERR_CONFLICT;
        }
    }
    return 0;
}

/* ---- interrupted releases ---- */

struct unfinished {
    const struct digest *plan;
    int64_t number; /* 0: none */
    bool other;
    bool confirm_shared, prune_anyway; /* as it was begun */
    char *rollout;                     /* NULL: none */
};

static int on_unfinished(void *ctx, const struct store_release *s)
{
    struct unfinished *u = ctx;
    struct val_pool pool;
    if (!digest_equal(&s->plan, u->plan)) {
        u->other = true;
        return 0;
    }
    u->number = s->number;
    mem_free(u->rollout);
    u->rollout = mem_strdup(s->rollout);
    val_pool_init_limited(&pool, 1 << 16);
    const struct val *who =
        json_read(&pool, s->who.data ? s->who.data : "", s->who.len, NULL, NULL);
    const char *confirmed = val_str(val_get(who, "confirmed"), "");
    u->confirm_shared = strstr(confirmed, "shared") != NULL;
    u->prune_anyway = strstr(confirmed, "prune") != NULL;
    val_pool_clear(&pool);
    return 0;
}

static bool is_running(struct engine *e, const struct plan *p)
{
    const struct applier *ap = applier_of(e);
    for (size_t i = 0; i < ap->running.len; i++)
        if (!ap->running.items[i]->over &&
            strcmp(ap->running.items[i]->plan->environment_uuid, p->environment_uuid) == 0)
            return true;
    return false;
}

static struct release *release_new(struct engine *e, struct engine_command *cmd, struct plan *p)
{
    struct applier *ap = applier_of(e);
    struct release *r = mem_new(struct release);
    *r = (struct release){.engine = e,
                          .cmd = cmd,
                          .plan = p,
                          .attempt = 1,
                          .confirm_shared = cmd->c.confirm_shared,
                          .prune_anyway = cmd->c.prune_anyway,
                          .n_targets = p->targets.len};
    r->targets = mem_calloc(p->targets.len + 1, sizeof(*r->targets));
    for (size_t i = 0; i < p->targets.len; i++) {
        struct release_target *t = &r->targets[i];
        struct plan_target *pt = p->targets.items[i];
        t->release = r;
        t->plan = pt;
        t->cluster = engine_cluster_by_uid(e, pt->cluster_uid);
        t->set_id =
            applyset_id(&p->pool.arena, applyset_parent_name(&p->pool.arena, p->environment),
                        p->namespace_, "Secret", "");
        t->n_items = pt->rows.len;
        t->items = mem_calloc(pt->rows.len + 1, sizeof(*t->items));
        for (size_t k = 0; k < pt->rows.len; k++)
            t->items[k] = (struct release_item){.t = t, .row = pt->rows.items[k]};
    }
    vec_push(&ap->running, r);
    return r;
}

static bool has_work(const struct plan *p)
{
    for (size_t i = 0; i < p->targets.len; i++)
        for (size_t k = 0; k < p->targets.items[i]->rows.len; k++)
            if (plan_row_is_sent(p->targets.items[i]->rows.items[k]))
                return true;
    return false;
}

void apply_plan(struct engine *e, struct engine_command *cmd)
{
    struct err err = ERR_INIT;
    struct digest hash;
    struct plan *p = NULL;
    struct unfinished u = {.plan = &hash};
    if (!e->store || !e->view)
        err_set(&err, ERR_UNSUPPORTED, "nothing is applied without a store");
    else if (!cmd->c.plan || strlen(cmd->c.plan) < 4)
        err_set(&err, ERR_USAGE, "at least four digits of a plan's hash are needed");
    else if (!store_find_plan(e->view, cmd->c.plan, &hash, &err) &&
             (p = plan_load(e->view, &hash, &err)) && is_running(e, p))
        err_set(&err, ERR_BUSY, "a release of %s is running", p->environment);
    if (!err.code &&
        !store_each_release(e->view, p->environment_uuid, true, on_unfinished, &u, &err) &&
        u.other) {
        err_set(&err, ERR_CONFLICT, "another release of %s was interrupted and is not finished",
                p->environment);
        err_hint(&err, "apply its plan again to finish it, or abort it");
    }
    cmd->c.confirm_shared = u.number ? u.confirm_shared : cmd->c.confirm_shared;
    cmd->c.prune_anyway = u.number ? u.prune_anyway : cmd->c.prune_anyway;
    if (!err.code)
        may_begin(e, cmd, p, &err);
    if (err.code) {
        engine_answer_failed(e, cmd, &err);
        plan_free(p);
        mem_free(u.rollout);
        return;
    }
    if (!has_work(p)) {
        mem_free(u.rollout);
        lifetime_in_force(environment_by_uuid(e, p->environment_uuid), p->about);
        engine_answer_done(e, cmd, 0, "%s is as the plan has it: nothing to do", p->environment);
        plan_free(p);
        return;
    }
    struct release *r = release_new(e, cmd, p);
    r->number = u.number;
    r->resumed = u.number > 0;
    bool said = cmd->c.n_stages > 0; /* else as its blueprint has it */
    const char *const *stages = said ? cmd->c.stages : p->stages.items;
    size_t n_stages = said ? cmd->c.n_stages : p->stages.len;
    if (release_rollout_read(r, stages, r->resumed ? 0 : n_stages, u.rollout ? u.rollout : "",
                             &err)) {
        engine_answer_failed(e, cmd, &err);
        release_free(r);
        mem_free(u.rollout);
        return;
    }
    mem_free(u.rollout);
    judge(r);
}

/* ---- control ---- */

static void take_up(struct engine *e, struct engine_command *cmd, struct release_row *row)
{
    cmd->c.plan = arena_strdup(&cmd->arena, row->plan);
    cmd->c.confirm = arena_strdup(&cmd->arena, row->environment);
    apply_plan(e, cmd);
}

void apply_control(struct engine *e, struct engine_command *cmd)
{
    struct err err = ERR_INIT;
    struct release_row *row = apply_show_find(e, cmd->c.release);
    struct release *r = row ? row->run : NULL;
    bool ended = row && row->ended_ms;
    if (!row || ended) {
        err_set(&err, ERR_NOT_FOUND, ended ? "the release has ended" : "there is no such release");
        engine_answer_failed(e, cmd, &err);
        return;
    }
    if (!r && cmd->c.kind == LEEWAY_CMD_RESUME) {
        take_up(e, cmd, row);
        return;
    }
    if (!r && cmd->c.kind == LEEWAY_CMD_ABORT && e->store) {
        store_put_release_state(e->store, row->environment_uuid, row->number, STORE_RELEASE_ABORTED,
                                "aborted by a person", STORE_NO_ACK);
        release_audit(e, row, "release aborted", (struct audit_word){0});
        apply_show_state(row, LEEWAY_RELEASE_ABORTED);
        row->ended_ms = engine_wall_ms(e);
        engine_answer_done(e, cmd, row->id, "the interrupted release is aborted");
        return;
    }
    if (!r) {
        err_set(&err, ERR_CONFLICT, "nobody runs that release now");
        engine_answer_failed(e, cmd, &err);
        return;
    }
    release_audit(e, row,
                  cmd->c.kind == LEEWAY_CMD_ABORT   ? "release aborted"
                  : cmd->c.kind == LEEWAY_CMD_PAUSE ? "release paused"
                                                    : "release resumed",
                  (struct audit_word){0});
    if (cmd->c.kind == LEEWAY_CMD_RESUME && release_rollout_resume(r)) {
        engine_answer_done(e, cmd, row->id, "%s r%lld goes on", r->plan->environment,
                           (long long)r->number);
        return;
    }
    bool was = release_stopped(r);
    if (!r->aborting && cmd->c.kind == LEEWAY_CMD_ABORT)
        r->aborted_ms = engine_boot_ms(e);
    r->aborting = r->aborting || cmd->c.kind == LEEWAY_CMD_ABORT;
    r->pausing = cmd->c.kind == LEEWAY_CMD_PAUSE;
    enum leeway_release_state state = r->aborting  ? LEEWAY_RELEASE_ABORTING
                                      : r->pausing ? LEEWAY_RELEASE_PAUSED
                                                   : LEEWAY_RELEASE_RUNNING;
    static const enum store_release_state stored[] = {
        [LEEWAY_RELEASE_RUNNING] = STORE_RELEASE_RUNNING,
        [LEEWAY_RELEASE_PAUSED] = STORE_RELEASE_PAUSED,
        [LEEWAY_RELEASE_ABORTING] = STORE_RELEASE_ABORTING,
    };
    store_put_release_state(e->store, r->plan->environment_uuid, r->number, stored[state], "",
                            STORE_NO_ACK);
    apply_show_state(row, state);
    engine_answer_done(e, cmd, row->id, "%s r%lld: %s", r->plan->environment, (long long)r->number,
                       r->aborting  ? "nothing new is sent; what is under way is read back"
                       : r->pausing ? "paused"
                                    : "goes on");
    for (size_t i = 0; i < r->n_targets; i++) {
        struct release_target *t = &r->targets[i];
        bool goes_on = t->begun ? was && !r->pausing : r->aborting; /* not begun: is over at once */
        for (size_t k = 0; r->aborting && !t->over && k < t->n_items; k++)
            if (t->items[k].sent && !t->items[k].done)
                apply_item_abort(&t->items[k]);
        if (!t->over && goes_on)
            apply_target_go_on(t);
    }
    release_rollout_step(r);
}

/* ---- the part ---- */

static int start(struct engine *e, void **state, struct err *err)
{
    struct applier *ap = mem_new(struct applier);
    ap->engine = e;
    *state = ap;
    return apply_show_load(ap, err);
}

static void on_cluster(void *state, struct cluster *c, enum cluster_change what)
{
    struct applier *ap = state;
    if (what != CLUSTER_GONE)
        return;
    for (size_t i = 0; i < ap->running.len; i++)
        for (size_t k = 0; k < ap->running.items[i]->n_targets; k++) {
            struct release_target *t = &ap->running.items[i]->targets[k];
            if (t->cluster != c || t->over)
                continue;
            t->cluster = NULL;
            apply_wave_free(t); /* while its calls can still be taken back */
            leftover_free(t->leftover);
            t->leftover = NULL;
            apply_target_fail(t, "the cluster went away");
            if (ap->running.items[i]->row) {
                t->pending = 1; /* what was asked of it is never answered */
                apply_target_step(t);
            }
        }
}

static void on_gap(void *state, int64_t gap_ms)
{
    struct applier *ap = state;
    for (size_t i = 0; i < ap->running.len; i++)
        for (size_t k = 0; k < ap->running.items[i]->n_targets; k++) {
            struct release_target *t = &ap->running.items[i]->targets[k];
            if (t->begun && !t->over)
                apply_target_gap(t, gap_ms);
        }
}

/* The release stays open in the store: applying its plan again takes it up. */
static void stop(void *state, bool hand_over)
{
    struct applier *ap = state;
    struct err e = ERR_INIT;
    for (size_t i = 0; i < ap->running.len; i++)
        ap->running.items[i]->pausing = ap->running.items[i]->orphan = true;
    plan_drain_store(ap->engine);
    while (ap->running.len) {
        struct release *r = ap->running.items[0];
        ap->running.items[0] = ap->running.items[--ap->running.len];
        for (size_t i = 0; i < r->n_targets; i++)
            apply_item_end_all(&r->targets[i]);
        if (r->cmd && hand_over && r->row && !r->aborting) {
            engine_answer_done(r->engine, r->cmd, r->row->id,
                               "%s r%lld goes on in a process of its own", r->plan->environment,
                               (long long)r->number);
        } else if (r->cmd) {
            err_set(&e, ERR_CANCELLED, "the program ends before the release; it can be taken up");
            engine_answer_failed(r->engine, r->cmd, &e);
            err_clear(&e);
        }
        r->cmd = NULL;
        if (!r->jobs)
            release_free(r);
    }
    apply_show_free(ap);
    vec_clear(&ap->running);
    mem_free(ap);
}

const struct engine_part apply_part = {
    .name = "releases", .start = start, .cluster = on_cluster, .gap = on_gap, .stop = stop};
