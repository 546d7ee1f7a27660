// SPDX-License-Identifier: Apache-2.0
/* Starting, watching and ending the process of an exec plugin. */
#include "kube/exec_plugin.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define REAP_POLL_MS 25

struct exec_plugin_run {
    struct loop *loop;
    exec_plugin_done_fn *fn;
    void *ctx;
    pid_t pid;
    int pidfd; /* -1: the kernel has none, wait by timer */
    int out_fd, err_fd;
    struct buf out, errors;
    struct loop_timer *deadline, *reaper;
    enum exec_plugin_end end;
};

static void close_fd(struct exec_plugin_run *r, int *fd)
{
    if (*fd < 0)
        return;
    loop_unwatch_fd(r->loop, *fd);
    close(*fd);
    *fd = -1;
}

static void run_free(struct exec_plugin_run *r)
{
    loop_cancel_timer(r->loop, r->deadline);
    loop_cancel_timer(r->loop, r->reaper);
    close_fd(r, &r->pidfd);
    close_fd(r, &r->out_fd);
    close_fd(r, &r->err_fd);
    buf_wipe(&r->out);
    buf_wipe(&r->errors);
    mem_free(r);
}

static void kill_group(const struct exec_plugin_run *r)
{
    kill(-r->pid, SIGKILL);
    kill(r->pid, SIGKILL); /* should the group not be made yet */
}

/* Reads what is there. Over the bound standard output ends the run, standard error is dropped. */
static void drain(struct exec_plugin_run *r, int *fd, struct buf *into)
{
    char chunk[16384];
    while (*fd >= 0) {
        ssize_t n = read(*fd, chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0) {
            close_fd(r, fd);
            break;
        }
        size_t room = into->max - into->len;
        buf_add(into, chunk, (size_t)n < room ? (size_t)n : room);
        if ((size_t)n > room && into == &r->out) {
            r->end = EXEC_PLUGIN_TOO_MUCH;
            kill_group(r);
            close_fd(r, fd);
        }
    }
    mem_wipe(chunk, sizeof(chunk));
}

static void finish(struct exec_plugin_run *r, int status)
{
    drain(r, &r->out_fd, &r->out);
    drain(r, &r->err_fd, &r->errors);
    struct exec_plugin_result result = {
        .end = r->end,
        .status = status,
        .out = buf_str(&r->out),
        .out_len = r->out.len,
        .errors = buf_str(&r->errors),
        .errors_len = r->errors.len,
    };
    exec_plugin_done_fn *fn = r->fn;
    fn(r->ctx, &result);
    run_free(r);
}

static void on_output(void *ctx, int fd, unsigned events)
{
    struct exec_plugin_run *r = ctx;
    if (fd == r->out_fd)
        drain(r, &r->out_fd, &r->out);
    else if (fd == r->err_fd)
        drain(r, &r->err_fd, &r->errors);
}

static void on_reap_timer(void *ctx);

static void try_reap(struct exec_plugin_run *r)
{
    int status = 0;
    pid_t got = waitpid(r->pid, &status, WNOHANG);
    if (got == r->pid || (got < 0 && errno != EINTR)) {
        finish(r, got < 0 ? 0 : status);
        return;
    }
    if (r->pidfd < 0)
        r->reaper = loop_after(r->loop, REAP_POLL_MS, on_reap_timer, r);
}

static void on_reap_timer(void *ctx)
{
    struct exec_plugin_run *r = ctx;
    r->reaper = NULL;
    try_reap(r);
}

static void on_exit_event(void *ctx, int fd, unsigned events)
{
    try_reap(ctx);
}

static void on_deadline(void *ctx)
{
    struct exec_plugin_run *r = ctx;
    r->deadline = NULL;
    if (r->end == EXEC_PLUGIN_EXITED)
        r->end = EXEC_PLUGIN_TIMED_OUT;
    kill_group(r); /* the exit event follows */
}

/* In the child, between fork and exec: only calls that are safe after fork in a threaded program.
 */
static _Noreturn void child(const struct exec_plugin_command *c, int null_fd, int out_fd,
                            int err_fd, int report_fd, uint64_t nofile_soft)
{
    struct sigaction dfl = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int s = 1; s < NSIG; s++)
        sigaction(s, &dfl, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    /* Out of the way of 0 to 3 first, then into place. */
    null_fd = fcntl(null_fd, F_DUPFD, 10);
    out_fd = fcntl(out_fd, F_DUPFD, 10);
    err_fd = fcntl(err_fd, F_DUPFD, 10);
    report_fd = fcntl(report_fd, F_DUPFD, 10);
    if (dup2(null_fd, 0) == 0 && dup2(out_fd, 1) == 1 && dup2(err_fd, 2) == 2 &&
        dup3(report_fd, 3, O_CLOEXEC) == 3 && close_range(4, ~0u, 0) == 0) {
        report_fd = 3;
        struct rlimit limit;
        if (nofile_soft && getrlimit(RLIMIT_NOFILE, &limit) == 0) {
            limit.rlim_cur = nofile_soft < limit.rlim_max ? nofile_soft : limit.rlim_max;
            setrlimit(RLIMIT_NOFILE, &limit);
        }
        execve(c->argv[0], c->argv, c->envp);
    }
    int errnum = errno;
    ssize_t ignored = write(report_fd, &errnum, sizeof(errnum));
    (void)ignored;
    _exit(127);
}

/* 0, or the errno with which exec failed. Returns as soon as the child has exec'ed. */
static int read_report(int fd)
{
    int errnum = 0;
    ssize_t n;
    do
        n = read(fd, &errnum, sizeof(errnum));
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(errnum) ? errnum : 0;
}

struct exec_plugin_run *exec_plugin_start(const struct exec_plugin_options *o,
                                          const struct exec_plugin_command *c,
                                          exec_plugin_done_fn *fn, void *ctx, struct err *e)
{
    int out[2] = {-1, -1}, errors[2] = {-1, -1}, report[2] = {-1, -1}, failed = 0;
    pid_t pid = -1;
    int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null_fd < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0 ||
        pipe2(report, O_CLOEXEC) < 0 || (pid = fork()) < 0)
        failed = errno;
    if (pid == 0)
        child(c, null_fd, out[1], errors[1], report[1], o->nofile_soft);
    int *ours[] = {&null_fd, &out[1], &errors[1], &report[1]};
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        if (*ours[i] >= 0)
            close(*ours[i]);
    if (!failed && (failed = read_report(report[0])))
        waitpid(pid, NULL, 0);
    if (report[0] >= 0)
        close(report[0]);
    if (failed) {
        if (out[0] >= 0)
            close(out[0]);
        if (errors[0] >= 0)
            close(errors[0]);
        char what[512];
        snprintf(what, sizeof(what), "exec: cannot run %.400s", c->argv[0]);
        err_set_errno(e, failed, what);
        return NULL;
    }
    struct exec_plugin_run *r = mem_new(struct exec_plugin_run);
    r->loop = o->loop;
    r->fn = fn;
    r->ctx = ctx;
    r->pid = pid;
    r->pidfd = pidfd_open(pid, 0);
    r->out_fd = out[0];
    r->err_fd = errors[0];
    buf_init(&r->out, EXEC_PLUGIN_STDOUT_MAX);
    buf_init(&r->errors, EXEC_PLUGIN_STDERR_MAX);
    fcntl(r->out_fd, F_SETFL, O_NONBLOCK);
    fcntl(r->err_fd, F_SETFL, O_NONBLOCK);
    r->deadline = loop_after(o->loop, o->deadline_ms, on_deadline, r);
    int rc = loop_watch_fd(o->loop, r->out_fd, LOOP_READ, on_output, r);
    rc = rc ? rc : loop_watch_fd(o->loop, r->err_fd, LOOP_READ, on_output, r);
    if (r->pidfd < 0)
        r->reaper = loop_after(o->loop, REAP_POLL_MS, on_reap_timer, r);
    else if (!rc)
        rc = loop_watch_fd(o->loop, r->pidfd, LOOP_READ, on_exit_event, r);
    if (rc) {
        err_set(e, ERR_IO, "exec: cannot watch %s", c->argv[0]);
        exec_plugin_cancel(r);
        return NULL;
    }
    return r;
}

void exec_plugin_cancel(struct exec_plugin_run *r)
{
    if (!r)
        return;
    kill_group(r);
    while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    run_free(r);
}
