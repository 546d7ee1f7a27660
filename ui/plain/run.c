// SPDX-License-Identifier: Apache-2.0
/*
 * poll(2) over the answers and the engine. An answer is taken when what the one before asked for
 * has been said, so a script needs no pauses.
 */
#include "plain/plain.h"
#include "plain/plain_int.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096
#define TURN_MS 40 /* while something is on its way */

struct plain_loop {
    struct plain *p;
    struct app *app;
    int in_fd, out_fd;
    struct buf in;
    bool ended; /* no more answers */
    bool gone;  /* nobody reads */
};

/* Everything that was said, to whoever listens. */
static void flush(struct plain_loop *l)
{
    struct buf *out = plain_out(l->p);
    const char *at = buf_str(out);
    size_t left = out->len;
    while (left && !l->gone) {
        ssize_t n = write(l->out_fd, at, left);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            struct pollfd w = {.fd = l->out_fd, .events = POLLOUT};
            (void)poll(&w, 1, -1);
        } else if (n < 0 && errno != EINTR) {
            l->gone = true;
        } else if (n > 0) {
            at += n;
            left -= (size_t)n;
        }
    }
    buf_reset(out);
}

static void read_answers(struct plain_loop *l)
{
    char chunk[1024];
    ssize_t n = read(l->in_fd, chunk, sizeof(chunk));
    if (n > 0)
        (void)buf_add(&l->in, chunk, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        l->ended = true;
}

/* A line that is there is answered; what is too long for an answer is cut. */
static bool answer(struct plain_loop *l)
{
    const char *s = buf_str(&l->in), *end = memchr(s, '\n', l->in.len);
    size_t len = end ? (size_t)(end - s) : l->in.len;
    if (!end && !(l->ended && len) && len < LINE_MAX_BYTES)
        return false;
    char *line = mem_strndup(s, len < LINE_MAX_BYTES ? len : LINE_MAX_BYTES);
    buf_drop(&l->in, end ? len + 1 : len);
    plain_answer(l->p, line);
    mem_free(line);
    return true;
}

static int64_t now_ms(const struct plain_loop *l)
{
    return clock_boot_ms(app_clock(l->app));
}

static int timeout(struct plain_loop *l, bool quiet)
{
    int ms = app_timeout_ms(l->app);
    int64_t until;
    if (!quiet)
        return TURN_MS;
    if (!plain_waits(l->p, &until))
        return ms;
    int64_t left = until - now_ms(l);
    left = left < 0 ? 0 : left;
    return ms < 0 || left < ms ? (int)left : ms;
}

/* Whether the next answer may be taken now. */
static bool ready(struct plain_loop *l, bool quiet)
{
    int64_t until;
    if (!quiet)
        return false;
    if (!plain_waits(l->p, &until))
        return true;
    if (now_ms(l) < until)
        return false;
    plain_wait_failed(l->p);
    return !app_quitting(l->app);
}

static void turn(struct plain_loop *l, int event_fd, plain_wake_fn *wake, void *ctx)
{
    bool quiet = plain_speak(l->p), answered = false;
    if (ready(l, quiet)) {
        if (!l->ended || l->in.len)
            plain_prompt(l->p);
        answered = answer(l);
    }
    flush(l);
    if (answered || l->gone || app_quitting(l->app))
        return;
    if (l->ended && !l->in.len && quiet)
        return;
    struct pollfd fds[] = {{.fd = l->ended ? -1 : l->in_fd, .events = POLLIN},
                           {.fd = event_fd, .events = POLLIN}};
    if (poll(fds, 2, timeout(l, quiet)) < 0)
        return;
    if (fds[0].revents)
        read_answers(l);
    if (fds[1].revents && wake)
        wake(l->app, ctx);
    app_tick(l->app);
}

/* There is no clipboard to reach from here: what a person wants to copy is a line by itself. */
static const char *say_copy(void *ctx, const char *bytes, size_t len)
{
    plain_out_line(ctx, "%.*s", (int)len, bytes);
    return "that is the text";
}

int plain_run(struct app *a, const struct plain_options *opt, int in_fd, int out_fd, int event_fd,
              plain_wake_fn *wake, void *ctx, struct err *e)
{
    struct plain_loop l = {
        .p = plain_new(a, opt), .app = a, .in_fd = in_fd, .out_fd = out_fd, .ended = in_fd < 0};
    int64_t until;
    int r = 0;
    buf_init(&l.in, BUF_SMALL);
    app_set_host(a, &(struct app_host){.ctx = l.p, .copy = say_copy});
    while (!app_quitting(a) && !l.gone) {
        turn(&l, event_fd, wake, ctx);
        if (l.ended && !l.in.len && plain_speak(l.p) && !plain_waits(l.p, &until))
            break;
    }
    flush(&l);
    if (plain_failed(l.p))
        r = err_set(e, ERR_TIMEOUT, "what was waited for did not come");
    buf_clear(&l.in);
    app_set_host(a, &(struct app_host){0});
    plain_free(l.p);
    return r;
}
