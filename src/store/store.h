// SPDX-License-Identifier: Apache-2.0
/*
 * What must outlive the process: one store per user and fleet, one process that writes it.
 *
 *   store.h        opening, locking, acknowledgement, backup, secrets' key, injected faults
 *   store_words.h  the records, in the words of the product
 *   store_put.h    writes: handed to the store thread, acknowledged when they are durable
 *   store_get.h    reads: on a read-only view that belongs to the calling thread
 *
 * A writer takes the flock on PATH.lock for as long as it lives and starts the store thread, which
 * alone writes: what waits is put into one transaction and synced once. Everything in store_put.h
 * may be called from one thread, the one that opened the store (the engine's); it never blocks.
 * A spectator takes no lock, writes nothing and follows with store_view_changed.
 *
 * Errors: ERR_BUSY another process writes (pid and program in the text); ERR_UNSUPPORTED a store of
 * a newer program, or a spectator on a network file system; ERR_CORRUPT the file is damaged;
 * ERR_LIMIT disk or quota is full; ERR_FORBIDDEN not ours or not permitted; ERR_IO anything else.
 * All carry the path as source and a remedy as hint.
 */
#ifndef LEEWAY_STORE_STORE_H
#define LEEWAY_STORE_STORE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/log.h"
#include "base/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct store;
struct store_view;
struct store_faults;

struct store_options {
    const char *path;    /* the database file; missing folders are made with mode 0700 */
    const char *program; /* who we are, for the one who is refused: "leeway console" */
    bool spectator;      /* read only: no lock, no store thread */
    bool inherited_lock; /* lock_fd is PATH.lock, already locked, received from another process */
    int lock_fd;         /* only with inherited_lock; the store owns it from then on */
    bool distrust_file_system;   /* treat it as a network file system; for tests */
    const struct clock *clock;   /* NULL: the system's */
    struct log *log;             /* or NULL */
    struct store_faults *faults; /* tests only; NULL: none */
};

/* ---- life ---- */

/* ${XDG_STATE_HOME:-~/.local/state}/leeway/FLEET.db. ERR_INVALID when neither is set or fleet would
 * leave the folder. */
int store_default_path(const char *fleet, struct buf *out, struct err *e) ERR_CHECKED;
/* Who writes the store at path now, by its lock, without touching it: "leeway (pid 7)"; NULL:
 * nobody. The caller frees. */
char *store_writer(const char *path);
const char *store_sqlite_version(void); /* of the library that runs */
/* NULL and *e on failure. Makes, migrates and checks the file. */
struct store *store_open(const struct store_options *o, struct err *e) ERR_CHECKED;
/* Waits until everything handed over is durable, answers it, gives the lock back. NULL is fine. */
void store_close(struct store *s);

enum store_journal { STORE_WAL, STORE_ROLLBACK };
struct store_info {
    const char *path;        /* borrowed from the store */
    const char *fleet;       /* the fleet's UUID; borrowed */
    const char *file_system; /* "network" or "FUSE" where that changed the mode, else NULL */
    enum store_journal journal;
    int version; /* of the schema */
    bool spectator;
};
struct store_info store_info(const struct store *s);

/* The descriptor that holds the lock, to be passed to a detached process (SCM_RIGHTS); borrowed.
 * The receiver may open the store once this one is closed; between the two nobody else can. */
int store_lock_fd(const struct store *s);
/* Closes the store without giving up the lock: the descriptor passed on keeps it. */
void store_close_handed_over(struct store *s);

/* ---- acknowledgement ---- */

/* e is NULL when the write is durable; otherwise nothing of it was kept. value: what the write's
 * description says, else 0. Runs in the thread that calls store_dispatch (or the loop's). */
typedef void store_ack_fn(void *ctx, const struct err *e, int64_t value);
struct store_ack {
    store_ack_fn *fn; /* NULL: nobody asks; a failure is then logged and kept for store_sync */
    void *ctx;
};
#define STORE_NO_ACK ((struct store_ack){0})

/* Delivers acknowledgements on this loop from now on. ERR_IO when it can't be watched. */
int store_attach(struct store *s, struct loop *loop, struct err *e) ERR_CHECKED;
void store_detach(struct store *s);
/* Readable when acknowledgements wait; for callers without a struct loop. Borrowed. */
int store_event_fd(const struct store *s);
size_t store_dispatch(struct store *s); /* runs the callbacks that wait; returns how many */
/* True over the soft bound: the engine then starts nothing new. Results of what is in flight are
 * still taken; past the hard bound a write is answered ERR_BUSY. */
bool store_is_busy(const struct store *s);
size_t store_pending(const struct store *s); /* handed over and not yet answered */
/* Blocks until all that was handed over is answered, delivering the answers here. For verbs and
 * tests. The first failure nobody asked about since the last call, or 0. */
int store_sync(struct store *s, struct err *e) ERR_CHECKED;

/* ---- keeping ---- */

/* A consistent copy of the store at from (a writer may be at work) in a new file of mode 0600;
 * ERR_EXISTS when to is there. The secrets' key is not copied. */
int store_backup(const char *from, const char *to, struct err *e) ERR_CHECKED;
struct store_report {
    bool ok;
    int version;
    int64_t audit_rows;
    int64_t bytes;
    bool key_lost; /* the store was used with a key that is not there any more */
    /* The row of the audit that says which chains it goes on from: the store was lost and built
     * again from its clusters. 0: there is none. */
    int64_t anew_row, anew_wall_ms;
};
#define STORE_AUDIT_ANEW "store rebuilt" /* action of such a row */
/* Full integrity check, foreign keys, digests of all bodies, the audit chain. What is wrong goes
 * line by line into out (bounded). 0 when the checks ran; report.ok says what they found. */
int store_check(const char *path, struct store_report *report, struct buf *out,
                struct err *e) ERR_CHECKED;

/* ---- secrets ---- */

/* HMAC-SHA-256 under PATH with .db replaced by .key (32 random bytes, 0600, made once, by the first
 * writer). false: the key that this store was made with is lost; secrets are then unknown, never
 * drift. */
bool store_secret_hmac(const struct store *s, const void *value, size_t len, struct digest *out);
bool store_secret_key_lost(const struct store *s);
/* Begins again with a new key; every HMAC kept so far is worthless from then on. A person asked. */
int store_secret_new_key(struct store *s, struct err *e) ERR_CHECKED;

/* ---- injected faults (tests) ---- */

/* name, what has just happened when it is reached */
#define STORE_FAULT_TABLE(X)                                                                       \
    X(STORE_FAULT_FILE_MADE, "file-made")       /* an empty file of mode 0600 exists */            \
    X(STORE_FAULT_MIGRATE, "migrate")           /* before each migration's transaction */          \
    X(STORE_FAULT_MIGRATED, "migrated")         /* in it, before its commit */                     \
    X(STORE_FAULT_FLEET_MADE, "fleet-made")     /* the fleet's UUID is committed */                \
    X(STORE_FAULT_KEY_WRITTEN, "key-written")   /* the key's temporary file is synced */           \
    X(STORE_FAULT_KEY_NAMED, "key-named")       /* the key has its name */                         \
    X(STORE_FAULT_KEY_NOTED, "key-noted")       /* the store knows the key's mark */               \
    X(STORE_FAULT_BEGIN, "begin")               /* before a batch's transaction */                 \
    X(STORE_FAULT_JOB, "job")                   /* before a write of the batch */                  \
    X(STORE_FAULT_STEP, "step")                 /* before each statement of a write */             \
    X(STORE_FAULT_JOB_DONE, "job-done")         /* a write is in the transaction */                \
    X(STORE_FAULT_COMMIT, "commit")             /* before the commit */                            \
    X(STORE_FAULT_COMMITTED, "committed")       /* durable, not yet acknowledged */                \
    X(STORE_FAULT_ANSWERED, "answered")         /* acknowledged */                                 \
    X(STORE_FAULT_CHECKPOINT, "checkpoint")     /* before a checkpoint */                          \
    X(STORE_FAULT_CHECKPOINTED, "checkpointed") /* after it */

enum store_fault_point {
#define X(name, word) name,
    STORE_FAULT_TABLE(X)
#undef X
        STORE_FAULT_COUNT
};
enum store_fault_kind { STORE_FAIL_FULL, STORE_FAIL_BUSY, STORE_FAIL_IO, STORE_FAIL_DIE };

/* One fault: when the point is reached for the after-th time (0: the first), it fails as said, or
 * the process ends at once without a word (as kill -9 would end it). times: how often it then goes
 * on failing. Owned by the caller, must outlive the store. */
struct store_faults *store_faults_new(enum store_fault_point point, unsigned after,
                                      enum store_fault_kind kind, unsigned times);
void store_faults_free(struct store_faults *f);
unsigned store_faults_reached(const struct store_faults *f, enum store_fault_point point);
const char *store_fault_name(enum store_fault_point point);

#endif
