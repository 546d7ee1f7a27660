// SPDX-License-Identifier: Apache-2.0
/*
 * What containers say. Nothing is kept: whether a container spoke in a second, and what, follows
 * from its pod's uid and that second, so any part of a log can be told at any time, and twice the
 * same. Options and refusals are those of the kubelet and of pods/log.
 */
#include "base/hash.h"
#include "sim/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { BACK_S = 3600, LINES_MAX = 5000, FOLLOW_S = 4 * 3600 };

struct sim_log {
    char uid[64], ns[256], pod[256], container[256];
    bool stamps;
    int64_t next_s, limit; /* bytes that may still be said; below 0: any */
};

/* ---- lines ---- */

static uint64_t drawn(const char *uid, const char *container, int64_t second)
{
    struct hash_key key = {(uint64_t)second, 17};
    return hash_bytes(&key, uid, strlen(uid)) ^ hash_bytes(&key, container, strlen(container));
}

/* Does it speak in that second? About three times in ten. */
static bool speaks(const struct sim_log *l, int64_t second)
{
    return drawn(l->uid, l->container, second) % 10 < 3;
}

static void line(struct buf *b, const struct sim_log *l, int64_t second)
{
    static const char *const paths[] = {"/api/orders",   "/api/orders/17", "/healthz",
                                        "/api/users/me", "/metrics",       "/api/cart",
                                        "/readyz"};
    static const char *const done[] = {"job finished", "cache refreshed", "connection accepted",
                                       "batch written", "lease renewed"};
    uint64_t h = drawn(l->uid, l->container, second);
    char at[CLOCK_RFC3339_LEN];
    unsigned ms = (unsigned)(h >> 8) % 1000;
    clock_format_rfc3339(second * 1000, at);
    at[strlen(at) - 1] = '\0';
    if (l->stamps)
        buf_printf(b, "%s.%03u%06uZ ", at, ms, (unsigned)(h >> 20) % 1000000);
    if (h % 3)
        buf_printf(b, "%s.%03uZ INFO request method=GET path=%s status=%d duration=%ums\n", at, ms,
                   paths[(h >> 4) % ARRAY_LEN(paths)], (h >> 12) % 40 ? 200 : 503,
                   (unsigned)(h >> 24) % 90 + 1);
    else
        buf_printf(b, "%s.%03uZ INFO %s count=%u\n", at, ms, done[(h >> 4) % ARRAY_LEN(done)],
                   (unsigned)(h >> 24) % 500);
}

/* Seconds from and up to (not with) to; tail < 0: all. Says what it may of them. */
static void tell(struct buf *b, struct sim_log *l, int64_t from, int64_t to, int64_t tail)
{
    int64_t begin = to, n = 0;
    tail = tail < 0 || tail > LINES_MAX ? LINES_MAX : tail;
    while (begin > from && n < tail)
        n += speaks(l, --begin);
    for (int64_t s = begin; n > 0 && s < to; s++) {
        if (!speaks(l, s))
            continue;
        size_t had = b->len;
        line(b, l, s);
        if (l->limit >= 0 && (int64_t)(b->len - had) > l->limit) {
            b->len = had + (size_t)l->limit;
            b->data[b->len] = '\0';
        }
        l->limit -= l->limit >= 0 ? (int64_t)(b->len - had) : 0;
        if (!l->limit)
            return;
    }
}

/* ---- which container, and since when ---- */

static int64_t seconds_of(const struct val *v, int64_t otherwise)
{
    int64_t ms;
    if (!val_is(v, VAL_STRING) || clock_parse_rfc3339(v->as.s, v->len, &ms, NULL))
        return otherwise;
    return ms / 1000;
}

static const struct val *named(const struct val *list, const char *name)
{
    for (size_t i = 0; i < val_count(list); i++)
        if (val_str_is(val_get(val_item(list, i), "name"), name))
            return val_item(list, i);
    return NULL;
}

/* The container's name into l; false with the reply filled. */
static bool choose(struct sim_log *l, const struct val *pod, const char *asked, struct sim_reply *r)
{
    const struct val *list = val_at(pod, "spec", "containers", NULL);
    if (!asked && val_count(list) > 1) {
        struct buf b;
        buf_init(&b, BUF_SMALL);
        for (size_t i = 0; i < list->len; i++)
            buf_printf(&b, "%s%s", i ? " " : "", val_str(val_get(val_item(list, i), "name"), ""));
        sim_fail(r, 400, "BadRequest", NULL, NULL,
                 "a container name must be specified for pod %s, choose one of: [%.500s]", l->pod,
                 buf_str(&b));
        buf_clear(&b);
        return false;
    }
    const char *name = asked ? asked : val_str(val_get(val_item(list, 0), "name"), "");
    if (!named(list, name)) {
        sim_fail(r, 400, "BadRequest", NULL, NULL, "container %.100s is not valid for pod %s", name,
                 l->pod);
        return false;
    }
    snprintf(l->container, sizeof(l->container), "%s", name);
    return true;
}

struct period {
    int64_t from, to;
    bool goes_on;
};

static bool period_of(const struct sim_cluster *c, const struct sim_log *l, const struct val *pod,
                      bool previous, struct period *out, struct sim_reply *r)
{
    const struct val *status =
        named(val_at(pod, "status", "containerStatuses", NULL), l->container);
    const struct val *state = val_get(status, previous ? "lastState" : "state");
    const struct val *running = val_get(state, "running"), *ended = val_get(state, "terminated");
    if (!previous && !running && !ended) /* it crashed, and waits: what it said last */
        ended = val_at(status, "lastState", "terminated", NULL);
    if (running || ended) {
        *out = (struct period){seconds_of(val_get(running ? running : ended, "startedAt"), 0),
                               running ? sim_wall_ms(c) / 1000
                                       : seconds_of(val_get(ended, "finishedAt"), 0) + 1,
                               running != NULL};
        return true;
    }
    const char *why = val_str(val_at(state, "waiting", "reason", NULL), "ContainerCreating");
    if (previous)
        sim_fail(r, 400, "BadRequest", NULL, NULL,
                 "previous terminated container \"%s\" in pod \"%s\" not found", l->container,
                 l->pod);
    else
        sim_fail(r, 400, "BadRequest", NULL, NULL,
                 "container \"%s\" in pod \"%s\" is waiting to start: %s", l->container, l->pod,
                 why);
    return false;
}

void sim_log_answer(struct sim_cluster *c, const struct sim_target *t, const struct sim_query *q,
                    struct sim_reply *r)
{
    struct sim_object *o = sim_store_get(c, t->kind, t->ns, t->name);
    struct val_pool p;
    struct period when;
    uint64_t tail, since, limit;
    if (!o) {
        sim_fail(r, 404, "NotFound", t, NULL, "pods \"%s\" not found", t->name);
        return;
    }
    val_pool_init(&p);
    const struct val *pod = sim_object_read(&p, o), *from;
    struct sim_log l = {.stamps = sim_query_flag(q, "timestamps"), .limit = -1};
    snprintf(l.uid, sizeof(l.uid), "%s", sim_uid(pod));
    snprintf(l.ns, sizeof(l.ns), "%s", o->ns);
    snprintf(l.pod, sizeof(l.pod), "%s", o->name);
    if (!choose(&l, pod, sim_query_get(q, "container"), r)) {
        val_pool_clear(&p);
        return;
    }
    if (!val_at(pod, "spec", "nodeName", NULL)) { /* no kubelet has it */
        r->status = 204;
        val_pool_clear(&p);
        return;
    }
    if (!period_of(c, &l, pod, sim_query_flag(q, "previous"), &when, r)) {
        val_pool_clear(&p);
        return;
    }
    int64_t now = sim_wall_ms(c) / 1000, least = now - BACK_S;
    if (sim_query_number(q, "sinceSeconds", &since) && since < (uint64_t)BACK_S)
        least = now - (int64_t)since;
    from = sim_query_get(q, "sinceTime")
               ? val_box(&p, val_of_str(&p, sim_query_get(q, "sinceTime")))
               : NULL;
    least = seconds_of(from, least);
    if (sim_query_number(q, "limitBytes", &limit))
        l.limit = limit < SIM_MAX_BODY ? (int64_t)limit : (int64_t)SIM_MAX_BODY;
    bool some = sim_query_number(q, "tailLines", &tail);
    r->type = "text/plain";
    struct buf *b = &r->body;
    if (sim_query_flag(q, "follow") && when.goes_on) {
        r->watch = sim_watch_follow(c);
        r->watch->log = mem_new(struct sim_log);
        b = &r->watch->out;
    }
    tell(b, &l, when.from > least ? when.from : least, when.to,
         some ? (int64_t)(tail < LINES_MAX ? tail : LINES_MAX) : -1);
    if (r->watch) /* of the rest sim_answer does */
        sim_spell(c->spellings, b, 0, false);
    l.next_s = when.to;
    if (r->watch)
        *r->watch->log = l;
    val_pool_clear(&p);
}

/* ---- following ---- */

bool sim_log_goes_on(struct sim_watch *w)
{
    struct sim_log *l = w->log;
    struct sim_cluster *c = w->cluster;
    struct sim_object *o = sim_store_get(c, sim_kind_named("Pod"), l->ns, l->pod);
    int64_t now = sim_wall_ms(c) / 1000;
    struct val_pool p;
    bool on = false;
    if (now > l->next_s + FOLLOW_S) /* the clock jumped */
        l->next_s = now;
    if (now > l->next_s) {
        size_t at = w->out.len;
        tell(&w->out, l, l->next_s, now, -1);
        sim_spell(c->spellings, &w->out, at, false);
        l->next_s = now;
    }
    val_pool_init(&p);
    const struct val *pod = o ? sim_object_read(&p, o) : NULL;
    const struct val *status =
        named(val_at(pod, "status", "containerStatuses", NULL), l->container);
    on = o && strcmp(sim_uid(pod), l->uid) == 0 && val_at(status, "state", "running", NULL) &&
         l->limit;
    val_pool_clear(&p);
    return on;
}

void sim_log_free(struct sim_log *l)
{
    mem_free(l);
}
