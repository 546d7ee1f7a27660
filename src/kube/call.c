// SPDX-License-Identifier: Apache-2.0
/*
 * One call through its tries. Ends are told from the loop and in one place (tell); by then the call
 * has left its cluster's lists, so the callback may free the cluster or cancel anything. Inside a
 * callback a cancel only marks the call; whoever called the callback frees it.
 */
#include "base/mem.h"
#include "kube/client_state.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
    DEADLINE_MS = 60000,
    BODY_MAX = 32 * 1024 * 1024,
    ERROR_BODY_MAX = 1024 * 1024,
    TRIES_MAX = 10,
    RETRY_MS = 200,
    RETRY_MAX_MS = 10000,
};

static struct loop *loop_of(const struct kube_call *call)
{
    return call->cluster->kube->o.loop;
}

static int64_t now_of(const struct kube_call *call)
{
    return clock_boot_ms(call->cluster->kube->o.clock);
}

bool kube_call_is_out(const struct kube_call *call)
{
    return call->state != CALL_QUEUED && call->state != CALL_RESTING;
}

bool kube_call_counts(const struct kube_call *call)
{
    return call->r.lane == KUBE_LANE_REQUEST && !call->r.long_running;
}

/* ---- queues ---- */

void kube_call_enqueue(struct kube_call *call, bool front)
{
    struct kube_cluster *c = call->cluster;
    unsigned q = call->r.priority;
    call->state = CALL_QUEUED;
    call->queue_prev = call->queue_next = NULL;
    if (!c->queue[q].first) {
        c->queue[q].first = c->queue[q].last = call;
    } else if (front) {
        call->queue_next = c->queue[q].first;
        call->queue_next->queue_prev = call;
        c->queue[q].first = call;
    } else {
        call->queue_prev = c->queue[q].last;
        call->queue_prev->queue_next = call;
        c->queue[q].last = call;
    }
    c->stats.waiting++;
}

void kube_call_dequeue(struct kube_call *call)
{
    struct kube_cluster *c = call->cluster;
    unsigned q = call->r.priority;
    if (call->queue_prev)
        call->queue_prev->queue_next = call->queue_next;
    else
        c->queue[q].first = call->queue_next;
    if (call->queue_next)
        call->queue_next->queue_prev = call->queue_prev;
    else
        c->queue[q].last = call->queue_prev;
    call->queue_prev = call->queue_next = NULL;
    c->stats.waiting--;
}

/* ---- life ---- */

static const char *copy(struct arena *a, const char *s, const char *otherwise)
{
    return s ? arena_strdup(a, s) : otherwise;
}

static size_t size_of(const char *s)
{
    return s ? strlen(s) + 1 : 0;
}

static void on_deadline(void *ctx);

struct kube_call *kube_call_new(struct kube_cluster *c, const struct kube_request *r, bool probe)
{
    struct kube_call *call = mem_new(struct kube_call);
    call->cluster = c;
    call->r = *r;
    arena_init(&call->strings);
    arena_init(&call->warnings_arena);
    kube_error_init(&call->error);
    const size_t sizes[] = {size_of(r->method), size_of(r->path),         size_of(r->query),
                            size_of(r->accept), size_of(r->content_type), size_of(r->if_none_match),
                            r->body_len};
    size_t all = 0;
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
        all += sizes[i];
    arena_reserve(&call->strings, ARRAY_LEN(sizes), all);
    call->r.method = copy(&call->strings, r->method, "GET");
    call->r.path = copy(&call->strings, r->path, "/");
    call->r.query = copy(&call->strings, r->query, NULL);
    call->r.accept = copy(&call->strings, r->accept, "application/json");
    call->r.content_type =
        copy(&call->strings, r->content_type, r->body_len ? "application/json" : NULL);
    call->r.if_none_match = copy(&call->strings, r->if_none_match, NULL);
    if (r->body_len) {
        char *body = arena_alloc(&call->strings, r->body_len);
        memcpy(body, r->body, r->body_len);
        call->r.body = body;
    }
    if ((unsigned)call->r.priority >= PRIORITIES)
        call->r.priority = KUBE_PRIORITY_NORMAL;
    call->writes = kube_method_writes(call->r.method);
    call->is_probe = probe;
    buf_init(&call->body, r->max_body_bytes ? r->max_body_bytes : BODY_MAX);
    call->begun_ms = now_of(call);
    call->deadline_at_ms = INT64_MAX;
    if (r->deadline_ms >= 0) {
        int64_t ms = r->deadline_ms ? r->deadline_ms : DEADLINE_MS;
        call->deadline_at_ms = call->begun_ms + ms;
        call->deadline_timer = loop_after(loop_of(call), ms, on_deadline, call);
    }
    call->next = c->calls;
    if (c->calls)
        c->calls->prev = call;
    c->calls = call;
    return call;
}

static void call_free(struct kube_call *call)
{
    buf_clear(&call->body);
    vec_clear(&call->warnings);
    arena_clear(&call->warnings_arena);
    kube_error_clear(&call->error);
    arena_clear(&call->strings);
    mem_free(call->head);
    mem_free(call);
}

/* Takes the call out of everything that could still touch it. */
static void detach(struct kube_call *call)
{
    struct kube_cluster *c = call->cluster;
    if (!c)
        return;
    if (call->state == CALL_QUEUED)
        kube_call_dequeue(call);
    if (call->transfer) {
        c->kube->transport->cancel(c->kube->transport, call->transfer);
        call->transfer = NULL;
    }
    if (call->state == CALL_FLYING && kube_call_counts(call)) {
        c->stats.in_flight--;
        kube_cluster_pump_soon(c);
    }
    loop_cancel_timer(loop_of(call), call->deadline_timer);
    loop_cancel_timer(loop_of(call), call->timer);
    call->deadline_timer = call->timer = NULL;
    if (call->prev)
        call->prev->next = call->next;
    else
        c->calls = call->next;
    if (call->next)
        call->next->prev = call->prev;
    if (c->probe == call)
        c->probe = NULL;
    call->state = CALL_DONE;
    call->cluster = NULL;
}

void kube_call_drop(struct kube_call *call)
{
    detach(call);
    if (call->in_callback)
        call->cancelled = true;
    else
        call_free(call);
}

void kube_cancel(struct kube_call *call)
{
    if (call)
        kube_call_drop(call);
}

/* ---- the end ---- */

static void tell(struct kube_call *call)
{
    struct kube_cluster *c = call->cluster;
    struct kube_reply reply = {
        .status = call->status,
        .body = call->error.code ? "" : buf_str(&call->body),
        .len = call->error.code ? 0 : call->body.len,
        .raw = buf_str(&call->body),
        .raw_len = call->body.len,
        .content_type = call->head ? call->head->content_type : "",
        .etag = call->head ? call->head->etag : "",
        .error = &call->error,
        .warnings = call->warnings.items,
        .warnings_len = call->warnings.len,
        .took_ms = now_of(call) - call->begun_ms,
        .tries = call->tries,
    };
    if (call->error.code && call->error.code != ERR_CANCELLED)
        c->stats.failures++;
    detach(call);
    if (call->r.on_done && !call->cancelled) {
        call->in_callback = true;
        call->r.on_done(call->r.ctx, &reply);
    }
    call_free(call);
}

static void on_ending(void *ctx)
{
    struct kube_call *call = ctx;
    call->timer = NULL;
    tell(call);
}

void kube_call_fail_soon(struct kube_call *call, const struct kube_error *error)
{
    if (call->state == CALL_QUEUED)
        kube_call_dequeue(call);
    assert(!call->transfer);
    call->state = CALL_ENDING;
    kube_error_copy(&call->error, error);
    loop_cancel_timer(loop_of(call), call->timer);
    call->timer = loop_after(loop_of(call), 0, on_ending, call);
}

static void on_deadline(void *ctx)
{
    struct kube_call *call = ctx;
    struct kube_cluster *c = call->cluster;
    call->deadline_timer = NULL;
    if (call->state == CALL_ENDING)
        return;
    int64_t s = (now_of(call) - call->begun_ms + 500) / 1000;
    if (call->state != CALL_FLYING) {
        /* What was seen last says more than that time is over. */
        if (!call->error.code && c->error.code && c->state != KUBE_STATE_UP)
            kube_error_copy(&call->error, &c->error);
        else if (!call->error.code)
            kube_error_set(&call->error, ERR_TIMEOUT, KUBE_FATE_TRANSIENT, KUBE_WHY_NONE, NULL,
                           "not sent: %lld s went by waiting", (long long)s);
    } else {
        bool silent = call->status == 0;
        if (call->writes)
            kube_error_set(&call->error, ERR_UNKNOWN_OUTCOME, KUBE_FATE_UNKNOWN, KUBE_WHY_NONE,
                           "read it back", "no answer in %lld s; it may have been done",
                           (long long)s);
        else
            kube_error_set(&call->error, ERR_TIMEOUT, KUBE_FATE_TRANSIENT, KUBE_WHY_NONE, NULL,
                           "no %sanswer in %lld s", silent ? "" : "complete ", (long long)s);
        if (silent) {
            /* The connection may be dead without anybody having said so. */
            kube_cluster_reset_lane(c, call->r.lane);
            c->silent++;
            if (call->is_probe || c->silent >= 2) {
                kube_cluster_cut_lane(c, call->r.lane);
                struct kube_error why;
                kube_error_init(&why);
                kube_error_set(&why, ERR_UNREACHABLE, KUBE_FATE_TRANSIENT, KUBE_WHY_NONE, NULL,
                               "connected, but does not answer");
                kube_cluster_failed(c, KUBE_STATE_DOWN, &why);
                kube_error_clear(&why);
            }
        }
    }
    tell(call);
}

/* ---- retries ---- */

static void on_rested(void *ctx)
{
    struct kube_call *call = ctx;
    call->timer = NULL;
    kube_call_enqueue(call, true);
    kube_cluster_pump_soon(call->cluster);
}

static bool may_retry(const struct kube_call *call, bool harmless)
{
    const struct kube_error *e = &call->error;
    enum kube_retry policy = call->r.retry;
    if (policy == KUBE_RETRY_DEFAULT)
        policy = call->writes ? KUBE_RETRY_HARMLESS : KUBE_RETRY_ALL;
    if (policy == KUBE_RETRY_NEVER || call->tries >= TRIES_MAX)
        return false;
    if (e->code == ERR_THROTTLED || harmless)
        return true;
    if (policy != KUBE_RETRY_ALL || e->why == KUBE_WHY_VERSION_TOO_LARGE)
        return false;
    return e->fate == KUBE_FATE_UNKNOWN ||
           (e->fate == KUBE_FATE_TRANSIENT &&
            (e->code == ERR_SERVER || e->code == ERR_TIMEOUT || e->code == ERR_UNREACHABLE));
}

/* The call rests and is tried again, or ends. */
static void retry_or_tell(struct kube_call *call, bool harmless)
{
    struct kube_cluster *c = call->cluster;
    if (may_retry(call, harmless)) {
        int64_t delay = RETRY_MS << (call->tries < 7 ? call->tries : 7);
        if (delay > RETRY_MAX_MS)
            delay = RETRY_MAX_MS;
        delay = kube_cluster_jitter(c, delay);
        if (call->error.retry_after_ms > 0)
            delay = call->error.retry_after_ms + delay / 4;
        if (call->deadline_at_ms == INT64_MAX || now_of(call) + delay < call->deadline_at_ms) {
            c->stats.retries++;
            call->state = CALL_RESTING;
            call->timer = loop_after(loop_of(call), delay, on_rested, call);
            return;
        }
    }
    tell(call);
}

/* ---- one try ---- */

static void forget_try(struct kube_call *call)
{
    call->status = call->stop_code = 0;
    call->body_cut = false;
    buf_reset(&call->body);
    mem_free(call->head);
    call->head = NULL;
    call->warnings.len = 0;
    arena_reset(&call->warnings_arena);
    kube_error_clear(&call->error);
}

static bool is_stream(const struct kube_call *call)
{
    return call->r.on_chunk && call->status >= 200 && call->status < 300;
}

static void on_head(void *ctx, const struct kube_transfer_head *head)
{
    struct kube_call *call = ctx;
    struct kube_cluster *c = call->cluster;
    call->status = head->status;
    c->http_version = head->http_version;
    c->window.plain = head->http_version && head->http_version < 20;
    c->stats.connects += head->connects;
    if (head->cert_not_after_ms)
        c->cert_not_after_ms = head->cert_not_after_ms;
    c->silent = 0;
    if (is_stream(call) && call->r.on_start) {
        if (call->r.lane == KUBE_LANE_WATCH)
            kube_cluster_answered(c); /* its end may be ten minutes away */
        call->in_callback = true;
        call->r.on_start(call->r.ctx);
        call->in_callback = false;
        if (call->cancelled)
            call_free(call);
    }
}

static bool is_named(const char *name, size_t len, const char *want)
{
    return strlen(want) == len && strncasecmp(name, want, len) == 0;
}

static void on_warning(void *ctx, const char *text, size_t len)
{
    struct kube_call *call = ctx;
    if (call->warnings.len < KUBE_WARNINGS_MAX)
        vec_push(&call->warnings, arena_strndup(&call->warnings_arena, text, len));
}

static const struct {
    const char *name;
    size_t at, size;
} kept[] = {
#define KEPT(name, member)                                                                         \
    {                                                                                              \
        name, offsetof(struct kube_call_head, member),                                             \
            sizeof(((struct kube_call_head *)0)->member)                                           \
    }
    KEPT("content-type", content_type),
    KEPT("etag", etag),
    KEPT("audit-id", audit_id),
    KEPT("retry-after", retry_after),
#undef KEPT
};

static void on_header(void *ctx, const char *name, size_t name_len, const char *value, size_t len)
{
    struct kube_call *call = ctx;
    for (size_t i = 0; i < ARRAY_LEN(kept) && !is_stream(call); i++)
        if (is_named(name, name_len, kept[i].name) && len < kept[i].size) {
            if (!call->head)
                call->head = mem_new(struct kube_call_head);
            char *to = (char *)call->head + kept[i].at;
            memcpy(to, value, len);
            to[len] = '\0';
        }
    if (is_named(name, name_len, "warning"))
        kube_parse_warning(value, len, on_warning, call);
}

static bool on_bytes(void *ctx, const char *bytes, size_t len)
{
    struct kube_call *call = ctx;
    kube_cluster_count(call->cluster, 0, len, 0);
    if (is_stream(call)) {
        call->in_callback = true;
        int stop = call->r.on_chunk(call->r.ctx, bytes, len);
        call->in_callback = false;
        if (call->cancelled) {
            call_free(call);
            return false;
        }
        call->stop_code = stop;
        return stop == 0;
    }
    bool good = call->status >= 200 && call->status < 300;
    if (!good && call->body.len + len > ERROR_BODY_MAX) {
        call->body_cut = true; /* enough of it to classify */
        return false;
    }
    if (buf_add(&call->body, bytes, len) != 0) {
        call->stop_code = ERR_LIMIT;
        return false;
    }
    return true;
}

static const char *tls_hint(enum kube_tls_fault f)
{
    static const char *const hints[] = {
        [KUBE_TLS_OTHER] = NULL,
        [KUBE_TLS_UNTRUSTED] = "check certificate-authority in the kubeconfig",
        [KUBE_TLS_EXPIRED] = "the server's certificate has to be renewed",
        [KUBE_TLS_WRONG_NAME] = "check server and tls-server-name in the kubeconfig",
        [KUBE_TLS_NOT_TLS] = "it does not speak TLS: check the port and server in the kubeconfig",
        [KUBE_TLS_BAD_MATERIAL] = "check the certificates and the key in the kubeconfig",
    };
    return hints[f];
}

static enum kube_why tls_why(enum kube_tls_fault f)
{
    return f == KUBE_TLS_UNTRUSTED    ? KUBE_WHY_CERT_UNTRUSTED
           : f == KUBE_TLS_EXPIRED    ? KUBE_WHY_CERT_EXPIRED
           : f == KUBE_TLS_WRONG_NAME ? KUBE_WHY_CERT_NAME
                                      : KUBE_WHY_NONE;
}

/* A transfer that brought no whole answer. */
static void classify_end(struct kube_call *call, const struct kube_transfer_result *r)
{
    struct kube_error *e = &call->error;
    switch (r->end) {
    case KUBE_END_TLS:
        kube_error_set(e, ERR_TLS, KUBE_FATE_TRANSIENT, tls_why(r->tls_fault),
                       tls_hint(r->tls_fault), "%s", r->text);
        return;
    case KUBE_END_NAME:
    case KUBE_END_CONNECT:
    case KUBE_END_PROXY:
        kube_error_set(e, ERR_UNREACHABLE, KUBE_FATE_TRANSIENT, KUBE_WHY_NONE,
                       r->end != KUBE_END_PROXY  ? NULL
                       : strstr(r->text, " 407") ? "the proxy wants a login: check proxy-url"
                                                 : "check proxy-url in the kubeconfig, or "
                                                   "HTTPS_PROXY and NO_PROXY",
                       "%s%s", r->end == KUBE_END_PROXY ? "proxy: " : "", r->text);
        return;
    case KUBE_END_PROTOCOL:
    case KUBE_END_INTERNAL:
        kube_error_set(e, r->end == KUBE_END_PROTOCOL ? ERR_PROTOCOL : ERR_INTERNAL,
                       call->writes && r->sent ? KUBE_FATE_UNKNOWN : KUBE_FATE_PERMANENT,
                       KUBE_WHY_NONE, NULL, "%s", r->text);
        return;
    default:
        break;
    }
    if (call->writes && r->sent)
        kube_error_set(e, ERR_UNKNOWN_OUTCOME, KUBE_FATE_UNKNOWN, KUBE_WHY_NONE, "read it back",
                       "the connection ended before the answer; it may have been done (%s)",
                       r->text);
    else
        kube_error_set(e, r->end == KUBE_END_TIMEOUT ? ERR_TIMEOUT : ERR_UNREACHABLE,
                       KUBE_FATE_TRANSIENT, KUBE_WHY_NONE, NULL, "the connection ended: %s",
                       r->text);
}

static void classify_stop(struct kube_call *call)
{
    int code = call->stop_code ? call->stop_code : ERR_LIMIT;
    kube_error_set(&call->error, code, call->writes ? KUBE_FATE_UNKNOWN : KUBE_FATE_PERMANENT,
                   KUBE_WHY_NONE, NULL,
                   code == ERR_LIMIT ? "the answer is larger than %zu bytes"
                                     : "the answer was not wanted any more",
                   call->body.max);
}

static void answered(struct kube_call *call)
{
    struct kube_cluster *c = call->cluster;
    static const struct kube_call_head nothing;
    const struct kube_call_head *head = call->head ? call->head : &nothing;
    if (call->status == 304) {
        kube_error_clear(&call->error);
    } else {
        const struct kube_answer a = {
            .method = call->r.method,
            .status = call->status,
            .content_type = head->content_type,
            .retry_after = head->retry_after[0] ? head->retry_after : NULL,
            .audit_id = head->audit_id,
            .wall_ms = clock_wall_ms(c->kube->o.clock),
            .body = buf_str(&call->body),
            .len = call->body.len,
            .is_collection = call->r.is_collection,
        };
        kube_error_from_answer(&call->error, &a);
    }
    if (call->error.code == ERR_AUTH) {
        if (c->credentials && !call->refreshed &&
            kube_credentials_rejected(c->credentials, call->credential)) {
            call->refreshed = true;
            c->stats.retries++;
            kube_call_enqueue(call, true);
            kube_cluster_pump_soon(c);
            return;
        }
        kube_cluster_failed(c, KUBE_STATE_REFUSED, &call->error);
        tell(call);
        return;
    }
    kube_cluster_answered(c);
    if (call->error.code == ERR_THROTTLED) {
        c->stats.throttled++;
        kube_window_throttled(&c->window, call->error.retry_after_ms, now_of(call));
    } else if (!call->error.code && !call->r.on_chunk) {
        kube_window_answered(&c->window, c->stats.in_flight + 1, now_of(call) - call->try_begun_ms,
                             now_of(call));
    }
    if (call->error.code)
        retry_or_tell(call, false);
    else
        tell(call);
}

static void on_done(void *ctx, const struct kube_transfer_result *r)
{
    struct kube_call *call = ctx;
    struct kube_cluster *c = call->cluster;
    call->transfer = NULL;
    /* Bodies were counted as they came. */
    kube_cluster_count(c, 0, 0, r->bytes_out);
    if (kube_call_counts(call)) {
        c->stats.in_flight--;
        kube_cluster_pump_soon(c);
    }
    call->state = CALL_RESTING;
    if (r->end == KUBE_END_DONE || (r->end == KUBE_END_STOPPED && call->body_cut)) {
        answered(call);
        return;
    }
    if (r->end == KUBE_END_STOPPED) {
        classify_stop(call);
        kube_cluster_answered(c);
        tell(call);
        return;
    }
    classify_end(call, r);
    bool dead = r->end == KUBE_END_NAME || r->end == KUBE_END_CONNECT || r->end == KUBE_END_PROXY ||
                r->end == KUBE_END_TLS;
    if (dead || call->is_probe)
        kube_cluster_failed(c, KUBE_STATE_DOWN, &call->error);
    if (dead && call->r.wait && !call->is_probe) {
        kube_call_enqueue(call, false); /* until the cluster is back or time is over */
        return;
    }
    if (dead)
        tell(call);
    else
        retry_or_tell(call, !r->sent && r->end == KUBE_END_BROKEN);
}

static const struct kube_transfer_events events = {on_head, on_header, on_bytes, on_done};

bool kube_call_try(struct kube_call *call)
{
    struct kube_cluster *c = call->cluster;
    struct kube_transport *t = c->kube->transport;
    struct kube_credential cred = {0};
    if (kube_cluster_credential(c, &cred) != KUBE_CRED_READY)
        return false;
    kube_call_dequeue(call);
    forget_try(call);
    struct kube_transfer_header *h = mem_calloc(4 + cred.headers_len, sizeof(*h));
    size_t n = 0;
    h[n++] = (struct kube_transfer_header){"Accept", call->r.accept};
    if (call->r.content_type && call->r.body_len)
        h[n++] = (struct kube_transfer_header){"Content-Type", call->r.content_type};
    if (call->r.if_none_match)
        h[n++] = (struct kube_transfer_header){"If-None-Match", call->r.if_none_match};
    if (cred.authorization)
        h[n++] = (struct kube_transfer_header){"Authorization", cred.authorization};
    for (size_t i = 0; i < cred.headers_len; i++)
        h[n++] = (struct kube_transfer_header){cred.headers[i].name, cred.headers[i].value};
    const struct kube_transfer_spec spec = {
        .method = call->r.method,
        .path = call->r.path,
        .query = call->r.query,
        .headers = h,
        .headers_len = n,
        .body = call->r.body,
        .body_len = call->r.body_len,
        .lane = call->r.lane,
    };
    call->credential = cred.generation;
    call->tries++;
    call->try_begun_ms = now_of(call);
    call->state = CALL_FLYING;
    if (kube_call_counts(call))
        c->stats.in_flight++;
    kube_cluster_count(c, 1, 0, 0);
    call->transfer = t->start(t, c->route, &spec, &events, call);
    mem_free(h);
    return true;
}
