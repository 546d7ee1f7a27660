// SPDX-License-Identifier: Apache-2.0
/*
 * One bad server after another, and what a person is told about each. A row is a script, and the
 * classified end of one GET: code, HTTP status, a part of the text, a part of the hint. After each
 * the client is asked to talk to the same server once more, to see that nothing is left stuck.
 */
#include "base/mem.h"
#include "kube/write.h"
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#define MIB (1024 * 1024)

/* ---- scripts ---- */

static bool greet(struct peer *p)
{
    struct peer_request r;
    return peer_tls(p, HOSTILE_GOOD, false) && peer_request(p, &r);
}

static void html_ok(struct peer *p, void *ctx)
{
    if (greet(p))
        peer_answer(p, "200 OK", "Content-Type: text/html\r\n",
                    "<html><head><title>Welcome to nginx!</title></head></html>");
}

static void html_502(struct peer *p, void *ctx)
{
    if (greet(p))
        peer_answer(p, "502 Bad Gateway", "Content-Type: text/html\r\n",
                    "<html><head><title>502 no healthy upstream</title></head></html>");
}

static void half_json(struct peer *p, void *ctx)
{
    if (greet(p))
        peer_answer(p, "200 OK", "Content-Type: application/json\r\n", "{\"major\":\"1\",\"min");
}

static void endless(struct peer *p, void *ctx)
{
    if (!greet(p) ||
        !peer_puts(p, "HTTP/1.1 200 OK\r\nContent-Length: 3221225472\r\n\r\n{\"a\":\""))
        return;
    static const char many[16384] = "x";
    for (unsigned i = 0; i < 3221225472u / sizeof(many) && peer_write(p, many, sizeof(many)); i++)
        ;
}

static void endless_error(struct peer *p, void *ctx)
{
    if (!greet(p) || !peer_puts(p, "HTTP/1.1 500 No\r\nContent-Type: text/plain\r\n"
                                   "Content-Length: 3221225472\r\n\r\n"))
        return;
    char many[16384];
    memset(many, 'y', sizeof(many));
    for (unsigned i = 0; i < 3221225472u / sizeof(many) && peer_write(p, many, sizeof(many)); i++)
        ;
}

static void endless_head(struct peer *p, void *ctx)
{
    if (!greet(p) || !peer_puts(p, "HTTP/1.1 200 OK\r\n"))
        return;
    for (unsigned i = 0; i < 4000000 && peer_printf(p, "Warning: 299 - \"w%u\"\r\n", i); i++)
        ;
}

static void endless_header(struct peer *p, void *ctx)
{
    if (!greet(p) || !peer_puts(p, "HTTP/1.1 200 OK\r\nWarning: 299 - \""))
        return;
    char many[16384];
    memset(many, 'z', sizeof(many));
    for (unsigned i = 0; i < 65536 && peer_write(p, many, sizeof(many)); i++)
        ;
}

static void silent_tcp(struct peer *p, void *ctx)
{
    peer_wait_door(p);
}

static void close_tcp(struct peer *p, void *ctx)
{
}

static void close_tls(struct peer *p, void *ctx)
{
    peer_tls(p, HOSTILE_GOOD, false);
}

static void close_request(struct peer *p, void *ctx)
{
    greet(p);
}

static void length_long(struct peer *p, void *ctx)
{
    if (greet(p))
        peer_puts(p, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"major\":\"1\"}");
}

static void length_short(struct peer *p, void *ctx)
{
    if (greet(p))
        peer_puts(p, "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"major\":\"1\"}HTTP/1.1 200 "
                     "OK\r\nContent-Length: 3\r\n\r\nbad");
}

static void length_nonsense(struct peer *p, void *ctx)
{
    if (greet(p))
        peer_puts(p, "HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n{\"major\":\"1\"}");
}

static void plain_http(struct peer *p, void *ctx)
{
    char first[8];
    if (peer_read(p, first, sizeof(first)))
        peer_answer(p, "400 Bad Request", "Connection: close\r\n", "tls please");
}

static void garbage_tls(struct peer *p, void *ctx)
{
    char first[8], noise[512];
    for (size_t i = 0; i < sizeof(noise); i++)
        noise[i] = (char)(i * 167 + 13);
    if (peer_read(p, first, sizeof(first)))
        peer_write(p, noise, sizeof(noise));
}

static void not_http(struct peer *p, void *ctx)
{
    if (greet(p))
        peer_puts(p, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
}

static void redirect(struct peer *p, void *ctx)
{
    if (greet(p))
        peer_answer(p, "302 Found", "Location: https://login.example.test/\r\n", "");
}

static void busy_503(struct peer *p, void *ctx)
{
    if (greet(p))
        peer_answer(p, "503 Service Unavailable", "Content-Type: application/json\r\n",
                    "{\"kind\":\"Status\",\"reason\":\"ServiceUnavailable\",\"code\":503,"
                    "\"message\":\"the server is currently unable to handle the request\"}");
}

static void too_many(struct peer *p, void *ctx)
{
    if (greet(p))
        peer_answer(p, "429 Too Many Requests", "Retry-After: 7\r\nContent-Type: text/plain\r\n",
                    "slow down\n");
}

static void old_http(struct peer *p, void *ctx)
{
    if (greet(p))
        peer_puts(p, "HTTP/1.0 200 OK\r\n\r\n{\"major\":\"1\"}");
}

/* body compressed as gzip, n times over. */
static void gzip_answer(struct peer *p, const char *body, size_t len, unsigned times, size_t cut)
{
    z_stream z = {0};
    deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    size_t size = 4 * MIB, n;
    unsigned char *out = malloc(size);
    z.next_out = out;
    z.avail_out = (unsigned)size;
    for (unsigned i = 0; i < times; i++) {
        z.next_in = (unsigned char *)body;
        z.avail_in = (unsigned)len;
        deflate(&z, i + 1 < times ? Z_NO_FLUSH : Z_FINISH);
    }
    n = z.total_out - cut;
    deflateEnd(&z);
    if (peer_printf(p, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
                    n))
        peer_write(p, out, n);
    free(out);
}

static void gzip_good(struct peer *p, void *ctx)
{
    if (greet(p))
        gzip_answer(p, "{\"major\":\"1\"}", 13, 1, 0);
}

static void gzip_cut(struct peer *p, void *ctx)
{
    if (greet(p))
        gzip_answer(p, "{\"major\":\"1\"}", 13, 1, 12);
}

static void gzip_lie(struct peer *p, void *ctx)
{
    if (greet(p))
        peer_answer(p, "200 OK", "Content-Encoding: gzip\r\n", "{\"major\":\"1\"}");
}

static void gzip_bomb(struct peer *p, void *ctx)
{
    static const char zeros[MIB];
    if (greet(p))
        gzip_answer(p, zeros, sizeof(zeros), 48, 0);
}

static void expired(struct peer *p, void *ctx)
{
    peer_tls(p, HOSTILE_EXPIRED, false);
}

static void other_name(struct peer *p, void *ctx)
{
    peer_tls(p, HOSTILE_OTHER_NAME, false);
}

static void other_ca(struct peer *p, void *ctx)
{
    peer_tls(p, HOSTILE_OTHER_CA, false);
}

/* ---- what is told ---- */

static const struct ending {
    const char *name;
    hostile_fn *script;
    int code, status;
    const char *text, *hint; /* parts; "" for none at all */
} endings[] = {
    {"HTML with 502", html_502, ERR_SERVER, 502, "HTTP 502: bad gateway (502 no healthy upstream)",
     ""},
    {"endless body", endless, ERR_LIMIT, 200, "larger than 1048576 bytes", ""},
    {"endless error", endless_error, ERR_SERVER, 500, "HTTP 500: internal error (yyyy", ""},
    {"endless head", endless_head, ERR_PROTOCOL, 200, "larger than 300 KiB", ""},
    {"endless header", endless_header, ERR_PROTOCOL, 200, "larger than 100 KiB", ""},
    {"closes at once", close_tcp, ERR_UNREACHABLE, 0, "closed before TLS", ""},
    {"closes after TLS", close_tls, ERR_UNREACHABLE, 0, "the connection ended", ""},
    {"closes after the request", close_request, ERR_UNREACHABLE, 0, "the connection ended", ""},
    {"length too long", length_long, ERR_UNREACHABLE, 200, "the connection ended", ""},
    {"length too short", length_short, ERR_NONE, 200, "", ""},
    {"length nonsense", length_nonsense, ERR_PROTOCOL, 200, "", ""},
    {"plain HTTP", plain_http, ERR_TLS, 0, "does not speak TLS", "does not speak TLS"},
    {"garbage for TLS", garbage_tls, ERR_TLS, 0, "does not speak TLS", "does not speak TLS"},
    {"no HTTP", not_http, ERR_PROTOCOL, 0, "", ""},
    {"redirect", redirect, ERR_PROTOCOL, 302, "HTTP 302", "login page"},
    {"503", busy_503, ERR_SERVER, 503, "currently unable to handle", ""},
    {"429", too_many, ERR_THROTTLED, 429, "too many requests (slow down)", ""},
    {"HTTP/1.0", old_http, ERR_NONE, 200, "", ""},
    {"gzip", gzip_good, ERR_NONE, 200, "", ""},
    {"gzip that is none", gzip_lie, ERR_PROTOCOL, 200, "", ""},
    {"gzip bomb", gzip_bomb, ERR_LIMIT, 200, "larger than 1048576 bytes", ""},
    {"certificate expired", expired, ERR_TLS, 0, "expired", "has to be renewed"},
    {"certificate for another host", other_name, ERR_TLS, 0, "127.0.0.1", "tls-server-name"},
    {"certificate of another authority", other_ca, ERR_TLS, 0, "certificate",
     "certificate-authority"},
};

static void every_ending(void **state)
{
    bool good = true;
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        const struct ending *x = &endings[i];
        struct rig r;
        struct rig_answer a;
        rig_init(&r, 0);
        struct hostile *h = hostile_start(x->script, NULL);
        struct kube_cluster *c = rig_cluster(&r, h);
        rig_get_whole(&r, c, "/version", MIB, &a);
        if (getenv("HOSTILE_SHOW"))
            printf("# %s: %s %d \"%s\" hint \"%s\"\n", x->name, err_word(a.code), a.status, a.text,
                   a.hint);
        if (a.code != x->code || a.status != x->status || !strstr(a.text, x->text) ||
            !strstr(a.hint, x->hint) || (a.code && !a.text[0])) {
            good = false;
            print_error("%s: %s %d \"%s\" hint \"%s\"\n", x->name, err_word(a.code), a.status,
                        a.text, a.hint);
        }
        if (!a.code)
            assert_string_equal(a.body, "{\"major\":\"1\"}");
        /* Nothing is read far past the bound: what stands in the sockets is the system's. */
        struct kube_cluster_stats s;
        kube_cluster_stats(c, &s);
        assert_true(s.bytes_in <= 2 * MIB);
        assert_true(hostile_written(h) < 32 * MIB);
        assert_int_equal(s.in_flight, 0);
        rig_jump(&r, 10000); /* past a Retry-After */
        kube_cluster_try_now(c);
        rig_get_whole(&r, c, "/version", MIB, &a);
        if (a.code != x->code)
            print_error("%s, once more: %s \"%s\"\n", x->name, err_word(a.code), a.text);
        good = good && a.code == x->code;
        kube_cluster_free(c);
        rig_clear(&r);
        hostile_stop(h);
    }
    assert_true(good);
}

/* ---- the ones that need more than a row ---- */

struct version_seen {
    bool done;
    int code;
    char text[256], hint[256];
};

static void on_version(void *ctx, const struct kube_version *v)
{
    struct version_seen *s = ctx;
    s->done = true;
    s->code = v->error->code;
    snprintf(s->text, sizeof(s->text), "%s", v->error->text);
}

static void on_object(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct version_seen *s = ctx;
    s->done = true;
    s->code = reply->error->code;
    assert_null(object);
    snprintf(s->text, sizeof(s->text), "%s", reply->error->text);
    snprintf(s->hint, sizeof(s->hint), "%s", reply->error->hint ? reply->error->hint : "");
}

static bool is_done(void *ctx)
{
    return ((struct version_seen *)ctx)->done;
}

static void bodies_that_are_no_json(void **state)
{
    hostile_fn *const scripts[] = {html_ok, half_json, gzip_cut};
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        struct rig r;
        rig_init(&r, 0);
        struct hostile *h = hostile_start(scripts[i], NULL);
        struct kube_cluster *c = rig_cluster(&r, h);
        struct version_seen seen = {0};
        kube_get_version(c, on_version, &seen);
        rig_until(&r, is_done, &seen);
        if (getenv("HOSTILE_SHOW"))
            printf("# version %zu: %s \"%s\"\n", i, err_word(seen.code), seen.text);
        assert_int_equal(seen.code, ERR_PROTOCOL);
        assert_true(seen.text[0]);
        /* an object is neither there nor missing */
        struct version_seen read = {0};
        const struct kube_target t = {"", "v1", "configmaps", "default", "conf", NULL};
        const struct kube_write_common o = {0};
        kube_read(c, &t, &o, on_object, &read);
        rig_until(&r, is_done, &read);
        if (getenv("HOSTILE_SHOW"))
            printf("# read %zu: %s \"%s\" (%s)\n", i, err_word(read.code), read.text, read.hint);
        assert_int_equal(read.code, ERR_PROTOCOL);
        assert_true(read.text[0]);
        kube_cluster_free(c);
        rig_clear(&r);
        hostile_stop(h);
    }
}

static bool one_request(void *ctx)
{
    return hostile_requests(ctx) >= 1;
}

static bool one_connection(void *ctx)
{
    return hostile_connections(ctx) >= 1;
}

static void silent_request(struct peer *p, void *ctx)
{
    if (greet(p))
        peer_until_gone(p);
}

/* Connected, asked, no answer: the call ends at its deadline, the second makes the cluster down. */
static void silence_after_the_request(void **state)
{
    struct rig r;
    struct rig_answer a;
    rig_init(&r, 0);
    struct hostile *h = hostile_start(silent_request, NULL);
    struct kube_cluster *c = rig_cluster(&r, h);
    rig_get(&r, c, "/version", 0, &a);
    rig_until(&r, one_request, h);
    rig_jump(&r, 60000);
    rig_answered(&r, &a);
    assert_int_equal(a.code, ERR_TIMEOUT);
    assert_string_equal(a.text, "no answer in 60 s");
    rig_get(&r, c, "/version", 0, &a);
    rig_until(&r, one_connection, h);
    rig_jump(&r, 60000);
    rig_answered(&r, &a);
    struct kube_cluster_status s;
    kube_cluster_status(c, &s);
    assert_int_equal(s.state, KUBE_STATE_DOWN);
    assert_string_equal(s.error->text, "connected, but does not answer");
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
}

/* A server that accepts and says nothing, not even a TLS greeting. */
static void slow_handshake(void **state)
{
    struct rig r;
    struct rig_answer a;
    rig_init(&r, 200);
    struct hostile *h = hostile_start(silent_tcp, NULL);
    struct kube_cluster *c = rig_cluster(&r, h);
    rig_get_whole(&r, c, "/version", 0, &a);
    if (getenv("HOSTILE_SHOW"))
        printf("# slow TLS: %s \"%s\" hint \"%s\"\n", err_word(a.code), a.text, a.hint);
    assert_int_equal(a.code, ERR_UNREACHABLE);
    assert_true(a.text[0]);
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
}

static void swapping(struct peer *p, void *ctx)
{
    /* The first connection is good, and every later one pretends. */
    struct peer_request r;
    if (peer_tls(p, peer_number(p) == 1 ? HOSTILE_GOOD : HOSTILE_OTHER_CA, false) &&
        peer_request(p, &r))
        peer_answer(p, "200 OK", "Connection: close\r\n", "{}");
}

static void certificate_swapped(void **state)
{
    struct rig r;
    struct rig_answer a;
    rig_init(&r, 0);
    struct hostile *h = hostile_start(swapping, NULL);
    struct kube_cluster *c = rig_cluster(&r, h);
    rig_get_whole(&r, c, "/version", 0, &a);
    assert_int_equal(a.code, ERR_NONE);
    rig_get_whole(&r, c, "/version", 0, &a);
    assert_int_equal(a.code, ERR_TLS);
    assert_int_equal(a.why, KUBE_WHY_CERT_UNTRUSTED);
    assert_int_equal(hostile_requests(h), 1); /* no byte of ours went to the pretender */
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
}

static void throttling_once(struct peer *p, void *ctx)
{
    struct peer_request r;
    if (!peer_tls(p, HOSTILE_GOOD, false))
        return;
    while (peer_request(p, &r)) {
        bool first = hostile_requests(peer_server(p)) == 1;
        peer_answer(p, first ? "429 Too Many Requests" : "200 OK",
                    first ? "Retry-After: 7\r\n" : "", "{}");
    }
}

static void throttled_then_answered(void **state)
{
    struct rig r;
    struct rig_answer a;
    rig_init(&r, 0);
    struct hostile *h = hostile_start(throttling_once, NULL);
    struct kube_cluster *c = rig_cluster(&r, h);
    const struct kube_request q = {.path = "/version"};
    rig_send(&r, c, &q, &a);
    struct kube_cluster_stats s = {0};
    while (!s.retries) {
        loop_run_once(r.loop, 10);
        kube_cluster_stats(c, &s);
    }
    for (int i = 0; i < 50; i++) /* not before its time */
        loop_run_once(r.loop, 0);
    assert_int_equal(hostile_requests(h), 1);
    rig_jump(&r, 8000);
    rig_answered(&r, &a);
    assert_int_equal(a.code, ERR_NONE);
    assert_int_equal(a.tries, 2);
    assert_int_equal(hostile_connections(h), 1);
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
}

RUN("hostile answers", cmocka_unit_test(every_ending), cmocka_unit_test(bodies_that_are_no_json),
    cmocka_unit_test(silence_after_the_request), cmocka_unit_test(slow_handshake),
    cmocka_unit_test(certificate_swapped), cmocka_unit_test(throttled_then_answered))
