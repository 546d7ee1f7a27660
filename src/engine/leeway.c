// SPDX-License-Identifier: Apache-2.0
/*
 * The public API: one engine on a thread of its own behind two queues. The opening thread waits for
 * the engine's start, which reads the fleet and the store and contacts nothing.
 */
#include "engine/client.h"

#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>

struct leeway {
    struct leeway_options options; /* what they point to is the caller's until open returns */
    const struct engine_world *world;
    struct engine_client *client;
    pthread_t thread;
    sem_t started;
    struct engine *engine; /* NULL: it did not start; engine thread afterwards */
    struct err err;        /* of the start */
    bool hand_over;
};

static void *run_engine(void *ctx)
{
    struct leeway *l = ctx;
    l->engine = engine_new(&l->options, l->world, l->client, &l->err);
    struct engine *e = l->engine;
    sem_post(&l->started); /* from here on *l is the other thread's but for hand_over */
    if (!e)
        return NULL;
    loop_run(e->loop);
    engine_free(e, l->hand_over); /* written before the loop was stopped */
    return NULL;
}

static int start_thread(struct leeway *l, struct err *e)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int failed = pthread_create(&l->thread, NULL, run_engine, l);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return err_set_errno(e, failed, "engine thread");
    pthread_setname_np(l->thread, "leeway-engine");
    while (sem_wait(&l->started) < 0 && errno == EINTR)
        ;
    if (l->engine)
        return 0;
    pthread_join(l->thread, NULL);
    err_move(e, &l->err);
    return e->code;
}

struct leeway *leeway_open_in(const struct leeway_options *opt, const struct engine_world *world,
                              struct err *e)
{
    struct leeway *l = mem_new(struct leeway);
    l->options = *opt;
    l->world = world;
    sem_init(&l->started, 0, 0);
    l->client = engine_client_new(e);
    if (l->client && start_thread(l, e) == 0)
        return l;
    engine_client_free(l->client);
    sem_destroy(&l->started);
    mem_free(l);
    return NULL;
}

struct leeway *leeway_open(const struct leeway_options *opt, struct err *e)
{
    return leeway_open_in(opt, NULL, e);
}

void leeway_close(struct leeway *l, bool hand_over)
{
    if (!l)
        return;
    l->hand_over = hand_over;
    engine_client_stop(l->client);
    pthread_join(l->thread, NULL);
    engine_client_free(l->client);
    sem_destroy(&l->started);
    mem_free(l);
}

int leeway_event_fd(const struct leeway *l)
{
    return engine_client_fd(l->client);
}

struct leeway_snapshot *leeway_snapshot_take(struct leeway *l)
{
    return engine_client_take(l->client);
}

bool leeway_settled(const struct leeway_snapshot *s)
{
    for (size_t i = 0; i < leeway_clusters(s); i++)
        if (!leeway_cluster_at(s, i)->settled)
            return false;
    return true;
}

uint64_t leeway_post(struct leeway *l, const struct leeway_command *c, struct err *e)
{
    return engine_client_post(l->client, c, e);
}

struct leeway_event *leeway_next_event(struct leeway *l)
{
    return engine_client_next_event(l->client);
}
