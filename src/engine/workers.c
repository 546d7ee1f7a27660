// SPDX-License-Identifier: Apache-2.0
/*
 * The pool. Started jobs wait in one list under one lock; finished ones go into another, and the
 * first of them wakes the loop through an eventfd. A job is touched by one thread at a time: the
 * loop's, then one worker's, then the loop's again.
 */
#include "engine/workers.h"

#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { THREADS_MAX = 64 };

struct workers_epoch {
    atomic_uint refs;
    atomic_uint_fast64_t now;
};

struct job {
    struct job *next;
    workers_run_fn *run;
    workers_done_fn *done;
    void *ctx;
    struct workers_epoch *epoch; /* a reference, or NULL */
    uint64_t at;                 /* epoch when started */
};

struct jobs {
    struct job *first, **last;
};

struct workers {
    struct loop *loop;
    int fd; /* eventfd: something is finished */
    unsigned n_threads;
    size_t pending; /* loop's thread */
    pthread_t threads[THREADS_MAX];
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct jobs waiting, finished;
    bool stopping;
};

static void jobs_init(struct jobs *j)
{
    j->first = NULL;
    j->last = &j->first;
}

static void jobs_push(struct jobs *j, struct job *job)
{
    job->next = NULL;
    *j->last = job;
    j->last = &job->next;
}

static struct job *jobs_pop(struct jobs *j)
{
    struct job *job = j->first;
    if (job) {
        j->first = job->next;
        if (!j->first)
            j->last = &j->first;
    }
    return job;
}

static struct job *jobs_take_all(struct jobs *j)
{
    struct job *first = j->first;
    jobs_init(j);
    return first;
}

/* ---- epochs ---- */

struct workers_epoch *workers_epoch_new(void)
{
    struct workers_epoch *ep = mem_zalloc(sizeof(*ep));
    atomic_init(&ep->refs, 1);
    atomic_init(&ep->now, 0);
    return ep;
}

static void epoch_unref(struct workers_epoch *ep)
{
    if (ep && atomic_fetch_sub_explicit(&ep->refs, 1, memory_order_acq_rel) == 1)
        mem_free(ep);
}

void workers_epoch_advance(struct workers_epoch *ep)
{
    atomic_fetch_add_explicit(&ep->now, 1, memory_order_relaxed);
}

void workers_epoch_free(struct workers_epoch *ep)
{
    if (!ep)
        return;
    workers_epoch_advance(ep);
    epoch_unref(ep);
}

static bool is_stale(const struct job *j)
{
    return j->epoch && atomic_load_explicit(&j->epoch->now, memory_order_relaxed) != j->at;
}

/* ---- the loop's side ---- */

static void finish(struct workers *w, struct job *j, bool stale)
{
    workers_done_fn *done = j->done;
    void *ctx = j->ctx;
    epoch_unref(j->epoch);
    mem_free(j);
    w->pending--;
    done(ctx, stale);
}

static void on_finished(void *ctx, int fd, unsigned events)
{
    struct workers *w = ctx;
    uint64_t n;
    while (read(fd, &n, sizeof(n)) < 0 && errno == EINTR)
        ;
    pthread_mutex_lock(&w->lock);
    struct job *j = jobs_take_all(&w->finished);
    pthread_mutex_unlock(&w->lock);
    while (j) {
        struct job *next = j->next;
        finish(w, j, is_stale(j));
        j = next;
    }
}

/* ---- the workers' side ---- */

static void signal_finished(struct workers *w)
{
    uint64_t one = 1;
    while (write(w->fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

static void *work(void *ctx)
{
    struct workers *w = ctx;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (!w->waiting.first && !w->stopping)
            pthread_cond_wait(&w->more, &w->lock);
        if (w->stopping)
            break;
        struct job *j = jobs_pop(&w->waiting);
        pthread_mutex_unlock(&w->lock);
        if (!is_stale(j))
            j->run(j->ctx);
        pthread_mutex_lock(&w->lock);
        bool first = !w->finished.first;
        jobs_push(&w->finished, j);
        if (first)
            signal_finished(w);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* Without threads: jobs that were waiting when the loop woke run one after the other. */
static void run_inline(void *ctx, int fd, unsigned events)
{
    struct workers *w = ctx;
    uint64_t n;
    while (read(fd, &n, sizeof(n)) < 0 && errno == EINTR)
        ;
    struct job *j = jobs_take_all(&w->waiting);
    while (j) {
        struct job *next = j->next;
        bool stale = is_stale(j);
        if (!stale)
            j->run(j->ctx);
        finish(w, j, stale || is_stale(j));
        j = next;
    }
}

/* ---- life ---- */

unsigned workers_default_threads(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > THREADS_MAX ? THREADS_MAX : n > 2 ? (unsigned)n - 1 : 1;
}

static void stop_threads(struct workers *w, unsigned n)
{
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_broadcast(&w->more);
    pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < n; i++)
        pthread_join(w->threads[i], NULL);
}

static int start_threads(struct workers *w, struct err *e)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int failed = 0;
    for (unsigned i = 0; i < w->n_threads && !failed; i++) {
        failed = pthread_create(&w->threads[i], NULL, work, w);
        if (failed)
            stop_threads(w, i);
        else
            pthread_setname_np(w->threads[i], "leeway-worker");
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed ? err_set_errno(e, failed, "worker threads") : 0;
}

struct workers *workers_new(struct loop *loop, unsigned threads, struct err *e)
{
    struct workers *w = mem_new(struct workers);
    w->loop = loop;
    w->n_threads = threads > THREADS_MAX ? THREADS_MAX : threads;
    jobs_init(&w->waiting);
    jobs_init(&w->finished);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->more, NULL);
    w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->fd < 0) {
        err_set_errno(e, errno, "eventfd");
        goto fail;
    }
    if (loop_watch_fd(loop, w->fd, LOOP_READ, w->n_threads ? on_finished : run_inline, w)) {
        err_set(e, ERR_IO, "the workers' descriptor cannot be watched");
        goto fail;
    }
    if (start_threads(w, e)) {
        loop_unwatch_fd(loop, w->fd);
        goto fail;
    }
    return w;
fail:
    if (w->fd >= 0)
        close(w->fd);
    pthread_cond_destroy(&w->more);
    pthread_mutex_destroy(&w->lock);
    mem_free(w);
    return NULL;
}

void workers_free(struct workers *w)
{
    if (!w)
        return;
    stop_threads(w, w->n_threads);
    loop_unwatch_fd(w->loop, w->fd);
    while (w->pending) { /* done may start further jobs: they end here too */
        struct job *j = jobs_pop(&w->finished);
        if (!j)
            j = jobs_pop(&w->waiting);
        assert(j);
        finish(w, j, true);
    }
    close(w->fd);
    pthread_cond_destroy(&w->more);
    pthread_mutex_destroy(&w->lock);
    mem_free(w);
}

void workers_start(struct workers *w, struct workers_epoch *epoch, workers_run_fn *run,
                   workers_done_fn *done, void *ctx)
{
    struct job *j = mem_new(struct job);
    j->run = run;
    j->done = done;
    j->ctx = ctx;
    if (epoch) {
        atomic_fetch_add_explicit(&epoch->refs, 1, memory_order_relaxed);
        j->epoch = epoch;
        j->at = atomic_load_explicit(&epoch->now, memory_order_relaxed);
    }
    w->pending++;
    pthread_mutex_lock(&w->lock);
    jobs_push(&w->waiting, j);
    pthread_cond_signal(&w->more);
    pthread_mutex_unlock(&w->lock);
    if (!w->n_threads)
        signal_finished(w);
}

size_t workers_pending(const struct workers *w)
{
    return w->pending;
}
