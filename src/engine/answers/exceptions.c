// SPDX-License-Identifier: Apache-2.0
#include "engine/answers/exceptions.h"

#include "base/mem.h"
#include "data/json.h"
#include "engine/answers/audit.h"
#include "engine/answers/within.h"
#include "engine/drift/drift.h"
#include "engine/environments/environment.h"
#include "engine/fleet/cluster.h"
#include "store/store_get.h"
#include "store/store_put.h"

#include <stdio.h>
#include <string.h>

enum { LOOK_MS = 60000 }; /* the wall clock may be set: looked at again at least so often */

struct exceptions {
    struct engine *engine;
    VEC(struct exception *) items; /* rows of the table, in its order */
    struct loop_timer *timer;
};

static struct exceptions *state_of(const struct engine *e)
{
    return engine_part_state((struct engine *)(uintptr_t)e, &exceptions_part);
}

/* ---- records ---- */

static void exception_free(struct exception *x)
{
    char *strings[] = {x->environment, x->cluster, x->api_version, x->kind,   x->ns, x->name,
                       x->path,        x->manager, x->matches,     x->reason, x->by};
    for (size_t i = 0; i < ARRAY_LEN(strings); i++)
        mem_free(strings[i]);
    within_free(x->within);
    mem_free(x);
}

static struct exception *record(const struct store_exception *s, struct err *e)
{
    struct exception *x = mem_new(struct exception);
    struct arena a;
    arena_init(&a);
    snprintf(x->uuid, sizeof(x->uuid), "%s", s->uuid);
    x->environment = mem_strdup(s->environment);
    x->cluster = mem_strdup(s->cluster ? s->cluster : "");
    x->api_version = mem_strdup(s->object.api_version);
    x->kind = mem_strdup(s->object.kind);
    x->ns = mem_strdup(s->object.name_space ? s->object.name_space : "");
    x->name = mem_strdup(s->object.name);
    x->path = mem_strdup(s->path ? s->path : "");
    x->manager = mem_strdup(s->manager ? s->manager : "");
    x->matches = mem_strdup(s->matches ? s->matches : "");
    x->reason = mem_strdup(s->reason);
    x->by = mem_strdup(audit_login(&a, s->who.data, s->who.len));
    x->match = s->match;
    x->created_ms = s->created_wall_ms;
    x->expires_ms = s->expires_wall_ms;
    arena_clear(&a);
    if (x->match == STORE_MATCH_WITHIN && !(x->within = within_new(x->matches, e))) {
        exception_free(x);
        return NULL;
    }
    return x;
}

/* ---- rows ---- */

/* A value as it stands in records, for people: without quotes. */
static struct text value_words(struct arena *a, const char *json)
{
    struct val_pool pool;
    if (!*json)
        return TEXT("-");
    val_pool_init_limited(&pool, 1 << 20);
    const struct val *v = json_read(&pool, json, strlen(json), NULL, NULL);
    struct text t = v ? drift_value_text(a, v) : text_cstr(a, json);
    val_pool_clear(&pool);
    return t;
}

static void fill(void *ctx, struct leeway_snapshot_builder *b, size_t i, struct arena *a)
{
    struct exceptions *s = ctx;
    const struct exception *x = s->items.items[i];
    const struct environment *env = environment_by_uuid(s->engine, x->environment);
    const struct cluster *c = *x->cluster ? engine_cluster_by_uid(s->engine, x->cluster) : NULL;
    const struct leeway_answer row = {
        .uuid = text_cstr(a, x->uuid),
        .handed_over = x->match == STORE_MATCH_HANDED_OVER,
        .expired = x->expired,
        .environment = text_cstr(a, env ? env->name : x->environment),
        .cluster = text_cstr(a, c ? c->name : x->cluster),
        .cluster_id = c ? c->id : 0,
        .api_version = text_cstr(a, x->api_version),
        .object_kind = text_cstr(a, x->kind),
        .namespace_ = text_cstr(a, x->ns),
        .name = text_cstr(a, x->name),
        .path = text_cstr(a, x->path),
        .manager = text_cstr(a, x->manager),
        .accepts = x->match == STORE_MATCH_VALUE    ? value_words(a, x->matches)
                   : x->match == STORE_MATCH_WITHIN ? text_cstr(a, x->matches)
                                                    : TEXT("anything"),
        .within = x->match == STORE_MATCH_WITHIN,
        .reason = text_cstr(a, x->reason),
        .by = text_cstr(a, x->by),
        .created_ms = x->created_ms,
        .expires_ms = x->expires_ms,
        .standing = x->standing,
    };
    leeway_snapshot_put_answer(b, i, &row);
}

/* How many are in force stands in the environment's row. */
static void mark_environment(const struct exceptions *s, const struct exception *x)
{
    struct environment *env = environment_by_uuid(s->engine, x->environment);
    if (env)
        engine_dirty_environment(s->engine, env);
}

static void put_row(struct exceptions *s, struct exception *x)
{
    x->row = s->items.len;
    vec_push(&s->items, x);
    engine_table_resize(s->engine, ENGINE_ANSWERS, s->items.len);
    mark_environment(s, x);
}

static void drop_row(struct exceptions *s, struct exception *x)
{
    struct exception *last = s->items.items[--s->items.len];
    s->items.items[x->row] = last;
    last->row = x->row;
    if (last != x)
        engine_dirty_row(s->engine, ENGINE_ANSWERS, last->row);
    engine_table_resize(s->engine, ENGINE_ANSWERS, s->items.len);
    mark_environment(s, x);
}

/* ---- asking ---- */

static size_t group_len(const char *api_version)
{
    const char *slash = strchr(api_version, '/');
    return slash ? (size_t)(slash - api_version) : 0;
}

static bool is_of(const struct exception *x, const struct target *t, const struct store_object *o)
{
    size_t n = group_len(x->api_version);
    return !x->expired && strcmp(x->name, o->name) == 0 && strcmp(x->kind, o->kind) == 0 &&
           strcmp(x->ns, o->name_space ? o->name_space : "") == 0 &&
           n == group_len(o->api_version) && memcmp(x->api_version, o->api_version, n) == 0 &&
           strcmp(x->environment, t->environment->uuid) == 0 &&
           (!*x->cluster || strcmp(x->cluster, t->cluster_uid) == 0);
}

const struct exception *exceptions_next(struct engine *e, const struct target *t,
                                        const struct store_object *o, size_t *at)
{
    struct exceptions *s = state_of(e);
    while (s && *at < s->items.len) {
        const struct exception *x = s->items.items[(*at)++];
        if (is_of(x, t, o))
            return x;
    }
    return NULL;
}

static bool is_within(const struct exception *x, const char *value)
{
    struct val_pool pool;
    struct err e = ERR_INIT;
    if (!value || !*value)
        return false;
    val_pool_init_limited(&pool, BUF_LARGE);
    const struct val *v = json_read(&pool, value, strlen(value), NULL, NULL);
    bool holds = within_holds(x->within, NULL, v, &e);
    err_clear(&e);
    val_pool_clear(&pool);
    return holds;
}

static bool accepts(const struct exception *x, const char *manager, const char *value)
{
    if (x->match == STORE_MATCH_HANDED_OVER)
        return true;
    if (*x->manager && strcmp(x->manager, manager) != 0)
        return false;
    return x->match == STORE_MATCH_WITHIN ? is_within(x, value)
                                          : value && strcmp(x->matches, value) == 0;
}

struct exception *exceptions_covering(struct engine *e, const struct target *t,
                                      const struct store_object *o, const char *path,
                                      const char *manager, const char *value)
{
    struct exceptions *s = state_of(e);
    for (size_t i = 0; s && i < s->items.len; i++) {
        struct exception *x = s->items.items[i];
        if (is_of(x, t, o) && strcmp(x->path, path) == 0 && accepts(x, manager, value))
            return x;
    }
    return NULL;
}

bool exceptions_handed_over(struct engine *e, const struct target *t, const struct store_object *o,
                            const char *path)
{
    const struct exception *x;
    size_t at = 0;
    while ((x = exceptions_next(e, t, o, &at)))
        if (x->match == STORE_MATCH_HANDED_OVER && strcmp(x->path, path) == 0)
            return true;
    return false;
}

void exceptions_stand(struct engine *e, struct exception *x, int by)
{
    struct exceptions *s = state_of(e);
    x->standing = (uint32_t)((int)x->standing + by);
    if (s && x->row < s->items.len && s->items.items[x->row] == x)
        engine_dirty_row(e, ENGINE_ANSWERS, x->row);
}

size_t exceptions_count(const struct engine *e, const char *environment_uuid)
{
    struct exceptions *s = state_of(e);
    size_t n = 0;
    for (size_t i = 0; s && i < s->items.len; i++)
        n += !s->items.items[i]->expired && s->items.items[i]->match != STORE_MATCH_HANDED_OVER &&
             strcmp(s->items.items[i]->environment, environment_uuid) == 0;
    return n;
}

/* ---- time ---- */

static void schedule(struct exceptions *s);

static void say_expired(struct exceptions *s, const struct exception *x)
{
    const struct environment *env = environment_by_uuid(s->engine, x->environment);
    engine_message(s->engine, x->standing ? LEEWAY_DRIFT : LEEWAY_OK, env ? env->name : "",
                   x->reason, "%s/%s %s: the exception of %s ended%s", x->kind, x->name, x->path,
                   x->by, x->standing ? "; the difference counts again" : "");
}

static void on_time(void *ctx)
{
    struct exceptions *s = ctx;
    int64_t now = engine_wall_ms(s->engine);
    bool any = false;
    s->timer = NULL;
    for (size_t i = 0; i < s->items.len; i++) {
        struct exception *x = s->items.items[i];
        bool over = x->expires_ms && x->expires_ms <= now;
        if (over == x->expired)
            continue;
        if (over)
            say_expired(s, x);
        x->expired = over;
        any = true;
        engine_dirty_row(s->engine, ENGINE_ANSWERS, i);
        mark_environment(s, x);
    }
    if (any)
        drift_answers_changed(s->engine);
    schedule(s);
}

static void schedule(struct exceptions *s)
{
    int64_t now = engine_wall_ms(s->engine), next = INT64_MAX;
    for (size_t i = 0; i < s->items.len; i++) {
        const struct exception *x = s->items.items[i];
        if (x->expires_ms && !x->expired && x->expires_ms < next)
            next = x->expires_ms;
    }
    loop_cancel_timer(s->engine->loop, s->timer);
    s->timer = NULL;
    if (next == INT64_MAX)
        return;
    int64_t delay = next > now ? next - now : 0;
    s->timer = loop_after(s->engine->loop, delay < LOOK_MS ? delay : LOOK_MS, on_time, s);
}

/* ---- changing ---- */

static char *subject_of(const struct engine *e, const struct exception *x)
{
    struct engine *m = (struct engine *)(uintptr_t)e;
    const struct environment *env = environment_by_uuid(m, x->environment);
    const struct cluster *c = *x->cluster ? engine_cluster_by_uid(m, x->cluster) : NULL;
    return mem_printf("%s %s %s/%s%s%s", env ? env->name : x->environment,
                      c             ? c->name
                      : *x->cluster ? x->cluster
                                    : "all clusters",
                      x->kind, x->name, *x->path ? " " : "", x->path);
}

static void note(struct engine *e, const char *action, const struct exception *x,
                 const char *reason)
{
    char *subject = subject_of(e, x), until[CLOCK_RFC3339_LEN] = "never";
    if (x->expires_ms)
        clock_format_rfc3339(x->expires_ms, until);
    const struct audit_word words[] = {
        {"exception", x->uuid},  {"reason", reason},
        {"expires", until},      {"match", store_match_word(x->match)},
        {"matches", x->matches}, {"manager", x->manager},
    };
    audit_put(e, action, subject, words, ARRAY_LEN(words), STORE_NO_ACK);
    mem_free(subject);
}

static bool same_place(const struct exception *a, const struct exception *b)
{
    return strcmp(a->environment, b->environment) == 0 && strcmp(a->cluster, b->cluster) == 0 &&
           strcmp(a->kind, b->kind) == 0 && strcmp(a->ns, b->ns) == 0 &&
           strcmp(a->name, b->name) == 0 && strcmp(a->path, b->path) == 0 &&
           strcmp(a->api_version, b->api_version) == 0;
}

/* Out of the table and out of every verdict. */
static void take_out(struct exceptions *s, struct exception *x)
{
    drop_row(s, x);
    drift_answers_changed(s->engine);
    exception_free(x);
}

int exceptions_add(struct engine *e, const struct store_exception *given, struct err *err)
{
    struct exceptions *s = state_of(e);
    struct store_exception r = *given;
    struct arena a;
    char uuid[UUID_LEN + 1];
    if (!s || !e->store || e->spectator)
        return err_set(err, ERR_UNSUPPORTED, "without a store no answer is remembered");
    arena_init(&a);
    uuid_make(uuid);
    r.uuid = r.uuid && *r.uuid ? r.uuid : uuid;
    const char *who = engine_who_json(e, NULL, &a);
    r.who = (struct store_bytes){who, strlen(who)};
    r.created_wall_ms = engine_wall_ms(e);
    struct exception *x = record(&r, err);
    for (size_t i = s->items.len; x && i-- > 0;) {
        struct exception *old = s->items.items[i];
        if (!same_place(old, x))
            continue;
        if (strcmp(old->uuid, x->uuid) != 0)
            store_put_exception_ended(e->store, old->uuid, STORE_NO_ACK);
        take_out(s, old);
    }
    if (x) {
        store_put_exception(e->store, &r, NULL, STORE_NO_ACK);
        put_row(s, x);
        note(e, x->match == STORE_MATCH_HANDED_OVER ? "hand over" : "accept", x, x->reason);
        drift_answers_changed(e);
        schedule(s);
    }
    arena_clear(&a);
    return x ? 0 : err->code;
}

int exceptions_end(struct engine *e, const char *uuid, const char *reason, struct err *err)
{
    struct exceptions *s = state_of(e);
    struct exception *found = NULL;
    size_t n = 0, len = strlen(uuid);
    for (size_t i = 0; s && len >= 4 && i < s->items.len; i++)
        if (strncmp(s->items.items[i]->uuid, uuid, len) == 0) {
            found = s->items.items[i];
            n++;
        }
    if (n > 1)
        return err_set(err, ERR_CONFLICT, "%zu exceptions begin with %s", n, uuid);
    if (!found) {
        err_set(err, ERR_NOT_FOUND, "there is no exception %s", uuid);
        err_hint(err, "leeway get exceptions lists them; four digits of its name are enough");
        return err->code;
    }
    store_put_exception_ended(e->store, found->uuid, STORE_NO_ACK);
    note(e, "end exception", found, reason);
    take_out(s, found);
    schedule(s);
    return 0;
}

/* ---- the part ---- */

static int load(void *ctx, const struct store_exception *x)
{
    struct exceptions *s = ctx;
    struct err e = ERR_INIT;
    struct exception *r = record(x, &e);
    if (r) {
        r->expired = r->expires_ms && r->expires_ms <= engine_wall_ms(s->engine);
        put_row(s, r);
    } else {
        engine_message(s->engine, LEEWAY_UNKNOWN, "", e.hint, "exception %s cannot be read: %s",
                       x->uuid, e.text);
    }
    err_clear(&e);
    return 0;
}

static int start(struct engine *e, void **state, struct err *err)
{
    struct exceptions *s = mem_new(struct exceptions);
    s->engine = e;
    *state = s;
    engine_table_own(e, ENGINE_ANSWERS, fill, s);
    if (e->view && store_each_exception(e->view, NULL, false, load, s, err))
        return err->code;
    schedule(s);
    return 0;
}

static void stop(void *state, bool hand_over)
{
    struct exceptions *s = state;
    (void)hand_over;
    loop_cancel_timer(s->engine->loop, s->timer);
    while (s->items.len)
        exception_free(s->items.items[--s->items.len]);
    vec_clear(&s->items);
    mem_free(s);
}

const struct engine_part exceptions_part = {.name = "exceptions", .start = start, .stop = stop};
