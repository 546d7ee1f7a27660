// SPDX-License-Identifier: Apache-2.0
/*
 * The transport over libcurl, on the loop through curl_multi_socket_action.
 *
 * Two multi handles, one a lane: each has a connection cache of its own, and that is what keeps
 * watches and requests on connections of their own. Inside a lane libcurl multiplexes over HTTP/2
 * and, told to wait for a connection that is being made, opens no second one. A connection serves
 * only transfers with the same host, server name, proxy and certificates, since libcurl compares
 * them all; a connection that has gone silent is left behind through its age (see not_before_ms),
 * and is cut where streams on it would keep it in use (http_cut).
 *
 * libcurl must not be called from its own callbacks: what callers start or cancel there is put off
 * until it has returned (in_curl, deferred).
 */
#include "kube/http.h"
#include "base/mem.h"
#include "kube/http_int.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
    MAX_STREAMS = 100,         /* what kube-apiserver allows */
    MAX_PLAIN_CONNECTIONS = 8, /* HTTP/1.1 requests side by side, a server */
    MAX_IDLE = 20000,
    EXHAUST_TURNS = 4096,
};

/* ---- life ---- */

static void begin(struct kube_transfer *x);

static void transfer_free(struct kube_transfer *x)
{
    struct kube_transfer *next = kube_gate_leave(x, false);
    if (next && !x->http->closing)
        begin(next);
    if (x->added)
        curl_multi_remove_handle(x->lane->multi, x->easy);
    curl_easy_cleanup(x->easy);
    curl_slist_free_all(x->headers);
    curl_slist_free_all(x->resolve);
    curl_slist_free_all(x->connect_to);
    kube_resolve_cancel(x->http->o.resolver, x->lookup);
    loop_cancel_timer(x->http->o.loop, x->soon);
    kube_route_unref(x->route);
    mem_free(x->name);
    mem_free(x->port);
    if (x->prev)
        x->prev->next = x->next;
    else
        x->http->all = x->next;
    if (x->next)
        x->next->prev = x->prev;
    mem_free(x);
}

static void on_soon(void *ctx)
{
    struct kube_transfer *x = ctx;
    x->soon = NULL;
    const struct kube_transfer_result r = {
        .end = x->soon_end, .tls_fault = x->soon_fault, .text = x->text};
    struct kube_transfer_events events = x->events;
    void *caller = x->ctx;
    events.done(caller, &r);
    /* done may have cancelled others, never this one: the contract says that it is gone. */
    transfer_free(x);
}

static void end_soon(struct kube_transfer *x, enum kube_end end, const char *text)
{
    x->soon_end = end;
    x->soon_fault = KUBE_TLS_BAD_MATERIAL;
    snprintf(x->text, sizeof(x->text), "%s", text);
    x->soon = loop_after(x->http->o.loop, 0, on_soon, x);
}

static void defer(struct kube_transfer *x)
{
    if (x->is_deferred)
        return;
    x->is_deferred = true;
    x->next_deferred = x->http->deferred;
    x->http->deferred = x;
}

static void add(struct kube_transfer *x)
{
    CURLMcode code = curl_multi_add_handle(x->lane->multi, x->easy);
    if (code != CURLM_OK)
        end_soon(x, KUBE_END_INTERNAL, curl_multi_strerror(code));
    else
        x->added = true;
}

static void run_deferred(struct http *h)
{
    while (h->deferred && !h->in_curl) {
        struct kube_transfer *x = h->deferred;
        h->deferred = x->next_deferred;
        x->is_deferred = false;
        if (x->cancelled)
            transfer_free(x);
        else
            add(x);
    }
}

/* ---- the end of a transfer ---- */

/* What waited for a connection that could not be made. */
static void fail_waiting(struct kube_transfer *w, const struct kube_transfer_result *r)
{
    for (struct kube_transfer *next; w; w = next) {
        next = w->next_waiting;
        if (w->cancelled)
            continue;
        end_soon(w, r->end, r->text);
        w->soon_fault = r->tls_fault;
    }
}

static void finish(struct kube_transfer *x, CURLcode code)
{
    struct kube_transfer_result r;
    kube_http_end(x, code, &r);
    if ((r.end == KUBE_END_CONNECT || r.end == KUBE_END_PROXY) && x->name)
        kube_resolve_forget(x->http->o.resolver, x->name); /* it may have moved */
    curl_multi_remove_handle(x->lane->multi, x->easy);
    x->added = false;
    if (!x->cancelled)
        fail_waiting(kube_gate_leave(x, code != CURLE_OK), &r);
    if (!x->cancelled)
        x->events.done(x->ctx, &r);
    transfer_free(x);
}

static void drain(struct lane *lane)
{
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(lane->multi, &left))) {
        if (m->msg != CURLMSG_DONE)
            continue;
        struct kube_transfer *x = NULL;
        CURLcode code = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&x);
        if (!x->is_deferred) /* otherwise it was cancelled and goes with the deferred ones */
            finish(x, code);
    }
}

/* libcurl 7.88 leaves bytes of HTTP/2 lying that it has read and that are more than one stream's
 * buffer takes: it goes on with them when the socket is readable again, which on a watch may be
 * never. So a socket that brought something is acted on until it brings nothing. */
static void exhaust(struct lane *lane)
{
    int running;
    for (int turns = 0; lane->brought.len && turns < EXHAUST_TURNS; turns++) {
        int fd = lane->brought.items[--lane->brought.len];
        curl_multi_socket_action(lane->multi, fd, CURL_CSELECT_IN, &running);
    }
    lane->brought.len = 0;
}

static void act(struct lane *lane, curl_socket_t fd, int mask)
{
    int running;
    lane->http->in_curl++;
    curl_multi_socket_action(lane->multi, fd, mask, &running);
    exhaust(lane);
    lane->http->in_curl--;
    if (lane->http->in_curl)
        return;
    run_deferred(lane->http);
    drain(lane);
}

/* ---- what libcurl calls ---- */

static void on_fd(void *ctx, int fd, unsigned events)
{
    int mask = (events & LOOP_READ ? CURL_CSELECT_IN : 0) |
               (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0) |
               (events & LOOP_HANGUP ? CURL_CSELECT_ERR : 0);
    act(ctx, fd, mask);
}

static void socket_free(struct http *h, struct http_socket *s)
{
    if (s->prev)
        s->prev->next = s->next;
    else
        h->sockets = s->next;
    if (s->next)
        s->next->prev = s->prev;
    kube_route_unref(s->route);
    mem_free(s);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
    struct lane *lane = ctx;
    struct http *h = lane->http;
    struct http_socket *s = socket_ctx;
    if (what == CURL_POLL_REMOVE) {
        if (s)
            socket_free(h, s);
        loop_unwatch_fd(h->o.loop, fd);
        return 0;
    }
    struct kube_transfer *x = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&x);
    if (!s && x) {
        s = mem_new(struct http_socket);
        *s = (struct http_socket){fd, lane, kube_route_ref(x->route), NULL, h->sockets};
        if (h->sockets)
            h->sockets->prev = s;
        h->sockets = s;
        curl_multi_assign(lane->multi, fd, s);
    }
    if (x)
        x->route->gates[lane - h->lanes].fd = fd;
    loop_watch_fd(h->o.loop, fd,
                  (what & CURL_POLL_IN ? (unsigned)LOOP_READ : 0) |
                      (what & CURL_POLL_OUT ? (unsigned)LOOP_WRITE : 0),
                  on_fd, lane);
    return 0;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_way(const struct kube_route *a, const struct kube_route *b)
{
    return a == b ||
           (same_text(a->server, b->server) && same_text(a->tls_server_name, b->tls_server_name) &&
            same_text(a->proxy, b->proxy) && same_text(a->cert_pem, b->cert_pem));
}

/* libcurl asks nobody whether a connection with streams on it may take one more, and has no call to
 * close one: the socket is shut below it, which it reads as the server's doing. */
static void http_cut(struct kube_transport *t, const struct kube_route *route, enum kube_lane lane)
{
    struct http *h = (struct http *)t;
    for (struct http_socket *s = h->sockets; s; s = s->next)
        if (s->lane == &h->lanes[lane] && same_way(s->route, route))
            shutdown(s->fd, SHUT_RDWR);
}

static void on_timer(void *ctx)
{
    struct lane *lane = ctx;
    lane->timer = NULL;
    act(lane, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timeout(CURLM *multi, long timeout_ms, void *ctx)
{
    struct lane *lane = ctx;
    loop_cancel_timer(lane->http->o.loop, lane->timer);
    lane->timer =
        timeout_ms < 0 ? NULL : loop_after(lane->http->o.loop, timeout_ms, on_timer, lane);
    return 0;
}

/* When the server's certificate ends. */
static int64_t certificate_end(CURL *easy)
{
    struct curl_tlssessioninfo *info = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK || !info ||
        info->backend != CURLSSLBACKEND_OPENSSL || !info->internals)
        return 0;
    X509 *leaf = SSL_get0_peer_certificate(info->internals);
    struct tm tm;
    if (!leaf || !ASN1_TIME_to_tm(X509_get0_notAfter(leaf), &tm))
        return 0;
    return (int64_t)timegm(&tm) * 1000;
}

static size_t on_header(char *line, size_t size, size_t n, void *ctx)
{
    struct kube_transfer *x = ctx;
    size_t len = size * n;
    if (x->cancelled)
        return 0;
    if (x->body_begun)
        return len; /* trailers */
    if (len > 5 && memcmp(line, "HTTP/", 5) == 0) {
        long status = 0;
        curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
        x->http_version = line[5] == '2' ? 20 : len > 7 && line[7] == '0' ? 10 : 11;
        if (!x->cert_not_after_ms)
            x->cert_not_after_ms = certificate_end(x->easy);
        long connects = 0;
        curl_easy_getinfo(x->easy, CURLINFO_NUM_CONNECTS, &connects);
        const struct kube_transfer_head head = {(int)status, x->http_version, (unsigned)connects,
                                                x->cert_not_after_ms};
        if (status >= 200)
            x->events.head(x->ctx, &head);
        return x->cancelled ? 0 : len;
    }
    const char *colon = memchr(line, ':', len);
    if (!colon || !x->events.header)
        return len;
    const char *value = colon + 1, *end = line + len;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
        end--;
    x->events.header(x->ctx, line, (size_t)(colon - line), value, (size_t)(end - value));
    return x->cancelled ? 0 : len;
}

static void brought(struct kube_transfer *x)
{
    struct lane *lane = x->lane;
    int fd = x->route->gates[lane - x->http->lanes].fd;
    if (x->http_version < 20 || !fd)
        return;
    for (size_t i = 0; i < lane->brought.len; i++)
        if (lane->brought.items[i] == fd)
            return;
    vec_push(&lane->brought, fd);
}

static size_t on_bytes(char *bytes, size_t size, size_t n, void *ctx)
{
    struct kube_transfer *x = ctx;
    size_t len = size * n;
    x->body_begun = true;
    brought(x);
    if (x->cancelled || x->stopped)
        return CURL_WRITEFUNC_ERROR;
    if (x->events.bytes && !x->events.bytes(x->ctx, bytes, len)) {
        x->stopped = true;
        return CURL_WRITEFUNC_ERROR;
    }
    return x->cancelled ? CURL_WRITEFUNC_ERROR : len;
}

static void begin(struct kube_transfer *x)
{
    if (x->http->in_curl)
        defer(x);
    else
        add(x);
}

static void enter(struct kube_transfer *x)
{
    if (kube_gate_enter(x))
        begin(x);
}

/* The connection is made, or was there; the request is about to be sent. */
static int on_connected(void *ctx, char *ip, char *own_ip, int port, int own_port)
{
    (void)ip;
    (void)own_ip;
    (void)port;
    (void)own_port;
    for (struct kube_transfer *w = kube_gate_open(ctx), *next; w; w = next) {
        next = w->next_waiting;
        begin(w);
    }
    return CURL_PREREQFUNC_OK;
}

static void use_addresses(struct kube_transfer *x, const char *addresses)
{
    char *entry = mem_printf("%s:%s:%s", x->name, x->port, addresses);
    x->resolve = curl_slist_append(NULL, entry);
    mem_free(entry);
    if (curl_easy_setopt(x->easy, CURLOPT_RESOLVE, x->resolve) != CURLE_OK)
        end_soon(x, KUBE_END_INTERNAL, "addresses cannot be set");
    else
        enter(x);
}

static void on_addresses(void *ctx, const char *addresses, const char *text)
{
    struct kube_transfer *x = ctx;
    x->lookup = NULL;
    if (addresses) {
        use_addresses(x, addresses);
        return;
    }
    char said[CURL_ERROR_SIZE];
    snprintf(said, sizeof(said), "%s: %s", x->name, text);
    end_soon(x, x->route->proxy ? KUBE_END_PROXY : KUBE_END_NAME, said);
}

static struct kube_transfer *http_start(struct kube_transport *t, struct kube_route *route,
                                        const struct kube_transfer_spec *s,
                                        const struct kube_transfer_events *events, void *ctx)
{
    struct http *h = (struct http *)t;
    struct kube_transfer *x = mem_new(struct kube_transfer);
    x->http = h;
    x->lane = &h->lanes[s->lane];
    x->route = kube_route_ref(route);
    x->events = *events;
    x->ctx = ctx;
    x->next = h->all;
    if (h->all)
        h->all->prev = x;
    h->all = x;
    x->easy = curl_easy_init();
    const char *fault = x->easy ? NULL : "out of memory";
    if (!fault)
        fault = kube_http_set_general(x, s);
    if (!fault)
        fault = kube_http_set_tls(x);
    if (!fault && (curl_easy_setopt(x->easy, CURLOPT_HEADERFUNCTION, on_header) != CURLE_OK ||
                   curl_easy_setopt(x->easy, CURLOPT_HEADERDATA, x) != CURLE_OK ||
                   curl_easy_setopt(x->easy, CURLOPT_PREREQFUNCTION, on_connected) != CURLE_OK ||
                   curl_easy_setopt(x->easy, CURLOPT_PREREQDATA, x) != CURLE_OK ||
                   curl_easy_setopt(x->easy, CURLOPT_WRITEFUNCTION, on_bytes) != CURLE_OK ||
                   curl_easy_setopt(x->easy, CURLOPT_WRITEDATA, x) != CURLE_OK))
        fault = "out of memory";
    if (fault) {
        end_soon(x, KUBE_END_INTERNAL, fault);
        return x;
    }
    kube_http_add_header(x, "Expect", "");
    if (!s->body_len)
        kube_http_add_header(x, "Content-Type", "");
    for (size_t i = 0; i < s->headers_len; i++)
        kube_http_add_header(x, s->headers[i].name, s->headers[i].value);
    fault = kube_http_set_url(x, s);
    if (!fault && x->bad_header)
        fault = "a header cannot be sent";
    if (fault) {
        end_soon(x, KUBE_END_PROTOCOL, fault);
        return x;
    }
    if (curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers) != CURLE_OK) {
        end_soon(x, KUBE_END_INTERNAL, "headers cannot be set");
        return x;
    }
    const char *addresses = x->name ? kube_resolve_cached(h->o.resolver, x->name) : NULL;
    if (addresses)
        use_addresses(x, addresses);
    else if (x->name)
        x->lookup = kube_resolve(h->o.resolver, x->name, on_addresses, x);
    else
        enter(x);
    return x;
}

static void http_cancel(struct kube_transport *t, struct kube_transfer *x)
{
    struct http *h = (struct http *)t;
    x->cancelled = true;
    if (h->in_curl)
        defer(x);
    else if (!x->is_deferred)
        transfer_free(x);
}

static void http_free(struct kube_transport *t)
{
    struct http *h = (struct http *)t;
    h->closing = true;
    while (h->all)
        transfer_free(h->all);
    for (size_t i = 0; i < KUBE_LANES; i++) {
        if (h->lanes[i].multi)
            curl_multi_cleanup(h->lanes[i].multi);
        loop_cancel_timer(h->o.loop, h->lanes[i].timer);
        vec_clear(&h->lanes[i].brought);
    }
    while (h->sockets)
        socket_free(h, h->sockets);
    mem_free(h->user_agent);
    mem_free(h);
}

struct kube_transport *kube_http_new(const struct kube_http_options *o, struct err *e)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        err_set(e, ERR_INTERNAL, "libcurl cannot be set up");
        return NULL;
    }
    struct http *h = mem_new(struct http);
    h->transport = (struct kube_transport){http_start, http_cancel, http_cut, http_free};
    h->o = *o;
    if (!h->o.connect_deadline_ms)
        h->o.connect_deadline_ms = 10000;
    h->user_agent = mem_strdup(o->user_agent);
    for (size_t i = 0; i < KUBE_LANES; i++) {
        struct lane *lane = &h->lanes[i];
        lane->http = h;
        CURLM *m = lane->multi = curl_multi_init();
        if (!m || curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
            curl_multi_setopt(m, CURLMOPT_SOCKETDATA, lane) != CURLM_OK ||
            curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, on_timeout) != CURLM_OK ||
            curl_multi_setopt(m, CURLMOPT_TIMERDATA, lane) != CURLM_OK ||
            curl_multi_setopt(m, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX) != CURLM_OK ||
            curl_multi_setopt(m, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)MAX_STREAMS) != CURLM_OK ||
            curl_multi_setopt(m, CURLMOPT_MAXCONNECTS, (long)MAX_IDLE) != CURLM_OK ||
            (i == KUBE_LANE_REQUEST &&
             curl_multi_setopt(m, CURLMOPT_MAX_HOST_CONNECTIONS, (long)MAX_PLAIN_CONNECTIONS) !=
                 CURLM_OK)) {
            err_set(e, ERR_INTERNAL, "libcurl cannot be set up");
            http_free(&h->transport);
            return NULL;
        }
    }
    return &h->transport;
}
