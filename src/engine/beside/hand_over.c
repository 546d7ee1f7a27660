// SPDX-License-Identifier: Apache-2.0
#include "engine/beside/hand_over.h"

#include "engine/apply/apply.h"
#include "engine/fleet/inventory.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

extern char **environ;

struct words {
    struct arena arena;
    VEC(char *) items;
};

static void word(struct words *w, const char *s)
{
    vec_push(&w->items, arena_strdup(&w->arena, s));
}

static void option(struct words *w, const char *name, const char *value)
{
    if (!value)
        return;
    word(w, name);
    word(w, value);
}

static void path_option(struct words *w, const char *name, const char *path)
{
    char real[PATH_MAX];
    option(w, name, path && realpath(path, real) ? real : path);
}

static void name_release(void *ctx, const char *environment, int64_t number)
{
    struct words *w = ctx;
    word(w, "--release");
    vec_push(&w->items, arena_printf(&w->arena, "%s/%lld", environment, (long long)number));
}

/* The same clusters by the same ways. */
static void make_words(struct words *w, struct engine *e)
{
    const struct leeway_options *o = &e->options;
    word(w, "leeway");
    word(w, "reconcile");
    word(w, "--inherited");
    path_option(w, "--fleet", o->fleet_file);
    path_option(w, "--kubeconfig", o->kubeconfig);
    path_option(w, "--store", store_info(e->store).path);
    option(w, "--selector", o->selector);
    path_option(w, "--log", o->log_path);
    for (size_t i = 0; o->contexts && o->contexts[i]; i++)
        option(w, "--context", o->contexts[i]);
    apply_each_running(e, name_release, w);
}

static int spawn(const struct engine *e, struct words *w, int lock_fd, int begin_fd, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    vec_push(&w->items, NULL);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&how);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &all);
    posix_spawnattr_setflags(&how,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, lock_fd, HAND_OVER_LOCK_FD);
    posix_spawn_file_actions_adddup2(&files, begin_fd, HAND_OVER_BEGIN_FD);
    (void)e;
    int failed = posix_spawn(pid, "/proc/self/exe", &files, &how, w->items.items, environ);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

void hand_over_begin(struct engine *e, struct hand_over *h)
{
    struct words w = {.items = {0}};
    int ends[2] = {-1, -1}, lock_fd = -1;
    pid_t pid = 0;
    *h = (struct hand_over){0, -1};
    if (!e->store || e->spectator || !apply_each_running(e, NULL, NULL))
        return;
    arena_init(&w.arena);
    make_words(&w, e);
    /* above the numbers that they get over there, so that neither is in the other's way */
    lock_fd = fcntl(store_lock_fd(e->store), F_DUPFD_CLOEXEC, 16);
    int failed = lock_fd < 0 || pipe2(ends, O_CLOEXEC) < 0 ? errno : 0;
    int begin_fd = failed ? -1 : fcntl(ends[0], F_DUPFD_CLOEXEC, 16);
    if (!failed && begin_fd < 0)
        failed = errno;
    if (!failed)
        failed = spawn(e, &w, lock_fd, begin_fd, &pid);
    if (lock_fd >= 0)
        close(lock_fd);
    if (begin_fd >= 0)
        close(begin_fd);
    if (ends[0] >= 0)
        close(ends[0]);
    if (failed) {
        if (ends[1] >= 0)
            close(ends[1]);
        engine_message(e, LEEWAY_FAILED, "", NULL,
                       "what runs could not be left to another process: %s", strerror(failed));
    } else {
        h->pid = (int32_t)pid;
        h->begin_fd = ends[1];
        log_write(e->log, LOG_INFO, "engine", "releases go on in leeway reconcile (pid %d)",
                  (int)pid);
    }
    vec_clear(&w.items);
    arena_clear(&w.arena);
}

void hand_over_end(struct hand_over *h)
{
    if (h->begin_fd >= 0)
        close(h->begin_fd);
    h->begin_fd = -1;
}
