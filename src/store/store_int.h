// SPDX-License-Identifier: Apache-2.0
/*
 * Inside the store only: connections with their prepared statements, jobs, the store thread's
 * state. A store_db is used by one thread at a time. Every statement is an entry of store_sql.h.
 */
#ifndef LEEWAY_STORE_STORE_INT_H
#define LEEWAY_STORE_STORE_INT_H

#include "base/arena.h"
#include "base/mem.h"
#include "store/store.h"
#include "store/store_get.h"
#include "store/store_put.h"
#include "store/store_sql.h"
#include "store/store_words.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STORE_APPLICATION_ID 0x6c776179 /* "lway" */

struct store_db {
    sqlite3 *db;
    const char *path; /* borrowed */
    struct store_faults *faults;
    sqlite3_stmt *stmts[STORE_SQL_COUNT];
};

/* ---- store_db.c ---- */
enum store_db_mode { STORE_DB_WRITE, STORE_DB_READ };
int store_db_open(struct store_db *db, const char *path, enum store_db_mode mode,
                  struct store_faults *faults, struct err *e);
void store_db_close(struct store_db *db);
int store_db_exec(struct store_db *db, const char *sql, const char *what, struct err *e);
/* NULL and *e when it can't be prepared. Reset with store_db_done. */
sqlite3_stmt *store_db_stmt(struct store_db *db, enum store_sql sql, struct err *e);
void store_db_done(sqlite3_stmt *st);
/* Turns a result code of SQLite into *e ("cannot WHAT: …"), with path and remedy. */
int store_db_error(struct store_db *db, int rc, struct err *e, const char *what);
/* PRAGMA quick_check or integrity_check: 0, or ERR_CORRUPT with the first finding; all into out. */
int store_db_verify(struct store_db *db, const char *pragma, struct buf *out, struct err *e);

/* ---- store_fault.c ---- */
int store_fault(struct store_db *db,
                enum store_fault_point point); /* SQLITE_OK or what to fail with */
int store_fault_at(struct store_faults *f, enum store_fault_point point);

/* ---- store_schema.c ---- */
int store_schema_version(void);
int store_schema_read(struct store_db *db, int *version, struct err *e);
int store_schema_migrate(struct store_db *db, int to, struct err *e);

/* ---- store_files.c ---- */
char *store_files_resolve(const char *path, struct err *e);      /* makes folders; owned */
char *store_files_sibling(const char *path, const char *suffix); /* .db replaced; owned */
int store_files_lock(const char *path, const struct store_options *o, struct err *e); /* fd or -1 */
void store_files_unlock(int fd);
int store_files_make(const char *path, bool *made, struct err *e);
const char *store_files_distrust(const char *path); /* "network", "FUSE" or NULL */
int store_files_sync_folder(const char *path);
int store_key_read(const char *path, unsigned char key[DIGEST_LEN], struct err *e);
int store_key_make(const char *path, unsigned char key[DIGEST_LEN], struct store_faults *f,
                   struct err *e);

/* ---- jobs ---- */
enum store_param_type { STORE_PARAM_NULL, STORE_PARAM_INT, STORE_PARAM_TEXT, STORE_PARAM_BLOB };
struct store_param {
    enum store_param_type type;
    size_t len;
    union {
        int64_t i;
        const void *p;
    };
};
struct store_job_step {
    struct store_job_step *next;
    enum store_sql sql;
    size_t count;
    struct store_param params[];
};
struct store_job {
    struct store_job *next;
    struct store_ack ack;
    struct arena arena;
    struct store_job_step *first, *last;
    size_t steps, bytes;
    struct err err;
    int64_t value;
};

/* ---- store_job.c: building (engine's thread) ---- */
struct store_job *store_job_new(struct store_ack ack);
void store_job_free(struct store_job *j);
/* One letter a parameter: i int64_t, t const char * (NULL is ""), o const char * (NULL and "" are
 * NULL), b struct store_bytes (none is NULL), d const struct digest * (zeros are NULL). Copies. */
void store_job_step(struct store_job *j, enum store_sql sql, const char *types, ...);
/* The digest under which the bytes will be kept; zeros for none. */
struct digest store_job_blob(struct store_job *j, struct store_bytes bytes, int64_t now_ms);
bool store_digest_is_none(const struct digest *d);
/* "apps" of "apps/v1", "" of "v1"; n receives the length. */
const char *store_group_of(const char *api_version, size_t *n);

/* ---- store_run.c: running a job (store thread) ---- */
int store_job_run(struct store_db *db, struct store_job *j); /* fills j->err, j->value */
int store_bind(sqlite3_stmt *st, const char *types, va_list ap);

/* ---- store_blob.c ---- */
int store_blob_keep(struct store_db *db, const struct store_job_step *step, struct err *e);
int store_blob_unpack(const void *bytes, size_t len, size_t size, bool packed,
                      const struct digest *digest, struct buf *out);

/* ---- store_audit.c ---- */
int store_audit_append(struct store_db *db, const struct store_job_step *step, int64_t *row,
                       struct err *e);

/* ---- store_thread.c ---- */
struct store_thread {
    pthread_t id;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    /* under lock */
    struct store_job *waiting, **waiting_end;
    struct store_job *answered, **answered_end;
    size_t pending, pending_bytes;
    bool stop;
    /* store thread only */
    bool check_first;
    int broken; /* a code: the file is damaged, nothing is written any more */
    int64_t wal_pages;
};

struct store {
    char *path;
    char *fleet;
    const char *file_system;
    enum store_journal journal;
    int version;
    bool spectator;
    int lock_fd;
    int event_fd;
    const struct clock *clock;
    struct log *log;
    struct store_faults *faults;
    struct store_db db;      /* store thread once it runs */
    pthread_mutex_t db_lock; /* held by whoever uses db when it is shared with views */
    bool shared;             /* STORE_ROLLBACK: views use db */
    struct loop *loop;       /* attached to, or NULL */
    bool has_key, key_lost;
    unsigned char key[DIGEST_LEN];
    struct err unasked; /* first failure without ack since store_sync */
    struct store_thread thread;
};

int store_thread_start(struct store *s, struct err *e);
void store_thread_stop(struct store *s);
void store_hand_over(struct store *s, struct store_job *j);
static inline int64_t store_now(const struct store *s)
{
    return clock_wall_ms(s->clock);
}

/* ---- views ---- */
struct store_view_cache {
    struct digest digest;
    struct buf bytes;
};
#define STORE_VIEW_CACHE 64
struct store_view {
    const struct store *store;
    struct store_db own;
    struct store_db *db;
    pthread_mutex_t *lock; /* or NULL */
    int64_t seen;          /* data_version */
    struct store_view_cache cache[STORE_VIEW_CACHE];
    struct buf scratch;
};

/* A read in progress: begin, next until false, end. A failure is kept in code and e, and ends it.
 */
struct store_read {
    struct store_view *view;
    sqlite3_stmt *st;
    struct err *e;
    int code;
};
void store_read_begin(struct store_view *v, struct store_read *r, enum store_sql sql, struct err *e,
                      const char *types, ...);
bool store_read_next(struct store_read *r);
int store_read_end(struct store_read *r, int rc); /* the read's failure, or rc */
/* A word of a table in column i; a stranger makes the read fail with ERR_CORRUPT. */
int store_read_word(struct store_read *r, int i, const char *const *words, int count);

const char *store_col_text(sqlite3_stmt *st, int i);
struct store_bytes store_col_bytes(sqlite3_stmt *st, int i);
struct digest store_col_digest(sqlite3_stmt *st, int i);
struct store_object store_col_object(sqlite3_stmt *st, int i); /* 4 columns */

extern const char *const *const store_action_words,
    *const *const store_result_state_words,
        *const *const store_release_state_words,
            *const *const store_target_state_words,
                *const *const store_step_words, *const *const store_verdict_words,
                                                    *const *const store_environment_kind_words,
                                                        *const *const store_match_words,
                                                            *const *const store_level_words;
extern const int store_action_count, store_result_state_count, store_release_state_count,
    store_target_state_count, store_step_count, store_verdict_count, store_environment_kind_count,
    store_match_count, store_level_count;

#endif
