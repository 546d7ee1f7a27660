// SPDX-License-Identifier: Apache-2.0
#include "server.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEERS_MAX = 1024, HEAD_MAX = 16384 };

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "hostile server: %s\n", #what);                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

struct hostile {
    hostile_fn *fn;
    void *ctx;
    int listen_fd, stop_fd, door_fd;
    unsigned port;
    char *ca_pem;
    SSL_CTX *contexts[HOSTILE_IDENTITIES];
    pthread_t acceptor;
    struct peer *peers[PEERS_MAX]; /* the acceptor's until it is joined */
    size_t peers_len;
    atomic_uint connections, requests, gone;
    atomic_ullong written;
};

struct peer {
    struct hostile *server;
    pthread_t thread;
    unsigned number;
    int fd;
    SSL *ssl;
};

/* ---- identities ---- */

static X509 *certificate(EVP_PKEY *key, const char *name, const char *alt, X509 *issuer,
                         EVP_PKEY *issuer_key, int from_days, int to_days)
{
    static atomic_long serial = 1;
    X509 *x = X509_new();
    MUST(x && X509_set_version(x, 2));
    long number = atomic_fetch_add(&serial, 1);
    char subject[64]; /* distinct, or OpenSSL takes one authority for another */
    snprintf(subject, sizeof(subject), "%s %ld", name, number);
    ASN1_INTEGER_set(X509_get_serialNumber(x), number);
    X509_gmtime_adj(X509_getm_notBefore(x), (long)from_days * 86400);
    X509_gmtime_adj(X509_getm_notAfter(x), (long)to_days * 86400);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               (const unsigned char *)subject, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(issuer ? issuer : x));
    MUST(X509_set_pubkey(x, key));
    X509V3_CTX v3;
    X509V3_set_ctx(&v3, issuer ? issuer : x, x, NULL, NULL, 0);
    const struct {
        int nid;
        const char *value;
    } extensions[] = {
        {NID_basic_constraints, issuer ? "critical,CA:FALSE" : "critical,CA:TRUE"},
        {NID_subject_alt_name, alt},
    };
    for (size_t i = 0; i < 2; i++) {
        if (!extensions[i].value)
            continue;
        X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &v3, extensions[i].nid, extensions[i].value);
        MUST(e && X509_add_ext(x, e, -1));
        X509_EXTENSION_free(e);
    }
    MUST(X509_sign(x, issuer ? issuer_key : key, EVP_sha256()));
    return x;
}

static int choose_h2(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                     const unsigned char *in, unsigned in_len, void *ctx)
{
    for (unsigned i = 0; i < in_len; i += 1u + in[i])
        if (SSL_get_app_data(ssl) && in[i] == 2 && memcmp(in + i + 1, "h2", 2) == 0) {
            *out = in + i + 1;
            *out_len = 2;
            return SSL_TLSEXT_ERR_OK;
        }
    return SSL_TLSEXT_ERR_NOACK;
}

static void make_identities(struct hostile *h)
{
    EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *other_key = EVP_EC_gen("P-256");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    MUST(ca_key && other_key && key);
    X509 *ca = certificate(ca_key, "test authority", NULL, NULL, NULL, -2, 30);
    X509 *other = certificate(other_key, "another authority", NULL, NULL, NULL, -2, 30);
    const char *here = "DNS:localhost,IP:127.0.0.1";
    X509 *leaves[HOSTILE_IDENTITIES] = {
        [HOSTILE_GOOD] = certificate(key, "good", here, ca, ca_key, -2, 30),
        [HOSTILE_EXPIRED] = certificate(key, "expired", here, ca, ca_key, -9, -1),
        [HOSTILE_OTHER_NAME] = certificate(key, "other", "DNS:elsewhere.test", ca, ca_key, -2, 30),
        [HOSTILE_OTHER_CA] = certificate(key, "stranger", here, other, other_key, -2, 30),
    };
    for (size_t i = 0; i < HOSTILE_IDENTITIES; i++) {
        SSL_CTX *c = h->contexts[i] = SSL_CTX_new(TLS_server_method());
        MUST(c && SSL_CTX_use_certificate(c, leaves[i]) && SSL_CTX_use_PrivateKey(c, key));
        SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_alpn_select_cb(c, choose_h2, NULL);
        X509_free(leaves[i]);
    }
    BIO *b = BIO_new(BIO_s_mem());
    char *pem;
    MUST(b && PEM_write_bio_X509(b, ca));
    long len = BIO_get_mem_data(b, &pem);
    h->ca_pem = mem_strndup(pem, (size_t)len);
    BIO_free(b);
    X509_free(ca);
    X509_free(other);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(other_key);
    EVP_PKEY_free(key);
}

/* ---- connections ---- */

static void *run_peer(void *ctx)
{
    struct peer *p = ctx;
    p->server->fn(p, p->server->ctx);
    SSL_free(p->ssl);
    p->ssl = NULL;
    close(p->fd);
    atomic_fetch_add(&p->server->gone, 1);
    return NULL;
}

static void *run_acceptor(void *ctx)
{
    struct hostile *h = ctx;
    for (;;) {
        struct pollfd f[2] = {{h->listen_fd, POLLIN, 0}, {h->stop_fd, POLLIN, 0}};
        if (poll(f, 2, -1) < 0 && errno != EINTR)
            break;
        if (f[1].revents)
            break;
        int fd = accept4(h->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
            continue;
        MUST(h->peers_len < PEERS_MAX);
        struct peer *p = mem_new(struct peer);
        p->server = h;
        p->fd = fd;
        p->number = atomic_fetch_add(&h->connections, 1) + 1;
        h->peers[h->peers_len++] = p;
        MUST(pthread_create(&p->thread, NULL, run_peer, p) == 0);
    }
    return NULL;
}

struct hostile *hostile_start(hostile_fn *fn, void *ctx)
{
    struct hostile *h = mem_new(struct hostile);
    h->fn = fn;
    h->ctx = ctx;
    make_identities(h);
    h->stop_fd = eventfd(0, EFD_CLOEXEC);
    h->door_fd = eventfd(0, EFD_CLOEXEC);
    h->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof(a);
    MUST(bind(h->listen_fd, (struct sockaddr *)&a, len) == 0);
    MUST(listen(h->listen_fd, 512) == 0);
    MUST(getsockname(h->listen_fd, (struct sockaddr *)&a, &len) == 0);
    h->port = ntohs(a.sin_port);
    MUST(pthread_create(&h->acceptor, NULL, run_acceptor, h) == 0);
    return h;
}

static void raise_fd(int fd)
{
    uint64_t one = 1;
    MUST(write(fd, &one, sizeof(one)) == sizeof(one));
}

void hostile_stop(struct hostile *h)
{
    if (!h)
        return;
    raise_fd(h->stop_fd);
    pthread_join(h->acceptor, NULL);
    for (size_t i = 0; i < h->peers_len; i++) {
        pthread_join(h->peers[i]->thread, NULL);
        mem_free(h->peers[i]);
    }
    for (size_t i = 0; i < HOSTILE_IDENTITIES; i++)
        SSL_CTX_free(h->contexts[i]);
    close(h->listen_fd);
    close(h->stop_fd);
    close(h->door_fd);
    mem_free(h->ca_pem);
    mem_free(h);
}

unsigned hostile_port(const struct hostile *h)
{
    return h->port;
}

const char *hostile_ca_pem(const struct hostile *h)
{
    return h->ca_pem;
}

unsigned hostile_connections(struct hostile *h)
{
    return atomic_load(&h->connections);
}

unsigned hostile_requests(struct hostile *h)
{
    return atomic_load(&h->requests);
}

unsigned hostile_gone(struct hostile *h)
{
    return atomic_load(&h->gone);
}

uint64_t hostile_written(struct hostile *h)
{
    return atomic_load(&h->written);
}

void hostile_open_door(struct hostile *h)
{
    raise_fd(h->door_fd);
}

/* ---- what scripts do ---- */

unsigned peer_number(const struct peer *p)
{
    return p->number;
}

struct hostile *peer_server(const struct peer *p)
{
    return p->server;
}

void peer_count(struct peer *p)
{
    atomic_fetch_add(&p->server->requests, 1);
}

static bool wait_for(struct peer *p, int fd, short events)
{
    for (;;) {
        struct pollfd f[2] = {{fd, events, 0}, {p->server->stop_fd, POLLIN, 0}};
        int n = poll(f, 2, -1);
        if (n < 0 && errno == EINTR)
            continue;
        return n > 0 && !f[1].revents;
    }
}

/* What an SSL call that did not succeed waits for. */
static bool wait_ssl(struct peer *p, int result)
{
    int why = SSL_get_error(p->ssl, result);
    ERR_clear_error();
    if (why == SSL_ERROR_WANT_READ)
        return wait_for(p, p->fd, POLLIN);
    return why == SSL_ERROR_WANT_WRITE && wait_for(p, p->fd, POLLOUT);
}

bool peer_tls(struct peer *p, enum hostile_identity who, bool h2)
{
    p->ssl = SSL_new(p->server->contexts[who]);
    MUST(p->ssl && SSL_set_fd(p->ssl, p->fd));
    SSL_set_app_data(p->ssl, h2 ? (char *)"h2" : NULL);
    int r;
    while ((r = SSL_accept(p->ssl)) <= 0)
        if (!wait_ssl(p, r))
            return false;
    return true;
}

static bool read_some(struct peer *p, char *out, size_t len, size_t *got)
{
    for (;;) {
        if (p->ssl) {
            int r = SSL_read(p->ssl, out, (int)len);
            if (r > 0) {
                *got = (size_t)r;
                return true;
            }
            if (!wait_ssl(p, r))
                return false;
        } else {
            ssize_t r = read(p->fd, out, len);
            if (r > 0) {
                *got = (size_t)r;
                return true;
            }
            if (r == 0 || (errno != EAGAIN && errno != EINTR) || !wait_for(p, p->fd, POLLIN))
                return false;
        }
    }
}

bool peer_read(struct peer *p, void *out, size_t len)
{
    for (size_t at = 0, got; at < len; at += got)
        if (!read_some(p, (char *)out + at, len - at, &got))
            return false;
    return true;
}

bool peer_write(struct peer *p, const void *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t r;
        if (p->ssl) {
            r = SSL_write(p->ssl, (const char *)bytes + at, (int)(len - at));
            if (r <= 0) {
                if (!wait_ssl(p, (int)r))
                    return false;
                continue;
            }
        } else {
            r = send(p->fd, (const char *)bytes + at, len - at, MSG_NOSIGNAL);
            if (r <= 0) {
                if ((errno != EAGAIN && errno != EINTR) || !wait_for(p, p->fd, POLLOUT))
                    return false;
                continue;
            }
        }
        at += (size_t)r;
        atomic_fetch_add(&p->server->written, (unsigned long long)r);
    }
    return true;
}

bool peer_puts(struct peer *p, const char *s)
{
    return peer_write(p, s, strlen(s));
}

bool peer_printf(struct peer *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char text[4096];
    int n = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    MUST(n >= 0 && (size_t)n < sizeof(text));
    return peer_write(p, text, (size_t)n);
}

static void header_value(const char *head, const char *name, char *out, size_t size)
{
    out[0] = '\0';
    size_t n = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, n) == 0 && line[2 + n] == ':') {
            const char *value = line + 3 + n;
            value += strspn(value, " ");
            snprintf(out, size, "%.*s", (int)strcspn(value, "\r"), value);
            return;
        }
}

bool peer_request(struct peer *p, struct peer_request *r)
{
    char head[HEAD_MAX], length[32], connection[32];
    size_t n = 0;
    while (n < 4 || memcmp(head + n - 4, "\r\n\r\n", 4) != 0)
        if (n + 1 >= sizeof(head) || !peer_read(p, head + n++, 1))
            return false;
    head[n] = '\0';
    if (sscanf(head, "%15s %1023s", r->method, r->path) != 2)
        return false;
    header_value(head, "Authorization", r->authorization, sizeof(r->authorization));
    header_value(head, "Proxy-Authorization", r->proxy_authorization,
                 sizeof(r->proxy_authorization));
    header_value(head, "Host", r->host, sizeof(r->host));
    header_value(head, "Connection", connection, sizeof(connection));
    header_value(head, "Content-Length", length, sizeof(length));
    r->keep = strcasecmp(connection, "close") != 0;
    for (unsigned long left = strtoul(length, NULL, 10); left; left--)
        if (!peer_read(p, head, 1))
            return false;
    atomic_fetch_add(&p->server->requests, 1);
    return true;
}

bool peer_answer(struct peer *p, const char *status, const char *more, const char *body)
{
    return peer_printf(p, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status, more,
                       strlen(body)) &&
           peer_puts(p, body);
}

bool peer_wait_door(struct peer *p)
{
    return wait_for(p, p->server->door_fd, POLLIN);
}

void peer_until_gone(struct peer *p)
{
    wait_for(p, p->fd, POLLRDHUP);
}

void peer_relay(struct peer *p, unsigned port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(fd >= 0);
    if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0) {
        struct peer other = {.server = p->server, .fd = fd};
        fcntl(fd, F_SETFL, O_NONBLOCK);
        char bytes[16384];
        bool more = true;
        while (more) {
            struct pollfd f[3] = {
                {p->fd, POLLIN, 0}, {fd, POLLIN, 0}, {p->server->stop_fd, POLLIN, 0}};
            size_t got;
            if (!(p->ssl && SSL_pending(p->ssl)) && poll(f, 3, -1) < 0)
                break;
            more = !f[2].revents;
            if (more && (f[0].revents || (p->ssl && SSL_pending(p->ssl))))
                more = read_some(p, bytes, sizeof(bytes), &got) && peer_write(&other, bytes, got);
            if (more && f[1].revents)
                more = read_some(&other, bytes, sizeof(bytes), &got) && peer_write(p, bytes, got);
        }
    }
    close(fd);
}
