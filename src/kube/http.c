// SPDX-License-Identifier: Apache-2.0
/*
 * The transport over libcurl, on the loop through curl_multi_socket_action.
 *
 * Two multi handles, one a lane: each has a connection cache of its own, and that is what keeps
 * watches and requests on connections of their own. Inside a lane libcurl multiplexes over HTTP/2
 * and, told to wait for a connection that is being made, opens no second one. A connection serves
 * only transfers with the same host, server name, proxy and certificates, since libcurl compares
 * them all; a connection that has gone silent is left behind through its age (see not_before_ms).
 *
 * A server name other than the host goes into the URL, where libcurl takes SNI and the name to
 * verify from, while CURLOPT_CONNECT_TO and a Host header lead to the real host.
 *
 * libcurl must not be called from its own callbacks: what callers start or cancel there is put off
 * until it has returned (in_curl, deferred).
 */
#include "kube/http.h"
#include "base/buf.h"
#include "base/mem.h"

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    MAX_STREAMS = 100,         /* what kube-apiserver allows */
    MAX_PLAIN_CONNECTIONS = 8, /* HTTP/1.1 requests side by side, a server */
    MAX_IDLE = 20000,
    /* A smaller one saves 3 KB a watch, but libcurl 7.88 then leaves what HTTP/2 has read beyond it
     * lying until the socket is readable again. */
    WATCH_BUFFER = 16384,
    URL_MAX = 64 * 1024,
};

struct http;

struct lane {
    struct http *http;
    CURLM *multi;
    struct loop_timer *timer;
};

struct http {
    struct kube_transport transport; /* first */
    struct kube_http_options o;
    char *user_agent;
    struct lane lanes[KUBE_LANES];
    unsigned in_curl;
    struct kube_transfer *all;
    struct kube_transfer *deferred;
};

struct kube_transfer {
    struct http *http;
    struct lane *lane;
    struct kube_route *route;
    struct kube_transfer_events events;
    void *ctx;
    CURL *easy;
    struct curl_slist *headers, *resolve, *connect_to;
    char *name, *port; /* to be looked up; NULL: nothing to look up */
    struct kube_lookup *lookup;
    struct loop_timer *soon; /* an end that is known before libcurl was asked */
    enum kube_end soon_end;
    bool added, cancelled, stopped, body_begun, is_deferred, bad_header;
    int http_version;
    int64_t cert_not_after_ms;
    char text[CURL_ERROR_SIZE];
    struct kube_transfer *prev, *next, *next_deferred;
};

/* ---- life ---- */

static void transfer_free(struct kube_transfer *x)
{
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
    struct kube_transfer_result r = {.end = x->soon_end, .text = x->text};
    r.tls_fault = KUBE_TLS_BAD_MATERIAL;
    struct kube_transfer_events events = x->events;
    void *caller = x->ctx;
    events.done(caller, &r);
    /* done may have cancelled others, never this one: the contract says that it is gone. */
    transfer_free(x);
}

static void end_soon(struct kube_transfer *x, enum kube_end end, const char *text)
{
    x->soon_end = end;
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

static bool says(const struct kube_transfer *x, const char *part)
{
    return strstr(x->text, part) != NULL;
}

static enum kube_end end_of(const struct kube_transfer *x, CURLcode code, bool reached,
                            long connect_code)
{
    switch (code) {
    case CURLE_OK:
        return KUBE_END_DONE;
    case CURLE_COULDNT_RESOLVE_HOST:
        return KUBE_END_NAME;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
        return KUBE_END_PROXY;
    case CURLE_COULDNT_CONNECT:
        return KUBE_END_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return reached ? KUBE_END_TIMEOUT : KUBE_END_CONNECT;
    case CURLE_SSL_CONNECT_ERROR:
        if (says(x, "Connection reset") || says(x, "SSL_ERROR_SYSCALL"))
            return KUBE_END_CONNECT;
        return KUBE_END_TLS;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return KUBE_END_TLS;
    case CURLE_WRITE_ERROR:
    case CURLE_ABORTED_BY_CALLBACK:
        return x->stopped ? KUBE_END_STOPPED : KUBE_END_BROKEN;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        if (connect_code && connect_code != 200)
            return KUBE_END_PROXY;
        return KUBE_END_BROKEN;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return KUBE_END_BROKEN;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        return KUBE_END_PROTOCOL;
    default:
        return reached ? KUBE_END_BROKEN : KUBE_END_INTERNAL;
    }
}

static enum kube_tls_fault tls_fault(const struct kube_transfer *x, CURLcode code)
{
    long verify = 0;
    curl_easy_getinfo(x->easy, CURLINFO_SSL_VERIFYRESULT, &verify);
    if (code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE)
        return KUBE_TLS_BAD_MATERIAL;
    if (verify == X509_V_ERR_CERT_HAS_EXPIRED || verify == X509_V_ERR_CERT_NOT_YET_VALID)
        return KUBE_TLS_EXPIRED;
    if (code != CURLE_PEER_FAILED_VERIFICATION)
        return KUBE_TLS_OTHER;
    /* libcurl compares names itself, after OpenSSL was content with the chain. */
    return says(x, "subject name") ? KUBE_TLS_WRONG_NAME : KUBE_TLS_UNTRUSTED;
}

static void finish(struct kube_transfer *x, CURLcode code)
{
    long connect_code = 0, header_bytes = 0, request_bytes = 0;
    curl_off_t pretransfer = 0, up = 0, down = 0;
    curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &connect_code);
    curl_easy_getinfo(x->easy, CURLINFO_HEADER_SIZE, &header_bytes);
    curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
    curl_easy_getinfo(x->easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
    curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &up);
    curl_easy_getinfo(x->easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
    struct kube_transfer_result r = {
        .end = end_of(x, code, pretransfer > 0, connect_code),
        .tls_fault = tls_fault(x, code),
        .reached = pretransfer > 0,
        .sent = pretransfer > 0 || request_bytes > 0,
        .bytes_in = (uint64_t)header_bytes + (uint64_t)down,
        .bytes_out = (uint64_t)request_bytes + (uint64_t)up,
    };
    if (connect_code && connect_code != 200)
        r.sent = false;
    if (code != CURLE_OK && !x->text[0])
        snprintf(x->text, sizeof(x->text), "%s", curl_easy_strerror(code));
    r.text = code == CURLE_OK ? "" : x->text;
    if (r.end == KUBE_END_CONNECT && x->name)
        kube_resolve_forget(x->http->o.resolver, x->name); /* it may have moved */
    curl_multi_remove_handle(x->lane->multi, x->easy);
    x->added = false;
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

static void act(struct lane *lane, curl_socket_t fd, int mask)
{
    int running;
    lane->http->in_curl++;
    curl_multi_socket_action(lane->multi, fd, mask, &running);
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

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
    struct lane *lane = ctx;
    if (what == CURL_POLL_REMOVE)
        loop_unwatch_fd(lane->http->o.loop, fd);
    else
        loop_watch_fd(lane->http->o.loop, fd,
                      (what & CURL_POLL_IN ? (unsigned)LOOP_READ : 0) |
                          (what & CURL_POLL_OUT ? (unsigned)LOOP_WRITE : 0),
                      on_fd, lane);
    return 0;
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

static size_t on_bytes(char *bytes, size_t size, size_t n, void *ctx)
{
    struct kube_transfer *x = ctx;
    size_t len = size * n;
    x->body_begun = true;
    if (x->cancelled || x->stopped)
        return CURL_WRITEFUNC_ERROR;
    if (x->events.bytes && !x->events.bytes(x->ctx, bytes, len)) {
        x->stopped = true;
        return CURL_WRITEFUNC_ERROR;
    }
    return x->cancelled ? CURL_WRITEFUNC_ERROR : len;
}

/* ---- setting up ---- */

#define SET(option, value)                                                                         \
    do {                                                                                           \
        if (curl_easy_setopt(x->easy, option, value) != CURLE_OK)                                  \
            return #option;                                                                        \
    } while (0)

static const char *set_tls(struct kube_transfer *x)
{
    const struct kube_route *r = x->route;
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    SET(CURLOPT_SSL_VERIFYPEER, r->insecure ? 0L : 1L);
    SET(CURLOPT_SSL_VERIFYHOST, r->insecure ? 0L : 2L);
    if (r->ca_pem) {
        struct curl_blob ca = {r->ca_pem, r->ca_len, CURL_BLOB_NOCOPY};
        SET(CURLOPT_CAINFO_BLOB, &ca);
        /* Or libcurl would trust the system's authorities beside it. */
        SET(CURLOPT_CAINFO, NULL);
        SET(CURLOPT_CAPATH, NULL);
    }
    if (r->cert_pem && r->key_pem) {
        struct curl_blob cert = {r->cert_pem, r->cert_len, CURL_BLOB_NOCOPY};
        struct curl_blob key = {r->key_pem, r->key_len, CURL_BLOB_NOCOPY};
        SET(CURLOPT_SSLCERT_BLOB, &cert);
        SET(CURLOPT_SSLCERTTYPE, "PEM");
        SET(CURLOPT_SSLKEY_BLOB, &key);
        SET(CURLOPT_SSLKEYTYPE, "PEM");
    }
    return NULL;
}

static const char *set_general(struct kube_transfer *x, const struct kube_transfer_spec *s)
{
    struct http *h = x->http;
    int64_t now = clock_boot_ms(h->o.clock);
    int64_t oldest = x->route->not_before_ms[s->lane];
    SET(CURLOPT_PRIVATE, (void *)x);
    SET(CURLOPT_ERRORBUFFER, x->text);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    SET(CURLOPT_PIPEWAIT, 1L);
    SET(CURLOPT_USERAGENT, h->user_agent);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_TCP_KEEPIDLE, 30L);
    SET(CURLOPT_TCP_KEEPINTVL, 15L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)h->o.connect_deadline_ms);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, (void *)x);
    SET(CURLOPT_WRITEFUNCTION, on_bytes);
    SET(CURLOPT_WRITEDATA, (void *)x);
    if (s->lane == KUBE_LANE_WATCH)
        SET(CURLOPT_BUFFERSIZE, (long)WATCH_BUFFER);
    else if (!x->route->disable_compression)
        SET(CURLOPT_ACCEPT_ENCODING, "gzip");
    if (oldest) {
        /* In seconds; nothing that is older than the moment asked for is used again. */
        int64_t age = (now - oldest) / 1000;
        SET(CURLOPT_MAXLIFETIME_CONN, (long)(age < 1 ? 1 : age));
    }
    if (strcmp(s->method, "GET") == 0) {
        SET(CURLOPT_HTTPGET, 1L);
    } else {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s->body_len);
        SET(CURLOPT_POSTFIELDS, s->body_len ? s->body : "");
        SET(CURLOPT_CUSTOMREQUEST, s->method);
    }
    return NULL;
}

static void add_header(struct kube_transfer *x, const char *name, const char *value)
{
    /* An empty value takes away what libcurl would send. A request is not sent without a header
     * that it should have. */
    if (value[strcspn(value, "\r\n")]) {
        x->bad_header = true;
        return;
    }
    char *line = mem_printf("%s:%s%s", name, *value ? " " : "", value);
    struct curl_slist *l = curl_slist_append(x->headers, line);
    if (l)
        x->headers = l;
    else
        x->bad_header = true;
    mem_free(line);
}

/* Takes host and port out of a URL; all strings are curl_free'd by the caller. */
static bool take_apart(const char *url, char **host, char **port)
{
    *host = *port = NULL;
    CURLU *u = curl_url();
    bool ok = u && curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_HOST, host, 0) == CURLUE_OK;
    if (ok && curl_url_get(u, CURLUPART_PORT, port, CURLU_DEFAULT_PORT) != CURLUE_OK)
        *port = NULL; /* a scheme without one: proxies have 1080 */
    curl_url_cleanup(u);
    return ok;
}

static bool plain_name(const char *s)
{
    return *s && !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")];
}

static const char *set_url(struct kube_transfer *x, const struct kube_transfer_spec *s)
{
    const char *fault = NULL;
    const struct kube_route *r = x->route;
    char *host = NULL, *port = NULL;
    struct buf url;
    buf_init(&url, URL_MAX);
    if (!r->server || !take_apart(r->server, &host, &port) || !port) {
        fault = "the server's address is not a URL";
        goto out;
    }
    if (r->tls_server_name && r->tls_server_name[0] && strcmp(r->tls_server_name, host) != 0) {
        if (!plain_name(r->tls_server_name)) {
            fault = "tls-server-name is not a host name";
            goto out;
        }
        const char *rest = strstr(r->server, "://");
        rest = rest ? strchr(rest + 3, '/') : NULL;
        buf_printf(&url, "https://%s:%s%s", r->tls_server_name, port, rest ? rest : "");
        char *to = mem_printf("::%s:%s", host, port);
        x->connect_to = curl_slist_append(NULL, to);
        mem_free(to);
        char *real = mem_printf("%s:%s", host, port);
        add_header(x, "Host", real);
        mem_free(real);
    } else {
        buf_puts(&url, r->server);
    }
    buf_puts(&url, s->path);
    if (s->query && *s->query) {
        buf_putc(&url, '?');
        buf_puts(&url, s->query);
    }
    if (url.over) {
        fault = "the URL is too long";
        goto out;
    }
    if (curl_easy_setopt(x->easy, CURLOPT_URL, buf_str(&url)) != CURLE_OK ||
        curl_easy_setopt(x->easy, CURLOPT_CONNECT_TO, x->connect_to) != CURLE_OK) {
        fault = "the URL cannot be used";
        goto out;
    }
    if (r->proxy) {
        /* client-go has the proxy resolve names: with libcurl that is socks5h. */
        char *p = strncasecmp(r->proxy, "socks5://", 9) == 0
                      ? mem_printf("socks5h://%s", r->proxy + 9)
                      : mem_strdup(r->proxy);
        curl_free(host);
        curl_free(port);
        if (!take_apart(p, &host, &port) || curl_easy_setopt(x->easy, CURLOPT_PROXY, p) != CURLE_OK)
            fault = "the proxy's address is not a URL";
        mem_wipe(p, strlen(p));
        mem_free(p);
        if (!fault && !port)
            port = curl_easy_escape(x->easy, "1080", 4);
    } else if (curl_easy_setopt(x->easy, CURLOPT_PROXY, "") != CURLE_OK) {
        fault = "the proxy cannot be set";
    }
    if (!fault && curl_easy_setopt(x->easy, CURLOPT_NOPROXY, "") != CURLE_OK)
        fault = "the proxy cannot be set";
    if (!fault && !kube_is_literal_address(host)) {
        x->name = mem_strdup(host);
        x->port = mem_strdup(port);
    }
out:
    curl_free(host);
    curl_free(port);
    buf_clear(&url);
    return fault;
}

static void begin(struct kube_transfer *x)
{
    if (x->http->in_curl)
        defer(x);
    else
        add(x);
}

static void use_addresses(struct kube_transfer *x, const char *addresses)
{
    char *entry = mem_printf("%s:%s:%s", x->name, x->port, addresses);
    x->resolve = curl_slist_append(NULL, entry);
    mem_free(entry);
    if (curl_easy_setopt(x->easy, CURLOPT_RESOLVE, x->resolve) != CURLE_OK)
        end_soon(x, KUBE_END_INTERNAL, "addresses cannot be set");
    else
        begin(x);
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
        fault = set_general(x, s);
    if (!fault)
        fault = set_tls(x);
    if (fault) {
        end_soon(x, KUBE_END_INTERNAL, fault);
        return x;
    }
    add_header(x, "Expect", "");
    if (!s->body_len)
        add_header(x, "Content-Type", "");
    for (size_t i = 0; i < s->headers_len; i++)
        add_header(x, s->headers[i].name, s->headers[i].value);
    fault = set_url(x, s);
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
        begin(x);
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
    while (h->all)
        transfer_free(h->all);
    for (size_t i = 0; i < KUBE_LANES; i++) {
        if (h->lanes[i].multi)
            curl_multi_cleanup(h->lanes[i].multi);
        loop_cancel_timer(h->o.loop, h->lanes[i].timer);
    }
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
    h->transport = (struct kube_transport){http_start, http_cancel, http_free};
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
