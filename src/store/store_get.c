// SPDX-License-Identifier: Apache-2.0
/* Reads of what lasts: clusters, environments, what was given, exceptions, drift, leases, messages.
 */
#include "store/store_int.h"

#define WORD(r, i, thing)                                                                          \
    (enum store_##thing) store_read_word(r, i, store_##thing##_words, store_##thing##_count)
#define INT(st, i) sqlite3_column_int64(st, i)

int store_each_cluster(struct store_view *v, int (*fn)(void *ctx, const struct store_cluster *c),
                       void *ctx, struct err *e)
{
    struct store_read r;
    int rc = 0;
    store_read_begin(v, &r, SQL_CLUSTERS, e, "");
    while (!rc && store_read_next(&r)) {
        struct store_cluster c = {
            .uid = store_col_text(r.st, 0),
            .weak = INT(r.st, 1) != 0,
            .first_seen_wall_ms = INT(r.st, 2),
            .last_seen_wall_ms = INT(r.st, 3),
            .summary = store_col_bytes(r.st, 4),
            .summary_wall_ms = INT(r.st, 5),
        };
        rc = fn(ctx, &c);
    }
    return store_read_end(&r, rc);
}

int store_each_route(struct store_view *v, int (*fn)(void *ctx, const struct store_route *r),
                     void *ctx, struct err *e)
{
    struct store_read r;
    int rc = 0;
    store_read_begin(v, &r, SQL_ROUTES, e, "");
    while (!rc && store_read_next(&r)) {
        struct store_route route = {
            .name = store_col_text(r.st, 0),
            .cluster = store_col_text(r.st, 1),
            .server = store_col_text(r.st, 2),
            .ca = store_col_digest(r.st, 3),
            .first_seen_wall_ms = INT(r.st, 4),
            .last_seen_wall_ms = INT(r.st, 5),
            .replaced_by = store_col_text(r.st, 6),
        };
        rc = fn(ctx, &route);
    }
    return store_read_end(&r, rc);
}

int store_each_pin(struct store_view *v, int (*fn)(void *ctx, const struct store_pin *p), void *ctx,
                   struct err *e)
{
    struct store_read r;
    int rc = 0;
    store_read_begin(v, &r, SQL_PINS, e, "");
    while (!rc && store_read_next(&r)) {
        struct store_pin p = {
            .kind = store_col_text(r.st, 0),
            .name = store_col_text(r.st, 1),
            .version = store_col_text(r.st, 2),
            .digest = store_col_digest(r.st, 3),
            .first_seen_wall_ms = INT(r.st, 4),
        };
        rc = fn(ctx, &p);
    }
    return store_read_end(&r, rc);
}

int store_each_environment(struct store_view *v, bool removed,
                           int (*fn)(void *ctx, const struct store_environment *env), void *ctx,
                           struct err *e)
{
    struct store_read r;
    int rc = 0;
    store_read_begin(v, &r, SQL_ENVIRONMENTS, e, "i", (int64_t)removed);
    while (!rc && store_read_next(&r)) {
        struct store_environment env = {
            .uuid = store_col_text(r.st, 0),
            .name = store_col_text(r.st, 1),
            .kind = WORD(&r, 2, environment_kind),
            .name_space = store_col_text(r.st, 3),
            .origin = store_col_text(r.st, 4),
            .created_wall_ms = INT(r.st, 5),
            .removed_wall_ms = INT(r.st, 6),
            .about = store_col_text(r.st, 7),
            .expires_wall_ms = INT(r.st, 8),
        };
        rc = r.code ? 0 : fn(ctx, &env);
    }
    return store_read_end(&r, rc);
}

int store_each_target(struct store_view *v, const char *environment,
                      int (*fn)(void *ctx, const struct store_target *t), void *ctx, struct err *e)
{
    struct store_read r;
    int rc = 0;
    store_read_begin(v, &r, SQL_TARGETS, e, "o", environment);
    while (!rc && store_read_next(&r)) {
        struct store_target t = {
            .environment = store_col_text(r.st, 0),
            .cluster = store_col_text(r.st, 1),
            .state = WORD(&r, 2, target_state),
            .reason = store_col_text(r.st, 3),
            .since_wall_ms = INT(r.st, 4),
            .release = INT(r.st, 5),
        };
        rc = r.code ? 0 : fn(ctx, &t);
    }
    return store_read_end(&r, rc);
}

/* ---- given ---- */

/* A field set is shared by many objects: the last ones inflated are kept. Not while another
 * statement of the shared connection must stay untouched: a lookup of its own. */
static int shared_bytes(struct store_view *v, const struct digest *d, struct store_bytes *out,
                        struct err *e)
{
    *out = STORE_NO_BYTES;
    if (store_digest_is_none(d))
        return 0;
    struct store_view_cache *c = &v->cache[d->b[0] % STORE_VIEW_CACHE];
    if (!c->bytes.len || !digest_equal(&c->digest, d)) {
        sqlite3_stmt *st = store_db_stmt(v->db, SQL_GET_BLOB, e);
        if (!st)
            return e ? e->code : ERR_IO;
        sqlite3_bind_blob(st, 1, d->b, sizeof(d->b), SQLITE_STATIC);
        int code = ERR_CORRUPT;
        if (sqlite3_step(st) == SQLITE_ROW) {
            struct store_bytes b = store_col_bytes(st, 0);
            code =
                store_blob_unpack(b.data, b.len, (size_t)INT(st, 1), INT(st, 2) != 0, d, &c->bytes);
        }
        store_db_done(st);
        if (code) {
            buf_reset(&c->bytes);
            err_set(e, code, "a field set in the store is damaged");
            err_at(e, v->db->path, 0, 0);
            return code;
        }
        c->digest = *d;
    }
    *out = (struct store_bytes){c->bytes.data, c->bytes.len};
    return 0;
}

/* Calls fn for each row of a read of given; r was begun. */
static int each_given(struct store_view *v, struct store_read *r,
                      int (*fn)(void *ctx, const struct store_given *g), void *ctx, struct err *e)
{
    int rc = 0;
    while (!rc && store_read_next(r)) {
        struct store_given g = {
            .environment = store_col_text(r->st, 0),
            .cluster = store_col_text(r->st, 1),
            .object = store_col_object(r->st, 2),
            .uid = store_col_text(r->st, 6),
            .resource_version = store_col_text(r->st, 7),
            .body_digest = store_col_digest(r->st, 8),
            .release = INT(r->st, 9),
            .set_wall_ms = INT(r->st, 10),
            .contract = store_col_text(r->st, 16),
        };
        struct digest fieldset = store_col_digest(r->st, 11), leaves = store_col_digest(r->st, 15);
        if (!store_digest_is_none(&leaves)) {
            struct store_bytes b = store_col_bytes(r->st, 12);
            r->code = store_blob_unpack(b.data, b.len, (size_t)INT(r->st, 13), INT(r->st, 14) != 0,
                                        &leaves, &v->scratch);
            if (r->code) {
                err_set(e, r->code, "what was given to %s %s is damaged in the store",
                        g.object.kind, g.object.name);
                err_at(e, v->db->path, 0, 0);
                break;
            }
            g.leaves = (struct store_bytes){v->scratch.data, v->scratch.len};
        }
        r->code = shared_bytes(v, &fieldset, &g.fieldset, e);
        if (!r->code)
            rc = fn(ctx, &g);
    }
    return store_read_end(r, rc);
}

int store_each_given(struct store_view *v, const char *environment, const char *cluster,
                     int (*fn)(void *ctx, const struct store_given *g), void *ctx, struct err *e)
{
    struct store_read r;
    store_read_begin(v, &r, SQL_GIVEN, e, "oo", environment, cluster);
    return each_given(v, &r, fn, ctx, e);
}

int store_with_given(struct store_view *v, const char *environment, const char *cluster,
                     const struct store_object *o,
                     int (*fn)(void *ctx, const struct store_given *g), void *ctx, struct err *e)
{
    struct store_read r;
    size_t n;
    char group[256];
    const char *g = store_group_of(o->api_version, &n);
    snprintf(group, sizeof(group), "%.*s", (int)n, g);
    store_read_begin(v, &r, SQL_GIVEN_ONE, e, "tttttt", environment, cluster, group, o->kind,
                     o->name_space, o->name);
    return each_given(v, &r, fn, ctx, e);
}

/* ---- answers, drift ---- */

int store_each_exception(struct store_view *v, const char *environment, bool ended,
                         int (*fn)(void *ctx, const struct store_exception *x), void *ctx,
                         struct err *e)
{
    struct store_read r;
    int rc = 0;
    store_read_begin(v, &r, SQL_EXCEPTIONS, e, "oi", environment, (int64_t)ended);
    while (!rc && store_read_next(&r)) {
        struct store_exception x = {
            .uuid = store_col_text(r.st, 0),
            .environment = store_col_text(r.st, 1),
            .cluster = store_col_text(r.st, 2),
            .object = store_col_object(r.st, 3),
            .path = store_col_text(r.st, 7),
            .manager = store_col_text(r.st, 8),
            .match = WORD(&r, 9, match),
            .matches = store_col_text(r.st, 10),
            .reason = store_col_text(r.st, 11),
            .who = store_col_bytes(r.st, 12),
            .created_wall_ms = INT(r.st, 13),
            .expires_wall_ms = INT(r.st, 14),
            .ended_wall_ms = INT(r.st, 15),
        };
        rc = r.code ? 0 : fn(ctx, &x);
    }
    return store_read_end(&r, rc);
}

int store_each_drift(struct store_view *v, const char *environment, bool ended,
                     int (*fn)(void *ctx, const struct store_drift *d), void *ctx, struct err *e)
{
    struct store_read r;
    int rc = 0;
    store_read_begin(v, &r, SQL_DRIFT, e, "oi", environment, (int64_t)ended);
    while (!rc && store_read_next(&r)) {
        struct store_drift d = {
            .id = INT(r.st, 0),
            .environment = store_col_text(r.st, 1),
            .cluster = store_col_text(r.st, 2),
            .object = store_col_object(r.st, 3),
            .path = store_col_text(r.st, 7),
            .what = store_col_text(r.st, 8),
            .after_wall_ms = INT(r.st, 9),
            .first_seen_wall_ms = INT(r.st, 10),
            .last_seen_wall_ms = INT(r.st, 11),
            .owner = store_col_text(r.st, 12),
            .verdict = WORD(&r, 13, verdict),
            .reason = store_col_text(r.st, 14),
            .ended_wall_ms = INT(r.st, 15),
        };
        rc = r.code ? 0 : fn(ctx, &d);
    }
    return store_read_end(&r, rc);
}

/* ---- leases, messages ---- */

int store_get_lease(struct store_view *v, const char *name, struct arena *a,
                    struct store_lease *out, struct err *e)
{
    struct store_read r;
    bool found = false;
    store_read_begin(v, &r, SQL_LEASE, e, "t", name);
    if (store_read_next(&r)) {
        found = true;
        *out = (struct store_lease){
            .name = arena_strdup(a, store_col_text(r.st, 0)),
            .holder = arena_strdup(a, store_col_text(r.st, 1)),
            .boot = arena_strdup(a, store_col_text(r.st, 2)),
            .until_boot_ms = INT(r.st, 3),
        };
    }
    int code = store_read_end(&r, 0);
    return code || found ? code : err_set(e, ERR_NOT_FOUND, "nobody holds the lease %s", name);
}

int store_each_message(struct store_view *v, size_t limit,
                       int (*fn)(void *ctx, const struct store_message *m), void *ctx,
                       struct err *e)
{
    struct store_read r;
    int rc = 0;
    store_read_begin(v, &r, SQL_MESSAGES, e, "i",
                     limit && limit < INT64_MAX ? (int64_t)limit : (int64_t)-1);
    while (!rc && store_read_next(&r)) {
        struct store_message m = {
            .id = INT(r.st, 0),
            .first_wall_ms = INT(r.st, 1),
            .last_wall_ms = INT(r.st, 2),
            .level = WORD(&r, 3, level),
            .area = store_col_text(r.st, 4),
            .message = store_col_text(r.st, 5),
            .count = INT(r.st, 6),
        };
        rc = r.code ? 0 : fn(ctx, &m);
    }
    return store_read_end(&r, rc);
}
