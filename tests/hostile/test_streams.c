// SPDX-License-Identifier: Apache-2.0
/*
 * Streams over real sockets: watches that are cut, lied to and left on connections that are dead
 * without anybody having said so, and logs. HTTP/2 is spoken by hand, a few frames of it: enough to
 * put several streams on one connection and then fall silent.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "kube/watch.h"
#include "kube/write.h"
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>

#define OBJECT(name, version)                                                                      \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"n\",\"uid\":\"u-" name                   \
    "\",\"resourceVersion\":\"" version "\"}}"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"
#define LIST_END(version)                                                                          \
    EVENT("BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"" version                              \
                      "\",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}")

/* ---- HTTP/2, as little as will do ---- */

enum { FRAME_DATA = 0, FRAME_HEADERS = 1, FRAME_SETTINGS = 4, FRAME_PING = 6 };

static bool frame(struct peer *p, int type, int flags, uint32_t stream, const char *bytes, size_t n)
{
    char head[9] = {(char)(n >> 16),      (char)(n >> 8),      (char)n,
                    (char)type,           (char)flags,         (char)(stream >> 24),
                    (char)(stream >> 16), (char)(stream >> 8), (char)stream};
    return peer_write(p, head, 9) && peer_write(p, bytes, n);
}

static bool h2_begin(struct peer *p)
{
    char preface[24];
    return peer_tls(p, HOSTILE_GOOD, true) && peer_read(p, preface, sizeof(preface)) &&
           frame(p, FRAME_SETTINGS, 0, 0, "", 0);
}

/* The stream of the next request; 0: the peer is gone. */
static uint32_t h2_next(struct peer *p)
{
    unsigned char head[9];
    static const size_t most = 65536;
    while (peer_read(p, head, 9)) {
        size_t n = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        uint32_t stream =
            (uint32_t)head[5] << 24 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 8 | head[8];
        char *body = mem_alloc(n + 1);
        bool ok = n <= most && peer_read(p, body, n);
        if (ok && !(head[4] & 1) && (head[3] == FRAME_SETTINGS || head[3] == FRAME_PING))
            ok = frame(p, head[3], 1, 0, body, head[3] == FRAME_PING ? n : 0);
        mem_free(body);
        if (!ok)
            return 0;
        if (head[3] == FRAME_HEADERS) {
            peer_count(p);
            return stream;
        }
    }
    return 0;
}

static bool h2_head(struct peer *p, uint32_t stream)
{
    return frame(p, FRAME_HEADERS, 4, stream, "\x88", 1); /* :status 200 */
}

static bool h2_data(struct peer *p, uint32_t stream, const char *text, bool end)
{
    return frame(p, FRAME_DATA, end, stream, text, strlen(text));
}

/* ---- watches ---- */

struct seen {
    struct rig *rig;
    struct kube_cluster *cluster;
    struct kube_watch *watch;
    char log[256];
    enum kube_watch_state state;
    int code;
    const char *want;
};

static void on_object(void *ctx, enum kube_event type, const struct val *object)
{
    struct seen *s = ctx;
    size_t n = strlen(s->log);
    snprintf(s->log + n, sizeof(s->log) - n, "%c%s ", "+~-"[type],
             val_str(val_at(object, "metadata", "name", NULL), "?"));
}

static void on_state(void *ctx, const struct kube_watch_status *status)
{
    struct seen *s = ctx;
    s->state = status->state;
    s->code = status->error ? status->error->code : 0;
}

static void look_at(struct seen *s, struct rig *r, struct kube_cluster *c, const char *path)
{
    *s = (struct seen){.rig = r, .cluster = c};
    const struct kube_watch_options o = {
        .what = {.path = path}, .on_object = on_object, .on_state = on_state, .ctx = s};
    s->watch = kube_watch_start(c, &o);
}

static bool saw_it(void *ctx)
{
    struct seen *s = ctx;
    return strcmp(s->log, s->want) == 0 && s->state == KUBE_WATCH_CURRENT;
}

static void until_log(struct seen *s, const char *log)
{
    s->want = log;
    rig_until(s->rig, saw_it, s);
    s->log[0] = '\0';
}

static bool is_stale(void *ctx)
{
    return ((struct seen *)ctx)->state == KUBE_WATCH_STALE;
}

static void dying(struct peer *p, void *ctx)
{
    if (!h2_begin(p))
        return;
    if (peer_number(p) > 1) { /* a good one */
        uint32_t s;
        while ((s = h2_next(p)) && h2_head(p, s) &&
               h2_data(p, s, EVENT("ADDED", OBJECT("later", "30")), false))
            ;
        return;
    }
    uint32_t a = h2_next(p), b = h2_next(p);
    if (a && b && h2_head(p, a) && h2_head(p, b) && h2_data(p, a, LIST_END("10"), false) &&
        h2_data(p, b, LIST_END("10"), false) && peer_wait_door(p) &&
        h2_data(p, b, EVENT("ADDED", OBJECT("sign", "20")), false))
        while (h2_next(p)) /* takes every request and answers none */
            ;
}

static bool three_requests(void *ctx)
{
    return hostile_requests(ctx) >= 3;
}

/* Two watches on one connection. It dies; the first finds out by its probe while the second, which
 * heard something a little later, still holds it: both must get away from it. */
static void a_dead_connection_is_left_by_all(void **state)
{
    struct rig r;
    struct seen a, b;
    rig_init(&r, 0);
    struct hostile *h = hostile_start(dying, NULL);
    struct kube_cluster *c = rig_cluster(&r, h);
    look_at(&a, &r, c, "/api/v1/pods");
    look_at(&b, &r, c, "/api/v1/services");
    until_log(&a, "");
    until_log(&b, "");
    rig_jump(&r, 80000);
    hostile_open_door(h);
    /* The one that hears of it is the second stream, whichever watch that is. */
    while (!a.log[0] && !b.log[0])
        loop_run_once(r.loop, 10);
    a.log[0] = b.log[0] = '\0';
    rig_jump(&r, 11000); /* 91 s of silence on the other one */
    rig_until(&r, three_requests, h);
    rig_jump(&r, 16000); /* its probe gets no answer */
    until_log(&a, "+later ");
    until_log(&b, "+later ");
    assert_true(hostile_connections(h) >= 2);
    kube_watch_free(a.watch);
    kube_watch_free(b.watch);
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
}

static bool chunk(struct peer *p, const char *text)
{
    return peer_printf(p, "%zx\r\n%s\r\n", strlen(text), text);
}

static bool stream_head(struct peer *p)
{
    struct peer_request q;
    return peer_tls(p, HOSTILE_GOOD, false) && peer_request(p, &q) &&
           peer_puts(p, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
}

static void cutting(struct peer *p, void *ctx)
{
    if (!stream_head(p))
        return;
    if (peer_number(p) == 1) {
        if (chunk(p, EVENT("ADDED", OBJECT("a", "9"))) && chunk(p, LIST_END("10")) &&
            chunk(p, EVENT("ADDED", OBJECT("b", "11"))))
            peer_puts(p, "400\r\n{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"a\",");
        return; /* gone in the middle of a chunk and of an event */
    }
    if (chunk(p, EVENT("MODIFIED", OBJECT("b", "12"))))
        peer_until_gone(p);
}

static void a_cut_watch_goes_on(void **state)
{
    struct rig r;
    struct seen s;
    rig_init(&r, 0);
    struct hostile *h = hostile_start(cutting, NULL);
    struct kube_cluster *c = rig_cluster(&r, h);
    look_at(&s, &r, c, "/api/v1/pods");
    rig_until(&r, is_stale, &s);
    assert_string_equal(s.log, "+a +b ");
    assert_int_equal(s.code, ERR_UNREACHABLE);
    s.log[0] = '\0';
    rig_jump(&r, 5000);
    until_log(&s, "~b "); /* resumed: nothing told twice, the half event counts for nothing */
    struct kube_watch_status w;
    kube_watch_status(s.watch, &w);
    assert_int_equal(w.objects, 2);
    assert_int_equal(w.lists, 1);
    kube_watch_free(s.watch);
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
}

static void endless_event(struct peer *p, void *ctx)
{
    static const char many[65536] = {[0 ... 65535] = 'x'};
    if (!stream_head(p) || !chunk(p, "{\"type\":\"ADDED\",\"object\":{\"a\":\""))
        return;
    for (int i = 0; i < 4096; i++)
        if (!peer_puts(p, "10000\r\n") || !peer_write(p, many, sizeof(many)) ||
            !peer_puts(p, "\r\n"))
            return;
}

static void html_stream(struct peer *p, void *ctx)
{
    struct peer_request q;
    if (peer_tls(p, HOSTILE_GOOD, false))
        while (peer_request(p, &q) &&
               peer_answer(p, "200 OK", "Content-Type: text/html\r\n", "<html>hello</html>"))
            ;
}

static bool has_failed(void *ctx)
{
    struct seen *s = ctx;
    struct kube_cluster_stats stats;
    kube_cluster_stats(s->cluster, &stats);
    if (!stats.watches) /* it rests */
        rig_jump(s->rig, 1000);
    return s->state == KUBE_WATCH_FAILED;
}

/* A server whose stream makes no sense is given up for a while, and read no further than allowed.
 */
static void streams_that_make_no_sense(void **state)
{
    const struct {
        hostile_fn *script;
        int code;
    } cases[] = {{endless_event, ERR_LIMIT}, {html_stream, ERR_PROTOCOL}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct rig r;
        struct seen s;
        rig_init(&r, 0);
        struct hostile *h = hostile_start(cases[i].script, NULL);
        struct kube_cluster *c = rig_cluster(&r, h);
        look_at(&s, &r, c, "/api/v1/pods");
        rig_until(&r, has_failed, &s);
        assert_int_equal(s.code, cases[i].code);
        assert_string_equal(s.log, "");
        assert_true(hostile_written(h) < (uint64_t)hostile_connections(h) * 16 * 1024 * 1024);
        kube_watch_free(s.watch);
        kube_cluster_free(c);
        rig_clear(&r);
        hostile_stop(h);
    }
}

/* ---- logs ---- */

struct log_seen {
    struct buf text;
    bool done;
    int code;
    char why[256];
    size_t want;
};

static int on_log(void *ctx, const char *bytes, size_t len)
{
    buf_add(&((struct log_seen *)ctx)->text, bytes, len);
    return 0;
}

static void on_log_done(void *ctx, const struct kube_reply *reply)
{
    struct log_seen *s = ctx;
    s->done = true;
    s->code = reply->error->code;
    snprintf(s->why, sizeof(s->why), "%s", reply->error->code ? reply->error->text : "");
}

static bool log_done(void *ctx)
{
    return ((struct log_seen *)ctx)->done;
}

static bool log_long(void *ctx)
{
    struct log_seen *s = ctx;
    return s->text.len >= s->want;
}

static struct kube_call *read_log(struct kube_cluster *c, struct log_seen *s, bool follow)
{
    *s = (struct log_seen){0};
    buf_init(&s->text, 1 << 20);
    const struct kube_logs_options o = {.ns = "n",
                                        .pod = "p",
                                        .container = "c",
                                        .follow = follow,
                                        .tail_lines = 100,
                                        .since_s = -1,
                                        .limit_bytes = -1,
                                        .on_chunk = on_log,
                                        .on_done = on_log_done,
                                        .ctx = s};
    return kube_get_logs(c, &o);
}

static void logging(struct peer *p, void *ctx)
{
    struct peer_request q;
    if (!peer_tls(p, HOSTILE_GOOD, false) || !peer_request(p, &q))
        return;
    bool asked = strcmp(q.path, "/api/v1/namespaces/n/pods/p/log?container=c&follow=true&"
                                "tailLines=100") == 0;
    if (!asked) {
        peer_answer(p, "400 Bad Request", "Content-Type: application/json\r\n",
                    "{\"kind\":\"Status\",\"reason\":\"BadRequest\",\"code\":400,\"message\":"
                    "\"container \\\"c\\\" in pod \\\"p\\\" is waiting to start\"}");
        return;
    }
    if (peer_puts(p, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") &&
        chunk(p, "one\n") && chunk(p, "two\n") && peer_wait_door(p))
        peer_puts(p, "100\r\nthr"); /* and gone */
}

static void logs_stream_and_break(void **state)
{
    struct rig r;
    struct log_seen s;
    rig_init(&r, 0);
    struct hostile *h = hostile_start(logging, NULL);
    struct kube_cluster *c = rig_cluster(&r, h);
    read_log(c, &s, true);
    s.want = 8;
    rig_until(&r, log_long, &s); /* as they come, not at the end */
    assert_false(s.done);
    assert_string_equal(buf_str(&s.text), "one\ntwo\n");
    hostile_open_door(h);
    rig_until(&r, log_done, &s);
    assert_string_equal(buf_str(&s.text), "one\ntwo\nthr");
    assert_int_equal(s.code, ERR_UNREACHABLE);
    assert_non_null(strstr(s.why, "the connection ended"));
    buf_clear(&s.text);
    read_log(c, &s, false);
    rig_until(&r, log_done, &s);
    assert_int_equal(s.code, ERR_INVALID);
    assert_string_equal(s.why, "container \"c\" in pod \"p\" is waiting to start");
    assert_string_equal(buf_str(&s.text), ""); /* the error is no log line */
    buf_clear(&s.text);
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
}

static void dying_under_a_log(struct peer *p, void *ctx)
{
    uint32_t s;
    if (!h2_begin(p))
        return;
    if (peer_number(p) > 1) {
        while ((s = h2_next(p)) && h2_head(p, s) && h2_data(p, s, "{}", true))
            ;
        return;
    }
    if ((s = h2_next(p)) && h2_head(p, s) && h2_data(p, s, "line\n", false))
        while (h2_next(p))
            ;
}

static bool is_up_again(void *ctx)
{
    struct kube_cluster_status s;
    kube_cluster_status(ctx, &s);
    return s.state == KUBE_STATE_UP;
}

static bool two_requests(void *ctx)
{
    return hostile_requests(ctx) >= 2;
}

/* A followed log has no deadline: it must not keep the requests of its cluster on a connection that
 * is dead. */
static void a_log_holds_no_dead_connection(void **state)
{
    struct rig r;
    struct log_seen s;
    struct rig_answer a;
    struct kube_cluster_status status;
    rig_init(&r, 0);
    struct hostile *h = hostile_start(dying_under_a_log, NULL);
    struct kube_cluster *c = rig_cluster(&r, h);
    read_log(c, &s, true);
    s.want = 5;
    rig_until(&r, log_long, &s);
    rig_get(&r, c, "/version", 0, &a);
    rig_until(&r, two_requests, h);
    rig_jump(&r, 60000);
    rig_answered(&r, &a);
    assert_int_equal(a.code, ERR_TIMEOUT);
    rig_get(&r, c, "/version", 0, &a);
    rig_until(&r, three_requests, h);
    rig_jump(&r, 60000);
    rig_answered(&r, &a);
    assert_int_equal(a.code, ERR_TIMEOUT);
    kube_cluster_status(c, &status);
    assert_int_equal(status.state, KUBE_STATE_DOWN);
    rig_jump(&r, 2000);
    rig_until(&r, is_up_again, c);
    rig_until(&r, log_done, &s);
    assert_int_equal(s.code, ERR_UNREACHABLE);
    rig_get_whole(&r, c, "/version", 0, &a);
    assert_int_equal(a.code, ERR_NONE);
    buf_clear(&s.text);
    kube_cluster_free(c);
    rig_clear(&r);
    hostile_stop(h);
}

/* ---- HTTP/2 gone wrong ---- */

static void h2_garbage(struct peer *p, void *ctx)
{
    uint32_t s;
    if (h2_begin(p) && (s = h2_next(p)))
        frame(p, FRAME_HEADERS, 4, s, "\xff\xff\xff\xff\xff\xff", 6);
    peer_until_gone(p);
}

static void h2_goaway(struct peer *p, void *ctx)
{
    uint32_t s;
    if (h2_begin(p) && (s = h2_next(p))) /* nothing was processed, no error */
        frame(p, 7, 0, 0, "\0\0\0\0\0\0\0\0", 8);
}

static void h2_reset(struct peer *p, void *ctx)
{
    uint32_t s;
    if (!h2_begin(p))
        return;
    while ((s = h2_next(p)))
        if (!frame(p, 3, 0, s, "\0\0\0\7", 4)) /* REFUSED_STREAM */
            return;
}

static void h2_half(struct peer *p, void *ctx)
{
    uint32_t s;
    if (h2_begin(p) && (s = h2_next(p)) && h2_head(p, s))
        h2_data(p, s, "{\"major\":", false);
}

static void http2_gone_wrong(void **state)
{
    hostile_fn *const scripts[] = {h2_garbage, h2_goaway, h2_reset, h2_half};
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        struct rig r;
        struct rig_answer a;
        rig_init(&r, 0);
        struct hostile *h = hostile_start(scripts[i], NULL);
        struct kube_cluster *c = rig_cluster(&r, h);
        rig_get_whole(&r, c, "/version", 0, &a);
        if (getenv("HOSTILE_SHOW"))
            printf("# h2 %zu: %s \"%s\"\n", i, err_word(a.code), a.text);
        assert_int_equal(a.code, ERR_UNREACHABLE);
        assert_int_equal(a.fate, KUBE_FATE_TRANSIENT);
        assert_non_null(strstr(a.text, "the connection ended"));
        /* A write may have been done, or surely not: never simply failed. */
        kube_cluster_try_now(c);
        const struct kube_request q = {
            .method = "POST", .path = "/x", .body = "{}", .body_len = 2, .retry = KUBE_RETRY_NEVER};
        rig_send(&r, c, &q, &a);
        rig_answered(&r, &a);
        assert_int_equal(a.code, ERR_UNKNOWN_OUTCOME);
        assert_int_equal(a.fate, KUBE_FATE_UNKNOWN);
        kube_cluster_free(c);
        rig_clear(&r);
        hostile_stop(h);
    }
}

RUN("hostile streams", cmocka_unit_test(http2_gone_wrong),
    cmocka_unit_test(a_dead_connection_is_left_by_all), cmocka_unit_test(a_cut_watch_goes_on),
    cmocka_unit_test(streams_that_make_no_sense), cmocka_unit_test(logs_stream_and_break),
    cmocka_unit_test(a_log_holds_no_dead_connection))
