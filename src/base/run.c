// SPDX-License-Identifier: Apache-2.0
#include "base/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define CHUNK 4096

struct child {
    pid_t pid;
    int fds[2]; /* its output and errors; -1: closed */
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int spawn(const struct run_options *o, const int out[2], const int errors[2],
                 struct child *c)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, all;
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attr);
    posix_spawn_file_actions_addopen(&files, 0, o->input ? o->input : "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out[1], 1);
    if (o->errors)
        posix_spawn_file_actions_adddup2(&files, errors[1], 2);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    if (!o->with_person)
        flags |= POSIX_SPAWN_SETPGROUP;
    posix_spawnattr_setflags(&attr, flags);
    int rc = posix_spawnp(&c->pid, o->argv[0], &files, &attr, (char *const *)o->argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return rc;
}

/* What is there; false when its bound is passed and that matters. */
static bool drain(int *fd, struct buf *into, bool bound)
{
    char chunk[CHUNK];
    ssize_t n = read(*fd, chunk, sizeof(chunk));
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (n <= 0) {
        close(*fd);
        *fd = -1;
        return true;
    }
    return !into || buf_add(into, chunk, (size_t)n) == 0 || !bound;
}

static int read_all(const struct run_options *o, struct child *c, int64_t deadline, struct err *e)
{
    while (c->fds[0] >= 0 || c->fds[1] >= 0) {
        struct pollfd p[2] = {{c->fds[0], POLLIN, 0}, {c->fds[1], POLLIN, 0}};
        int64_t left = deadline - now_ms();
        if (left <= 0)
            return err_set(e, ERR_TIMEOUT, "%s did not end within %lld s", o->argv[0],
                           (long long)o->timeout_ms / 1000);
        poll(p, 2, (int)(left < 1000 ? left : 1000));
        if (c->fds[0] >= 0 && p[0].revents && !drain(&c->fds[0], o->out, true))
            return err_set(e, ERR_LIMIT, "%s says too much", o->argv[0]);
        if (c->fds[1] >= 0 && p[1].revents)
            drain(&c->fds[1], o->errors, false);
    }
    return 0;
}

static int reap(const struct run_options *o, struct child *c, int64_t deadline, int *status,
                struct err *e)
{
    const struct timespec pause = {0, 2000000};
    for (;;) {
        pid_t got = waitpid(c->pid, status, WNOHANG);
        if (got == c->pid)
            return 0;
        if (got < 0 && errno != EINTR)
            return err_set_errno(e, errno, o->argv[0]);
        if (now_ms() >= deadline)
            return err_set(e, ERR_TIMEOUT, "%s did not end within %lld s", o->argv[0],
                           (long long)o->timeout_ms / 1000);
        nanosleep(&pause, NULL);
    }
}

static void end(const struct run_options *o, struct child *c)
{
    int status;
    kill(o->with_person ? c->pid : -c->pid, SIGKILL);
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR) {
    }
}

static void close_pair(int fds[2])
{
    for (int i = 0; i < 2; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

int run_wait(const struct run_options *o, int *status, struct err *e)
{
    int out[2] = {-1, -1}, errors[2] = {-1, -1};
    struct child c = {.fds = {-1, -1}};
    int64_t deadline = now_ms() + o->timeout_ms;
    if (pipe2(out, O_CLOEXEC) || (o->errors && pipe2(errors, O_CLOEXEC))) {
        int rc = err_set_errno(e, errno, o->argv[0]);
        close_pair(out);
        return rc;
    }
    int rc = spawn(o, out, errors, &c);
    close(out[1]);
    if (errors[1] >= 0)
        close(errors[1]);
    if (rc) {
        rc = err_set(e, rc == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot run %s: %s", o->argv[0],
                     strerror(rc));
        out[1] = errors[1] = -1;
        close_pair(out);
        close_pair(errors);
        return rc;
    }
    c.fds[0] = out[0];
    c.fds[1] = errors[0];
    rc = read_all(o, &c, deadline, e);
    if (!rc)
        rc = reap(o, &c, deadline, status, e);
    if (rc)
        end(o, &c);
    close_pair(c.fds);
    return rc;
}
