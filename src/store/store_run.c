// SPDX-License-Identifier: Apache-2.0
/*
 * Running a job's statements by the rules of store_sql.h. A job runs inside a savepoint: it is kept
 * whole or leaves nothing behind, whatever becomes of the others in its batch.
 */
#include "store/store_int.h"

#define PLAIN STORE_RULE_PLAIN
#define MUST STORE_RULE_MUST
#define VALUE STORE_RULE_VALUE
#define COUNT STORE_RULE_COUNT
#define REFUSE STORE_RULE_REFUSE
#define BLOB STORE_RULE_BLOB
#define AUDIT STORE_RULE_AUDIT
#define READ STORE_RULE_READ
const struct store_sql_entry store_sql_table[STORE_SQL_COUNT] = {
#define X(name, rule, text, sql) [name] = {rule, text, sql},
    STORE_SQL_TABLE(X)
#undef X
};
#undef PLAIN
#undef MUST
#undef VALUE
#undef COUNT
#undef REFUSE
#undef BLOB
#undef AUDIT
#undef READ

int store_bind(sqlite3_stmt *st, const char *types, va_list ap)
{
    int rc = SQLITE_OK;
    for (int i = 0; types[i] && rc == SQLITE_OK; i++) {
        if (types[i] == 'i') {
            rc = sqlite3_bind_int64(st, i + 1, va_arg(ap, int64_t));
        } else if (types[i] == 't' || types[i] == 'o') {
            const char *s = va_arg(ap, const char *);
            if (types[i] == 't' || s)
                rc = sqlite3_bind_text(st, i + 1, s ? s : "", -1, SQLITE_TRANSIENT);
        } else {
            const struct digest *d = va_arg(ap, const struct digest *);
            rc = sqlite3_bind_blob(st, i + 1, d->b, sizeof(d->b), SQLITE_TRANSIENT);
        }
    }
    return rc;
}

static int bind_step(sqlite3_stmt *st, const struct store_job_step *step)
{
    int rc = SQLITE_OK;
    for (size_t i = 0; i < step->count && rc == SQLITE_OK; i++) {
        const struct store_param *p = &step->params[i];
        int at = (int)i + 1;
        if (p->type == STORE_PARAM_INT)
            rc = sqlite3_bind_int64(st, at, p->i);
        else if (p->type == STORE_PARAM_TEXT)
            rc = sqlite3_bind_text(st, at, p->p, (int)p->len, SQLITE_STATIC);
        else if (p->type == STORE_PARAM_BLOB)
            rc = sqlite3_bind_blob(st, at, p->p, (int)p->len, SQLITE_STATIC);
    }
    return rc;
}

static int run_step(struct store_db *db, const struct store_job_step *step, int64_t *value,
                    struct err *e)
{
    const struct store_sql_entry *entry = &store_sql_table[step->sql];
    int rc = store_fault(db, STORE_FAULT_STEP);
    if (rc != SQLITE_OK)
        return store_db_error(db, rc, e, "write to the store");
    if (entry->rule == STORE_RULE_BLOB)
        return store_blob_keep(db, step, e);
    if (entry->rule == STORE_RULE_AUDIT)
        return store_audit_append(db, step, value, e);

    sqlite3_stmt *st = store_db_stmt(db, step->sql, e);
    if (!st)
        return e->code;
    bool row = false;
    rc = bind_step(st, step);
    if (rc == SQLITE_OK)
        while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
            row = true;
            if (entry->rule == STORE_RULE_VALUE)
                *value = sqlite3_column_int64(st, 0);
        }
    int code = 0;
    if (rc != SQLITE_DONE)
        code = store_db_error(db, rc, e, "write to the store");
    else if (entry->rule == STORE_RULE_REFUSE && row)
        code = err_set(e, ERR_CONFLICT, "%s", entry->broken);
    else if (entry->rule == STORE_RULE_MUST && sqlite3_changes(db->db) == 0)
        code = err_set(e, ERR_NOT_FOUND, "%s", entry->broken);
    else if (entry->rule == STORE_RULE_VALUE && !row)
        code = err_set(e, ERR_NOT_FOUND, "%s", entry->broken);
    else if (entry->rule == STORE_RULE_COUNT)
        *value = sqlite3_changes64(db->db);
    store_db_done(st);
    return code;
}

static int run_plain(struct store_db *db, enum store_sql sql, struct err *e)
{
    sqlite3_stmt *st = store_db_stmt(db, sql, e);
    if (!st)
        return e->code;
    int rc = sqlite3_step(st);
    int code = rc == SQLITE_DONE ? 0 : store_db_error(db, rc, e, "write to the store");
    store_db_done(st);
    return code;
}

int store_job_run(struct store_db *db, struct store_job *j)
{
    int rc = store_fault(db, STORE_FAULT_JOB);
    if (rc != SQLITE_OK)
        return store_db_error(db, rc, &j->err, "write to the store");
    int code = j->err.code;
    if (code)
        return code;
    code = run_plain(db, SQL_SAVEPOINT, &j->err);
    if (code)
        return code;
    for (const struct store_job_step *s = j->first; s && !code; s = s->next)
        code = run_step(db, s, &j->value, &j->err);
    if (!code)
        rc = store_fault(db, STORE_FAULT_JOB_DONE);
    if (!code && rc != SQLITE_OK)
        code = store_db_error(db, rc, &j->err, "write to the store");
    if (!sqlite3_get_autocommit(db->db)) { /* SQLite ends the transaction itself on some errors */
        if (code) {
            struct err ignored = ERR_INIT;
            run_plain(db, SQL_UNDO, &ignored);
            run_plain(db, SQL_RELEASE, &ignored);
            err_clear(&ignored);
        } else {
            code = run_plain(db, SQL_RELEASE, &j->err);
        }
    }
    return code;
}
