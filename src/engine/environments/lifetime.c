// SPDX-License-Identifier: Apache-2.0
#include "engine/environments/lifetime.h"

#include "base/mem.h"
#include "catalog/environment_file.h"
#include "engine/answers/audit.h"
#include "engine/client.h"
#include "engine/environments/catalogs.h"
#include "engine/environments/env_source.h"
#include "engine/fleet/cluster.h"
#include "leeway/plan.h"
#include "store/store_get.h"
#include "store/store_put.h"

#include <string.h>

/* Clocks are set, and time to live is wall time: it is looked at that often at least. */
enum { LOOK_MS = 30000, TRY_MS = 60000 };

/* What people see of the time that is left changes by the hour, at last by the minute. */
enum { MINUTE_MS = 60000, HOUR_MS = 60 * MINUTE_MS };

/* A deletion that is planned, or was tried. */
struct ending {
    char uuid[37];
    bool asked, made;
    int64_t next_try_ms; /* boot */
    int64_t left;        /* as it was last seen: hours, below two of them minutes */
};

struct lifetimes {
    struct engine *engine;
    struct loop_timer *timer;
    VEC(struct ending *) endings;
    bool stopped;
    unsigned asked; /* plans that will be answered */
};

static struct lifetimes *lifetimes_of(struct engine *e)
{
    return engine_part_state(e, &lifetime_part);
}

static void lifetimes_free(struct lifetimes *l)
{
    for (size_t i = 0; i < l->endings.len; i++)
        mem_free(l->endings.items[i]);
    vec_clear(&l->endings);
    mem_free(l);
}

/* ---- what is kept ---- */

static void keep(struct environment *env)
{
    const struct engine *e = env->engine;
    const struct store_environment s = {.uuid = env->uuid,
                                        .name = env->name,
                                        .kind = STORE_BLUEPRINT,
                                        .name_space = env->namespace_,
                                        .origin = env->origin,
                                        .about = env->about_text};
    if (!e->store || e->spectator)
        return;
    store_put_environment(e->store, &s, STORE_NO_ACK);
    store_put_environment_expiry(e->store, env->uuid, env->expires_ms, STORE_NO_ACK);
}

/* About, and the end that follows from it. */
static void become(struct environment *env, const struct environment_about *about)
{
    char *text = environment_about_write(about);
    int64_t end = about->since_ms && about->ttl_ms ? about->since_ms + about->ttl_ms : 0;
    environment_set_about(env, text);
    environment_set_expiry(env, end, end && end <= engine_wall_ms(env->engine),
                           end == env->expires_ms ? env->deletion_plan : "");
    mem_free(text);
    keep(env);
}

/* ---- the deletion that waits for a person ---- */

static struct ending *ending_of(struct lifetimes *l, const struct environment *env)
{
    for (size_t i = 0; i < l->endings.len; i++)
        if (strcmp(l->endings.items[i]->uuid, env->uuid) == 0)
            return l->endings.items[i];
    struct ending *n = mem_new(struct ending);
    memcpy(n->uuid, env->uuid, sizeof(n->uuid));
    vec_push(&l->endings, n);
    return n;
}

static bool is_anywhere(const struct environment *env)
{
    for (size_t i = 0; i < env->targets.len; i++)
        if (env->targets.items[i]->phase != LEEWAY_TARGET_GONE)
            return true;
    return false;
}

static bool can_be_planned(const struct environment *env)
{
    for (size_t i = 0; i < env->targets.len; i++) {
        const struct cluster *c = env->targets.items[i]->cluster;
        if (!c || !cluster_is_up(c) || !c->discovery)
            return false;
    }
    return env->targets.len > 0;
}

static void schedule(struct lifetimes *l);

struct asked {
    struct lifetimes *lifetimes;
    char uuid[37];
};

static void on_planned(void *ctx, struct leeway_event *ev)
{
    struct asked *a = ctx;
    struct lifetimes *l = a->lifetimes;
    l->asked--;
    struct environment *env = l->stopped ? NULL : environment_by_uuid(l->engine, a->uuid);
    if (env) {
        struct ending *n = ending_of(l, env);
        n->asked = false;
        n->made = ev->kind == LEEWAY_EVENT_PLAN && ev->plan->hash.len && env->expired;
        n->next_try_ms = engine_boot_ms(l->engine) + TRY_MS;
        if (n->made && strcmp(env->deletion_plan, ev->plan->hash.str) != 0) {
            environment_set_expiry(env, env->expires_ms, true, ev->plan->hash.str);
            engine_message(l->engine, LEEWAY_PENDING, env->name, "leeway apply HASH does it",
                           "its deletion is planned and waits for a person: %.12s",
                           ev->plan->hash.str);
        } else if (!n->made && ev->kind == LEEWAY_EVENT_FAILED) {
            log_write(l->engine->log, LOG_WARN, env->name, "its deletion cannot be planned: %s",
                      ev->text.str);
        }
        schedule(l);
    }
    if (l->stopped && !l->asked)
        lifetimes_free(l);
    leeway_event_free(ev);
    mem_free(a);
}

static void ask_plan(struct lifetimes *l, struct environment *env, struct ending *n)
{
    struct err err = ERR_INIT;
    const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_FOLDER,
                                     .folder = env->origin,
                                     .environment = env->name,
                                     .destroy = true};
    struct engine_command *cmd = engine_command_new(&c, &err);
    n->next_try_ms = engine_boot_ms(l->engine) + TRY_MS;
    err_clear(&err);
    if (!cmd)
        return;
    struct asked *a = mem_new(struct asked);
    a->lifetimes = l;
    memcpy(a->uuid, env->uuid, sizeof(a->uuid));
    cmd->inside = on_planned;
    cmd->inside_ctx = a;
    n->asked = true;
    l->asked++;
    engine_run_command(l->engine, cmd);
}

/* ---- time ---- */

static void say_over(struct environment *env)
{
    char when[CLOCK_RFC3339_LEN];
    struct environment_about about = env->about;
    const struct audit_word words[] = {{"until", when}};
    clock_format_rfc3339(env->expires_ms, when);
    engine_message(env->engine, LEEWAY_PENDING, env->name,
                   "leeway env extend gives it more time, leeway env destroy plans its deletion",
                   "its time to live was over at %s; nothing is deleted by itself", when);
    audit_put(env->engine, "environment expired", env->name, words, 1, STORE_NO_ACK);
    about.told_ms = env->expires_ms;
    become(env, &about);
}

/* Somebody set the clock back: it is said again when its time comes. */
static void take_back(struct environment *env)
{
    struct environment_about about = env->about;
    engine_message(env->engine, LEEWAY_OK, env->name, NULL,
                   "the end of its time to live is ahead again: the clock was set back");
    about.told_ms = 0;
    become(env, &about);
}

static bool makes_plans(const struct engine *e)
{
    return e->store && !e->spectator && e->options.lasting;
}

static void look_at(struct lifetimes *l, struct environment *env, int64_t now)
{
    bool over = env->expires_ms && env->expires_ms <= now && is_anywhere(env);
    if (over != env->expired)
        environment_set_expiry(env, env->expires_ms, over, over ? env->deletion_plan : "");
    if (!over && env->about.told_ms && env->about.told_ms == env->expires_ms && is_anywhere(env))
        take_back(env);
    struct ending *n = ending_of(l, env);
    int64_t hours = (env->expires_ms - now) / HOUR_MS,
            left = hours >= 2 ? hours : (env->expires_ms - now) / MINUTE_MS;
    if (env->expires_ms && !over && left != n->left)
        engine_dirty_environment(l->engine, env);
    n->left = left;
    if (!over)
        return;
    if (env->about.told_ms != env->expires_ms && l->engine->store && !l->engine->spectator)
        say_over(env);
    if (makes_plans(l->engine) && !n->made && !n->asked && can_be_planned(env) &&
        engine_boot_ms(l->engine) >= n->next_try_ms)
        ask_plan(l, env, n);
}

static void on_time(void *ctx)
{
    struct lifetimes *l = ctx;
    int64_t now = engine_wall_ms(l->engine);
    l->timer = NULL;
    for (size_t i = 0; i < l->engine->environments.len; i++)
        look_at(l, l->engine->environments.items[i], now);
    schedule(l);
}

static void look_in(struct lifetimes *l, int64_t delay_ms)
{
    if (l->stopped)
        return;
    loop_cancel_timer(l->engine->loop, l->timer);
    l->timer = loop_after(l->engine->loop, delay_ms, on_time, l);
}

static void schedule(struct lifetimes *l)
{
    int64_t now = engine_wall_ms(l->engine), delay = LOOK_MS;
    bool any = false;
    for (size_t i = 0; i < l->engine->environments.len; i++) {
        const struct environment *env = l->engine->environments.items[i];
        int64_t left = env->expires_ms - now;
        any = any || env->expires_ms;
        if (env->expires_ms && !env->expired && left < delay)
            delay = left > 0 ? left : 0;
    }
    if (any)
        look_in(l, delay);
}

/* Something about one of them is other than it was. */
static void changed(struct engine *e, const struct environment *env)
{
    struct lifetimes *l = lifetimes_of(e);
    if (!l)
        return;
    struct ending *n = ending_of(l, env);
    n->made = false;
    n->next_try_ms = 0;
    schedule(l);
}

/* ---- releases ---- */

void lifetime_in_force(struct environment *env, const char *about)
{
    if (!env || !about || !*about)
        return;
    struct environment_about next = environment_about_read(about);
    next.since_ms = env->about.since_ms ? env->about.since_ms : engine_wall_ms(env->engine);
    next.told_ms = env->about.told_ms;
    become(env, &next);
    environment_about_free(&next);
    changed(env->engine, env);
}

void lifetime_over(struct environment *env)
{
    struct environment_about about = env->about;
    if (!about.since_ms)
        return;
    about.since_ms = about.told_ms = 0;
    char *text = environment_about_write(&about);
    environment_set_about(env, text);
    environment_set_expiry(env, 0, false, "");
    mem_free(text);
    keep(env);
}

const char *lifetime_note(const struct environment *env, const char *about, struct arena *a)
{
    const char *note = NULL;
    if (!env || !env->about.since_ms || !about)
        return NULL;
    struct environment_about next = environment_about_read(about);
    char is[CLOCK_SPAN_LEN], was[CLOCK_SPAN_LEN], end[CLOCK_RFC3339_LEN];
    clock_format_span(env->about.ttl_ms, was);
    clock_format_span(next.ttl_ms, is);
    clock_format_rfc3339(env->about.since_ms + next.ttl_ms, end);
    if (next.ttl_ms == env->about.ttl_ms)
        note = NULL;
    else if (!next.ttl_ms)
        note = arena_printf(a, "it will have no end any more (it had %s)", was);
    else
        note = arena_printf(a, "its time to live becomes %s, until %s%s%s%s", is, end,
                            env->about.ttl_ms ? " (it was " : "", env->about.ttl_ms ? was : "",
                            env->about.ttl_ms ? ")" : "");
    environment_about_free(&next);
    return note;
}

/* ---- extending ---- */

struct extension {
    struct engine *engine;
    struct engine_command *cmd;
    char uuid[37], ttl[CLOCK_SPAN_LEN];
    char *path;
    int64_t ttl_ms;
    struct err err;
};

static int check_end(const struct environment *env, int64_t end, struct err *e)
{
    const struct environment_about *about = &env->about;
    char limit[CLOCK_RFC3339_LEN], most[CLOCK_SPAN_LEN];
    if (!env->expires_ms) {
        err_set(e, ERR_CONFLICT, "%s has no end that could be extended", env->name);
        err_hint(e, about->since_ms || !about->ttl_ms ? "a ttl in its file gives it one"
                                                      : "it was not released yet");
        return e->code;
    }
    if (end <= engine_wall_ms(env->engine))
        return err_set(e, ERR_USAGE, "that end is over already");
    if (end <= env->expires_ms) {
        clock_format_rfc3339(env->expires_ms, limit);
        err_set(e, ERR_USAGE, "%s lives until %s already", env->name, limit);
        err_hint(e, "a shorter ttl in its file ends it earlier");
        return e->code;
    }
    if (about->ttl_max_ms && end > about->since_ms + about->ttl_max_ms) {
        clock_format_span(about->ttl_max_ms, most);
        clock_format_rfc3339(about->since_ms + about->ttl_max_ms, limit);
        err_set(e, ERR_FORBIDDEN, "%s lets an environment live for %s at most: %s until %s",
                about->blueprint, most, env->name, limit);
        err_hint(e, "give an earlier end, or launch another one");
    }
    return e->code;
}

static void write_file(void *ctx)
{
    struct extension *x = ctx;
    (void)!environment_file_set_ttl(x->path, x->ttl, &x->err);
}

static void extend(struct extension *x, struct environment *env)
{
    char from[CLOCK_RFC3339_LEN], until[CLOCK_RFC3339_LEN];
    struct environment_about about = env->about;
    clock_format_rfc3339(env->expires_ms, from);
    about.ttl_ms = x->ttl_ms;
    become(env, &about);
    clock_format_rfc3339(env->expires_ms, until);
    const struct audit_word words[] = {
        {"from", from}, {"until", until}, {"reason", x->cmd->c.reason}};
    audit_put(x->engine, "environment extended", env->name, words, 3, STORE_NO_ACK);
    changed(x->engine, env);
    catalogs_read_again(x->engine);
    engine_answer_done(x->engine, x->cmd, 0, "%s lives until %s", env->name, until);
}

static void on_written(void *ctx, bool stale)
{
    struct extension *x = ctx;
    struct environment *env = stale ? NULL : environment_by_uuid(x->engine, x->uuid);
    if (stale)
        err_set(&x->err, ERR_CANCELLED, "the program ends");
    else if (!env)
        err_set(&x->err, ERR_NOT_FOUND, "it went away meanwhile");
    if (x->err.code)
        engine_answer_failed(x->engine, x->cmd, &x->err);
    else
        extend(x, env);
    err_clear(&x->err);
    mem_free(x->path);
    mem_free(x);
}

void lifetime_extend(struct engine *e, struct engine_command *cmd)
{
    struct err err = ERR_INIT;
    const char *name = cmd->c.environment ? cmd->c.environment : "";
    const struct environment *env = environment_by_name(e, name);
    if (!env)
        err_set(&err, ERR_NOT_FOUND, "there is no environment %s", name);
    else if (!e->store)
        err_set(&err, ERR_UNSUPPORTED, "without a store nothing is remembered");
    else if (!check_end(env, cmd->c.expires_ms, &err) && !env_source_is(env->origin)) {
        err_set(&err, ERR_NOT_FOUND, "%s, the file of %s, is not there", env->origin, name);
        err_hint(&err, "put it back: it says how long the environment lives");
    }
    if (err.code) {
        engine_answer_failed(e, cmd, &err);
        return;
    }
    struct extension *x = mem_new(struct extension);
    *x = (struct extension){.engine = e, .cmd = cmd, .path = mem_strdup(env->origin)};
    memcpy(x->uuid, env->uuid, sizeof(x->uuid));
    /* whole seconds, as the file has it; never beyond the limit */
    x->ttl_ms = (cmd->c.expires_ms - env->about.since_ms + 999) / 1000 * 1000;
    if (env->about.ttl_max_ms && x->ttl_ms > env->about.ttl_max_ms)
        x->ttl_ms = env->about.ttl_max_ms;
    clock_format_span(x->ttl_ms, x->ttl);
    workers_start(e->workers, NULL, write_file, on_written, x);
}

/* ---- the part ---- */

struct finding {
    const struct environment *env;
    char hash[DIGEST_HEX_LEN + 1];
};

/* Newest first: the last deletion that was planned after its end and after its last release. */
static int on_plan(void *ctx, const struct store_plan *p, int64_t release)
{
    struct finding *f = ctx;
    if (strcmp(p->kind, "destroy") != 0 || release || p->created_wall_ms < f->env->expires_ms ||
        p->created_wall_ms < f->env->released_ms)
        return 0;
    digest_hex(&p->hash, f->hash);
    return 1;
}

static void load(struct engine *e, struct environment *env, int64_t now)
{
    struct finding f = {.env = env};
    struct err err = ERR_INIT;
    /* killed between the two writes of its first release */
    if (!env->about.since_ms && env->about.ttl_ms && env->release && is_anywhere(env)) {
        struct environment_about about = env->about;
        about.since_ms = env->released_ms;
        char *text = environment_about_write(&about);
        environment_set_about(env, text);
        environment_set_expiry(env, about.since_ms + about.ttl_ms, false, "");
        mem_free(text);
    }
    if (!env->expires_ms || env->expires_ms > now || !is_anywhere(env))
        return;
    if (store_each_plan(e->view, env->uuid, 20, on_plan, &f, &err) > 1)
        log_write(e->log, LOG_WARN, env->name, "its plans cannot be read: %s", err.text);
    environment_set_expiry(env, env->expires_ms, true, f.hash);
    err_clear(&err);
}

static int start(struct engine *e, void **state, struct err *err)
{
    (void)err;
    struct lifetimes *l = mem_new(struct lifetimes);
    l->engine = e;
    *state = l;
    int64_t now = engine_wall_ms(e);
    for (size_t i = 0; e->view && i < e->environments.len; i++)
        load(e, e->environments.items[i], now);
    look_in(l, 0);
    return 0;
}

static void on_cluster(void *state, struct cluster *c, enum cluster_change what)
{
    struct lifetimes *l = state;
    for (size_t i = 0; what == CLUSTER_DISCOVERED && i < c->targets.len; i++)
        if (c->targets.items[i]->environment->expired) {
            look_in(l, 0);
            return;
        }
}

static void on_gap(void *state, int64_t gap_ms)
{
    (void)gap_ms;
    look_in(state, 0);
}

static void stop(void *state, bool hand_over)
{
    (void)hand_over;
    struct lifetimes *l = state;
    loop_cancel_timer(l->engine->loop, l->timer);
    l->timer = NULL;
    l->stopped = true;
    if (!l->asked)
        lifetimes_free(l);
}

const struct engine_part lifetime_part = {
    .name = "lifetimes", .start = start, .cluster = on_cluster, .gap = on_gap, .stop = stop};
