// SPDX-License-Identifier: Apache-2.0
/*
 * The stream of one container. A stream that breaks is taken up behind the last line that was seen,
 * and the gap is said; when it ends, the pod says whether the container ended, began anew, or only
 * its stream did (log_pods.c).
 */
#include "engine/look/log_int.h"

#include "base/buf.h"
#include "kube/discovery.h"

#include <stdio.h>
#include <string.h>

void log_source_set(struct log_source *s, enum leeway_log_state state, const char *reason)
{
    s->state = state;
    mem_free(s->reason);
    s->reason = *reason ? mem_strdup(reason) : NULL;
    log_changed(s->pod->log);
}

static void on_line(void *ctx, const char *line, size_t len, uint64_t cut)
{
    struct log_source *s = ctx;
    struct pod_log *l = s->pod->log;
    struct arena *a = &l->logs->engine->scratch;
    size_t stamp;
    int64_t ns = log_line_time(line, len, &stamp);
    if (ns && s->again && ns <= s->last_ns)
        return; /* seen before the stream was lost */
    if (ns > s->last_ns)
        s->last_ns = ns;
    log_keep(l, s, text_clean(a, line + stamp, len - stamp), ns, cut, false);
    arena_reset(a);
}

static void on_timer(void *ctx)
{
    struct log_source *s = ctx;
    s->timer = NULL;
    log_source_begin(s);
}

static void begin_later(struct log_source *s)
{
    s->timer = log_again(s->pod->log, &s->delay_ms, on_timer, s);
}

static void on_start(void *ctx)
{
    struct log_source *s = ctx;
    struct pod_log *l = s->pod->log;
    if (s->lost_ms)
        log_say(l, s, "the stream was lost for %lld s; it goes on",
                (long long)(engine_boot_ms(l->logs->engine) - s->lost_ms + 500) / 1000);
    s->lost_ms = 0;
    log_source_set(s, LEEWAY_LOG_OPEN, "");
}

static int on_chunk(void *ctx, const char *bytes, size_t len)
{
    struct log_source *s = ctx;
    s->delay_ms = 0;
    log_split_feed(&s->split, bytes, len, on_line, s);
    return 0;
}

static void on_done(void *ctx, const struct kube_reply *reply)
{
    struct log_source *s = ctx;
    struct pod_log *l = s->pod->log;
    const struct kube_error *e = reply->error;
    s->call = NULL;
    if (s->split.len)
        log_split_end(&s->split, on_line, s);
    if (!e->code) {
        log_source_set(s, LEEWAY_LOG_ENDED, "");
        if (l->follow)
            log_pod_begin(s->pod); /* how did it end? */
        return;
    }
    /* Before the container runs the server answers 400 "is waiting to start". */
    bool waits = e->http_status == 400 && e->text && strstr(e->text, "waiting to start");
    bool lost = !e->http_status || e->fate == KUBE_FATE_TRANSIENT;
    if (s->state == LEEWAY_LOG_OPEN && lost && l->follow) {
        s->again = true;
        s->lost_ms = engine_boot_ms(l->logs->engine);
    }
    log_source_set(s, LEEWAY_LOG_FAILED, e->text ? e->text : "no answer");
    if (l->follow && (waits || lost))
        begin_later(s);
}

static void ask(struct log_source *s, struct cluster *c)
{
    const struct pod_log *l = s->pod->log;
    struct buf path, q;
    char number[24], since[CLOCK_RFC3339_LEN];
    buf_init(&path, BUF_SMALL);
    buf_init(&q, BUF_SMALL);
    kube_path(&path, "", "v1", "pods", s->pod->ns, s->pod->name, "log");
    kube_query_add(&q, "container", s->container);
    kube_query_add(&q, "timestamps", "true");
    if (l->follow)
        kube_query_add(&q, "follow", "true");
    if (l->previous)
        kube_query_add(&q, "previous", "true");
    if (s->again && s->last_ns) {
        clock_format_rfc3339(s->last_ns / 1000000, since);
        kube_query_add(&q, "sinceTime", since);
    } else {
        snprintf(number, sizeof(number), "%u", l->tail ? l->tail : LOG_TAIL);
        kube_query_add(&q, "tailLines", number);
        snprintf(number, sizeof(number), "%u", l->since_s);
        if (l->since_s)
            kube_query_add(&q, "sinceSeconds", number);
    }
    const struct kube_request r = {.path = buf_str(&path),
                                   .query = buf_str(&q),
                                   .accept = "application/json, */*",
                                   .deadline_ms = -1,
                                   .retry = KUBE_RETRY_NEVER,
                                   .priority = KUBE_PRIORITY_HIGH,
                                   .long_running = true,
                                   .on_start = on_start,
                                   .on_chunk = on_chunk,
                                   .on_done = on_done,
                                   .ctx = s};
    s->call = kube_send(c->kube, &r);
    buf_clear(&path);
    buf_clear(&q);
}

void log_source_begin(struct log_source *s)
{
    struct pod_log *l = s->pod->log;
    struct cluster *c = log_cluster(l, s->pod->cluster);
    if (s->call)
        return;
    loop_cancel_timer(l->logs->engine->loop, s->timer);
    s->timer = NULL;
    if (c) {
        ask(s, c);
        return;
    }
    log_source_set(s, LEEWAY_LOG_FAILED, log_why_not(l, s->pod->cluster));
    begin_later(s);
}

struct log_source *log_source_new(struct log_pod *p, const char *container)
{
    struct log_source *s = mem_new(struct log_source);
    s->pod = p;
    s->id = ++p->log->last_source;
    s->container = mem_strdup(container);
    s->restarts = -1;
    s->state = LEEWAY_LOG_OPENING;
    vec_push(&p->sources, s);
    vec_push(&p->log->sources, s);
    return s;
}

void log_source_stop(struct log_source *s)
{
    kube_cancel(s->call);
    loop_cancel_timer(s->pod->log->logs->engine->loop, s->timer);
    s->call = NULL;
    s->timer = NULL;
}

void log_source_free(struct log_source *s)
{
    log_source_stop(s);
    mem_free(s->container);
    mem_free(s->reason);
    mem_free(s);
}
