// SPDX-License-Identifier: Apache-2.0
#include "engine/client.h"

#include "base/mem.h"
#include "base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    OPEN_MAX = 64,         /* commands without a taken answer */
    EVENTS_MAX = 512,      /* beside the places kept for answers */
    STRINGS_MAX = 1 << 20, /* bytes of one command */
};

struct engine_client {
    struct queue *commands, *events;
    int fd;
    atomic_uint open;
    atomic_uint_fast64_t last_request;
    atomic_bool wanted, stopped;
    VEC(struct engine_command *) again; /* the engine's side alone */

    pthread_mutex_t lock; /* of what follows */
    struct loop *loop;
    struct leeway_snapshot *newest;
    bool fresh; /* newest was not taken yet */
    bool read_only, spectator;
    char *why;
};

static void signal_reader(struct engine_client *c)
{
    uint64_t one = 1;
    while (write(c->fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

static void unsignal_reader(struct engine_client *c)
{
    uint64_t n;
    while (read(c->fd, &n, sizeof(n)) < 0 && errno == EINTR)
        ;
}

static void wake_engine(void *ctx)
{
    struct engine_client *c = ctx;
    pthread_mutex_lock(&c->lock);
    if (c->loop)
        loop_wake(c->loop);
    pthread_mutex_unlock(&c->lock);
}

static void wake_reader(void *ctx)
{
    signal_reader(ctx);
}

struct engine_client *engine_client_new(struct err *e)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) {
        err_set_errno(e, errno, "eventfd");
        return NULL;
    }
    struct engine_client *c = mem_new(struct engine_client);
    c->fd = fd;
    pthread_mutex_init(&c->lock, NULL);
    atomic_init(&c->open, 0);
    atomic_init(&c->last_request, 0);
    atomic_init(&c->wanted, false);
    atomic_init(&c->stopped, false);
    c->commands = queue_new(OPEN_MAX, 0, wake_engine, c);
    c->events = queue_new(EVENTS_MAX, OPEN_MAX, wake_reader, c);
    return c;
}

void engine_client_free(struct engine_client *c)
{
    if (!c)
        return;
    struct engine_command *cmd;
    while ((cmd = engine_client_next_command(c)))
        engine_command_free(cmd);
    vec_clear(&c->again);
    struct leeway_event *ev;
    while ((ev = queue_pop(c->events)))
        leeway_event_free(ev);
    queue_free(c->commands);
    queue_free(c->events);
    leeway_snapshot_unref(c->newest);
    close(c->fd);
    pthread_mutex_destroy(&c->lock);
    mem_free(c->why);
    mem_free(c);
}

/* ---- the engine's side ---- */

void engine_client_attach(struct engine_client *c, struct loop *loop)
{
    pthread_mutex_lock(&c->lock);
    c->loop = loop;
    if (loop && atomic_load(&c->stopped))
        loop_stop(loop); /* the wish came while no loop was there */
    else if (loop)
        loop_wake(loop); /* and so may commands have */
    pthread_mutex_unlock(&c->lock);
}

struct engine_command *engine_client_next_command(struct engine_client *c)
{
    return c->again.len ? c->again.items[--c->again.len] : queue_pop(c->commands);
}

void engine_client_ask_again(struct engine_client *c, struct engine_command *cmd)
{
    vec_push(&c->again, cmd);
}

bool engine_client_wants_snapshot(const struct engine_client *c)
{
    return atomic_load(&c->wanted);
}

void engine_client_publish(struct engine_client *c, struct leeway_snapshot *s)
{
    atomic_store(&c->wanted, false);
    pthread_mutex_lock(&c->lock);
    struct leeway_snapshot *old = c->newest;
    c->newest = leeway_snapshot_ref(s);
    c->fresh = true;
    signal_reader(c);
    pthread_mutex_unlock(&c->lock);
    leeway_snapshot_unref(old);
}

bool engine_client_push(struct engine_client *c, struct leeway_event *ev, bool answer)
{
    if (answer ? queue_push_answer(c->events, ev) : queue_push(c->events, ev))
        return true;
    leeway_event_free(ev);
    return false;
}

void engine_client_say(struct engine_client *c, const struct err *e)
{
    struct leeway_event *ev = mem_new(struct leeway_event);
    ev->kind = LEEWAY_EVENT_MESSAGE;
    ev->state = LEEWAY_FAILED;
    ev->at_ms = clock_wall_ms(clock_system());
    arena_init(&ev->arena);
    ev->where = TEXT_NONE;
    ev->text = text_cstr(&ev->arena, e->text);
    ev->detail = text_cstr(&ev->arena, e->hint);
    engine_client_push(c, ev, false);
}

void engine_client_set_limits(struct engine_client *c, bool read_only, bool spectator,
                              const char *why)
{
    pthread_mutex_lock(&c->lock);
    c->read_only = read_only;
    c->spectator = spectator;
    mem_free(c->why);
    c->why = why ? mem_strdup(why) : NULL;
    pthread_mutex_unlock(&c->lock);
}

bool engine_client_stopped(const struct engine_client *c)
{
    return atomic_load(&c->stopped);
}

/* ---- the other side ---- */

void engine_client_stop(struct engine_client *c)
{
    atomic_store(&c->stopped, true);
    pthread_mutex_lock(&c->lock); /* attach(NULL) waits: the loop lives until this returns */
    if (c->loop)
        loop_stop(c->loop);
    pthread_mutex_unlock(&c->lock);
}

void engine_client_turn(struct engine_client *c)
{
    pthread_mutex_lock(&c->lock);
    if (c->loop)
        loop_stop(c->loop);
    pthread_mutex_unlock(&c->lock);
}

int engine_client_fd(const struct engine_client *c)
{
    return c->fd;
}

struct leeway_snapshot *engine_client_take(struct engine_client *c)
{
    pthread_mutex_lock(&c->lock);
    struct leeway_snapshot *s = leeway_snapshot_ref(c->newest);
    c->fresh = false;
    unsignal_reader(c);
    pthread_mutex_unlock(&c->lock);
    if (queue_len(c->events))
        signal_reader(c);
    if (!atomic_exchange(&c->wanted, true))
        wake_engine(c);
    return s;
}

struct leeway_event *engine_client_next_event(struct engine_client *c)
{
    struct leeway_event *ev = queue_pop(c->events);
    if (!ev) {
        /* Nothing left to read but perhaps a snapshot. What comes after this look signals. */
        pthread_mutex_lock(&c->lock);
        unsignal_reader(c);
        ev = queue_pop(c->events);
        if (c->fresh)
            signal_reader(c);
        pthread_mutex_unlock(&c->lock);
    }
    if (ev && ev->request)
        atomic_fetch_sub(&c->open, 1);
    if (ev && queue_len(c->events))
        signal_reader(c);
    return ev;
}

/* ---- commands ---- */

static const char *keep(struct arena *a, const char *s)
{
    return s ? arena_strdup(a, s) : NULL;
}

static bool keep_strings(struct arena *a, const char *const **items, size_t n)
{
    if (!n) {
        *items = NULL;
        return true;
    }
    const char **copy = arena_array(a, n, sizeof(*copy));
    for (size_t i = 0; copy && i < n; i++)
        if (!(copy[i] = keep(a, (*items)[i])))
            return false;
    *items = copy;
    return copy != NULL;
}

/* False: larger than any command is. */
static bool keep_command(struct engine_command *cmd)
{
    struct leeway_command *c = &cmd->c;
    struct arena *a = &cmd->arena;
    if (c->login)
        c->login = mem_strdup(c->login);
    const char **strings[] = {&c->cluster,     &c->folder,      &c->environment, &c->namespace_,
                              &c->api_version, &c->object_kind, &c->name,        &c->plan,
                              &c->confirm,     &c->labels,      &c->fields,      &c->container,
                              &c->document,    &c->reason,      &c->within};
    for (size_t i = 0; i < ARRAY_LEN(strings); i++)
        if (*strings[i] && !(*strings[i] = keep(a, *strings[i])))
            return false;
    if (c->n_drift_ids) {
        uint64_t *ids = arena_array(a, c->n_drift_ids, sizeof(*ids));
        if (!ids)
            return false;
        memcpy(ids, c->drift_ids, c->n_drift_ids * sizeof(*ids));
        c->drift_ids = ids;
    }
    return keep_strings(a, &c->clusters, c->n_clusters) && keep_strings(a, &c->paths, c->n_paths) &&
           keep_strings(a, &c->stages, c->n_stages) &&
           keep_strings(a, &c->exceptions, c->n_exceptions) &&
           keep_strings(a, &c->subjects, c->n_subjects);
}

void engine_command_free(struct engine_command *cmd)
{
    if (!cmd)
        return;
    if (cmd->c.login) { /* a credential */
        mem_wipe((char *)cmd->c.login, strlen(cmd->c.login));
        mem_free((char *)cmd->c.login);
    }
    arena_clear(&cmd->arena);
    mem_free(cmd);
}

struct engine_command *engine_command_new(const struct leeway_command *command, struct err *e)
{
    struct engine_command *cmd = mem_new(struct engine_command);
    arena_init_limited(&cmd->arena, STRINGS_MAX);
    cmd->c = *command;
    if (keep_command(cmd))
        return cmd;
    err_set(e, ERR_LIMIT, "%s: too much at once", engine_command_find(command->kind)->name);
    engine_command_free(cmd);
    return NULL;
}

static int check_limits(struct engine_client *c, const struct engine_command_kind *kind,
                        struct err *e)
{
    int rc = 0;
    pthread_mutex_lock(&c->lock);
    if (kind->changes_clusters && c->read_only && !(c->spectator && kind->steers))
        rc = err_set(e, ERR_FORBIDDEN, "%s: read-only: %s", kind->name, c->why ? c->why : "");
    else if (kind->writes_store && c->spectator && !kind->steers)
        rc = err_set(e, ERR_FORBIDDEN, "%s: %s", kind->name, c->why ? c->why : "read-only");
    pthread_mutex_unlock(&c->lock);
    return rc;
}

uint64_t engine_client_post(struct engine_client *c, const struct leeway_command *command,
                            struct err *e)
{
    const struct engine_command_kind *kind = engine_command_find(command->kind);
    if (!kind) {
        err_set(e, ERR_UNSUPPORTED, "this program cannot do that");
        return 0;
    }
    if (check_limits(c, kind, e))
        return 0;
    if (atomic_fetch_add(&c->open, 1) >= OPEN_MAX) {
        atomic_fetch_sub(&c->open, 1);
        err_set(e, ERR_BUSY, "%s: %d commands wait for their answers", kind->name, OPEN_MAX);
        err_hint(e, "try again in a moment");
        return 0;
    }
    struct engine_command *cmd = engine_command_new(command, e);
    uint64_t request = atomic_fetch_add(&c->last_request, 1) + 1;
    if (cmd)
        cmd->request = request;
    if (cmd && queue_push(c->commands, cmd))
        return request;
    if (cmd)
        err_set(e, ERR_BUSY, "%s: the engine is busy", kind->name);
    atomic_fetch_sub(&c->open, 1);
    engine_command_free(cmd);
    return 0;
}
