// SPDX-License-Identifier: Apache-2.0
/*
 * The public API: one engine on a thread of its own behind two queues. The opening thread waits for
 * the engine's start, which reads the fleet and the store and contacts nothing.
 */
#include "engine/beside/follower.h"
#include "engine/client.h"
#include "engine/fleet/inventory.h"

#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

struct leeway {
    struct leeway_options options; /* what they point to is the caller's until it is closed */
    const struct engine_world *world;
    struct engine_client *client;
    pthread_t thread;
    sem_t started;
    bool started_well;
    struct err err; /* of the start */
    atomic_bool hand_over;
    int32_t left_to; /* pid of who goes on; written before handed is posted */
    sem_t handed;
};

/* ---- one process works, the others follow ---- */

enum { LOOK_AGAIN_MS = 50, PATIENCE_MS = 15000, SILENT_TIMES = 20 };

struct part {                  /* what this process does now: one of the two */
    struct engine *engine;     /* it writes the store, or nobody does */
    struct follower *follower; /* another one does */
};

static void nap(void)
{
    const struct timespec t = {0, LOOK_AGAIN_MS * 1000000L};
    nanosleep(&t, NULL);
}

/* Follows who writes the store at path. False: not now, *why says for how long. */
static bool follow(struct leeway *l, const char *path, struct part *p, struct err *why)
{
    p->follower = follower_new(&l->options, path, l->client, why);
    return p->follower != NULL;
}

/* Where somebody writes the store already, follows him. A command that holds it will be done soon
 * and is waited for; who starts or ends just now is looked at again. Who cannot be followed at all
 * (another version) is looked on at, with a store that is only read. */
static struct part take_part(struct leeway *l, struct err *e)
{
    struct part p = {NULL, NULL};
    int64_t until = clock_boot_ms(clock_system()) + PATIENCE_MS;
    bool look_on = l->options.no_store;
    bool ours = l->options.lock_fd > 0; /* who handed over is not followed */
    for (int silent = 0; !e->code && !p.engine && !p.follower; nap()) {
        struct err why = ERR_INIT;
        char *path = NULL, *writer = NULL;
        struct inventory *inventory = NULL;
        if (engine_client_stopped(l->client))
            break;
        if (!look_on && !ours && follower_find(&l->options, &path, &writer, &inventory, e) == 0 &&
            writer && !follow(l, path, &p, &why)) {
            bool busy = why.code == ERR_BUSY;
            bool gone = why.code == ERR_UNREACHABLE || why.code == ERR_IO;
            look_on = (busy && clock_boot_ms(clock_system()) > until) ||
                      (gone && ++silent > SILENT_TIMES);
            if (!busy && !gone)
                err_move(e, &why);
        } else if (!e->code && !p.follower) {
            p.engine = engine_new_of(&l->options, l->world, inventory, l->client, e);
            inventory = NULL;
            if (p.engine && p.engine->spectator && !look_on) { /* somebody was faster */
                engine_free(p.engine, false);
                p.engine = NULL;
            }
        }
        err_clear(&why);
        inventory_free(inventory);
        mem_free(path);
        mem_free(writer);
        if (p.engine || p.follower)
            break;
    }
    return p;
}

/* True: there is a part to be taken up again. */
static bool run_part(struct leeway *l, struct part *p)
{
    bool followed = p->follower != NULL;
    if (followed)
        follower_run(p->follower);
    else
        loop_run(p->engine->loop);
    bool hand_over = atomic_load(&l->hand_over);
    follower_free(p->follower);
    int32_t pid = engine_free(p->engine, hand_over);
    *p = (struct part){NULL, NULL};
    l->options.lock_fd = 0; /* was used up */
    if (hand_over) {
        atomic_store(&l->hand_over, false);
        l->left_to = pid;
        sem_post(&l->handed);
    }
    return (followed || hand_over) && !engine_client_stopped(l->client);
}

static void *run_engine(void *ctx)
{
    struct leeway *l = ctx;
    struct part p = take_part(l, &l->err);
    l->started_well = p.engine || p.follower;
    sem_post(&l->started); /* from here on *l is the other thread's but for hand_over */
    while (p.engine || p.follower) {
        struct err e = ERR_INIT;
        if (run_part(l, &p))
            p = take_part(l, &e);
        if (e.code)
            engine_client_say(l->client, &e);
        err_clear(&e);
    }
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
    if (l->started_well)
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
    sem_init(&l->handed, 0, 0);
    l->client = engine_client_new(e);
    if (l->client && start_thread(l, e) == 0)
        return l;
    engine_client_free(l->client);
    sem_destroy(&l->started);
    sem_destroy(&l->handed);
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
    if (hand_over)
        leeway_hand_over(l);
    engine_client_stop(l->client);
    pthread_join(l->thread, NULL);
    engine_client_free(l->client);
    sem_destroy(&l->started);
    sem_destroy(&l->handed);
    mem_free(l);
}

int32_t leeway_hand_over(struct leeway *l)
{
    struct leeway_snapshot *s = leeway_snapshot_take(l);
    bool runs = false;
    for (size_t i = 0; i < leeway_releases(s) && !leeway_snapshot_fleet(s)->spectator; i++)
        runs |= leeway_release_at(s, i)->here;
    leeway_snapshot_unref(s);
    if (!runs)
        return 0;
    atomic_store(&l->hand_over, true);
    engine_client_turn(l->client);
    while (sem_wait(&l->handed) < 0 && errno == EINTR)
        ;
    return l->left_to;
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
