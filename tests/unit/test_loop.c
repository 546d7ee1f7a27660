// SPDX-License-Identifier: Apache-2.0
/* The loop (descriptors, timers, wakes) and the queue between threads. */
#include "base/loop.h"
#include "base/mem.h"
#include "base/queue.h"
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

struct trace {
    struct loop *loop;
    char log[64];
    size_t len;
    int fds[2];
    struct loop_timer *victim;
};

struct mark {
    struct trace *t;
    char c;
    struct clock_fake *clock; /* NULL: not needed */
};

static void on_timer(void *ctx)
{
    struct mark *m = ctx;
    m->t->log[m->t->len++] = m->c;
}

static void on_timer_cancel(void *ctx)
{
    struct mark *m = ctx;
    on_timer(m);
    loop_cancel_timer(m->t->loop, m->t->victim);
}

static void on_timer_again(void *ctx)
{
    struct mark *m = ctx;
    on_timer(m);
    loop_after(m->t->loop, 0, on_timer_again, m);
}

static void timers_in_order(void **state)
{
    struct clock_fake clock;
    clock_fake_init(&clock, 1000, 0);
    struct trace t = {.loop = loop_new(&clock.clock, NULL)};
    struct mark m[] = {{&t, 'a'}, {&t, 'b'}, {&t, 'c'}, {&t, 'd'}, {&t, 'e'}};
    loop_after(t.loop, 30, on_timer, &m[2]);
    loop_after(t.loop, 10, on_timer, &m[0]);
    loop_after(t.loop, 10, on_timer, &m[1]);
    struct loop_timer *gone = loop_after(t.loop, 20, on_timer, &m[3]);
    loop_after(t.loop, 1000000000, on_timer, &m[4]);
    loop_cancel_timer(t.loop, gone);
    loop_cancel_timer(t.loop, NULL);
    assert_int_equal(loop_run_once(t.loop, 0), 0);
    clock_fake_advance(&clock, 9);
    assert_int_equal(loop_run_once(t.loop, 0), 0);
    clock_fake_advance(&clock, 1);
    assert_int_equal(loop_run_once(t.loop, 0), 2);
    assert_int_equal(loop_now_ms(t.loop), 1010);
    clock_fake_advance(&clock, 5000);
    assert_int_equal(loop_run_once(t.loop, 0), 1);
    assert_string_equal(t.log, "abc");
    loop_free(t.loop); /* the one left is freed with it */
}

static void on_gap(void *ctx, int64_t gap_ms)
{
    struct trace *t = ctx;
    assert_int_equal(gap_ms, 3600000);
    t->log[t->len++] = 'g';
}

static void on_long_timer(void *ctx)
{
    struct mark *m = ctx;
    on_timer(m);
    clock_fake_advance(m->clock, 60000);
}

/* Told before what became due meanwhile; short waits and long callbacks are none. */
static void gaps(void **state)
{
    struct clock_fake clock;
    clock_fake_init(&clock, 1000, 0);
    struct trace t = {.loop = loop_new(&clock.clock, NULL)};
    struct mark m[] = {{&t, 'a', &clock}, {&t, 'b', &clock}};
    loop_on_gap(t.loop, 20000, on_gap, &t);
    loop_after(t.loop, 10, on_long_timer, &m[0]);
    loop_after(t.loop, 100000, on_timer, &m[1]);
    clock_fake_advance(&clock, 19000);
    assert_int_equal(loop_run_once(t.loop, 0), 1);
    assert_int_equal(loop_run_once(t.loop, 0), 0);
    clock_fake_advance(&clock, 3600000);
    assert_int_equal(loop_run_once(t.loop, 0), 1);
    assert_string_equal(t.log, "agb");
    loop_free(t.loop);
}

static void timers_many(void **state)
{
    struct clock_fake clock;
    clock_fake_init(&clock, 0, 0);
    struct loop *l = loop_new(&clock.clock, NULL);
    struct trace t = {.loop = l};
    struct mark m = {&t, 'x'};
    struct loop_timer *all[500];
    uint32_t r = 7;
    for (int i = 0; i < 500; i++) {
        r = r * 1664525u + 1013904223u;
        all[i] = loop_after(l, r >> 22, on_timer, &m);
    }
    for (int i = 0; i < 500; i += 2)
        loop_cancel_timer(l, all[i]);
    int run = 0;
    for (int i = 0; i < 1100; i++) {
        t.len = 0;
        run += loop_run_once(l, 0);
        clock_fake_advance(&clock, 1);
    }
    assert_int_equal(run, 250);
    loop_free(l);
}

static void timer_cancels_its_neighbour(void **state)
{
    struct clock_fake clock;
    clock_fake_init(&clock, 0, 0);
    struct trace t = {.loop = loop_new(&clock.clock, NULL)};
    struct mark m[] = {{&t, 'a'}, {&t, 'b'}};
    loop_after(t.loop, 5, on_timer_cancel, &m[0]);
    t.victim = loop_after(t.loop, 5, on_timer, &m[1]);
    clock_fake_advance(&clock, 100);
    assert_int_equal(loop_run_once(t.loop, 0), 1);
    assert_int_equal(loop_run_once(t.loop, 0), 0);
    assert_string_equal(t.log, "a");
    loop_free(t.loop);
}

static void timer_of_zero_does_not_hog(void **state)
{
    struct clock_fake clock;
    clock_fake_init(&clock, 0, 0);
    struct trace t = {.loop = loop_new(&clock.clock, NULL)};
    struct mark m = {&t, 'z'};
    loop_after(t.loop, 0, on_timer_again, &m);
    assert_int_equal(loop_run_once(t.loop, 0), 1);
    assert_int_equal(loop_run_once(t.loop, 0), 1);
    assert_string_equal(t.log, "zz");
    loop_free(t.loop);
}

static void on_fd(void *ctx, int fd, unsigned events)
{
    struct trace *t = ctx;
    char c;
    t->log[t->len++] = events & LOOP_READ ? 'r' : events & LOOP_HANGUP ? 'h' : 'w';
    if (events & LOOP_READ)
        assert_int_equal(read(fd, &c, 1), 1);
    else if (events & LOOP_HANGUP)
        loop_unwatch_fd(t->loop, fd);
}

static void descriptors(void **state)
{
    struct trace t = {.loop = loop_new(clock_system(), NULL)};
    assert_int_equal(pipe2(t.fds, O_CLOEXEC), 0);
    assert_int_equal(loop_watch_fd(t.loop, t.fds[0], LOOP_READ, on_fd, &t), 0);
    assert_int_equal(loop_watch_fd(t.loop, -1, LOOP_READ, on_fd, &t), ERR_IO);
    assert_int_equal(loop_run_once(t.loop, 0), 0);
    assert_int_equal(write(t.fds[1], "x", 1), 1);
    assert_int_equal(loop_run_once(t.loop, 1000), 1);
    assert_int_equal(loop_watch_fd(t.loop, t.fds[1], LOOP_WRITE, on_fd, &t), 0);
    assert_int_equal(loop_run_once(t.loop, 1000), 1);
    loop_unwatch_fd(t.loop, t.fds[1]);
    close(t.fds[1]);
    assert_int_equal(loop_run_once(t.loop, 1000), 1);
    assert_int_equal(loop_run_once(t.loop, 0), 0);
    loop_unwatch_fd(t.loop, t.fds[0]);
    loop_unwatch_fd(t.loop, 12345);
    close(t.fds[0]);
    assert_string_equal(t.log, "rwh");
    loop_free(t.loop);
}

/* Two descriptors ready in one turn: the first callback closes the second and opens another with
 * the same number, which must not be told of the old one's event. */
static void on_first(void *ctx, int fd, unsigned events)
{
    struct trace *t = ctx;
    char c;
    assert_int_equal(read(fd, &c, 1), 1);
    int other = t->fds[0] == fd ? t->fds[1] : t->fds[0];
    loop_unwatch_fd(t->loop, other);
    close(other);
    int fresh[2];
    assert_int_equal(pipe2(fresh, O_CLOEXEC), 0);
    int low = fresh[0] < fresh[1] ? fresh[0] : fresh[1];
    assert_int_equal(low, other);
    assert_int_equal(loop_watch_fd(t->loop, other, LOOP_READ, on_fd, t), 0);
    t->fds[1] = other;
    t->fds[0] = fd;
}

static void reused_number_is_not_confused(void **state)
{
    struct trace t = {.loop = loop_new(clock_system(), NULL)};
    int a[2], b[2];
    assert_int_equal(pipe2(a, O_CLOEXEC), 0);
    assert_int_equal(pipe2(b, O_CLOEXEC), 0);
    t.fds[0] = a[0];
    t.fds[1] = b[0];
    loop_watch_fd(t.loop, a[0], LOOP_READ, on_first, &t);
    loop_watch_fd(t.loop, b[0], LOOP_READ, on_first, &t);
    assert_int_equal(write(a[1], "x", 1), 1);
    assert_int_equal(write(b[1], "x", 1), 1);
    assert_int_equal(loop_run_once(t.loop, 1000), 1);
    assert_int_equal(t.len, 0);
    loop_free(t.loop);
}

static void on_wake(void *ctx)
{
    struct trace *t = ctx;
    t->log[t->len++] = 'W';
}

static void *wake_thread(void *ctx)
{
    loop_wake(ctx);
    loop_stop(ctx);
    return NULL;
}

static void wakes(void **state)
{
    struct trace t = {.loop = loop_new(clock_system(), NULL)};
    loop_on_wake(t.loop, on_wake, &t);
    loop_wake(t.loop);
    loop_wake(t.loop);
    assert_int_equal(loop_run_once(t.loop, 1000), 1);
    assert_int_equal(loop_run_once(t.loop, 0), 0);
    assert_string_equal(t.log, "W");
    pthread_t thread;
    t.len = 0;
    assert_int_equal(pthread_create(&thread, NULL, wake_thread, t.loop), 0);
    loop_run(t.loop);
    pthread_join(thread, NULL);
    loop_run_once(t.loop, 0); /* a stop may overtake the wake before it */
    assert_true(t.len >= 1);
    loop_free(t.loop);
}

static void count(void *ctx)
{
    ++*(int *)ctx;
}

static void queue_bounds(void **state)
{
    int woken = 0, items[8];
    struct queue *q = queue_new(3, 2, count, &woken);
    assert_null(queue_pop(q));
    assert_null(queue_wait(q, 1));
    for (int i = 0; i < 3; i++)
        assert_true(queue_push(q, &items[i]));
    assert_false(queue_push(q, &items[3]));
    assert_true(queue_push_answer(q, &items[3]));
    assert_true(queue_push_answer(q, &items[4]));
    assert_false(queue_push_answer(q, &items[5]));
    assert_int_equal(queue_len(q), 5);
    assert_int_equal(woken, 1);
    for (int i = 0; i < 5; i++)
        assert_ptr_equal(queue_pop(q), &items[i]);
    assert_null(queue_pop(q));
    assert_true(queue_push(q, &items[0]));
    assert_int_equal(woken, 2);
    assert_ptr_equal(queue_wait(q, -1), &items[0]);
    queue_free(q);
}

enum { PRODUCERS = 4, EACH = 2000 };

static void *produce(void *ctx)
{
    for (uintptr_t i = 1; i <= EACH; i++)
        while (!queue_push(ctx, (void *)i))
            sched_yield();
    return NULL;
}

static void queue_threads(void **state)
{
    struct queue *q = queue_new(16, 0, NULL, NULL);
    pthread_t threads[PRODUCERS];
    for (int i = 0; i < PRODUCERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, produce, q), 0);
    uintptr_t sum = 0;
    for (int i = 0; i < PRODUCERS * EACH; i++) {
        void *item = queue_wait(q, 20000);
        assert_non_null(item);
        sum += (uintptr_t)item;
    }
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(sum, (uintptr_t)PRODUCERS * EACH * (EACH + 1) / 2);
    queue_free(q);
}

RUN("loop and queue", cmocka_unit_test(timers_in_order), cmocka_unit_test(gaps),
    cmocka_unit_test(timers_many), cmocka_unit_test(timer_cancels_its_neighbour),
    cmocka_unit_test(timer_of_zero_does_not_hog), cmocka_unit_test(descriptors),
    cmocka_unit_test(reused_number_is_not_confused), cmocka_unit_test(wakes),
    cmocka_unit_test(queue_bounds), cmocka_unit_test(queue_threads))
