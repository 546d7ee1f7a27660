// SPDX-License-Identifier: Apache-2.0
/*
 * Clusters: the state each is in, its credentials and route, its back-off, and the pump that starts
 * what the window has room for. State only ever changes in set_state; listeners hear of it in a
 * turn of their own. A cluster that is not up keeps no handle open: a timer, then one small
 * request.
 */
#include "kube/client.h"
#include "base/mem.h"
#include "kube/client_state.h"
#include "kube/http.h"

#include "config.h"

#include <string.h>

enum { BACKOFF_MS = 800, BACKOFF_MAX_MS = 120000, PROBE_MS = 15000 };

#if defined(__x86_64__)
#define ARCH "amd64"
#elif defined(__aarch64__)
#define ARCH "arm64"
#elif defined(__riscv)
#define ARCH "riscv64"
#elif defined(__powerpc64__)
#define ARCH "ppc64le"
#elif defined(__s390x__)
#define ARCH "s390x"
#elif defined(__arm__)
#define ARCH "arm"
#else
#define ARCH "other"
#endif

const char *kube_user_agent(void)
{
    return "leeway/" PACKAGE_VERSION " (linux/" ARCH ")";
}

#define X(name, word) word,
static const char *const state_words[] = {KUBE_STATE_TABLE(X)};
#undef X

const char *kube_state_word(enum kube_state s)
{
    return (size_t)s < ARRAY_LEN(state_words) ? state_words[s] : "?";
}

/* ---- the process's side ---- */

struct kube *kube_new(const struct kube_options *o, struct err *e)
{
    struct kube *k = mem_new(struct kube);
    k->o = *o;
    k->random = o->seed;
    k->transport = o->transport;
    if (k->transport)
        return k;
    struct kube_resolver *resolver = o->resolver;
    if (!resolver) {
        const struct kube_resolver_options ro = {.loop = o->loop, .clock = o->clock};
        resolver = k->resolver = kube_resolver_new(&ro, e);
    }
    const struct kube_http_options ho = {
        .loop = o->loop,
        .clock = o->clock,
        .resolver = resolver,
        .user_agent = kube_user_agent(),
    };
    k->transport = k->own_transport = resolver ? kube_http_new(&ho, e) : NULL;
    if (!k->transport) {
        kube_free(k);
        return NULL;
    }
    return k;
}

void kube_free(struct kube *k)
{
    if (!k)
        return;
    if (k->own_transport)
        k->own_transport->free(k->own_transport);
    kube_resolver_free(k->resolver);
    mem_free(k);
}

/* splitmix64 */
uint64_t kube_cluster_random(struct kube_cluster *c)
{
    uint64_t z = c->kube->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

int64_t kube_cluster_jitter(struct kube_cluster *c, int64_t delay_ms)
{
    if (delay_ms <= 1)
        return delay_ms;
    return delay_ms / 2 + (int64_t)(kube_cluster_random(c) % (uint64_t)delay_ms);
}

struct loop *kube_cluster_loop(const struct kube_cluster *c)
{
    return c->kube->o.loop;
}

const struct clock *kube_cluster_clock(const struct kube_cluster *c)
{
    return c->kube->o.clock;
}

struct log *kube_cluster_log(const struct kube_cluster *c)
{
    return c->kube->o.log;
}

enum kube_state kube_cluster_state(const struct kube_cluster *c)
{
    return c->state;
}

enum kube_streams kube_cluster_streams(const struct kube_cluster *c)
{
    return c->streams;
}

void kube_cluster_set_streams(struct kube_cluster *c, enum kube_streams s)
{
    c->streams = s;
}

void kube_cluster_count_watch(struct kube_cluster *c, int by)
{
    c->stats.watches = (uint32_t)((int)c->stats.watches + by);
}

const char *kube_cluster_name(const struct kube_cluster *c)
{
    return c->name;
}

static int64_t now_of(const struct kube_cluster *c)
{
    return clock_boot_ms(c->kube->o.clock);
}

void kube_cluster_count(struct kube_cluster *c, unsigned requests, uint64_t in, uint64_t out)
{
    int64_t minute = now_of(c) / 60000;
    if (minute != c->minute) {
        bool last = minute == c->minute + 1;
        c->stats.requests_last_minute = last ? c->minute_requests : 0;
        c->stats.bytes_last_minute = last ? c->minute_bytes : 0;
        c->minute = minute;
        c->minute_requests = 0;
        c->minute_bytes = 0;
    }
    c->minute_requests += requests;
    c->minute_bytes += in + out;
    c->stats.requests += requests;
    c->stats.bytes_in += in;
    c->stats.bytes_out += out;
}

/* ---- state ---- */

static void free_listeners(struct kube_cluster *c)
{
    for (struct kube_listener *l; (l = c->listeners);) {
        c->listeners = l->next;
        mem_free(l);
    }
}

static void on_notify(void *ctx)
{
    struct kube_cluster *c = ctx;
    c->notify_timer = NULL;
    c->walking = true;
    for (struct kube_listener *l = c->listeners; l && !c->dead; l = l->next)
        if (l->fn)
            l->fn(l->ctx, c, c->state);
    c->walking = false;
    if (c->dead) { /* freed by one of them */
        free_listeners(c);
        mem_free(c);
        return;
    }
    /* Those that ended while the list was walked. */
    for (struct kube_listener **at = &c->listeners; *at;) {
        struct kube_listener *l = *at;
        if (l->fn) {
            at = &l->next;
        } else {
            *at = l->next;
            mem_free(l);
        }
    }
}

struct kube_listener *kube_cluster_listen(struct kube_cluster *c, kube_state_fn *fn, void *ctx)
{
    struct kube_listener *l = mem_new(struct kube_listener);
    *l = (struct kube_listener){c->listeners, fn, ctx};
    c->listeners = l;
    return l;
}

void kube_cluster_unlisten(struct kube_cluster *c, struct kube_listener *l)
{
    if (!l)
        return;
    l->fn = NULL;
    if (c->walking)
        return; /* the walk takes it out */
    for (struct kube_listener **at = &c->listeners; *at; at = &(*at)->next)
        if (*at == l) {
            *at = l->next;
            mem_free(l);
            return;
        }
}

static void set_state(struct kube_cluster *c, enum kube_state state)
{
    if (c->state == state)
        return;
    log_write(c->kube->o.log, state == KUBE_STATE_UP ? LOG_INFO : LOG_WARN, "kube", "%s: %s%s%s",
              c->name, kube_state_word(state), state == KUBE_STATE_UP ? "" : ": ",
              state == KUBE_STATE_UP ? "" : c->error.text);
    c->state = state;
    c->since_ms = now_of(c);
    if (!c->notify_timer)
        c->notify_timer = loop_after(c->kube->o.loop, 0, on_notify, c);
}

static bool usable(const struct kube_cluster *c)
{
    return c->state == KUBE_STATE_UP || c->state == KUBE_STATE_UNTRIED;
}

static void on_probed(void *ctx, const struct kube_reply *reply)
{
    /* What it means was settled before; c->probe is NULL again. */
    (void)ctx;
    (void)reply;
}

static void probe(struct kube_cluster *c)
{
    if (c->probe)
        return;
    const struct kube_request r = {
        .path = "/version",
        .deadline_ms = PROBE_MS,
        .max_body_bytes = 1 << 20,
        .retry = KUBE_RETRY_NEVER,
        .priority = KUBE_PRIORITY_HIGH,
        .on_done = on_probed,
    };
    c->probe = kube_call_new(c, &r, true);
    kube_call_enqueue(c->probe, true);
    kube_cluster_pump_soon(c);
}

static void on_try(void *ctx)
{
    struct kube_cluster *c = ctx;
    c->try_timer = NULL;
    c->next_try_ms = 0;
    if (!usable(c))
        probe(c);
}

static void fail_queued(struct kube_cluster *c)
{
    for (size_t q = 0; q < PRIORITIES; q++)
        for (struct kube_call *call = c->queue[q].first, *next; call; call = next) {
            next = call->queue_next;
            if (!call->r.wait && !call->is_probe)
                kube_call_fail_soon(call, &c->error);
        }
}

void kube_cluster_answered(struct kube_cluster *c)
{
    c->failures = 0;
    c->silent = 0;
    if (c->state == KUBE_STATE_UP)
        return;
    loop_cancel_timer(c->kube->o.loop, c->try_timer);
    c->try_timer = NULL;
    c->next_try_ms = 0;
    kube_error_clear(&c->error);
    set_state(c, KUBE_STATE_UP);
    kube_cluster_pump_soon(c);
}

void kube_cluster_failed(struct kube_cluster *c, enum kube_state state,
                         const struct kube_error *why)
{
    kube_error_copy(&c->error, why);
    set_state(c, state);
    fail_queued(c);
    if (c->try_timer)
        return;
    int64_t delay = (int64_t)BACKOFF_MS << (c->failures < 8 ? c->failures : 8);
    if (delay > BACKOFF_MAX_MS)
        delay = BACKOFF_MAX_MS;
    delay = kube_cluster_jitter(c, delay);
    if (delay > BACKOFF_MAX_MS)
        delay = BACKOFF_MAX_MS;
    c->failures++;
    c->next_try_ms = now_of(c) + delay;
    c->try_timer = loop_after(c->kube->o.loop, delay, on_try, c);
}

void kube_cluster_try_now(struct kube_cluster *c)
{
    c->failures = 0;
    if (usable(c))
        return;
    loop_cancel_timer(c->kube->o.loop, c->try_timer);
    c->try_timer = NULL;
    c->next_try_ms = 0;
    probe(c);
}

/* ---- credentials and route ---- */

static void on_credentials(void *ctx, struct kube_credentials *credentials)
{
    struct kube_cluster *c = ctx;
    if (!usable(c))
        kube_cluster_try_now(c);
    kube_cluster_pump_soon(c);
}

static char *keep(const char *s, size_t len)
{
    return s ? mem_strndup(s, len) : NULL;
}

static void renew_route(struct kube_cluster *c, const struct kube_credential *cred)
{
    struct kube_route *r = mem_new(struct kube_route);
    r->refs = 1;
    r->server = c->access.server ? mem_strdup(c->access.server) : NULL;
    r->tls_server_name = c->access.tls_server_name ? mem_strdup(c->access.tls_server_name) : NULL;
    r->proxy = c->access.proxy_url ? mem_strdup(c->access.proxy_url) : NULL;
    r->insecure = c->access.insecure;
    r->disable_compression = c->access.disable_compression;
    r->ca_pem = keep(cred->ca_pem, cred->ca_len);
    r->ca_len = cred->ca_len;
    r->cert_pem = keep(cred->client_cert_pem, cred->client_cert_len);
    r->cert_len = cred->client_cert_len;
    r->key_pem = keep(cred->client_key_pem, cred->client_key_len);
    r->key_len = cred->client_key_len;
    if (c->route)
        memcpy(r->not_before_ms, c->route->not_before_ms, sizeof(r->not_before_ms));
    kube_route_unref(c->route);
    c->route = r;
    c->tls_generation = cred->tls_generation;
}

enum kube_cred_state kube_cluster_credential(struct kube_cluster *c, struct kube_credential *out)
{
    struct err e = ERR_INIT;
    enum kube_cred_state s = KUBE_CRED_READY;
    if (c->credentials) {
        s = kube_credentials_get(c->credentials, out, &e);
    } else {
        out->ca_pem = c->access.ca.data;
        out->ca_len = c->access.ca.len;
    }
    if (s == KUBE_CRED_READY) {
        if (!c->route || c->tls_generation != out->tls_generation)
            renew_route(c, out);
    } else if (s != KUBE_CRED_PENDING) {
        struct kube_error why;
        kube_error_init(&why);
        kube_error_set(&why, e.code ? e.code : ERR_AUTH, KUBE_FATE_TRANSIENT, KUBE_WHY_NONE, e.hint,
                       "%s", e.text ? e.text : "no credential");
        kube_cluster_failed(c, s == KUBE_CRED_LOGIN ? KUBE_STATE_LOGIN : KUBE_STATE_REFUSED, &why);
        kube_error_clear(&why);
    }
    err_clear(&e);
    return s;
}

void kube_cluster_reroute(struct kube_cluster *c, const struct kube_access *access,
                          struct kube_credentials *credentials)
{
    struct kube_transport *t = c->kube->transport;
    struct kube_route *old = c->route;
    kube_credentials_unsubscribe(c->credentials_watch);
    kube_credentials_close(c->credentials);
    kube_access_clear(&c->access);
    kube_access_init(&c->access);
    kube_access_copy(&c->access, access);
    c->credentials = credentials;
    c->credentials_watch =
        credentials ? kube_credentials_subscribe(credentials, on_credentials, c) : NULL;
    c->route = NULL;
    c->streams = KUBE_STREAMS_UNKNOWN;
    c->cert_not_after_ms = 0;
    kube_window_init(&c->window);
    for (int lane = 0; old && t->cut && lane < KUBE_LANES; lane++) {
        old->not_before_ms[lane] = now_of(c);
        t->cut(t, old, lane);
    }
    kube_route_unref(old);
    if (c->probe)
        kube_call_drop(c->probe); /* it went by the old one */
    log_write(c->kube->o.log, LOG_INFO, "kube", "%s: goes by %s (%s)", c->name,
              access->context ? access->context : "another route",
              access->server ? access->server : "?");
    kube_cluster_try_now(c);
    kube_cluster_pump_soon(c);
}

void kube_cluster_reset_lane(struct kube_cluster *c, enum kube_lane lane)
{
    if (c->route)
        c->route->not_before_ms[lane] = now_of(c);
}

void kube_cluster_cut_lane(struct kube_cluster *c, enum kube_lane lane)
{
    struct kube_transport *t = c->kube->transport;
    kube_cluster_reset_lane(c, lane);
    if (c->route && t->cut)
        t->cut(t, c->route, lane);
}

int64_t kube_cluster_lane_reset_ms(const struct kube_cluster *c, enum kube_lane lane)
{
    return c->route ? c->route->not_before_ms[lane] : 0;
}

/* ---- the pump ---- */

static struct kube_call *next_call(struct kube_cluster *c, bool room)
{
    static const enum kube_priority order[] = {KUBE_PRIORITY_HIGH, KUBE_PRIORITY_NORMAL,
                                               KUBE_PRIORITY_LOW};
    bool paused = now_of(c) < c->window.pause_until_ms;
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        for (struct kube_call *call = c->queue[order[i]].first; call; call = call->queue_next) {
            if (call->is_probe)
                return call;
            if (!usable(c))
                continue;
            /* Watches are outside the window, but a server that says 429 means them too. */
            if (!paused && (room || !kube_call_counts(call)))
                return call;
        }
    return NULL;
}

static void on_pump(void *ctx)
{
    struct kube_cluster *c = ctx;
    c->pump_timer = NULL;
    struct kube_call *call;
    while ((call = next_call(c, c->stats.in_flight < kube_window_size(&c->window))))
        if (!kube_call_try(call)) {
            /* A probe that has no credential to go with has told what it could. */
            if (call == c->probe && c->state != KUBE_STATE_UNTRIED && !usable(c) && c->try_timer)
                kube_call_drop(call);
            break;
        }
    int64_t pause = c->window.pause_until_ms - now_of(c);
    if (pause > 0 && c->stats.waiting && !c->pump_timer)
        c->pump_timer = loop_after(c->kube->o.loop, pause, on_pump, c);
}

void kube_cluster_pump_soon(struct kube_cluster *c)
{
    if (c->pump_timer)
        loop_cancel_timer(c->kube->o.loop, c->pump_timer);
    c->pump_timer = loop_after(c->kube->o.loop, 0, on_pump, c);
}

struct kube_call *kube_send(struct kube_cluster *c, const struct kube_request *r)
{
    struct kube_call *call = kube_call_new(c, r, false);
    kube_call_enqueue(call, false);
    if (!usable(c) && !r->wait)
        kube_call_fail_soon(call, &c->error);
    else
        kube_cluster_pump_soon(c);
    return call;
}

struct kube_call *kube_send_with(struct kube_cluster *c, const struct kube_request *r,
                                 const void *ctx, size_t size)
{
    struct kube_call *call = kube_send(c, r);
    call->r.ctx = memcpy(arena_alloc(&call->strings, size), ctx, size);
    return call;
}

/* ---- life ---- */

struct kube_cluster *kube_cluster_new(struct kube *k, const struct kube_access *access,
                                      struct kube_credentials *credentials)
{
    struct kube_cluster *c = mem_new(struct kube_cluster);
    c->kube = k;
    c->name = mem_strdup(access->context ? access->context : access->server ? access->server : "?");
    kube_access_init(&c->access);
    kube_access_copy(&c->access, access);
    c->credentials = credentials;
    if (credentials)
        c->credentials_watch = kube_credentials_subscribe(credentials, on_credentials, c);
    c->since_ms = now_of(c);
    c->minute = c->since_ms / 60000;
    c->stats.latency_ms = -1;
    kube_error_init(&c->error);
    kube_window_init(&c->window);
    return c;
}

void kube_cluster_free(struct kube_cluster *c)
{
    if (!c)
        return;
    while (c->calls)
        kube_call_drop(c->calls);
    struct loop *loop = c->kube->o.loop;
    loop_cancel_timer(loop, c->try_timer);
    loop_cancel_timer(loop, c->pump_timer);
    loop_cancel_timer(loop, c->notify_timer);
    kube_credentials_unsubscribe(c->credentials_watch);
    kube_credentials_close(c->credentials);
    kube_route_unref(c->route);
    kube_access_clear(&c->access);
    kube_error_clear(&c->error);
    mem_free(c->name);
    c->dead = true;
    if (c->walking)
        return; /* on_notify frees the rest */
    free_listeners(c);
    mem_free(c);
}

struct kube_credentials *kube_cluster_credentials(struct kube_cluster *c)
{
    return c->credentials;
}

void kube_cluster_status(const struct kube_cluster *c, struct kube_cluster_status *out)
{
    *out = (struct kube_cluster_status){
        .state = c->state,
        .since_ms = c->since_ms,
        .next_try_ms = c->next_try_ms,
        .error = c->error.code ? &c->error : NULL,
        .cert_not_after_ms = c->cert_not_after_ms,
        .http_version = c->http_version,
    };
}

void kube_cluster_stats(const struct kube_cluster *c, struct kube_cluster_stats *out)
{
    *out = c->stats;
    out->window = kube_window_size(&c->window);
    if (c->window.smooth_ms > 0)
        out->latency_ms = (int64_t)(c->window.smooth_ms + 0.5);
}
