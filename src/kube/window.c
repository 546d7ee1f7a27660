// SPDX-License-Identifier: Apache-2.0
/*
 * The window of requests in flight to one API server. It begins by growing with every answer that
 * came quickly, so that it doubles in the time of one; past WINDOW_QUICK, and from the first sign
 * that this was too much on, it grows by one in that time. Halved on 429, which also stops the
 * cluster for as long as the server says; made smaller by a tenth when answers take several times
 * as long as they did lately, at most once in that time and never below what keeps a slow webhook
 * from starving everything.
 */
#include "kube/client_state.h"

enum {
    WINDOW_START = 16,
    WINDOW_QUICK = 32,
    WINDOW_MAX = 64,
    WINDOW_PLAIN_MAX = 8,
    WINDOW_SLOW_MIN = 4
};
enum { SLOW_FACTOR = 4, SLOW_MS = 200, PAUSE_MS = 1000 };

void kube_window_init(struct kube_window *w)
{
    *w = (struct kube_window){.size = WINDOW_START};
}

unsigned kube_window_size(const struct kube_window *w)
{
    double max = w->plain ? WINDOW_PLAIN_MAX : WINDOW_MAX;
    double size = w->size < max ? w->size : max;
    return size < 1 ? 1 : (unsigned)size;
}

void kube_window_answered(struct kube_window *w, unsigned in_flight, int64_t took_ms,
                          int64_t now_ms)
{
    double took = took_ms < 1 ? 1 : (double)took_ms;
    /* The base creeps up, so that a cluster which became slower is not punished for ever. */
    w->base_ms = w->base_ms == 0 || took < w->base_ms ? took : w->base_ms * 1.01;
    w->smooth_ms = w->smooth_ms == 0 ? took : w->smooth_ms * 0.875 + took * 0.125;
    if (took <= w->base_ms * SLOW_FACTOR + SLOW_MS) {
        if (2 * in_flight >= kube_window_size(w))
            w->size += w->settled || w->size >= WINDOW_QUICK ? 1 / w->size : 1;
        if (w->size > WINDOW_MAX)
            w->size = WINDOW_MAX;
    } else if (now_ms - w->narrowed_ms > took_ms) {
        w->narrowed_ms = now_ms;
        w->settled = true;
        w->size *= 0.9;
        if (w->size < WINDOW_SLOW_MIN)
            w->size = WINDOW_SLOW_MIN;
    }
}

void kube_window_throttled(struct kube_window *w, int64_t retry_after_ms, int64_t now_ms)
{
    int64_t until = now_ms + (retry_after_ms > 0 ? retry_after_ms : PAUSE_MS);
    /* Several at once are one refusal. */
    w->settled = true;
    if (now_ms >= w->pause_until_ms) {
        w->size /= 2;
        if (w->size < 1)
            w->size = 1;
    }
    if (until > w->pause_until_ms)
        w->pause_until_ms = until;
}
