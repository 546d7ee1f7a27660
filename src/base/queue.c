// SPDX-License-Identifier: Apache-2.0
/*
 * A ring under a mutex. The wake function is called outside the lock, after a push into an empty
 * queue: a consumer that empties the queue whenever it is woken misses nothing.
 */
#include "base/queue.h"
#include "base/mem.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <time.h>

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    void (*wake)(void *ctx);
    void *wake_ctx;
    size_t capacity, slots; /* slots: with the reserved ones */
    size_t first, len;
    void *items[];
};

struct queue *queue_new(size_t capacity, size_t reserved, void (*wake)(void *ctx), void *ctx)
{
    assert(capacity && capacity < SIZE_MAX / sizeof(void *) / 4 && reserved <= SIZE_MAX / 64);
    size_t slots = capacity + reserved;
    struct queue *q = mem_zalloc(sizeof(*q) + slots * sizeof(q->items[0]));
    pthread_mutex_init(&q->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&q->filled, &attr);
    pthread_condattr_destroy(&attr);
    q->capacity = capacity;
    q->slots = slots;
    q->wake = wake;
    q->wake_ctx = ctx;
    return q;
}

void queue_free(struct queue *q)
{
    if (!q)
        return;
    assert(q->len == 0);
    pthread_cond_destroy(&q->filled);
    pthread_mutex_destroy(&q->lock);
    mem_free(q);
}

static bool push(struct queue *q, void *item, size_t bound)
{
    assert(item);
    pthread_mutex_lock(&q->lock);
    bool fits = q->len < bound, was_empty = q->len == 0;
    if (fits) {
        q->items[(q->first + q->len++) % q->slots] = item;
        pthread_cond_signal(&q->filled);
    }
    pthread_mutex_unlock(&q->lock);
    if (fits && was_empty && q->wake)
        q->wake(q->wake_ctx);
    return fits;
}

bool queue_push(struct queue *q, void *item)
{
    return push(q, item, q->capacity);
}

bool queue_push_answer(struct queue *q, void *item)
{
    return push(q, item, q->slots);
}

static void *take(struct queue *q)
{
    if (!q->len)
        return NULL;
    void *item = q->items[q->first];
    q->first = (q->first + 1) % q->slots;
    q->len--;
    return item;
}

void *queue_pop(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    void *item = take(q);
    pthread_mutex_unlock(&q->lock);
    return item;
}

void *queue_wait(struct queue *q, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    if (timeout_ms > 0) {
        until.tv_sec += timeout_ms / 1000;
        until.tv_nsec += timeout_ms % 1000 * 1000000L;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000L;
        }
    }
    pthread_mutex_lock(&q->lock);
    while (!q->len) {
        if (timeout_ms < 0)
            pthread_cond_wait(&q->filled, &q->lock);
        else if (pthread_cond_timedwait(&q->filled, &q->lock, &until) != 0)
            break;
    }
    void *item = take(q);
    pthread_mutex_unlock(&q->lock);
    return item;
}

size_t queue_len(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    size_t len = q->len;
    pthread_mutex_unlock(&q->lock);
    return len;
}
