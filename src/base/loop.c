// SPDX-License-Identifier: Apache-2.0
/*
 * The loop. File descriptors are looked up in an array by number; each registration carries a
 * generation that travels in the epoll event, so that an event fetched before a descriptor was
 * closed and its number reused is recognised and dropped. Timers are a binary heap ordered by due
 * time and then by age; a timer set while timers run waits for the next turn, so no callback can
 * keep the loop from its descriptors. epoll counts time that stops while the machine sleeps, the
 * clock here does not: waits are cut into pieces of at most WAIT_PIECE_MS and the clock asked
 * again.
 */
#include "base/loop.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { WAIT_PIECE_MS = 5000, EVENTS_A_TURN = 64 };

struct watched {
    loop_fd_fn *fn; /* NULL: not registered */
    void *ctx;
    unsigned events;
    uint32_t generation;
};

struct loop_timer {
    int64_t due_ms;
    uint64_t age; /* order among equals, and the turn it belongs to */
    size_t at;    /* place in the heap */
    loop_timer_fn *fn;
    void *ctx;
};

struct loop {
    const struct clock *clock;
    int epoll_fd, wake_fd;
    struct watched *fds;
    size_t fds_len;
    uint32_t generation;
    struct loop_timer **heap;
    size_t heap_len, heap_cap;
    uint64_t age;
    int64_t now_ms;
    loop_wake_fn *wake_fn;
    void *wake_ctx;
    int64_t turned_ms, gap_ms; /* end of the last turn; what counts as a gap */
    loop_gap_fn *gap_fn;
    void *gap_ctx;
    atomic_bool stop;
};

struct loop *loop_new(const struct clock *clock, struct err *e)
{
    struct loop *l = mem_new(struct loop);
    l->clock = clock;
    l->now_ms = l->turned_ms = clock_boot_ms(clock);
    l->wake_fd = -1;
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll_fd < 0) {
        err_set_errno(e, errno, "epoll");
        goto failed;
    }
    l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->wake_fd < 0) {
        err_set_errno(e, errno, "eventfd");
        goto failed;
    }
    struct epoll_event ev = {.events = EPOLLIN, .data.u64 = UINT64_MAX};
    if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->wake_fd, &ev) < 0) {
        err_set_errno(e, errno, "epoll");
        goto failed;
    }
    return l;
failed:
    loop_free(l);
    return NULL;
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    if (l->epoll_fd >= 0)
        close(l->epoll_fd);
    if (l->wake_fd >= 0)
        close(l->wake_fd);
    for (size_t i = 0; i < l->heap_len; i++)
        mem_free(l->heap[i]);
    mem_free(l->heap);
    mem_free(l->fds);
    mem_free(l);
}

/* ---- file descriptors ---- */

int loop_watch_fd(struct loop *l, int fd, unsigned events, loop_fd_fn *fn, void *ctx)
{
    assert(fn);
    if (fd < 0)
        return ERR_IO;
    if ((size_t)fd >= l->fds_len) {
        size_t len = l->fds_len ? l->fds_len : 64;
        while (len <= (size_t)fd)
            len *= 2;
        l->fds = mem_reallocarray(l->fds, len, sizeof(*l->fds));
        for (size_t i = l->fds_len; i < len; i++)
            l->fds[i] = (struct watched){0};
        l->fds_len = len;
    }
    struct watched *w = &l->fds[fd];
    bool was = w->fn != NULL;
    if (was && w->events == events) {
        w->fn = fn;
        w->ctx = ctx;
        return 0;
    }
    uint32_t generation = was ? w->generation : ++l->generation;
    struct epoll_event ev = {
        .events = (events & LOOP_READ ? (uint32_t)EPOLLIN : 0) |
                  (events & LOOP_WRITE ? (uint32_t)EPOLLOUT : 0),
        .data.u64 = (uint64_t)generation << 32 | (uint32_t)fd,
    };
    int r = epoll_ctl(l->epoll_fd, was ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &ev);
    /* The number may have been closed and opened again behind our back. */
    if (r < 0 && was && errno == ENOENT)
        r = epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev);
    else if (r < 0 && !was && errno == EEXIST)
        r = epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, fd, &ev);
    if (r < 0)
        return ERR_IO;
    *w = (struct watched){fn, ctx, events, generation};
    return 0;
}

void loop_unwatch_fd(struct loop *l, int fd)
{
    if (fd < 0 || (size_t)fd >= l->fds_len || !l->fds[fd].fn)
        return;
    l->fds[fd] = (struct watched){0};
    epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, fd, NULL); /* fails when it is closed already: fine */
}

/* ---- timers ---- */

static bool before(const struct loop_timer *a, const struct loop_timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->age < b->age;
}

static void put(struct loop *l, size_t at, struct loop_timer *t)
{
    l->heap[at] = t;
    t->at = at;
}

static void sift_up(struct loop *l, struct loop_timer *t)
{
    size_t at = t->at;
    while (at && before(t, l->heap[(at - 1) / 2])) {
        put(l, at, l->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(l, at, t);
}

static void sift_down(struct loop *l, struct loop_timer *t)
{
    size_t at = t->at;
    for (size_t child; (child = 2 * at + 1) < l->heap_len; at = child) {
        if (child + 1 < l->heap_len && before(l->heap[child + 1], l->heap[child]))
            child++;
        if (!before(l->heap[child], t))
            break;
        put(l, at, l->heap[child]);
    }
    put(l, at, t);
}

static void heap_remove(struct loop *l, struct loop_timer *t)
{
    assert(t->at < l->heap_len && l->heap[t->at] == t);
    struct loop_timer *last = l->heap[--l->heap_len];
    if (last == t)
        return;
    last->at = t->at;
    sift_up(l, last);
    sift_down(l, last);
}

struct loop_timer *loop_after(struct loop *l, int64_t delay_ms, loop_timer_fn *fn, void *ctx)
{
    struct loop_timer *t = mem_new(struct loop_timer);
    int64_t now = clock_boot_ms(l->clock);
    if (delay_ms < 0)
        delay_ms = 0;
    t->due_ms = delay_ms > INT64_MAX - now ? INT64_MAX : now + delay_ms;
    t->age = l->age++;
    t->fn = fn;
    t->ctx = ctx;
    if (l->heap_len == l->heap_cap) {
        l->heap_cap = l->heap_cap ? l->heap_cap * 2 : 16;
        l->heap = mem_reallocarray(l->heap, l->heap_cap, sizeof(*l->heap));
    }
    t->at = l->heap_len++;
    l->heap[t->at] = t;
    sift_up(l, t);
    return t;
}

void loop_cancel_timer(struct loop *l, struct loop_timer *t)
{
    if (!t)
        return;
    heap_remove(l, t);
    mem_free(t);
}

static int run_timers(struct loop *l)
{
    int run = 0;
    uint64_t young = l->age; /* what is set from here on waits for the next turn */
    while (l->heap_len && l->heap[0]->due_ms <= l->now_ms) {
        struct loop_timer *t = l->heap[0];
        if (t->age >= young)
            break; /* older ones that are due come before it only when they were due earlier */
        heap_remove(l, t);
        loop_timer_fn *fn = t->fn;
        void *ctx = t->ctx;
        mem_free(t);
        fn(ctx);
        run++;
    }
    return run;
}

/* ---- turns ---- */

void loop_on_wake(struct loop *l, loop_wake_fn *fn, void *ctx)
{
    l->wake_fn = fn;
    l->wake_ctx = ctx;
}

void loop_on_gap(struct loop *l, int64_t least_ms, loop_gap_fn *fn, void *ctx)
{
    l->gap_ms = least_ms;
    l->gap_fn = fn;
    l->gap_ctx = ctx;
}

void loop_wake(struct loop *l)
{
    int saved = errno;
    uint64_t one = 1;
    /* Fails only when the counter is full, and then the loop will wake anyway. */
    ssize_t r = write(l->wake_fd, &one, sizeof(one));
    (void)r;
    errno = saved;
}

/* Milliseconds that epoll may wait: the shortest of what is left of the caller's wait, the next
 * timer and the piece. */
static int wait_for(const struct loop *l, int64_t left_ms)
{
    int64_t wait = WAIT_PIECE_MS;
    if (left_ms >= 0 && left_ms < wait)
        wait = left_ms;
    if (l->heap_len) {
        int64_t due = l->heap[0]->due_ms - l->now_ms;
        if (due < wait)
            wait = due < 0 ? 0 : due;
    }
    return (int)wait;
}

static int handle(struct loop *l, const struct epoll_event *ev)
{
    if (ev->data.u64 == UINT64_MAX) {
        uint64_t n;
        ssize_t r = read(l->wake_fd, &n, sizeof(n));
        (void)r;
        if (!l->wake_fn)
            return 0;
        l->wake_fn(l->wake_ctx);
        return 1;
    }
    size_t fd = (uint32_t)ev->data.u64;
    if (fd >= l->fds_len || !l->fds[fd].fn || l->fds[fd].generation != ev->data.u64 >> 32)
        return 0;
    const struct watched w = l->fds[fd];
    unsigned events = (ev->events & EPOLLIN ? (unsigned)LOOP_READ : 0) |
                      (ev->events & EPOLLOUT ? (unsigned)LOOP_WRITE : 0) |
                      (ev->events & (EPOLLERR | EPOLLHUP) ? (unsigned)LOOP_HANGUP : 0);
    w.fn(w.ctx, (int)fd, events);
    return 1;
}

int loop_run_once(struct loop *l, int max_wait_ms)
{
    struct epoll_event ev[EVENTS_A_TURN];
    l->now_ms = clock_boot_ms(l->clock);
    int64_t end = max_wait_ms < 0 ? INT64_MAX : l->now_ms + max_wait_ms;
    for (;;) {
        int64_t left = max_wait_ms < 0 ? -1 : end - l->now_ms;
        int wait = wait_for(l, left);
        int n = epoll_wait(l->epoll_fd, ev, EVENTS_A_TURN, wait);
        if (n < 0 && errno != EINTR)
            return -errno;
        l->now_ms = clock_boot_ms(l->clock);
        int run = 0;
        if (l->gap_fn && l->now_ms - l->turned_ms >= l->gap_ms)
            l->gap_fn(l->gap_ctx, l->now_ms - l->turned_ms);
        for (int i = 0; i < n; i++)
            run += handle(l, &ev[i]);
        run += run_timers(l);
        l->turned_ms = clock_boot_ms(l->clock);
        /* The last: the caller's time was waited for, even when a test's clock stands still. */
        if (run || n != 0 || atomic_load(&l->stop) || l->now_ms >= end ||
            (left >= 0 && wait >= left))
            return run;
    }
}

void loop_run(struct loop *l)
{
    while (!atomic_load(&l->stop))
        if (loop_run_once(l, -1) < 0)
            break;
    atomic_store(&l->stop, false);
}

void loop_stop(struct loop *l)
{
    atomic_store(&l->stop, true);
    loop_wake(l);
}

int64_t loop_now_ms(const struct loop *l)
{
    return l->now_ms;
}
