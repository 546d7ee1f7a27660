// SPDX-License-Identifier: Apache-2.0
/*
 * The audit chain: each row's digest covers the row before it and all of its own fields, each with
 * its length, so that no row can be changed, moved, added or taken out of the middle unseen. (Rows
 * cut off the end are seen by whoever kept the head elsewhere.)
 */
#include "store/store_int.h"

static void add(struct digest_ctx *c, const void *p, size_t len)
{
    unsigned char n[8];
    for (int i = 0; i < 8; i++)
        n[i] = (unsigned char)((uint64_t)len >> (56 - 8 * i));
    digest_update(c, n, sizeof(n));
    digest_update(c, p, len);
}

static void add_int(struct digest_ctx *c, int64_t v)
{
    unsigned char n[8];
    for (int i = 0; i < 8; i++)
        n[i] = (unsigned char)((uint64_t)v >> (56 - 8 * i));
    add(c, n, sizeof(n));
}

static struct digest chain_of(const struct digest *before, const struct store_audit *a)
{
    struct digest_ctx *c = digest_begin();
    add(c, "leeway.audit.v1", 15);
    add(c, before->b, sizeof(before->b));
    add_int(c, a->row);
    add_int(c, a->at_wall_ms);
    add(c, a->who.data ? a->who.data : "", a->who.len);
    add(c, a->action, strlen(a->action));
    add(c, a->subject, strlen(a->subject));
    add(c, a->detail.data ? a->detail.data : "", a->detail.len);
    return digest_end(c);
}

int store_audit_append(struct store_db *db, const struct store_job_step *step, int64_t *row,
                       struct err *e)
{
    const struct store_param *p = step->params; /* at, who, action, subject, detail */
    struct store_audit a = {
        .at_wall_ms = p[0].i,
        .who = {p[1].p, p[1].len},
        .action = p[2].p,
        .subject = p[3].p,
        .detail = {p[4].p, p[4].len},
    };
    struct digest before = {{0}};
    sqlite3_stmt *st = store_db_stmt(db, SQL_LAST_AUDIT, e);
    if (!st)
        return e->code;
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        a.row = sqlite3_column_int64(st, 0);
        before = store_col_digest(st, 1);
    }
    store_db_done(st);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return store_db_error(db, rc, e, "read the audit's end");
    a.row++;
    a.chain = chain_of(&before, &a);

    if (!(st = store_db_stmt(db, SQL_PUT_AUDIT, e)))
        return e->code;
    sqlite3_bind_int64(st, 1, a.row);
    sqlite3_bind_int64(st, 2, a.at_wall_ms);
    if (a.who.len)
        sqlite3_bind_blob(st, 3, a.who.data, (int)a.who.len, SQLITE_STATIC);
    sqlite3_bind_text(st, 4, a.action, -1, SQLITE_STATIC);
    sqlite3_bind_text(st, 5, a.subject, -1, SQLITE_STATIC);
    if (a.detail.len)
        sqlite3_bind_blob(st, 6, a.detail.data, (int)a.detail.len, SQLITE_STATIC);
    sqlite3_bind_blob(st, 7, a.chain.b, sizeof(a.chain.b), SQLITE_STATIC);
    rc = sqlite3_step(st);
    int code = rc == SQLITE_DONE ? 0 : store_db_error(db, rc, e, "write an audit row");
    store_db_done(st);
    *row = a.row;
    return code;
}

static struct store_audit read_row(sqlite3_stmt *st)
{
    return (struct store_audit){
        .row = sqlite3_column_int64(st, 0),
        .at_wall_ms = sqlite3_column_int64(st, 1),
        .who = store_col_bytes(st, 2),
        .action = store_col_text(st, 3),
        .subject = store_col_text(st, 4),
        .detail = store_col_bytes(st, 5),
        .chain = store_col_digest(st, 6),
    };
}

int store_each_audit(struct store_view *v, const char *subject, size_t limit,
                     int (*fn)(void *ctx, const struct store_audit *row), void *ctx, struct err *e)
{
    struct store_read r;
    int64_t most = limit && limit < INT64_MAX ? (int64_t)limit : -1;
    int rc = 0;
    store_read_begin(v, &r, SQL_AUDIT, e, "oi", subject, most);
    while (!rc && store_read_next(&r)) {
        struct store_audit row = read_row(r.st);
        rc = fn(ctx, &row);
    }
    return store_read_end(&r, rc);
}

int store_check_audit(struct store_view *v, int64_t *rows, struct digest *head, struct err *e)
{
    struct store_read r;
    struct digest before = {{0}};
    int64_t count = 0;
    int rc = 0;
    store_read_begin(v, &r, SQL_AUDIT_CHAIN, e, "");
    while (!rc && store_read_next(&r)) {
        struct store_audit row = read_row(r.st);
        struct digest wanted = chain_of(&before, &row);
        if (row.row != ++count || !digest_equal(&wanted, &row.chain)) {
            rc = err_set(e, ERR_CORRUPT, "the audit chain is broken at row %lld",
                         (long long)row.row);
            err_at(e, v->db->path, 0, 0);
            err_hint(e, "a row was changed, added or taken out; compare with a backup");
        }
        before = row.chain;
    }
    if (rows)
        *rows = count;
    if (head)
        *head = before;
    return store_read_end(&r, rc);
}
