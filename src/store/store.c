// SPDX-License-Identifier: Apache-2.0
/*
 * Opening and closing. The order is what makes it safe: lock, file, settings, check, migrations,
 * fleet, key, thread. Each step can be cut short at any point and is taken up by the next opening.
 */
#include "store/store_int.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK_AT_ONCE                                                                              \
    (16 << 20) /* larger files are checked on the store thread, before a write                     \
                */
#define KEY_MARK "leeway.store.key.v1"

int store_default_path(const char *fleet, struct buf *out, struct err *e)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (!fleet || !*fleet || *fleet == '.' || strchr(fleet, '/'))
        return err_set(e, ERR_INVALID, "a fleet's name may not be empty, hidden or hold a slash");
    int rc;
    if (state && *state == '/')
        rc = buf_printf(out, "%s/leeway/%s.db", state, fleet);
    else if (home && *home == '/')
        rc = buf_printf(out, "%s/.local/state/leeway/%s.db", home, fleet);
    else
        return err_set(e, ERR_INVALID, "neither XDG_STATE_HOME nor HOME names a folder");
    return rc ? err_set(e, rc, "the store's path is too long") : 0;
}

/* ---- meta ---- */

static int meta_get(struct store_db *db, const char *key, struct buf *out, struct err *e)
{
    sqlite3_stmt *st = store_db_stmt(db, SQL_GET_META, e);
    if (!st)
        return e->code;
    sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
    int rc = sqlite3_step(st), code = 0;
    buf_reset(out);
    if (rc == SQLITE_ROW)
        code = buf_puts(out, store_col_text(st, 0));
    else if (rc != SQLITE_DONE)
        code = store_db_error(db, rc, e, "read the store");
    store_db_done(st);
    return code ? err_set(e, code, "cannot read the store") : 0;
}

static int meta_set(struct store_db *db, enum store_sql sql, const char *key, const char *value,
                    struct err *e)
{
    sqlite3_stmt *st = store_db_stmt(db, sql, e);
    if (!st)
        return e->code;
    sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(st, 2, value, -1, SQLITE_STATIC);
    int rc = sqlite3_step(st);
    int code = rc == SQLITE_DONE ? 0 : store_db_error(db, rc, e, "write to the store");
    store_db_done(st);
    return code;
}

static int make_fleet(struct store *s, struct err *e)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    int code = meta_get(&s->db, "fleet", &b, e);
    if (!code && !b.len && !s->spectator) {
        char uuid[UUID_LEN + 1];
        uuid_make(uuid);
        code = meta_set(&s->db, SQL_PUT_META, "fleet", uuid, e);
        int rc;
        if (!code && (rc = store_fault(&s->db, STORE_FAULT_FLEET_MADE)) != SQLITE_OK)
            code = store_db_error(&s->db, rc, e, "write to the store");
        if (!code)
            code = meta_get(&s->db, "fleet", &b, e);
    }
    if (!code)
        s->fleet = mem_strdup(buf_str(&b));
    buf_clear(&b);
    return code;
}

/* ---- the key of secrets ---- */

static void key_mark(const struct store *s, char hex[DIGEST_HEX_LEN + 1])
{
    struct digest d = digest_hmac_sha256(s->key, sizeof(s->key), KEY_MARK, strlen(KEY_MARK));
    digest_hex(&d, hex);
}

static int note_key(struct store *s, struct err *e)
{
    char mark[DIGEST_HEX_LEN + 1];
    key_mark(s, mark);
    int rc, code = meta_set(&s->db, SQL_SET_META, "key", mark, e);
    if (!code && (rc = store_fault(&s->db, STORE_FAULT_KEY_NOTED)) != SQLITE_OK)
        code = store_db_error(&s->db, rc, e, "write to the store");
    s->has_key = !code;
    s->key_lost = false;
    return code;
}

static int find_key(struct store *s, struct err *e)
{
    struct buf noted;
    buf_init(&noted, BUF_SMALL);
    char *path = store_files_sibling(s->path, ".key");
    struct err why = ERR_INIT;
    int code = meta_get(&s->db, "key", &noted, e);
    if (code)
        goto out;
    int found = store_key_read(path, s->key, &why);
    if (found == ERR_NOT_FOUND && !noted.len && !s->spectator) {
        code = store_key_make(path, s->key, s->faults, e);
        if (!code)
            code = note_key(s, e);
    } else if (found == ERR_FORBIDDEN || found == ERR_IO) {
        err_move(e, &why);
        code = e->code;
    } else if (found) {
        s->key_lost = noted.len > 0 || found == ERR_CORRUPT;
    } else if (!noted.len && !s->spectator) {
        code = note_key(s, e); /* a death between making the key and noting it */
    } else {
        char mark[DIGEST_HEX_LEN + 1];
        key_mark(s, mark);
        s->has_key = strcmp(mark, buf_str(&noted)) == 0;
        s->key_lost = !s->has_key && noted.len > 0;
    }
    if (s->key_lost)
        log_write(s->log, LOG_WARN, "store",
                  "the key of secrets is lost: what was kept of secrets can't be compared");
out:
    err_clear(&why);
    mem_free(path);
    buf_clear(&noted);
    return code;
}

bool store_secret_hmac(const struct store *s, const void *value, size_t len, struct digest *out)
{
    if (!s->has_key)
        return false;
    *out = digest_hmac_sha256(s->key, sizeof(s->key), value, len);
    return true;
}

bool store_secret_key_lost(const struct store *s)
{
    return s->key_lost;
}

int store_secret_new_key(struct store *s, struct err *e)
{
    if (s->spectator)
        return err_set(e, ERR_FORBIDDEN, "a spectator writes nothing");
    struct err unasked = ERR_INIT;
    if (store_sync(s, &unasked)) /* not about the key: left for whoever syncs next */
        err_move(&s->unasked, &unasked);
    char *path = store_files_sibling(s->path, ".key");
    pthread_mutex_lock(&s->db_lock); /* the store thread is idle: nothing is pending */
    int code = store_key_make(path, s->key, s->faults, e);
    if (!code)
        code = note_key(s, e);
    pthread_mutex_unlock(&s->db_lock);
    mem_free(path);
    return code;
}

/* ---- open ---- */

static int set_journal(struct store *s, struct err *e)
{
    if (s->journal == STORE_ROLLBACK)
        return store_db_exec(&s->db,
                             "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE;"
                             "PRAGMA synchronous=FULL; PRAGMA secure_delete=FAST",
                             "set the journal", e);
    return store_db_exec(&s->db,
                         "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;"
                         "PRAGMA synchronous=FULL; PRAGMA secure_delete=FAST",
                         "set the journal", e);
}

static int check(struct store *s, struct err *e)
{
    struct stat st;
    if (stat(s->path, &st) == 0 && st.st_size > CHECK_AT_ONCE) {
        s->thread.check_first = true;
        return 0;
    }
    return store_db_verify(&s->db, "PRAGMA quick_check", NULL, e);
}

static int open_writer(struct store *s, const struct store_options *o, struct err *e)
{
    bool made = false;
    int rc, code;
    s->lock_fd = store_files_lock(s->path, o, e);
    if (s->lock_fd < 0)
        return e->code;
    code = store_files_make(s->path, &made, e);
    if (!code && made && store_files_sync_folder(s->path) != 0)
        code = err_set_errno(e, errno, "cannot sync the store's folder");
    if (!code && (rc = store_fault_at(s->faults, STORE_FAULT_FILE_MADE)) != SQLITE_OK)
        code = store_db_error(&s->db, rc, e, "make the store");
    if (code)
        return code;
    s->file_system = store_files_distrust(s->path);
    if (!s->file_system && o->distrust_file_system)
        s->file_system = "network";
    s->journal = s->file_system ? STORE_ROLLBACK : STORE_WAL;
    s->shared = s->journal == STORE_ROLLBACK;
    if (s->shared)
        log_write(s->log, LOG_WARN, "store",
                  "%s lies on a %s file system: one program at a time, no spectators", s->path,
                  s->file_system);
    code = store_db_open(&s->db, s->path, STORE_DB_WRITE, s->faults, e);
    if (!code)
        code = store_schema_read(&s->db, &s->version, e); /* before anything is changed */
    if (!code)
        code = set_journal(s, e);
    if (!code)
        code = check(s, e);
    if (!code)
        code = store_schema_migrate(&s->db, store_schema_version(), e);
    s->version = store_schema_version();
    return code;
}

static int open_spectator(struct store *s, const struct store_options *o, struct err *e)
{
    struct stat st;
    if (stat(s->path, &st) != 0) {
        int code = errno == ENOENT ? err_set(e, ERR_NOT_FOUND, "there is no store yet")
                                   : err_set_errno(e, errno, "cannot look at the store");
        err_at(e, s->path, 0, 0);
        return code;
    }
    s->file_system = store_files_distrust(s->path);
    if (s->file_system || o->distrust_file_system) {
        int code = err_set(e, ERR_UNSUPPORTED,
                           "the store lies on a network or FUSE file system, where only one "
                           "program can have it open");
        err_at(e, s->path, 0, 0);
        err_hint(e, "put it on a local disk with store.sqlite.path");
        return code;
    }
    int code = store_db_open(&s->db, s->path, STORE_DB_READ, s->faults, e);
    if (!code)
        code = store_schema_read(&s->db, &s->version, e);
    if (!code && s->version < store_schema_version()) {
        code = err_set(e, ERR_UNSUPPORTED,
                       "the store is of an older leeway (its version is %d, this program's %d)",
                       s->version, store_schema_version());
        err_at(e, s->path, 0, 0);
        err_hint(e, "open it once for writing with this program");
    }
    return code;
}

struct store *store_open(const struct store_options *o, struct err *e)
{
    struct err local = ERR_INIT;
    struct store *s = mem_new(struct store);
    s->clock = o->clock ? o->clock : clock_system();
    s->log = o->log;
    s->faults = o->faults;
    s->spectator = o->spectator;
    s->lock_fd = s->event_fd = -1;
    pthread_mutex_init(&s->db_lock, NULL);
    pthread_mutex_init(&s->thread.lock, NULL);
    pthread_cond_init(&s->thread.work, NULL);
    pthread_cond_init(&s->thread.done, NULL);
    s->thread.waiting_end = &s->thread.waiting;
    s->thread.answered_end = &s->thread.answered;

    int code = 0;
    s->path = store_files_resolve(o->path, &local);
    s->db = (struct store_db){.path = s->path, .faults = o->faults};
    if (!s->path)
        code = local.code;
    if (!code && (s->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
        code = err_set_errno(&local, errno, "cannot make an eventfd");
    if (!code)
        code = s->spectator ? open_spectator(s, o, &local) : open_writer(s, o, &local);
    if (!code)
        code = make_fleet(s, &local);
    if (!code)
        code = find_key(s, &local);
    if (!code && !s->spectator)
        code = store_thread_start(s, &local);
    if (code) {
        if (o->inherited_lock)
            store_close_handed_over(s); /* unlocking would take it from the one who passed it */
        else
            store_close(s);
        s = NULL;
        if (e && !e->code)
            err_move(e, &local);
    }
    err_clear(&local);
    return s;
}

static void close_all(struct store *s)
{
    store_thread_stop(s);
    while (store_pending(s)) /* a callback may have handed over more: refused from here on */
        if (!store_dispatch(s))
            break;
    if (s->loop)
        store_detach(s);
    store_db_close(&s->db);
    if (s->event_fd >= 0)
        close(s->event_fd);
    err_clear(&s->unasked);
    pthread_cond_destroy(&s->thread.done);
    pthread_cond_destroy(&s->thread.work);
    pthread_mutex_destroy(&s->thread.lock);
    pthread_mutex_destroy(&s->db_lock);
    mem_wipe(s->key, sizeof(s->key));
    mem_free(s->fleet);
    mem_free(s->path);
    mem_free(s);
}

void store_close(struct store *s)
{
    if (!s)
        return;
    int fd = s->lock_fd;
    close_all(s);
    store_files_unlock(fd);
}

void store_close_handed_over(struct store *s)
{
    int fd = s->lock_fd;
    close_all(s);
    if (fd >= 0)
        close(fd); /* without LOCK_UN: the lock belongs to the open file, which lives on */
}

struct store_info store_info(const struct store *s)
{
    return (struct store_info){
        .path = s->path,
        .fleet = s->fleet,
        .file_system = s->file_system,
        .journal = s->journal,
        .version = s->version,
        .spectator = s->spectator,
    };
}

int store_lock_fd(const struct store *s)
{
    return s->lock_fd;
}

int store_event_fd(const struct store *s)
{
    return s->event_fd;
}
