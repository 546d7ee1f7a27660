// SPDX-License-Identifier: Apache-2.0
#include "engine/answers/answers.h"

#include "data/json.h"
#include "engine/answers/exceptions.h"
#include "engine/answers/within.h"
#include "engine/drift/drift_pick.h"

#include <string.h>

enum { REASON_MAX = 500 };

int answers_check_reason(const struct leeway_command *c, struct err *e)
{
    if (!c->reason || !*c->reason) {
        err_set(e, ERR_USAGE, "a reason is wanted: others will read it");
        return e->code;
    }
    if (strlen(c->reason) > REASON_MAX)
        return err_set(e, ERR_USAGE, "a reason has at most %d bytes", REASON_MAX);
    return 0;
}

/* ---- accept ---- */

static int check_end(const struct engine *e, const struct environment *env, int64_t expires_ms,
                     struct err *err)
{
    int64_t now = engine_wall_ms(e), most = env->about.max_expiry_ms;
    char limit[CLOCK_RFC3339_LEN], span[CLOCK_SPAN_LEN];
    if (expires_ms && expires_ms <= now)
        return err_set(err, ERR_USAGE, "that end is over already");
    if (most && (!expires_ms || expires_ms > now + most)) {
        clock_format_rfc3339(now + most, limit);
        clock_format_span(most, span);
        err_set(err, ERR_FORBIDDEN, "%s allows exceptions for %s at most (maxExpiry), until %s now",
                env->about.blueprint, span, limit);
        err_hint(err, "give an earlier end");
        return err->code;
    }
    return 0;
}

/* Differences that have an exception already do not count again. */
static int check_room(struct engine *e, const struct drift_picked *p, struct err *err)
{
    const struct environment *env = p->environment;
    size_t have = exceptions_count(e, env->uuid), more = 0;
    for (size_t i = 0; i < p->items.len; i++) {
        struct leeway_drift row;
        struct arena a;
        arena_init(&a);
        drift_item_describe(p->items.items[i], &row, &a);
        more += !row.exception.len;
        arena_clear(&a);
    }
    if (env->about.max_exceptions < 0 || have + more <= (size_t)env->about.max_exceptions)
        return 0;
    err_set(err, ERR_LIMIT, "%s allows %d exception%s (leeway.exceptions), and %zu %s in force",
            env->about.blueprint, env->about.max_exceptions,
            env->about.max_exceptions == 1 ? "" : "s", have, have == 1 ? "is" : "are");
    err_hint(err, "revert some of it, or end an exception: leeway get exceptions");
    return err->code;
}

static int check_item(const struct drift_item *i, const struct within *w, struct err *e)
{
    struct val_pool pool;
    struct err why = ERR_INIT;
    const char *value = drift_item_value(i), *path = drift_item_path(i);
    path = *path ? path : "the object";
    if (drift_item_kind(i) == LEEWAY_DRIFT_NOT_SEEN || !value) {
        err_set(e, ERR_INVALID,
                value ? "%s cannot be seen now: there is nothing to accept"
                      : "the value of %s is too large to be remembered",
                path);
        return e->code;
    }
    if (!w)
        return 0;
    val_pool_init_limited(&pool, BUF_LARGE);
    const struct val *v = *value && !drift_item_is_secret(i)
                              ? json_read(&pool, value, strlen(value), NULL, NULL)
                              : NULL;
    if (!v)
        err_set(e, ERR_INVALID, "%s has no value that could be compared", path);
    else if (!within_holds(w, NULL, v, &why))
        err_set(e, ERR_INVALID, "%s is %.200s now, which is not within that%s%s", path, value,
                why.text ? ": " : "", why.text ? why.text : "");
    err_clear(&why);
    val_pool_clear(&pool);
    return e->code;
}

static int check(struct engine *e, const struct leeway_command *c, const struct drift_picked *p,
                 struct err *err)
{
    struct within *w = NULL;
    if (!p->items.len) {
        err_set(err, ERR_NOT_FOUND, "nothing stands against it: there is nothing to accept");
        err_hint(err, "leeway drift lists what differs");
        return err->code;
    }
    if (answers_check_reason(c, err) || check_end(e, p->environment, c->expires_ms, err) ||
        check_room(e, p, err))
        return err->code;
    if (c->within && *c->within && !(w = within_new(c->within, err))) {
        err_prefix(err, "within");
        return err->code;
    }
    for (size_t i = 0; !err->code && i < p->items.len; i++)
        if (check_item(p->items.items[i], w, err))
            break;
    within_free(w);
    return err->code;
}

/* Names and values first: the items are judged anew with each exception that comes. */
struct accepting {
    struct store_exception record;
    char *strings[7];
};

static void describe(struct accepting *a, const struct leeway_command *c, struct drift_item *i)
{
    struct drift_object *o = drift_item_object(i);
    const struct target *t = drift_object_target(o);
    const struct store_object so = drift_object_name(o);
    bool within = c->within && *c->within;
    const char *words[7] = {so.api_version,
                            so.kind,
                            so.name_space,
                            so.name,
                            drift_item_path(i),
                            drift_item_taker(i),
                            within ? c->within : drift_item_value(i)};
    for (size_t k = 0; k < 7; k++)
        a->strings[k] = mem_strdup(words[k]);
    a->record = (struct store_exception){
        .environment = t->environment->uuid,
        .cluster = t->cluster_uid,
        .object = {a->strings[0], a->strings[1], a->strings[2], a->strings[3]},
        .path = a->strings[4],
        .manager = a->strings[5],
        .match = within ? STORE_MATCH_WITHIN : STORE_MATCH_VALUE,
        .matches = a->strings[6],
        .reason = c->reason,
        .expires_wall_ms = c->expires_ms};
}

void answers_accept(struct engine *e, struct engine_command *cmd)
{
    struct drift_picked p = {0};
    struct err err = ERR_INIT;
    const struct leeway_command *c = &cmd->c;
    int rc = drift_pick(e, c, &p, &err);
    rc = rc ? rc : check(e, c, &p, &err);
    size_t n = rc ? 0 : p.items.len;
    struct accepting *all = mem_calloc(n + 1, sizeof(*all));
    for (size_t i = 0; i < n; i++)
        describe(&all[i], c, p.items.items[i]);
    for (size_t i = 0; !rc && i < n; i++)
        rc = exceptions_add(e, &all[i].record, &err);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 7; k++)
            mem_free(all[i].strings[k]);
    char until[CLOCK_RFC3339_LEN];
    clock_format_rfc3339(c->expires_ms, until);
    if (rc)
        engine_answer_failed(e, cmd, &err);
    else
        engine_answer_done(e, cmd, 0, "accepted %zu difference%s of %s%s%s", n, n == 1 ? "" : "s",
                           p.environment->name, c->expires_ms ? " until " : " for good",
                           c->expires_ms ? until : "");
    mem_free(all);
    vec_clear(&p.items);
    err_clear(&err);
}

/* ---- the end of an exception ---- */

void answers_end(struct engine *e, struct engine_command *cmd)
{
    struct err err = ERR_INIT;
    size_t n = cmd->c.n_exceptions;
    if (!n)
        err_set(&err, ERR_USAGE, "say which exception");
    for (size_t i = 0; !err.code && i < n; i++)
        if (exceptions_end(e, cmd->c.exceptions[i], cmd->c.reason, &err))
            break;
    if (err.code)
        engine_answer_failed(e, cmd, &err);
    else
        engine_answer_done(e, cmd, 0, "ended %zu exception%s", n, n == 1 ? "" : "s");
    err_clear(&err);
}
