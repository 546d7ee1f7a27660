// SPDX-License-Identifier: Apache-2.0
/*
 * What libcurl is told about one transfer: TLS, the request, the URL and the way there.
 *
 * A server name other than the host goes into the URL, where libcurl takes SNI and the name to
 * verify from, while CURLOPT_CONNECT_TO and a Host header lead to the real host.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "kube/http_int.h"

#include <string.h>
#include <strings.h>

enum {
    /* The least that libcurl takes: each watch keeps its own for ever, and once a list went through
     * it all of it is resident. What HTTP/2 has read beyond it is fetched by exhaust of http.c. */
    WATCH_BUFFER = 1024,
    URL_MAX = 64 * 1024,
};

#define SET(option, value)                                                                         \
    do {                                                                                           \
        if (curl_easy_setopt(x->easy, option, value) != CURLE_OK)                                  \
            return #option;                                                                        \
    } while (0)

const char *kube_http_set_tls(struct kube_transfer *x)
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
        SET(CURLOPT_PROXY_CAINFO_BLOB, &ca);
        SET(CURLOPT_PROXY_CAINFO, NULL);
        SET(CURLOPT_PROXY_CAPATH, NULL);
    }
    /* A proxy that speaks TLS itself is verified like the server, as client-go does it. */
    SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_PROXY_SSL_VERIFYPEER, r->insecure ? 0L : 1L);
    SET(CURLOPT_PROXY_SSL_VERIFYHOST, r->insecure ? 0L : 2L);
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

const char *kube_http_set_general(struct kube_transfer *x, const struct kube_transfer_spec *s)
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

void kube_http_add_header(struct kube_transfer *x, const char *name, const char *value)
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

const char *kube_http_set_url(struct kube_transfer *x, const struct kube_transfer_spec *s)
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
        kube_http_add_header(x, "Host", real);
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
