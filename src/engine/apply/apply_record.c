// SPDX-License-Identifier: Apache-2.0
/*
 * What the parent of a set is to carry (record.h), gathered when it is written: from the store,
 * where all that was answered so far lies durably, and from the plan, what is still to be sent.
 */
#include "engine/apply/apply_int.h"

#include "data/json.h"
#include "engine/apply/record.h"
#include "engine/drift/given.h"
#include "engine/fleet/cluster.h"
#include "store/store_get.h"

#include <string.h>

/* What does not pack does not fit: no need to read on. */
enum { LEAVES_MAX = 2 * APPLYSET_RECORD_MAX };

struct gathering {
    struct val_pool pool;
    const struct release_target *t;
    VEC(struct record_member) members;
    VEC(struct store_exception) exceptions;
    struct strmap seen; /* members by name */
    size_t leaves;      /* bytes of them */
    unsigned left_out;
    int64_t audit_rows;
    struct digest audit_head;
};

static struct store_bytes bytes_in(struct arena *a, const void *data, size_t len)
{
    return (struct store_bytes){len ? arena_strndup(a, data, len) : "", len};
}

static struct store_object object_in(struct arena *a, const struct store_object *o)
{
    return (struct store_object){arena_strdup(a, o->api_version), arena_strdup(a, o->kind),
                                 arena_strdup(a, o->name_space ? o->name_space : ""),
                                 arena_strdup(a, o->name)};
}

static char *name_of(const struct store_object *o)
{
    const char *slash = strchr(o->api_version, '/');
    size_t group = slash ? (size_t)(slash - o->api_version) : 0;
    return mem_printf("%.*s/%s/%s/%s", (int)group, o->api_version, o->kind, o->name_space, o->name);
}

static void put_member(struct gathering *g, const struct record_member *m)
{
    char *name = name_of(&m->object);
    if (!strmap_has(&g->seen, name)) {
        strmap_set(&g->seen, name, g);
        vec_push(&g->members, *m);
    }
    mem_free(name);
}

static int on_given(void *ctx, const struct store_given *s)
{
    struct gathering *g = ctx;
    struct arena *a = &g->pool.arena;
    struct buf packed;
    struct err e = ERR_INIT;
    struct record_member m = {.object = object_in(a, &s->object),
                              .uid = arena_strdup(a, s->uid),
                              .contract = arena_strdup(a, s->contract ? s->contract : ""),
                              .body = s->body_digest,
                              .release = s->release};
    buf_init(&packed, LEAVES_MAX);
    if (g->leaves < LEAVES_MAX &&
        !given_pack(s->object.api_version, s->object.kind, s->fieldset.data, s->fieldset.len,
                    s->leaves.data, s->leaves.len, &packed, &e)) {
        m.fields = bytes_in(a, s->fieldset.data, s->fieldset.len);
        m.leaves = bytes_in(a, packed.data, packed.len);
        g->leaves += packed.len;
    }
    buf_clear(&packed);
    err_clear(&e);
    put_member(g, &m);
    return 0;
}

/* What the release is to apply and has not yet. */
static void add_planned(struct gathering *g)
{
    const struct release_target *t = g->t;
    for (size_t i = 0; i < t->n_items; i++) {
        const struct plan_row *r = t->items[i].row;
        struct buf body;
        if (!r->body || r->action == LEEWAY_ACTION_DELETE)
            continue;
        buf_init(&body, STORE_MAX_BYTES);
        (void)!json_write(&body, r->body, JSON_CANONICAL);
        const struct record_member m = {.object = {r->api_version, r->kind, r->namespace_, r->name},
                                        .uid = r->uid,
                                        .contract = r->contract,
                                        .body = digest_sha256(buf_str(&body), body.len),
                                        .release = t->release->number};
        buf_clear(&body);
        put_member(g, &m);
    }
}

static int on_exception(void *ctx, const struct store_exception *x)
{
    struct gathering *g = ctx;
    struct arena *a = &g->pool.arena;
    if (x->cluster && *x->cluster && strcmp(x->cluster, g->t->plan->cluster_uid) != 0)
        return 0;
    struct store_exception copy = *x;
    copy.uuid = arena_strdup(a, x->uuid);
    copy.cluster = x->cluster && *x->cluster ? g->t->plan->cluster_uid : "";
    copy.object = object_in(a, &x->object);
    copy.path = arena_strdup(a, x->path ? x->path : "");
    copy.manager = arena_strdup(a, x->manager ? x->manager : "");
    copy.matches = arena_strdup(a, x->matches ? x->matches : "");
    copy.reason = arena_strdup(a, x->reason);
    copy.who = bytes_in(a, x->who.data, x->who.len);
    vec_push(&g->exceptions, copy);
    return 0;
}

static int on_audit(void *ctx, const struct store_audit *row)
{
    struct gathering *g = ctx;
    g->audit_rows = row->row;
    g->audit_head = row->chain;
    return 0;
}

static bool gather(struct gathering *g, struct err *e)
{
    const struct plan *p = g->t->release->plan;
    struct store_view *v = g->t->release->engine->view;
    int rc = store_each_given(v, p->environment_uuid, g->t->plan->cluster_uid, on_given, g, e);
    if (!rc)
        rc = store_each_exception(v, p->environment_uuid, false, on_exception, g, e);
    if (!rc)
        rc = store_each_audit(v, NULL, 1, on_audit, g, e);
    if (rc)
        return false;
    add_planned(g);
    if (g->leaves >= LEAVES_MAX)
        g->left_out |= RECORD_NO_BASELINES;
    return true;
}

static const char *hex_in(struct arena *a, const struct digest *d)
{
    static const struct digest none;
    char hex[DIGEST_HEX_LEN + 1];
    digest_hex(d, hex);
    return digest_equal(d, &none) ? "" : arena_strdup(a, hex);
}

static struct record record_of(struct gathering *g, bool done)
{
    const struct release_target *t = g->t;
    const struct plan *p = t->release->plan;
    struct engine *e = t->release->engine;
    const struct environment *env = environment_by_uuid(e, p->environment_uuid);
    struct arena *a = &g->pool.arena;
    return (struct record){.fleet = p->fleet_uuid,
                           .environment = p->environment,
                           .uuid = p->environment_uuid,
                           .namespace_ = p->namespace_,
                           .origin = p->folder,
                           .about = env ? env->about_text : p->about,
                           .blueprint = env && *env->about_text,
                           .created_ms = env ? env->created_ms : 0,
                           .expires_ms = env ? env->expires_ms : 0,
                           .cluster = t->plan->cluster_uid,
                           .cluster_name = t->plan->cluster,
                           .plan = hex_in(a, &p->hash),
                           .plan_kind = p->kind,
                           .subject = p->approved.n_items ? p->approved.subject : "",
                           .content = p->approved.n_items ? hex_in(a, &p->approved.content) : "",
                           .rendered = hex_in(a, &t->plan->rendered),
                           .release = t->release->number,
                           .at_ms = engine_wall_ms(e),
                           .by = e->person.login,
                           .done = done,
                           .members = g->members.items,
                           .n_members = g->members.len,
                           .exceptions = g->exceptions.items,
                           .n_exceptions = g->exceptions.len,
                           .audit_rows = g->audit_rows,
                           .audit_head = g->audit_head,
                           .left_out = g->left_out};
}

bool record_hmac_of_store(void *engine, const void *bytes, size_t len, struct digest *out)
{
    const struct engine *e = engine;
    return store_secret_hmac(e->store, bytes, len, out);
}

void apply_record(const struct release_target *t, bool done, struct buf *out)
{
    struct engine *e = t->release->engine;
    struct gathering g = {.t = t};
    struct err err = ERR_INIT;
    val_pool_init(&g.pool);
    if (e->store && e->view && gather(&g, &err)) {
        const struct record r = record_of(&g, done);
        (void)!record_write(&r, record_hmac_of_store, e, out, &err);
    }
    if (err.code)
        engine_message(e, LEEWAY_DEGRADED, t->plan->cluster, err.text,
                       "%s: the release record of %s cannot be written", t->plan->cluster,
                       t->release->plan->environment);
    err_clear(&err);
    strmap_clear(&g.seen);
    vec_clear(&g.members);
    vec_clear(&g.exceptions);
    val_pool_clear(&g.pool);
}
