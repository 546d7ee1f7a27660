// SPDX-License-Identifier: Apache-2.0
/*
 * The schema as numbered migrations, the only place where tables are defined. A migration that has
 * been released is never edited; a change is a new entry at the end. Each runs in one transaction
 * with its number, so that a store is always exactly at one version.
 *
 * Columns of digests are BLOBs of 32 bytes or NULL; times are wall clock milliseconds; words are
 * the tables of store_words.h. Bodies are not held by foreign keys: records outlive them.
 */
#include "store/store_int.h"

static const char *const migrations[] = {
    /* 1: what is known of clusters, environments and plans */
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE blob(digest BLOB PRIMARY KEY CHECK(length(digest)=32), size INTEGER NOT NULL,"
    " packed INTEGER NOT NULL, made_ms INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;"
    "CREATE TABLE cluster(uid TEXT PRIMARY KEY CHECK(uid<>''), weak INTEGER NOT NULL,"
    " first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, summary BLOB,"
    " summary_ms INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE route(name TEXT PRIMARY KEY CHECK(name<>''),"
    " cluster TEXT NOT NULL REFERENCES cluster(uid), server TEXT NOT NULL, ca BLOB,"
    " first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,"
    " replaced_by TEXT REFERENCES cluster(uid)) STRICT;"
    "CREATE INDEX route_cluster ON route(cluster);"
    "CREATE TABLE environment(uuid TEXT PRIMARY KEY CHECK(uuid<>''),"
    " name TEXT NOT NULL CHECK(name<>''),"
    " kind TEXT NOT NULL CHECK(kind IN ('folder','blueprint')), name_space TEXT NOT NULL,"
    " origin TEXT NOT NULL, created_ms INTEGER NOT NULL,"
    " removed_ms INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE UNIQUE INDEX environment_name ON environment(name) WHERE removed_ms=0;"
    "CREATE TABLE target(id INTEGER PRIMARY KEY,"
    " environment TEXT NOT NULL REFERENCES environment(uuid),"
    " cluster TEXT NOT NULL REFERENCES cluster(uid), state TEXT NOT NULL DEFAULT 'pending',"
    " reason TEXT NOT NULL DEFAULT '', since_ms INTEGER NOT NULL,"
    " number INTEGER NOT NULL DEFAULT 0, UNIQUE(environment, cluster)) STRICT;"
    "CREATE TABLE plan(hash BLOB PRIMARY KEY CHECK(length(hash)=32),"
    " environment TEXT NOT NULL REFERENCES environment(uuid), kind TEXT NOT NULL, who BLOB,"
    " summary BLOB, created_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE plan_target(id INTEGER PRIMARY KEY, plan BLOB NOT NULL REFERENCES plan(hash),"
    " target INTEGER NOT NULL REFERENCES target(id), position INTEGER NOT NULL,"
    " stage INTEGER NOT NULL, moved BLOB, error TEXT NOT NULL, summary BLOB,"
    " UNIQUE(plan, target)) STRICT;"
    "CREATE INDEX plan_target_target ON plan_target(target);"
    "CREATE TABLE plan_row(plan_target INTEGER NOT NULL REFERENCES plan_target(id),"
    " position INTEGER NOT NULL CHECK(position>=0), api_version TEXT NOT NULL, kind TEXT NOT NULL,"
    " name_space TEXT NOT NULL, name TEXT NOT NULL,"
    " action TEXT NOT NULL CHECK(action IN ('create','update','replace','delete','take-over',"
    "'unchanged','stays','error')), uid TEXT NOT NULL, body BLOB, detail BLOB,"
    " PRIMARY KEY(plan_target, position)) STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER plan_fixed BEFORE UPDATE ON plan"
    " BEGIN SELECT RAISE(ABORT,'a plan never changes'); END;"
    "CREATE TRIGGER plan_target_fixed BEFORE UPDATE ON plan_target"
    " BEGIN SELECT RAISE(ABORT,'a plan never changes'); END;"
    "CREATE TRIGGER plan_row_fixed BEFORE UPDATE ON plan_row"
    " BEGIN SELECT RAISE(ABORT,'a plan never changes'); END;",

    /* 2: releases, their journal, and what was given */
    "CREATE TABLE release(id INTEGER PRIMARY KEY,"
    " environment TEXT NOT NULL REFERENCES environment(uuid), number INTEGER NOT NULL,"
    " plan BLOB NOT NULL REFERENCES plan(hash), state TEXT NOT NULL CHECK(state IN ('running',"
    "'paused','aborting','aborted','failed','done')), attempt INTEGER NOT NULL DEFAULT 1, who BLOB,"
    " reason TEXT NOT NULL DEFAULT '', created_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL,"
    " UNIQUE(environment, number)) STRICT;"
    "CREATE UNIQUE INDEX release_open ON release(environment)"
    " WHERE state IN ('running','paused','aborting');"
    "CREATE INDEX release_plan ON release(plan);"
    "CREATE TABLE release_target(release INTEGER NOT NULL REFERENCES release(id),"
    " plan_target INTEGER NOT NULL REFERENCES plan_target(id), stage INTEGER NOT NULL,"
    " state TEXT NOT NULL, attempt INTEGER NOT NULL, reason TEXT NOT NULL,"
    " changed_ms INTEGER NOT NULL, PRIMARY KEY(release, plan_target)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE result(release INTEGER NOT NULL, plan_target INTEGER NOT NULL,"
    " position INTEGER NOT NULL, state TEXT NOT NULL CHECK(state IN ('todo','sent','done','failed',"
    "'unknown-outcome')), uid TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '',"
    " changed_ms INTEGER NOT NULL, PRIMARY KEY(release, plan_target, position),"
    " FOREIGN KEY(release, plan_target) REFERENCES release_target(release, plan_target),"
    " FOREIGN KEY(plan_target, position) REFERENCES plan_row(plan_target, position)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE journal(id INTEGER PRIMARY KEY, release INTEGER NOT NULL,"
    " plan_target INTEGER NOT NULL, stage INTEGER NOT NULL,"
    " step TEXT NOT NULL CHECK(step IN ('stage','delete','replace')), position INTEGER NOT NULL,"
    " uid TEXT NOT NULL, opened_ms INTEGER NOT NULL, closed_ms INTEGER NOT NULL DEFAULT 0,"
    " UNIQUE(release, plan_target, stage, step, position),"
    " FOREIGN KEY(release, plan_target) REFERENCES release_target(release, plan_target)) STRICT;"
    "CREATE TABLE given(target INTEGER NOT NULL REFERENCES target(id), api_group TEXT NOT NULL,"
    " kind TEXT NOT NULL CHECK(kind<>''), name_space TEXT NOT NULL,"
    " name TEXT NOT NULL CHECK(name<>''), api_version TEXT NOT NULL, uid TEXT NOT NULL,"
    " resource_version TEXT NOT NULL, fieldset BLOB REFERENCES blob(digest),"
    " leaves BLOB REFERENCES blob(digest), body BLOB, number INTEGER NOT NULL,"
    " set_ms INTEGER NOT NULL, PRIMARY KEY(target, kind, name_space, name, api_group)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX given_fieldset ON given(fieldset);"
    "CREATE INDEX given_leaves ON given(leaves);",

    /* 3: drift and its answers, leases, who did what, messages */
    "CREATE TABLE exception(uuid TEXT PRIMARY KEY CHECK(uuid<>''),"
    " environment TEXT NOT NULL REFERENCES environment(uuid),"
    " cluster TEXT REFERENCES cluster(uid), api_version TEXT NOT NULL, kind TEXT NOT NULL,"
    " name_space TEXT NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL, manager TEXT NOT NULL,"
    " match TEXT NOT NULL CHECK(match IN ('value','within')), matches TEXT NOT NULL,"
    " reason TEXT NOT NULL CHECK(reason<>''), who BLOB, created_ms INTEGER NOT NULL,"
    " expires_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE INDEX exception_environment ON exception(environment);"
    "CREATE TABLE drift_span(id INTEGER PRIMARY KEY,"
    " target INTEGER NOT NULL REFERENCES target(id), api_group TEXT NOT NULL, kind TEXT NOT NULL,"
    " name_space TEXT NOT NULL, name TEXT NOT NULL, api_version TEXT NOT NULL, path TEXT NOT NULL,"
    " what TEXT NOT NULL, after_ms INTEGER NOT NULL, first_ms INTEGER NOT NULL,"
    " last_ms INTEGER NOT NULL, owner TEXT NOT NULL,"
    " verdict TEXT NOT NULL CHECK(verdict IN ('allowed','accepted','unexpected','unknown')),"
    " reason TEXT NOT NULL, ended_ms INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE UNIQUE INDEX drift_open ON drift_span(target, kind, name_space, name, api_group, path)"
    " WHERE ended_ms=0;"
    "CREATE INDEX drift_target ON drift_span(target);"
    "CREATE TABLE lease(name TEXT PRIMARY KEY CHECK(name<>''), holder TEXT NOT NULL,"
    " boot TEXT NOT NULL, until_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE audit(row INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, who BLOB,"
    " action TEXT NOT NULL CHECK(action<>''), subject TEXT NOT NULL, detail BLOB,"
    " chain BLOB NOT NULL CHECK(length(chain)=32)) STRICT;"
    "CREATE INDEX audit_subject ON audit(subject);"
    "CREATE TRIGGER audit_fixed BEFORE UPDATE ON audit"
    " BEGIN SELECT RAISE(ABORT,'an audit row never changes'); END;"
    "CREATE TRIGGER audit_kept BEFORE DELETE ON audit"
    " BEGIN SELECT RAISE(ABORT,'an audit row is never removed'); END;"
    "CREATE TABLE message(id INTEGER PRIMARY KEY, first_ms INTEGER NOT NULL,"
    " last_ms INTEGER NOT NULL,"
    " level TEXT NOT NULL CHECK(level IN ('info','warning','error')), area TEXT NOT NULL,"
    " message TEXT NOT NULL, count INTEGER NOT NULL DEFAULT 1) STRICT;",

    /* 4: a plan that is made again with the same contents: what it does stays, what it found there
     * (values and owners shown, digests that tell whether a target moved) is of the last time */
    "DROP TRIGGER plan_fixed;"
    "CREATE TRIGGER plan_fixed BEFORE UPDATE OF hash, environment, kind ON plan"
    " BEGIN SELECT RAISE(ABORT,'a plan never changes'); END;"
    "DROP TRIGGER plan_target_fixed;"
    "CREATE TRIGGER plan_target_fixed BEFORE UPDATE OF id, plan, target, position, stage"
    " ON plan_target BEGIN SELECT RAISE(ABORT,'a plan never changes'); END;"
    "DROP TRIGGER plan_row_fixed;"
    "CREATE TRIGGER plan_row_fixed BEFORE UPDATE OF plan_target, position, api_version, kind,"
    " name_space, name, action, uid, body ON plan_row"
    " BEGIN SELECT RAISE(ABORT,'a plan never changes'); END;",

    /* 5: what of the catalog was accepted, where nobody signs */
    "CREATE TABLE pin(kind TEXT NOT NULL CHECK(kind<>''), name TEXT NOT NULL,"
    " version TEXT NOT NULL, digest BLOB NOT NULL CHECK(length(digest)=32),"
    " first_ms INTEGER NOT NULL, PRIMARY KEY(kind,name,version)) STRICT, WITHOUT ROWID;",

    /* 6: how a release goes over its targets, and what a person said on the way */
    "ALTER TABLE release ADD COLUMN rollout TEXT NOT NULL DEFAULT '';",

    /* 7: the body of an object of which something was known only after others were applied */
    "ALTER TABLE result ADD COLUMN late BLOB;",

    /* 8: fields that were handed over, the contract beside what was given, what an environment is
     * and how long it lives */
    "ALTER TABLE given ADD COLUMN contract TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE environment ADD COLUMN about TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE environment ADD COLUMN expires_ms INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE answer(uuid TEXT PRIMARY KEY CHECK(uuid<>''),"
    " environment TEXT NOT NULL REFERENCES environment(uuid),"
    " cluster TEXT REFERENCES cluster(uid), api_version TEXT NOT NULL, kind TEXT NOT NULL,"
    " name_space TEXT NOT NULL, name TEXT NOT NULL, path TEXT NOT NULL, manager TEXT NOT NULL,"
    " match TEXT NOT NULL CHECK(match IN ('value','within','handed-over')), matches TEXT NOT NULL,"
    " reason TEXT NOT NULL CHECK(reason<>''), who BLOB, created_ms INTEGER NOT NULL,"
    " expires_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL DEFAULT 0) STRICT;"
    "INSERT INTO answer SELECT uuid,environment,cluster,api_version,kind,name_space,name,path,"
    "manager,match,matches,reason,who,created_ms,expires_ms,ended_ms FROM exception;"
    "DROP TABLE exception;"
    "ALTER TABLE answer RENAME TO exception;"
    "CREATE INDEX exception_environment ON exception(environment);",
};

int store_schema_version(void)
{
    return (int)ARRAY_LEN(migrations);
}

static int pragma_int(struct store_db *db, const char *sql, int64_t *out, struct err *e)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db->db, sql, -1, &st, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(st);
        if (rc == SQLITE_ROW) {
            *out = sqlite3_column_int64(st, 0);
            rc = SQLITE_OK;
        }
    }
    sqlite3_finalize(st);
    return rc == SQLITE_OK ? 0 : store_db_error(db, rc, e, "read the store's version");
}

int store_schema_read(struct store_db *db, int *version, struct err *e)
{
    int64_t app = 0, user = 0, tables = 0;
    int code = pragma_int(db, "PRAGMA application_id", &app, e);
    if (!code)
        code = pragma_int(db, "PRAGMA user_version", &user, e);
    if (!code)
        code = pragma_int(db, "SELECT count(*) FROM sqlite_schema", &tables, e);
    if (code)
        return code;
    if (app != STORE_APPLICATION_ID && (app || user || tables)) {
        code = err_set(e, ERR_INVALID, "this is a database of another program");
        err_hint(e, "name another file as the store");
    } else if (user > store_schema_version()) {
        code = err_set(e, ERR_UNSUPPORTED,
                       "the store was written by a newer leeway (its version is %lld, this program "
                       "knows up to %d)",
                       (long long)user, store_schema_version());
        err_hint(e, "use the newer program, or another store");
    } else if (user < 0) {
        code = err_set(e, ERR_CORRUPT, "the store's version is %lld", (long long)user);
    }
    err_at(e, db->path, 0, 0);
    *version = (int)user;
    return code;
}

int store_schema_migrate(struct store_db *db, int to, struct err *e)
{
    int version = 0;
    int code = store_schema_read(db, &version, e);
    while (!code && version < to) {
        char number[96];
        snprintf(number, sizeof(number), "PRAGMA application_id=%d; PRAGMA user_version=%d",
                 STORE_APPLICATION_ID, version + 1);
        int rc = store_fault(db, STORE_FAULT_MIGRATE);
        if (rc == SQLITE_OK)
            rc = sqlite3_exec(db->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        if (rc == SQLITE_OK)
            rc = sqlite3_exec(db->db, migrations[version], NULL, NULL, NULL);
        if (rc == SQLITE_OK)
            rc = sqlite3_exec(db->db, number, NULL, NULL, NULL);
        if (rc == SQLITE_OK)
            rc = store_fault(db, STORE_FAULT_MIGRATED);
        if (rc == SQLITE_OK)
            rc = sqlite3_exec(db->db, "COMMIT", NULL, NULL, NULL);
        if (rc != SQLITE_OK) {
            code = store_db_error(db, rc, e, "bring the store to this program's version");
            if (!sqlite3_get_autocommit(db->db))
                sqlite3_exec(db->db, "ROLLBACK", NULL, NULL, NULL);
        } else {
            version++;
        }
    }
    return code;
}
