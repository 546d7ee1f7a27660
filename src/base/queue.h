// SPDX-License-Identifier: Apache-2.0
/*
 * Bounded queue of pointers between threads: many producers, one consumer. Producers never block:
 * a full queue refuses. reserved slots are kept for queue_push_answer, so that rings of queues
 * cannot lock up.
 */
#ifndef LEEWAY_BASE_QUEUE_H
#define LEEWAY_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct queue;

/* wake is called after a push into an empty queue, in the producer's thread (for example
 * loop_wake); NULL: none. */
struct queue *queue_new(size_t capacity, size_t reserved, void (*wake)(void *ctx), void *ctx);
void queue_free(struct queue *q);                    /* must be empty */
bool queue_push(struct queue *q, void *item);        /* false: full */
bool queue_push_answer(struct queue *q, void *item); /* may use the reserved slots */
void *queue_pop(struct queue *q);                    /* NULL: empty */
void *queue_wait(struct queue *q, int timeout_ms);   /* blocks; NULL: time is over */
size_t queue_len(struct queue *q);

#endif
