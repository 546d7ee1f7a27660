// SPDX-License-Identifier: Apache-2.0
/*
 * An event loop that fits in the head: file descriptors through epoll, timers in a heap, and a
 * wake-up from other threads through an eventfd. One thread runs a loop and calls everything here
 * but loop_wake. Time comes from the clock passed in (boot_ms), so a test can run a day in a
 * second.
 */
#ifndef LEEWAY_BASE_LOOP_H
#define LEEWAY_BASE_LOOP_H

#include "base/clock.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_timer;

enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_HANGUP = 4 };

typedef void loop_fd_fn(void *ctx, int fd, unsigned events);
typedef void loop_timer_fn(void *ctx);
typedef void loop_wake_fn(void *ctx);

struct loop *loop_new(const struct clock *clock, struct err *e);
void loop_free(struct loop *l); /* closes what it opened; registered fds stay the caller's */

/* One registration per fd; a second call changes events, fn and ctx. 0 or ERR_IO. */
int loop_watch_fd(struct loop *l, int fd, unsigned events, loop_fd_fn *fn, void *ctx);
void loop_unwatch_fd(struct loop *l, int fd); /* safe inside any callback */

/* One-shot. The handle is valid until it fires or is cancelled. */
struct loop_timer *loop_after(struct loop *l, int64_t delay_ms, loop_timer_fn *fn, void *ctx);
void loop_cancel_timer(struct loop *l, struct loop_timer *t); /* NULL is fine */

/* fn is called when no turn came for least_ms or more: the machine slept, or the process was
 * stopped. Before the descriptors and the timers of that turn. A callback that takes long is no
 * gap. least_ms: more than the loop waits by itself, 5 s. */
typedef void loop_gap_fn(void *ctx, int64_t gap_ms);
void loop_on_gap(struct loop *l, int64_t least_ms, loop_gap_fn *fn, void *ctx);

void loop_on_wake(struct loop *l, loop_wake_fn *fn, void *ctx);
void loop_wake(struct loop *l); /* any thread, async-signal-safe; wakes are coalesced */

/* Waits at most max_wait_ms (-1: until something happens), handles what is ready, runs due timers.
 * Returns the number of callbacks run, or a negative errno. */
int loop_run_once(struct loop *l, int max_wait_ms);
/* Until loop_stop. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);            /* any thread */
int64_t loop_now_ms(const struct loop *l); /* clock read once per turn */

#endif
