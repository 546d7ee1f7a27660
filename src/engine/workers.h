// SPDX-License-Identifier: Apache-2.0
/*
 * A pool of threads for what is CPU-bound: parse, render, compare. A job is started on the loop's
 * thread, runs on a worker with nothing but what its context holds, and is finished on the loop's
 * thread again. Each job belongs to an epoch of its owner; when the owner moves on, jobs that have
 * not begun are skipped and results of the others are stale. done is always called, so that the
 * context has one place to be freed.
 *
 * With 0 threads jobs run on the loop, in order: the same every time, for tests.
 */
#ifndef LEEWAY_ENGINE_WORKERS_H
#define LEEWAY_ENGINE_WORKERS_H

#include "base/loop.h"

#include <stdbool.h>
#include <stddef.h>

struct workers;
struct workers_epoch;

/* Finishes jobs on this loop (through an eventfd of its own). threads 0: inline. */
struct workers *workers_new(struct loop *loop, unsigned threads, struct err *e);
/* Skips what has not begun, waits for what runs, calls done (stale) for all of it. */
void workers_free(struct workers *w); /* NULL is fine */

/* Counted, so that an owner may go while its jobs run. */
struct workers_epoch *workers_epoch_new(void);
void workers_epoch_advance(struct workers_epoch *ep); /* jobs started so far become stale */
void workers_epoch_free(struct workers_epoch *ep);    /* advances; NULL is fine */

typedef void workers_run_fn(void *ctx);              /* on a worker */
typedef void workers_done_fn(void *ctx, bool stale); /* on the loop; never inside workers_start */

/* epoch NULL: never stale but at the end. */
void workers_start(struct workers *w, struct workers_epoch *epoch, workers_run_fn *run,
                   workers_done_fn *done, void *ctx);
size_t workers_pending(const struct workers *w); /* started and not done */
unsigned workers_default_threads(void);          /* cores less one, at least one */

#endif
