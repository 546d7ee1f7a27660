// SPDX-License-Identifier: Apache-2.0
/*
 * poll(2) over four descriptors is all there is: keys, signals, the engine, and the terminal when
 * it has to take bytes. A key is drawn at once; other changes keep the distance between frames.
 */
#include "app/run.h"

#include "term/child.h"

#include <errno.h>
#include <poll.h>

struct runner {
    struct app *app;
    struct term *term;
    bool key; /* something was pressed since the last frame */
};

static void on_event(void *ctx, const struct event *ev)
{
    struct runner *r = ctx;
    r->key = true;
    app_event(r->app, ev);
}

static void fit(struct runner *r)
{
    int rows, cols;
    term_size(r->term, &rows, &cols);
    app_resize(r->app, rows, cols);
}

/* What runs is left to another process first: this one stands still. */
static void suspend(struct runner *r)
{
    app_before_stop(r->app);
    term_suspend(r->term);
}

static void on_signals(struct runner *r)
{
    unsigned s = term_signals(r->term);
    if (s & TERM_SIGNAL_HANGUP) {
        app_end(r->app, APP_END_HANGUP);
        return;
    }
    if (s & TERM_SIGNAL_STOP)
        suspend(r);
    if (s & TERM_SIGNAL_CONT) {
        term_leave(r->term); /* a shell may have changed the modes: set all of them again */
        term_enter(r->term);
    }
    if (s && term_resized(r->term))
        fit(r);
    else if (s)
        app_set_face(r->app, term_face(r->term));
}

static void host_repaint(void *ctx)
{
    term_repaint(ctx);
}

static void host_suspend(void *ctx)
{
    term_suspend(ctx);
}

static bool host_mouse(void *ctx)
{
    return term_mouse(ctx);
}

static const char *host_copy(void *ctx, const char *bytes, size_t len)
{
    return term_copy(ctx, bytes, len);
}

static int host_run(void *ctx, char *const *argv)
{
    return child_run(ctx, argv);
}

static int soonest(int a, int b)
{
    return a < 0 ? b : b < 0 || a < b ? a : b;
}

int app_run(struct app *a, struct term *t, int event_fd, app_wake_fn *wake, void *ctx,
            struct err *e)
{
    struct runner r = {.app = a, .term = t, .key = true};
    const struct clock *clock = app_clock(a);
    int64_t last_frame = INT64_MIN / 2;
    struct app_host host = {t, host_repaint, host_suspend, host_mouse, host_copy, host_run};
    app_set_host(a, &host);
    app_set_face(a, term_face(t));
    fit(&r);
    if (term_note(t))
        app_error(a, "%s", term_note(t));
    while (!app_quitting(a)) {
        int64_t now = clock_boot_ms(clock);
        int wait = soonest(term_timeout(t, now), app_timeout_ms(a));
        if (app_dirty(a) && !term_busy(t)) {
            int64_t due = r.key ? now : last_frame + term_frame_ms(t);
            if (due <= now) {
                if (term_draw(t, app_draw(a))) {
                    last_frame = now;
                    r.key = false;
                } else {
                    app_set_face(a, term_face(t)); /* still to be drawn */
                    wait = soonest(wait, 20);
                }
                wait = app_dirty(a) ? soonest(wait, 20) : wait;
            } else {
                wait = soonest(wait, (int)(due - now));
            }
        }
        struct pollfd p[] = {{.fd = term_fd(t), .events = POLLIN},
                             {.fd = term_signal_fd(t), .events = POLLIN},
                             {.fd = event_fd, .events = POLLIN},
                             {.fd = term_busy(t) ? term_out_fd(t) : -1, .events = POLLOUT}};
        if (poll(p, 4, wait) < 0 && errno != EINTR)
            return err_set_errno(e, errno, "poll");
        now = clock_boot_ms(clock);
        if (p[1].revents)
            on_signals(&r);
        if (p[0].revents && !term_read(t, now, on_event, &r))
            return err_set(e, ERR_IO, "the terminal is gone");
        if (p[2].revents && wake)
            wake(a, ctx);
        if (p[3].revents && !term_flush(t))
            return err_set(e, ERR_IO, "the terminal is gone");
        term_tick(t, now, on_event, &r);
        if (term_face(t) != app_face(a))
            app_set_face(a, term_face(t));
        app_tick(a);
    }
    return 0;
}
