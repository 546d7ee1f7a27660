// SPDX-License-Identifier: Apache-2.0
/* Reads of plans and releases: what was to be done, and how far it went. */
#include "store/store_int.h"

#define WORD(r, i, thing)                                                                          \
    (enum store_##thing) store_read_word(r, i, store_##thing##_words, store_##thing##_count)
#define INT(st, i) sqlite3_column_int64(st, i)

static struct store_bytes bytes_in(struct arena *a, struct store_bytes b)
{
    return (struct store_bytes){b.len ? arena_strndup(a, b.data, b.len) : NULL, b.len};
}

/* ---- plans ---- */

int store_get_plan(struct store_view *v, const struct digest *hash, struct arena *a,
                   struct store_plan *out, struct err *e)
{
    struct store_read r;
    bool found = false;
    store_read_begin(v, &r, SQL_PLAN, e, "d", hash);
    if (store_read_next(&r)) {
        found = true;
        *out = (struct store_plan){
            .hash = store_col_digest(r.st, 0),
            .environment = arena_strdup(a, store_col_text(r.st, 1)),
            .kind = arena_strdup(a, store_col_text(r.st, 2)),
            .who = bytes_in(a, store_col_bytes(r.st, 3)),
            .summary = bytes_in(a, store_col_bytes(r.st, 4)),
            .created_wall_ms = INT(r.st, 5),
        };
    }
    int code = store_read_end(&r, 0);
    return code || found ? code : err_set(e, ERR_NOT_FOUND, "no plan of that hash is stored");
}

int store_each_plan(struct store_view *v, const char *environment, size_t limit,
                    int (*fn)(void *ctx, const struct store_plan *p, int64_t release), void *ctx,
                    struct err *e)
{
    struct store_read r;
    int rc = 0;
    store_read_begin(v, &r, SQL_PLANS, e, "oi", environment, (int64_t)limit);
    while (!rc && store_read_next(&r)) {
        const struct store_plan p = {
            .hash = store_col_digest(r.st, 0),
            .environment = store_col_text(r.st, 1),
            .kind = store_col_text(r.st, 2),
            .who = store_col_bytes(r.st, 3),
            .summary = store_col_bytes(r.st, 4),
            .created_wall_ms = INT(r.st, 5),
        };
        rc = fn(ctx, &p, INT(r.st, 6));
    }
    return store_read_end(&r, rc);
}

int store_find_plan(struct store_view *v, const char *hex_prefix, struct digest *hash,
                    struct err *e)
{
    char low[DIGEST_HEX_LEN + 1], high[DIGEST_HEX_LEN + 1];
    size_t len = strlen(hex_prefix);
    struct digest from, to;
    if (len < 4 || len > DIGEST_HEX_LEN)
        return err_set(e, ERR_INVALID, "a plan is named by 4 to 64 digits of its hash");
    memset(low, '0', DIGEST_HEX_LEN);
    memset(high, 'f', DIGEST_HEX_LEN);
    memcpy(low, hex_prefix, len);
    memcpy(high, hex_prefix, len);
    if (digest_parse_hex(low, DIGEST_HEX_LEN, &from) || digest_parse_hex(high, DIGEST_HEX_LEN, &to))
        return err_set(e, ERR_INVALID, "a plan's hash has only the digits 0 to 9 and a to f");
    struct store_read r;
    int found = 0;
    store_read_begin(v, &r, SQL_FIND_PLAN, e, "dd", &from, &to);
    while (store_read_next(&r)) {
        *hash = store_col_digest(r.st, 0);
        found++;
    }
    int code = store_read_end(&r, 0);
    if (!code && !found)
        code = err_set(e, ERR_NOT_FOUND, "no stored plan's hash begins with %s", hex_prefix);
    if (!code && found > 1)
        code = err_set(e, ERR_CONFLICT, "several plans' hashes begin with %s", hex_prefix);
    return code;
}

int store_each_plan_target(struct store_view *v, const struct digest *hash,
                           int (*fn)(void *ctx, const struct store_plan_target *t), void *ctx,
                           struct err *e)
{
    struct store_read r;
    int rc = 0;
    store_read_begin(v, &r, SQL_PLAN_TARGETS, e, "d", hash);
    while (!rc && store_read_next(&r)) {
        struct store_plan_target t = {
            .cluster = store_col_text(r.st, 0),
            .stage = INT(r.st, 1),
            .moved = store_col_digest(r.st, 2),
            .error = store_col_text(r.st, 3),
            .summary = store_col_bytes(r.st, 4),
        };
        rc = fn(ctx, &t);
    }
    return store_read_end(&r, rc);
}

int store_each_plan_row(struct store_view *v, const struct digest *hash, const char *cluster,
                        int (*fn)(void *ctx, const struct store_plan_row *r), void *ctx,
                        struct err *e)
{
    struct store_read r;
    int rc = 0;
    store_read_begin(v, &r, SQL_PLAN_ROWS, e, "dt", hash, cluster);
    while (!rc && store_read_next(&r)) {
        struct store_plan_row row = {
            .position = INT(r.st, 0),
            .object = store_col_object(r.st, 1),
            .action = WORD(&r, 5, action),
            .uid = store_col_text(r.st, 6),
            .body_digest = store_col_digest(r.st, 7),
            .detail = store_col_bytes(r.st, 8),
        };
        rc = r.code ? 0 : fn(ctx, &row);
    }
    return store_read_end(&r, rc);
}

int store_get_body(struct store_view *v, const struct digest *digest, struct buf *out,
                   struct err *e)
{
    struct store_read r;
    bool found = false;
    store_read_begin(v, &r, SQL_GET_BLOB, e, "d", digest);
    if (store_read_next(&r)) {
        found = true;
        struct store_bytes b = store_col_bytes(r.st, 0);
        r.code =
            store_blob_unpack(b.data, b.len, (size_t)INT(r.st, 1), INT(r.st, 2) != 0, digest, out);
        if (r.code == ERR_LIMIT)
            err_set(e, r.code, "a body is larger than the reader takes");
        else if (r.code)
            err_set(e, r.code, "a body in the store is damaged");
        err_at(e, v->db->path, 0, 0);
    }
    int code = store_read_end(&r, 0);
    return code || found ? code : err_set(e, ERR_NOT_FOUND, "that body is not kept any more");
}

/* ---- releases ---- */

static struct store_release release_of(struct store_read *r)
{
    return (struct store_release){
        .environment = store_col_text(r->st, 0),
        .number = INT(r->st, 1),
        .plan = store_col_digest(r->st, 2),
        .state = WORD(r, 3, release_state),
        .attempt = INT(r->st, 4),
        .who = store_col_bytes(r->st, 5),
        .reason = store_col_text(r->st, 6),
        .created_wall_ms = INT(r->st, 7),
        .changed_wall_ms = INT(r->st, 8),
        .rollout = store_col_text(r->st, 9),
    };
}

int store_get_release(struct store_view *v, const char *environment, int64_t number,
                      struct arena *a, struct store_release *out, struct err *e)
{
    struct store_read r;
    bool found = false;
    store_read_begin(v, &r, SQL_RELEASES, e, "oii", environment, (int64_t)0, number);
    if (store_read_next(&r)) {
        found = true;
        *out = release_of(&r);
        out->environment = arena_strdup(a, out->environment);
        out->who = bytes_in(a, out->who);
        out->reason = arena_strdup(a, out->reason);
        out->rollout = arena_strdup(a, out->rollout);
    }
    int code = store_read_end(&r, 0);
    return code || found ? code : err_set(e, ERR_NOT_FOUND, "no such release is stored");
}

int store_each_release(struct store_view *v, const char *environment, bool unfinished,
                       int (*fn)(void *ctx, const struct store_release *r), void *ctx,
                       struct err *e)
{
    struct store_read r;
    int rc = 0;
    store_read_begin(v, &r, SQL_RELEASES, e, "oii", environment, (int64_t)unfinished, (int64_t)0);
    while (!rc && store_read_next(&r)) {
        struct store_release release = release_of(&r);
        rc = r.code ? 0 : fn(ctx, &release);
    }
    return store_read_end(&r, rc);
}

int store_each_release_target(struct store_view *v, const char *environment, int64_t number,
                              int (*fn)(void *ctx, const struct store_release_target *t), void *ctx,
                              struct err *e)
{
    struct store_read r;
    int rc = 0;
    store_read_begin(v, &r, SQL_RELEASE_TARGETS, e, "ti", environment, number);
    while (!rc && store_read_next(&r)) {
        struct store_release_target t = {
            .environment = store_col_text(r.st, 0),
            .number = INT(r.st, 1),
            .cluster = store_col_text(r.st, 2),
            .stage = INT(r.st, 3),
            .state = WORD(&r, 4, target_state),
            .attempt = INT(r.st, 5),
            .reason = store_col_text(r.st, 6),
            .changed_wall_ms = INT(r.st, 7),
        };
        rc = r.code ? 0 : fn(ctx, &t);
    }
    return store_read_end(&r, rc);
}

int store_each_result(struct store_view *v, const char *environment, int64_t number,
                      const char *cluster, int (*fn)(void *ctx, const struct store_result *r),
                      void *ctx, struct err *e)
{
    struct store_read r;
    int rc = 0;
    store_read_begin(v, &r, SQL_RESULTS, e, "tio", environment, number, cluster);
    while (!rc && store_read_next(&r)) {
        struct store_result x = {
            .environment = store_col_text(r.st, 0),
            .number = INT(r.st, 1),
            .cluster = store_col_text(r.st, 2),
            .position = INT(r.st, 3),
            .object = store_col_object(r.st, 4),
            .action = WORD(&r, 8, action),
            .body_digest = store_col_digest(r.st, 9),
            .state = WORD(&r, 10, result_state),
            .uid = store_col_text(r.st, 11),
            .error = store_col_text(r.st, 12),
            .changed_wall_ms = INT(r.st, 13),
            .late = INT(r.st, 14) != 0,
        };
        rc = r.code ? 0 : fn(ctx, &x);
    }
    return store_read_end(&r, rc);
}

int store_each_journal_entry(struct store_view *v, const char *environment, int64_t number,
                             bool open_only,
                             int (*fn)(void *ctx, const struct store_journal_entry *j), void *ctx,
                             struct err *e)
{
    struct store_read r;
    int rc = 0;
    store_read_begin(v, &r, SQL_JOURNAL, e, "tii", environment, number, (int64_t)open_only);
    while (!rc && store_read_next(&r)) {
        struct store_journal_entry j = {
            .environment = store_col_text(r.st, 0),
            .number = INT(r.st, 1),
            .cluster = store_col_text(r.st, 2),
            .stage = INT(r.st, 3),
            .step = WORD(&r, 4, step),
            .position = INT(r.st, 5),
            .uid = store_col_text(r.st, 6),
            .opened_wall_ms = INT(r.st, 7),
            .closed_wall_ms = INT(r.st, 8),
        };
        rc = r.code ? 0 : fn(ctx, &j);
    }
    return store_read_end(&r, rc);
}
