// SPDX-License-Identifier: Apache-2.0
/*
 * A connection to SQLite: opening with the settings that all our connections share, statements
 * prepared once, and result codes turned into errors a person can act on.
 */
#include "store/store_int.h"

#include <errno.h>

const char *store_sqlite_version(void)
{
    return sqlite3_libversion();
}

struct remedy {
    int rc; /* primary result code */
    enum err_code code;
    const char *text, *hint;
};
static const struct remedy remedies[] = {
    {SQLITE_FULL, ERR_LIMIT, "the disk or a quota is full",
     "free some space; nothing that was acknowledged is lost"},
    {SQLITE_BUSY, ERR_BUSY, "another program holds the database locked",
     "close the program that has it open (a database browser or a backup?)"},
    {SQLITE_LOCKED, ERR_BUSY, "the database is locked", NULL},
    {SQLITE_CORRUPT, ERR_CORRUPT, "the file is damaged",
     "put a backup in its place, or move it away: leeway rebuilds what the clusters carry"},
    {SQLITE_NOTADB, ERR_CORRUPT, "the file is no database or its beginning is damaged",
     "put a backup in its place, or move it away: leeway rebuilds what the clusters carry"},
    {SQLITE_READONLY, ERR_FORBIDDEN, "the file may not be written",
     "make the file and its folder writable for you"},
    {SQLITE_PERM, ERR_FORBIDDEN, "access was refused", "check who owns the file and its folder"},
    {SQLITE_AUTH, ERR_FORBIDDEN, "access was refused", NULL},
    {SQLITE_CANTOPEN, ERR_IO, "the file cannot be opened",
     "check that it and its folder are yours and readable"},
    {SQLITE_TOOBIG, ERR_LIMIT, "a record is too large", NULL},
    {SQLITE_IOERR, ERR_IO, "reading or writing the disk failed",
     "look at the system's log and at limits on the size of files"},
    {SQLITE_CONSTRAINT, ERR_INVALID, "the record breaks a rule of the store", NULL},
    {SQLITE_NOMEM, ERR_LIMIT, "there is not enough memory", NULL},
};
static const struct remedy constraints[] = {
    {SQLITE_CONSTRAINT_FOREIGNKEY, ERR_NOT_FOUND, "it refers to something the store does not know",
     NULL},
    {SQLITE_CONSTRAINT_NOTNULL, ERR_NOT_FOUND, "it refers to something the store does not know",
     NULL},
    {SQLITE_CONSTRAINT_UNIQUE, ERR_EXISTS, "another one of that name exists", NULL},
    {SQLITE_CONSTRAINT_PRIMARYKEY, ERR_EXISTS, "it exists already", NULL},
};

int store_db_error(struct store_db *db, int rc, struct err *e, const char *what)
{
    struct remedy unknown = {rc, ERR_IO, "the database failed", NULL};
    const struct remedy *r = &unknown;
    for (size_t i = 0; i < ARRAY_LEN(remedies); i++)
        if ((rc & 0xff) == remedies[i].rc)
            r = &remedies[i];
    for (size_t i = 0; i < ARRAY_LEN(constraints); i++)
        if (rc == constraints[i].rc)
            r = &constraints[i];
    /* what SQLite adds is of use only when it spoke about this very code */
    bool said = db->db && sqlite3_extended_errcode(db->db) == rc;
    int code = err_set(e, r->code, "cannot %s: %s (%s)", what, r->text,
                       said ? sqlite3_errmsg(db->db) : sqlite3_errstr(rc));
    err_at(e, db->path, 0, 0);
    if (r->hint)
        err_hint(e, "%s", r->hint);
    return code;
}

int store_db_exec(struct store_db *db, const char *sql, const char *what, struct err *e)
{
    int rc = sqlite3_exec(db->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : store_db_error(db, rc, e, what);
}

int store_db_open(struct store_db *db, const char *path, enum store_db_mode mode,
                  struct store_faults *faults, struct err *e)
{
    *db = (struct store_db){.path = path, .faults = faults};
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                (mode == STORE_DB_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    int rc = sqlite3_open_v2(path, &db->db, flags, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_extended_result_codes(db->db, 1);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(db->db, mode == STORE_DB_WRITE ? 5000 : 2000);
    /* A damaged or crafted file must not reach features that the schema does not use. */
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(db->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(db->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db->db,
                          "PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON;"
                          "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0",
                          NULL, NULL, NULL);
    if (rc != SQLITE_OK) {
        int code = store_db_error(db, rc, e, "open the store");
        store_db_close(db);
        return code;
    }
    sqlite3_limit(db->db, SQLITE_LIMIT_LENGTH, (int)(STORE_MAX_BYTES + 65536));
    sqlite3_limit(db->db, SQLITE_LIMIT_ATTACHED, 0);
    return 0;
}

void store_db_close(struct store_db *db)
{
    for (size_t i = 0; i < STORE_SQL_COUNT; i++)
        sqlite3_finalize(db->stmts[i]);
    memset(db->stmts, 0, sizeof(db->stmts));
    sqlite3_close(db->db);
    db->db = NULL;
}

sqlite3_stmt *store_db_stmt(struct store_db *db, enum store_sql sql, struct err *e)
{
    if (!db->stmts[sql]) {
        int rc = sqlite3_prepare_v3(db->db, store_sql_table[sql].sql, -1, SQLITE_PREPARE_PERSISTENT,
                                    &db->stmts[sql], NULL);
        if (rc != SQLITE_OK)
            store_db_error(db, rc, e, "prepare a statement");
    }
    return db->stmts[sql];
}

void store_db_done(sqlite3_stmt *st)
{
    if (st) {
        sqlite3_reset(st);
        sqlite3_clear_bindings(st);
    }
}

int store_db_verify(struct store_db *db, const char *pragma, struct buf *out, struct err *e)
{
    sqlite3_stmt *st = NULL;
    int code = 0;
    int rc = sqlite3_prepare_v2(db->db, pragma, -1, &st, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(st);
        if (rc != SQLITE_ROW)
            break;
        const char *line = (const char *)sqlite3_column_text(st, 0);
        if (!line || strcmp(line, "ok") == 0)
            continue;
        if (out) {
            buf_puts(out, line);
            buf_putc(out, '\n');
        }
        if (!code) {
            code = err_set(e, ERR_CORRUPT, "the store is damaged: %s", line);
            err_at(e, db->path, 0, 0);
            err_hint(e, "put a backup in its place, or move it away: leeway rebuilds what the "
                        "clusters carry");
        }
    }
    if (rc != SQLITE_DONE && !code)
        code = store_db_error(db, rc, e, "check the store");
    sqlite3_finalize(st);
    return code;
}
