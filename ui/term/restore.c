// SPDX-License-Identifier: Apache-2.0
#include "term/restore.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static struct {
    volatile sig_atomic_t armed;
    int fd, event_fd;
    struct termios saved;
    char bytes[256];
    size_t len;
    char stack[32768];
} state;

static const int fatal[] = {SIGTERM, SIGINT, SIGQUIT, SIGSEGV, SIGABRT, SIGBUS,
                            SIGFPE,  SIGILL, SIGSYS,  SIGXCPU, SIGXFSZ};
static const int watched[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGHUP};

static void on_fatal(int sig)
{
    int saved_errno = errno;
    if (state.armed) {
        state.armed = 0;
        for (size_t at = 0; at < state.len;) {
            ssize_t n = write(state.fd, state.bytes + at, state.len - at);
            if (n <= 0)
                break;
            at += (size_t)n;
        }
        tcsetattr(state.fd, TCSANOW, &state.saved);
    }
    errno = saved_errno;
    raise(sig); /* SA_RESETHAND: the default action, once this handler returns */
}

static void on_watched(int sig)
{
    int saved_errno = errno;
    uint64_t one = sig == SIGWINCH  ? 1
                   : sig == SIGTSTP ? 1ull << 20
                   : sig == SIGCONT ? 1ull << 40
                                    : 1ull << 60;
    if (write(state.event_fd, &one, sizeof(one)) < 0)
        errno = saved_errno;
    errno = saved_errno;
}

void restore_arm(int fd, const struct termios *saved, const char *bytes, size_t len)
{
    stack_t stack = {.ss_sp = state.stack, .ss_size = sizeof(state.stack)};
    struct sigaction sa = {.sa_handler = on_fatal, .sa_flags = SA_RESETHAND | SA_ONSTACK};
    state.fd = fd;
    state.saved = *saved;
    state.len = len < sizeof(state.bytes) ? len : sizeof(state.bytes);
    memcpy(state.bytes, bytes, state.len);
    sigaltstack(&stack, NULL);
    sigfillset(&sa.sa_mask);
    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
        sigaction(fatal[i], &sa, NULL);
    state.armed = 1;
}

void restore_disarm(void)
{
    state.armed = 0;
}

void restore_rearm(void)
{
    state.armed = 1;
}

void restore_watch(int event_fd)
{
    struct sigaction sa = {.sa_handler = on_watched, .sa_flags = SA_RESTART};
    state.event_fd = event_fd;
    sigemptyset(&sa.sa_mask);
    for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
        sigaction(watched[i], &sa, NULL);
}

void restore_forget(void)
{
    struct sigaction sa = {.sa_handler = SIG_DFL};
    state.armed = 0;
    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
        sigaction(fatal[i], &sa, NULL);
    for (size_t i = 0; i < sizeof(watched) / sizeof(watched[0]); i++)
        sigaction(watched[i], &sa, NULL);
}
