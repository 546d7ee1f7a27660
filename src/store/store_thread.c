// SPDX-License-Identifier: Apache-2.0
/*
 * The store thread. Writes wait in a list; the thread takes all that wait (up to a bound) into one
 * transaction, commits once and answers. A job is its own slot in the list of answers, so answering
 * can't fail or block, and one count bounds both ways. When a batch as a whole is lost (disk full
 * at commit), its writes are tried once more one by one, so that one that is too large takes no
 * other with it; the order is kept.
 *
 * Checkpoints run here between transactions and nowhere else.
 */
#include "store/store_int.h"

#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BATCH_JOBS 1024u
#define BATCH_BYTES (8u * 1024u * 1024u)
#define BUSY_JOBS 4096u
#define BUSY_BYTES (64u * 1024u * 1024u)
#define HARD_JOBS 65536u
#define HARD_BYTES (512u * 1024u * 1024u)
#define CHECKPOINT_PAGES 1000     /* passive: copies what no reader needs */
#define TRUNCATE_PAGES (64 * 256) /* 64 MiB: the file is cut as well */

static int plain(struct store_db *db, enum store_sql sql, struct err *e)
{
    sqlite3_stmt *st = store_db_stmt(db, sql, e);
    if (!st)
        return e->code;
    int rc = sqlite3_step(st);
    int code = rc == SQLITE_DONE ? 0 : store_db_error(db, rc, e, "write to the store");
    store_db_done(st);
    return code;
}

static int fault(struct store_db *db, enum store_fault_point point, struct err *e)
{
    int rc = store_fault(db, point);
    return rc == SQLITE_OK ? 0 : store_db_error(db, rc, e, "write to the store");
}

/* One transaction with the jobs up to end (excluded). 0 when it is committed: then each job has its
 * own err or none. Otherwise nothing of it is kept, and *e says why. */
static int transact(struct store_db *db, struct store_job *first, const struct store_job *end,
                    struct err *e)
{
    int code = fault(db, STORE_FAULT_BEGIN, e);
    if (!code)
        code = plain(db, SQL_BEGIN, e);
    for (struct store_job *j = first; j != end && !code; j = j->next) {
        j->value = 0;
        store_job_run(db, j);
        if (sqlite3_get_autocommit(db->db)) { /* the job took the transaction with it */
            code = j->err.code ? j->err.code : ERR_IO;
            if (e->code == 0)
                err_copy(e, &j->err);
            err_set(e, code, "the transaction ended by itself");
        }
    }
    if (!code)
        code = fault(db, STORE_FAULT_COMMIT, e);
    if (!code)
        code = plain(db, SQL_COMMIT, e);
    if (code && !sqlite3_get_autocommit(db->db)) {
        struct err ignored = ERR_INIT;
        plain(db, SQL_ROLLBACK, &ignored);
        err_clear(&ignored);
    }
    return code;
}

static void answer_all(struct store_job *first, const struct store_job *end, const struct err *e)
{
    for (struct store_job *j = first; j != end; j = j->next) {
        err_clear(&j->err);
        err_copy(&j->err, e);
    }
}

static void run_batch(struct store *s, struct store_job *first)
{
    struct err e = ERR_INIT;
    /* what is wrong from the start stays wrong when the batch is tried again */
    for (struct store_job *j = first; j; j = j->next)
        if (j->err.code)
            j->first = j->last = NULL;
    if (s->thread.check_first) {
        s->thread.check_first = false;
        s->thread.broken = store_db_verify(&s->db, "PRAGMA quick_check", NULL, &e);
        if (s->thread.broken)
            log_write(s->log, LOG_ERROR, "store", "%s", e.text);
        err_clear(&e);
    }
    if (s->thread.broken) {
        err_set(&e, s->thread.broken, "the store is damaged; nothing more is written to it");
        err_at(&e, s->path, 0, 0);
        err_hint(&e, "leeway store check says what is wrong; put a backup in its place");
        answer_all(first, NULL, &e);
    } else if (transact(&s->db, first, NULL, &e) != 0) {
        if (!first->next) {
            answer_all(first, NULL, &e);
        } else {
            for (struct store_job *j = first; j; j = j->next) {
                if (j->first)
                    err_clear(&j->err);
                err_clear(&e);
                if (transact(&s->db, j, j->next, &e) != 0)
                    answer_all(j, j->next, &e);
            }
        }
    }
    err_clear(&e);
    store_fault(&s->db, STORE_FAULT_COMMITTED);
}

static int on_wal(void *ctx, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((struct store *)ctx)->thread.wal_pages = pages;
    return SQLITE_OK;
}

/* Failing is no harm: the log keeps what was written, and the next commit comes here again. */
static void checkpoint(struct store *s)
{
    int mode = s->thread.wal_pages >= TRUNCATE_PAGES ? SQLITE_CHECKPOINT_TRUNCATE
                                                     : SQLITE_CHECKPOINT_PASSIVE;
    if (s->thread.wal_pages < CHECKPOINT_PAGES ||
        store_fault(&s->db, STORE_FAULT_CHECKPOINT) != SQLITE_OK)
        return;
    sqlite3_busy_timeout(s->db.db, 0); /* a reader may stay as long as it likes */
    sqlite3_wal_checkpoint_v2(s->db.db, NULL, mode, NULL, NULL);
    sqlite3_busy_timeout(s->db.db, 5000);
    store_fault(&s->db, STORE_FAULT_CHECKPOINTED);
    s->thread.wal_pages = 0;
}

/* Takes the first jobs of what waits, at most a batch. Under lock. */
static struct store_job *take_batch(struct store_thread *t)
{
    struct store_job *first = t->waiting, *last = first;
    size_t n = 1, bytes = first->bytes;
    while (last->next && n < BATCH_JOBS && bytes + last->next->bytes < BATCH_BYTES) {
        last = last->next;
        bytes += last->bytes;
        n++;
    }
    t->waiting = last->next;
    if (!t->waiting)
        t->waiting_end = &t->waiting;
    last->next = NULL;
    return first;
}

static void *work(void *arg)
{
    struct store *s = arg;
    struct store_thread *t = &s->thread;
    pthread_mutex_lock(&t->lock);
    for (;;) {
        while (!t->waiting && !t->stop)
            pthread_cond_wait(&t->work, &t->lock);
        if (!t->waiting)
            break;
        struct store_job *batch = take_batch(t);
        pthread_mutex_unlock(&t->lock);

        pthread_mutex_lock(&s->db_lock);
        run_batch(s, batch);
        pthread_mutex_unlock(&s->db_lock);

        pthread_mutex_lock(&t->lock);
        *t->answered_end = batch;
        while (batch->next)
            batch = batch->next;
        t->answered_end = &batch->next;
        pthread_cond_broadcast(&t->done);
        pthread_mutex_unlock(&t->lock);
        uint64_t one = 1;
        if (write(s->event_fd, &one, sizeof(one)) < 0) {
            /* the counter is full: it is readable, which is all that is wanted */
        }
        if (s->journal == STORE_WAL)
            checkpoint(s);
        pthread_mutex_lock(&t->lock);
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

int store_thread_start(struct store *s, struct err *e)
{
    struct store_thread *t = &s->thread;
    t->waiting_end = &t->waiting;
    t->answered_end = &t->answered;
    sqlite3_wal_hook(s->db.db, on_wal, s); /* also takes the place of autocheckpoint */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&t->id, NULL, work, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0)
        return err_set_errno(e, rc, "cannot start the store's thread");
    t->started = true;
    return 0;
}

void store_thread_stop(struct store *s)
{
    struct store_thread *t = &s->thread;
    if (!t->started)
        return;
    pthread_mutex_lock(&t->lock);
    t->stop = true;
    pthread_cond_signal(&t->work);
    pthread_mutex_unlock(&t->lock);
    pthread_join(t->id, NULL);
    t->started = false;
}

void store_hand_over(struct store *s, struct store_job *j)
{
    struct store_thread *t = &s->thread;
    j->bytes += sizeof(*j);
    if (s->spectator)
        err_set(&j->err, ERR_FORBIDDEN, "a spectator writes nothing");
    pthread_mutex_lock(&t->lock);
    bool full = t->pending >= HARD_JOBS || t->pending_bytes + j->bytes > HARD_BYTES;
    if (full) {
        err_set(&j->err, ERR_BUSY, "the store does not keep up; too much waits to be written");
        err_hint(&j->err, "the disk may be very slow");
    }
    t->pending++;
    t->pending_bytes += j->bytes;
    bool refused = full || s->spectator || t->stop;
    if (t->stop)
        err_set(&j->err, ERR_CANCELLED, "the store is being closed");
    if (refused) {
        *t->answered_end = j;
        t->answered_end = &j->next;
    } else {
        if (!t->waiting)
            pthread_cond_signal(&t->work);
        *t->waiting_end = j;
        t->waiting_end = &j->next;
    }
    pthread_mutex_unlock(&t->lock);
    uint64_t one = 1;
    if (refused && write(s->event_fd, &one, sizeof(one)) < 0) {
        /* readable already */
    }
}

size_t store_dispatch(struct store *s)
{
    struct store_thread *t = &s->thread;
    uint64_t count;
    if (read(s->event_fd, &count, sizeof(count)) < 0) {
        /* nothing was said; look all the same */
    }
    pthread_mutex_lock(&t->lock);
    struct store_job *j = t->answered;
    t->answered = NULL;
    t->answered_end = &t->answered;
    pthread_mutex_unlock(&t->lock);
    size_t n = 0;
    while (j) {
        struct store_job *next = j->next;
        pthread_mutex_lock(&t->lock);
        t->pending--;
        t->pending_bytes -= j->bytes;
        pthread_mutex_unlock(&t->lock);
        if (j->ack.fn) {
            j->ack.fn(j->ack.ctx, j->err.code ? &j->err : NULL, j->value);
        } else if (j->err.code) {
            log_write(s->log, LOG_ERROR, "store", "%s", j->err.text);
            if (!s->unasked.code)
                err_move(&s->unasked, &j->err);
        }
        store_fault_at(s->faults, STORE_FAULT_ANSWERED);
        store_job_free(j);
        j = next;
        n++;
    }
    return n;
}

bool store_is_busy(const struct store *s)
{
    struct store_thread *t = &((struct store *)s)->thread;
    pthread_mutex_lock(&t->lock);
    bool busy = t->pending >= BUSY_JOBS || t->pending_bytes >= BUSY_BYTES;
    pthread_mutex_unlock(&t->lock);
    return busy;
}

size_t store_pending(const struct store *s)
{
    struct store_thread *t = &((struct store *)s)->thread;
    pthread_mutex_lock(&t->lock);
    size_t n = t->pending;
    pthread_mutex_unlock(&t->lock);
    return n;
}

int store_sync(struct store *s, struct err *e)
{
    struct store_thread *t = &s->thread;
    while (store_pending(s)) {
        pthread_mutex_lock(&t->lock);
        while (!t->answered && t->pending)
            pthread_cond_wait(&t->done, &t->lock);
        pthread_mutex_unlock(&t->lock);
        store_dispatch(s);
    }
    int code = s->unasked.code;
    if (code && e && !e->code)
        err_copy(e, &s->unasked);
    err_clear(&s->unasked);
    return code;
}
