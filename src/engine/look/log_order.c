// SPDX-License-Identifier: Apache-2.0
/*
 * Lines of several containers in the order of the servers' times. A line waits half a second for
 * older ones of other sources, and at first for the sources that are not open yet; what comes later
 * still stands where it came. What leeway says of a source stands behind its last line. A log of
 * one container waits for nothing.
 */
#include "engine/look/log_int.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static int by_time(const void *a, const void *b)
{
    const struct kept *x = *(struct kept *const *)a, *y = *(struct kept *const *)b;
    if (x->ns != y->ns)
        return x->ns < y->ns ? -1 : 1;
    return x->turn < y->turn ? -1 : x->turn > y->turn;
}

static void drop_news(struct pod_log *l, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        l->news_bytes -= l->news.items[i]->line.text.len;
        mem_free(l->news.items[i]);
    }
    l->dropped += n;
    l->news.len -= n;
    if (l->news.len)
        memmove(l->news.items, l->news.items + n, l->news.len * sizeof(*l->news.items));
}

static void release(struct pod_log *l, struct kept *k)
{
    k->line.number = ++l->number;
    for (size_t i = l->sources.len; i > 0 && k->line.source; i--) {
        if (l->sources.items[i - 1]->id != k->line.source)
            continue;
        l->sources.items[i - 1]->last_number = l->number;
        break;
    }
    vec_push(&l->news, k);
    l->news_bytes += k->line.text.len;
    if (l->news.len > LOG_LINES || l->news_bytes > LOG_BYTES)
        drop_news(l, l->news.len / 4 + 1);
    log_changed(l);
}

static void on_timer(void *ctx);

static void arm(struct pod_log *l, int64_t at_ms)
{
    int64_t left = at_ms - engine_boot_ms(l->logs->engine);
    if (!l->order_timer)
        l->order_timer = loop_after(l->logs->engine->loop, left > 1 ? left : 1, on_timer, l);
}

/* Until when nothing is released: sources that were just asked may have older lines. */
static int64_t held_until(const struct pod_log *l)
{
    for (size_t i = 0; i < l->sources.len; i++)
        if (l->sources.items[i]->state == LEEWAY_LOG_OPENING)
            return l->began_ms + LOG_FIRST_MS;
    return 0;
}

/* Those that waited long enough, and what is older than they are; all: whatever there is. */
static void release_due(struct pod_log *l, bool all)
{
    int64_t now = engine_boot_ms(l->logs->engine), held = held_until(l), oldest = INT64_MAX;
    size_t n = 0;
    if (!l->waiting.len)
        return;
    if (!all && held > now) {
        arm(l, held);
        return;
    }
    qsort(l->waiting.items, l->waiting.len, sizeof(*l->waiting.items), by_time);
    for (size_t i = 0; i < l->waiting.len; i++)
        if (all || l->waiting.items[i]->arrived_ms + LOG_ORDER_MS <= now)
            n = i + 1;
    for (size_t i = 0; i < n; i++) {
        l->waiting_bytes -= l->waiting.items[i]->line.text.len;
        release(l, l->waiting.items[i]);
    }
    l->waiting.len -= n;
    memmove(l->waiting.items, l->waiting.items + n, l->waiting.len * sizeof(*l->waiting.items));
    for (size_t i = 0; i < l->waiting.len; i++)
        if (l->waiting.items[i]->arrived_ms < oldest)
            oldest = l->waiting.items[i]->arrived_ms;
    if (l->waiting.len)
        arm(l, oldest + LOG_ORDER_MS);
}

static void on_timer(void *ctx)
{
    struct pod_log *l = ctx;
    l->order_timer = NULL;
    release_due(l, false);
}

static void keep(struct pod_log *l, uint32_t source, struct text t, int64_t order_ns, int64_t at_ms,
                 uint64_t cut, bool ours)
{
    struct kept *k = mem_alloc(sizeof(*k) + t.len + 1);
    memcpy(k->bytes, t.str, t.len);
    k->bytes[t.len] = '\0';
    k->ns = order_ns;
    k->arrived_ms = engine_boot_ms(l->logs->engine);
    k->turn = l->turn++;
    k->line = (struct leeway_line){.at_ms = at_ms,
                                   .text = {k->bytes, t.len, t.cols},
                                   .cut = cut > UINT32_MAX ? UINT32_MAX : (uint32_t)cut,
                                   .ours = ours,
                                   .source = source};
    if (!l->several) {
        release(l, k);
        return;
    }
    vec_push(&l->waiting, k);
    l->waiting_bytes += t.len;
    if (l->waiting.len > LOG_LINES || l->waiting_bytes > LOG_BYTES)
        release_due(l, true);
    else
        arm(l, k->arrived_ms + LOG_ORDER_MS);
}

void log_keep(struct pod_log *l, struct log_source *s, struct text t, int64_t ns, uint64_t cut,
              bool ours)
{
    keep(l, s->id, t, ns ? ns : s->last_ns, ns / 1000000, cut, ours);
}

void log_say(struct pod_log *l, struct log_source *s, const char *fmt, ...)
{
    struct arena *a = &l->logs->engine->scratch;
    va_list ap;
    va_start(ap, fmt);
    struct text words = text_cstr(a, arena_vprintf(a, fmt, ap));
    va_end(ap);
    int64_t now = engine_wall_ms(l->logs->engine);
    keep(l, s ? s->id : 0, words, s && s->last_ns ? s->last_ns : now * 1000000, now, 0, true);
    arena_reset(a);
}

void log_order_clear(struct pod_log *l)
{
    loop_cancel_timer(l->logs->engine->loop, l->order_timer);
    for (size_t i = 0; i < l->waiting.len; i++)
        mem_free(l->waiting.items[i]);
    for (size_t i = 0; i < l->news.len; i++)
        mem_free(l->news.items[i]);
    vec_clear(&l->waiting);
    vec_clear(&l->news);
}
