// SPDX-License-Identifier: Apache-2.0
/*
 * Taking: the audit's first row names the heads that were found, then the environments, then target
 * by target its release and what was given. Cut short, what is missing is taken the next time.
 */
#include "engine/environments/rebuild.h"

#include "base/mem.h"
#include "data/json.h"
#include "engine/answers/audit.h"
#include "engine/build.h"
#include "engine/drift/given.h"
#include "engine/environments/environment.h"
#include "engine/fleet/cluster.h"
#include "store/store_put.h"

#include <string.h>

struct taking {
    struct rebuilding *r;
    void (*done)(struct rebuilding *r);
};

static void step(struct taking *t)
{
    struct rebuilding *r = t->r;
    if (--r->writes)
        return;
    if (r->gone)
        rebuild_free(r);
    else
        t->done(r);
    mem_free(t);
}

static void on_written(void *ctx, const struct err *err, int64_t value)
{
    struct taking *t = ctx;
    (void)value;
    if (err && !t->r->err.code)
        err_copy(&t->r->err, err);
    step(t);
}

static struct store_ack ack_of(struct taking *t)
{
    t->r->writes++;
    return (struct store_ack){on_written, t};
}

/* ---- the audit ---- */

static void put_audit(struct taking *t)
{
    struct rebuilding *r = t->r;
    struct arena *a = &r->pool.arena;
    VEC(struct audit_word) words = {0};
    for (size_t i = 0; i < r->found.len; i++) {
        const struct rebuild_found *f = &r->found.items[i];
        char head[DIGEST_HEX_LEN + 1];
        if (f->left)
            continue;
        digest_hex(&f->record.audit_head, head);
        const char *key = arena_printf(a, "%s %s", f->name, f->record.environment);
        vec_push(&words,
                 (struct audit_word){
                     key, arena_printf(a, "row %lld %s", (long long)f->record.audit_rows, head)});
    }
    audit_put(r->engine, STORE_AUDIT_ANEW, "from the clusters", words.items, words.len, ack_of(t));
    vec_clear(&words);
}

/* ---- environments ---- */

/* The newest word on an environment; exceptions of all its targets, those for all clusters once. */
static const struct record *newest_of(const struct rebuilding *r, const char *uuid)
{
    const struct record *out = NULL;
    for (size_t i = 0; i < r->found.len; i++) {
        const struct record *x = &r->found.items[i].record;
        if (!r->found.items[i].left && strcmp(x->uuid, uuid) == 0 &&
            (!out || x->release > out->release ||
             (x->release == out->release && x->at_ms > out->at_ms)))
            out = x;
    }
    return out;
}

static void put_environment(struct taking *t, const struct record *newest)
{
    struct rebuilding *r = t->r;
    VEC(struct store_exception) all = {0};
    struct strmap seen = {0};
    for (size_t i = 0; i < r->found.len; i++) {
        const struct record *x = &r->found.items[i].record;
        for (size_t k = 0; !r->found.items[i].left && k < x->n_exceptions; k++)
            if (strcmp(x->uuid, newest->uuid) == 0 && !strmap_set(&seen, x->exceptions[k].uuid, r))
                vec_push(&all, x->exceptions[k]);
    }
    const struct store_environment env = {.uuid = newest->uuid,
                                          .name = newest->environment,
                                          .kind =
                                              newest->blueprint ? STORE_BLUEPRINT : STORE_FOLDER,
                                          .name_space = newest->namespace_,
                                          .origin = newest->origin,
                                          .created_wall_ms = newest->created_ms,
                                          .about = newest->about,
                                          .expires_wall_ms = newest->expires_ms};
    store_put_found_environment(r->engine->store, &env, all.items, all.len, ack_of(t));
    r->environments++;
    strmap_clear(&seen);
    vec_clear(&all);
}

/* ---- targets ---- */

static struct store_bytes json_in(struct val_pool *p, struct val_builder *b)
{
    struct buf text;
    buf_init(&text, BUF_LARGE);
    (void)!json_write(&text, val_builder_finish(b), JSON_CANONICAL);
    const struct store_bytes out = {arena_strndup(&p->arena, buf_str(&text), text.len), text.len};
    val_builder_free(b);
    buf_clear(&text);
    return out;
}

static struct store_bytes map_of(struct val_pool *p, const char *const (*pairs)[2], size_t n)
{
    struct val_builder *b = val_builder_new(p, 4);
    val_builder_map(b);
    for (size_t i = 0; i < n; i++)
        build_str(b, pairs[i][0], pairs[i][1]);
    val_builder_end(b);
    return json_in(p, b);
}

static bool given_of(struct rebuilding *r, const struct rebuild_found *f,
                     const struct record_member *m, struct store_given *out)
{
    struct buf leaves;
    struct err e = ERR_INIT;
    buf_init(&leaves, BUF_LARGE);
    bool good = m->fields.len && !given_unpack(m->leaves.data, m->leaves.len,
                                               f->proof == RECORD_OTHER_KEY, &leaves, &e);
    if (good)
        *out = (struct store_given){
            .environment = f->record.uuid,
            .cluster = f->record.cluster,
            .object = m->object,
            .uid = m->uid,
            .resource_version = "",
            .fieldset = m->fields,
            .leaves = {arena_strndup(&r->pool.arena, buf_str(&leaves), leaves.len), leaves.len},
            .body_digest = m->body,
            .release = m->release,
            .contract = m->contract};
    buf_clear(&leaves);
    err_clear(&e);
    return good;
}

/* Of a release that was under way, and where not all fitted into the record, what was given is not
 * known: no state in which that would count as well. */
static const char *what_is_missing(const struct record *x, size_t given)
{
    if (!x->done)
        return "its release was under way when the store was lost: plan and apply it again";
    if (x->left_out & (RECORD_NO_BASELINES | RECORD_NO_MEMBERS) || given < x->n_members)
        return "what was given is more than its cluster could carry: plan and apply it again";
    return "";
}

static void put_target(struct taking *t, const struct rebuild_found *f)
{
    struct rebuilding *r = t->r;
    struct val_pool *p = &r->pool;
    const struct record *x = &f->record;
    struct store_given *given = arena_array(&p->arena, x->n_members + 1, sizeof(*given));
    size_t n = 0;
    for (size_t i = 0; i < x->n_members; i++)
        n += given_of(r, f, &x->members[i], &given[n]);
    const char *missing = what_is_missing(x, n);
    const char *name =
        arena_printf(&p->arena, "leeway.found.v1\n%s %lld", x->uuid, (long long)x->release);
    const char *const who[][2] = {{"login", x->by}};
    const char *const plan[][2] = {
        {"title", "found on the clusters"}, {"fleet", x->fleet},   {"environment", x->environment},
        {"namespace", x->namespace_},       {"folder", x->origin}, {"plan", x->plan}};
    const char *const target[][2] = {{"cluster", f->name}};
    const struct store_found_target out = {.environment = x->uuid,
                                           .cluster = x->cluster,
                                           .release = x->release,
                                           .at_wall_ms = x->at_ms,
                                           .plan = digest_sha256(name, strlen(name)),
                                           .who = map_of(p, who, 1),
                                           .plan_summary = map_of(p, plan, ARRAY_LEN(plan)),
                                           .target_summary = map_of(p, target, 1),
                                           .state = *missing ? STORE_TARGET_FAILED
                                                             : STORE_TARGET_WAITING,
                                           .reason = missing,
                                           .given = given,
                                           .n_given = n};
    store_put_found_target(r->engine->store, &out, ack_of(t));
    r->targets++;
    if (*missing)
        rebuild_say(r, f->name, NULL, "%s: %s", x->environment, missing);
    if (f->proof == RECORD_OTHER_KEY)
        r->other_key++;
}

void rebuild_take(struct rebuilding *r, void (*done)(struct rebuilding *r))
{
    struct engine *e = r->engine;
    struct taking *t = mem_new(struct taking);
    struct strmap seen = {0};
    size_t n = 0;
    *t = (struct taking){r, done};
    r->taking = true;
    r->writes = 1;
    for (size_t i = 0; i < r->found.len; i++)
        n += !r->found.items[i].left;
    if (n)
        put_audit(t);
    if (n && strcmp(e->fleet_uuid, r->fleet) != 0)
        store_put_fleet(e->store, r->fleet, ack_of(t));
    for (size_t i = 0; i < r->found.len; i++)
        if (!r->found.items[i].left && !strmap_set(&seen, r->found.items[i].record.uuid, t))
            put_environment(t, newest_of(r, r->found.items[i].record.uuid));
    for (size_t i = 0; i < r->found.len; i++)
        if (!r->found.items[i].left)
            put_target(t, &r->found.items[i]);
    if (r->other_key)
        rebuild_say(r, "", "a release writes them anew",
                    "the key of secrets was lost with the store: who wrote %zu record%s cannot be "
                    "proven, and what was given of secrets is unknown",
                    r->other_key, r->other_key == 1 ? "" : "s");
    strmap_clear(&seen);
    step(t);
}
