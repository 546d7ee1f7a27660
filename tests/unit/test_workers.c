// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/mem.h"
#include "engine/workers.h"

#include <pthread.h>
#include <stdatomic.h>

struct sum {
    atomic_int *ran; /* counted on workers */
    int *done, *stale;
    int order, *next;
    bool out_of_order;
    pthread_mutex_t *gate; /* the job waits for it */
};

static void run(void *ctx)
{
    struct sum *s = ctx;
    if (s->gate) {
        pthread_mutex_lock(s->gate);
        pthread_mutex_unlock(s->gate);
    }
    atomic_fetch_add(s->ran, 1);
    if (s->next)
        s->out_of_order = (*s->next)++ != s->order;
}

static void done(void *ctx, bool stale)
{
    struct sum *s = ctx;
    (*s->done)++;
    *s->stale += stale;
    assert_false(s->out_of_order);
    mem_free(s);
}

static struct sum *job(atomic_int *ran, int *n_done, int *n_stale)
{
    struct sum *s = mem_new(struct sum);
    *s = (struct sum){.ran = ran, .done = n_done, .stale = n_stale};
    return s;
}

static void results_come_back_to_the_loop(void **state)
{
    struct loop *l = loop_new(clock_system(), NULL);
    struct workers *w = workers_new(l, 3, NULL);
    assert_non_null(w);
    atomic_int ran = 0;
    int n_done = 0, n_stale = 0;
    for (int i = 0; i < 1000; i++)
        workers_start(w, NULL, run, done, job(&ran, &n_done, &n_stale));
    while (n_done < 1000)
        loop_run_once(l, 1000);
    assert_int_equal(ran, 1000);
    assert_int_equal(n_stale, 0);
    assert_int_equal(workers_pending(w), 0);
    workers_free(w);
    loop_free(l);
}

static void what_its_owner_left_behind_is_stale(void **state)
{
    struct loop *l = loop_new(clock_system(), NULL);
    struct workers *w = workers_new(l, 1, NULL);
    struct workers_epoch *ep = workers_epoch_new();
    atomic_int ran = 0;
    int n_done = 0, n_stale = 0, kept = 0, kept_stale = 0;
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&gate);
    struct sum *first = job(&ran, &kept, &kept_stale); /* holds the only worker */
    first->gate = &gate;
    workers_start(w, NULL, run, done, first);
    for (int i = 0; i < 10; i++)
        workers_start(w, ep, run, done, job(&ran, &n_done, &n_stale));
    workers_epoch_advance(ep);
    workers_start(w, ep, run, done, job(&ran, &kept, &kept_stale));
    pthread_mutex_unlock(&gate);
    while (n_done < 10 || kept < 2)
        loop_run_once(l, 1000);
    assert_int_equal(ran, 2); /* the ten never began */
    assert_int_equal(n_stale, 10);
    assert_int_equal(kept_stale, 0);
    workers_epoch_free(ep);
    workers_free(w);
    loop_free(l);
}

static void inline_jobs_run_in_order(void **state)
{
    struct loop *l = loop_new(clock_system(), NULL);
    struct workers *w = workers_new(l, 0, NULL);
    atomic_int ran = 0;
    int n_done = 0, n_stale = 0, next = 0;
    for (int i = 0; i < 20; i++) {
        struct sum *s = job(&ran, &n_done, &n_stale);
        s->order = i;
        s->next = &next;
        workers_start(w, NULL, run, done, s);
        assert_int_equal(n_done, 0); /* never inside start */
    }
    while (n_done < 20)
        loop_run_once(l, 1000);
    assert_int_equal(ran, 20);
    workers_free(w);
    loop_free(l);
}

static void the_end_calls_done_for_all(void **state)
{
    for (unsigned threads = 0; threads < 3; threads++) {
        struct loop *l = loop_new(clock_system(), NULL);
        struct workers *w = workers_new(l, threads, NULL);
        struct workers_epoch *ep = workers_epoch_new();
        atomic_int ran = 0;
        int n_done = 0, n_stale = 0;
        for (int i = 0; i < 100; i++)
            workers_start(w, i % 2 ? ep : NULL, run, done, job(&ran, &n_done, &n_stale));
        workers_epoch_free(ep); /* goes before its jobs */
        workers_free(w);
        assert_int_equal(n_done, 100);
        assert_int_equal(n_stale, 100);
        loop_free(l);
    }
}

RUN("workers", cmocka_unit_test(results_come_back_to_the_loop),
    cmocka_unit_test(what_its_owner_left_behind_is_stale),
    cmocka_unit_test(inline_jobs_run_in_order), cmocka_unit_test(the_end_calls_done_for_all))
