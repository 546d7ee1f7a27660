// SPDX-License-Identifier: Apache-2.0
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

struct pty {
    int fd;
    pid_t pid;
    int rows, cols, status;
    bool reaped, stopped, paused, closed;
    VTerm *vt;
    VTermScreen *screen;
    struct pty_modes modes;
    uint64_t bytes;
    char *text;
    char *said; /* everything that was read */
    size_t said_room;
};

static int64_t now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int on_prop(VTermProp prop, VTermValue *val, void *user)
{
    struct pty *p = user;
    if (prop == VTERM_PROP_ALTSCREEN)
        p->modes.alternate_screen = val->boolean;
    if (prop == VTERM_PROP_CURSORVISIBLE)
        p->modes.cursor_visible = val->boolean;
    if (prop == VTERM_PROP_TITLE || prop == VTERM_PROP_ICONNAME)
        p->modes.titled = true;
    if (prop == VTERM_PROP_MOUSE)
        p->modes.mouse = val->number;
    return 1;
}

static const VTermScreenCallbacks callbacks = {.settermprop = on_prop};

/* As after a login: what runs the tests may itself run in the background, where shells have
 * keyboard signals ignored, and that is inherited. */
static void signals_of_a_login(void)
{
    static const int signals[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE, SIGHUP};
    sigset_t none;
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        signal(signals[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

struct pty *pty_spawn(int rows, int cols, const char *const *argv, const char *const *env)
{
    struct pty *p = calloc(1, sizeof(*p));
    struct winsize w = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    p->rows = rows;
    p->cols = cols;
    p->modes.cursor_visible = true;
    p->vt = vterm_new(rows, cols);
    vterm_set_utf8(p->vt, 1);
    p->screen = vterm_obtain_screen(p->vt);
    vterm_screen_enable_altscreen(p->screen, 1);
    vterm_screen_set_callbacks(p->screen, &callbacks, p);
    vterm_screen_reset(p->screen, 1);
    p->pid = forkpty(&p->fd, NULL, NULL, &w);
    if (p->pid == 0) {
        setenv("TERM", "xterm-256color", 1);
        unsetenv("SSH_CONNECTION");
        signals_of_a_login();
        for (size_t i = 0; env && env[i]; i++)
            putenv((char *)(uintptr_t)env[i]);
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    fcntl(p->fd, F_SETFL, O_NONBLOCK);
    fcntl(p->fd, F_SETFD, FD_CLOEXEC);
    return p;
}

static void reap(struct pty *p)
{
    int status;
    if (p->reaped || waitpid(p->pid, &status, WNOHANG | WUNTRACED | WCONTINUED) != p->pid)
        return;
    if (WIFSTOPPED(status) || WIFCONTINUED(status)) {
        p->stopped = WIFSTOPPED(status);
        return;
    }
    p->reaped = true;
    p->status = status;
}

/* Reads what is there within ms; true when something came. */
static bool take(struct pty *p, int ms)
{
    char chunk[16384];
    struct pollfd f = {.fd = p->paused || p->closed ? -1 : p->fd, .events = POLLIN};
    poll(&f, 1, ms);
    reap(p);
    if (f.fd < 0 || !f.revents)
        return false;
    ssize_t n = read(p->fd, chunk, sizeof(chunk));
    if (n <= 0) {
        p->closed = n == 0 || (errno != EAGAIN && errno != EINTR);
        return false;
    }
    if (p->said_room < p->bytes + (uint64_t)n + 1) {
        p->said_room = 2 * (p->bytes + (uint64_t)n) + 1;
        p->said = realloc(p->said, p->said_room);
    }
    memcpy(p->said + p->bytes, chunk, (size_t)n);
    p->bytes += (uint64_t)n;
    p->said[p->bytes] = '\0';
    vterm_input_write(p->vt, chunk, (size_t)n);
    size_t replies = vterm_output_read(p->vt, chunk, sizeof(chunk));
    if (replies)
        pty_send(p, chunk, replies);
    return true;
}

void pty_free(struct pty *p)
{
    if (!p->reaped) {
        kill(p->pid, SIGKILL);
        waitpid(p->pid, NULL, 0);
    }
    close(p->fd);
    vterm_free(p->vt);
    free(p->text);
    free(p->said);
    free(p);
}

void pty_send(struct pty *p, const char *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t n = write(p->fd, bytes + at, len - at);
        if (n > 0)
            at += (size_t)n;
        else if (errno != EAGAIN && errno != EINTR)
            return;
    }
}

void pty_keys(struct pty *p, const char *keys)
{
    pty_send(p, keys, strlen(keys));
}

bool pty_until(struct pty *p, bool (*condition)(struct pty *p, const void *arg), const void *arg,
               int ms)
{
    int64_t deadline = now_ms() + ms;
    while (!condition(p, arg)) {
        if (now_ms() >= deadline)
            return false;
        take(p, 20);
    }
    return true;
}

static bool has_text(struct pty *p, const void *arg)
{
    return strstr(pty_screen(p), arg) != NULL;
}

static bool has_no_text(struct pty *p, const void *arg)
{
    return !has_text(p, arg);
}

static bool is_stopped(struct pty *p, const void *arg)
{
    return p->stopped;
}

static bool is_gone(struct pty *p, const void *arg)
{
    return p->reaped;
}

bool pty_wait_text(struct pty *p, const char *text, int ms)
{
    return pty_until(p, has_text, text, ms);
}

bool pty_wait_no_text(struct pty *p, const char *text, int ms)
{
    return pty_until(p, has_no_text, text, ms);
}

bool pty_wait_stopped(struct pty *p, int ms)
{
    return pty_until(p, is_stopped, NULL, ms);
}

bool pty_wait_exit(struct pty *p, int ms, int *status)
{
    bool gone = pty_until(p, is_gone, NULL, ms);
    while (gone && take(p, 0))
        ;
    *status = p->status;
    return gone;
}

void pty_run_for(struct pty *p, int ms)
{
    for (int64_t end = now_ms() + ms; now_ms() < end;)
        take(p, (int)(end - now_ms() > 20 ? 20 : 1));
}

void pty_quiet(struct pty *p, int ms)
{
    int64_t limit = now_ms() + 5000, since = now_ms();
    while (now_ms() - since < ms && now_ms() < limit)
        if (take(p, 10))
            since = now_ms();
}

void pty_pause_reading(struct pty *p, bool paused)
{
    p->paused = paused;
}

const char *pty_screen(struct pty *p)
{
    size_t room = (size_t)p->rows * ((size_t)p->cols * 8 + 1) + 1, at = 0;
    free(p->text);
    p->text = malloc(room);
    for (int row = 0; row < p->rows; row++) {
        VTermRect r = {row, row + 1, 0, p->cols};
        at += vterm_screen_get_text(p->screen, p->text + at, room - at - 2, r);
        p->text[at++] = '\n';
    }
    p->text[at] = '\0';
    return p->text;
}

const char *pty_said(const struct pty *p)
{
    return p->said ? p->said : "";
}

uint64_t pty_bytes(const struct pty *p)
{
    return p->bytes;
}

void pty_resize(struct pty *p, int rows, int cols)
{
    struct winsize w = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    p->rows = rows;
    p->cols = cols;
    vterm_set_size(p->vt, rows, cols);
    ioctl(p->fd, TIOCSWINSZ, &w);
}

void pty_kill(struct pty *p, int sig)
{
    kill(p->pid, sig);
}

pid_t pty_pid(const struct pty *p)
{
    return p->pid;
}

void pty_modes(struct pty *p, struct pty_modes *out)
{
    *out = p->modes;
    tcgetattr(p->fd, &out->tio);
}
