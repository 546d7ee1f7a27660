// SPDX-License-Identifier: Apache-2.0
/*
 * HTTP/2 over a connection, on nghttp2: 100 streams at once as kube-apiserver allows, bodies within
 * bounds, answers and watches as data that is deferred while there is none.
 */
#include "sim/live.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STREAMS = 100, HEADERS_MAX = 64 * 1024 };

enum {
    F_METHOD,
    F_PATH,
    F_ACCEPT,
    F_TYPE,
    F_AUTH,
    F_MATCH,
    F_AGENT,
    F_AS_USER,
    F_AS_GROUP,
    FIELDS
};

static const char *const field_names[FIELDS] = {
    ":method",       ":path",      "accept",           "content-type",     "authorization",
    "if-none-match", "user-agent", "impersonate-user", "impersonate-group"};

struct h2;

struct stream {
    struct stream *next, **prev;
    struct h2 *h;
    int32_t id;
    char *fields[FIELDS];
    size_t header_bytes;
    struct buf body;
    bool answered;
    struct loop_timer *waits; /* a slow server: the answer is made then */
    struct sim_reply reply;
    size_t sent; /* of reply.body */
};

struct h2 {
    struct sim_conn *conn;
    nghttp2_session *session;
    struct stream *streams;
};

static void stream_free(struct stream *s)
{
    for (size_t i = 0; i < FIELDS; i++)
        mem_free(s->fields[i]);
    buf_clear(&s->body);
    if (s->waits)
        loop_cancel_timer(s->h->conn->cluster->sim->loop, s->waits);
    if (s->answered)
        sim_reply_clear(&s->reply);
    *s->prev = s->next;
    if (s->next)
        s->next->prev = s->prev;
    mem_free(s);
}

/* ---- what goes out ---- */

static void on_ready(void *ctx)
{
    struct stream *s = ctx;
    nghttp2_session_resume_data(s->h->session, s->id);
    sim_conn_dirty(s->h->conn);
}

static ssize_t take(const char *data, size_t len, uint8_t *to, size_t room)
{
    size_t n = len < room ? len : room;
    memcpy(to, data, n);
    return (ssize_t)n;
}

static ssize_t on_data_wanted(nghttp2_session *session, int32_t id, uint8_t *to, size_t room,
                              uint32_t *flags, nghttp2_data_source *source, void *ctx)
{
    struct stream *s = source->ptr;
    struct sim_watch *w = s->reply.watch;
    (void)session;
    (void)id;
    (void)ctx;
    if (!w) {
        ssize_t n = take(s->reply.body.data + s->sent, s->reply.body.len - s->sent, to, room);
        s->sent += (size_t)n;
        if (s->sent == s->reply.body.len)
            *flags |= NGHTTP2_DATA_FLAG_EOF;
        return n;
    }
    if (sim_fault_frozen(w->cluster))
        return NGHTTP2_ERR_DEFERRED;
    if (w->out.len) {
        ssize_t n = take(w->out.data, w->out.len, to, room);
        buf_drop(&w->out, (size_t)n);
        if (!w->out.len)
            buf_clear(&w->out);
        return n;
    }
    if (!w->ended)
        return NGHTTP2_ERR_DEFERRED;
    if (w->cut)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; /* the stream is reset */
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    return 0;
}

static nghttp2_nv pair(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                        strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static int send_reply(struct stream *s)
{
    struct sim_reply *r = &s->reply;
    char status[8], retry[16], length[24];
    nghttp2_nv nv[8];
    size_t n = 0;
    snprintf(status, sizeof(status), "%d", r->status);
    snprintf(retry, sizeof(retry), "%d", r->retry_after_s);
    snprintf(length, sizeof(length), "%zu", r->body.len);
    nv[n++] = pair(":status", status);
    nv[n++] = pair("content-type", r->type);
    nv[n++] = pair("cache-control", "no-cache, private");
    if (r->etag[0])
        nv[n++] = pair("etag", r->etag);
    if (r->warning[0])
        nv[n++] = pair("warning", r->warning);
    if (r->retry_after_s)
        nv[n++] = pair("retry-after", retry);
    if (!r->watch)
        nv[n++] = pair("content-length", length);
    nghttp2_data_provider data = {.source.ptr = s, .read_callback = on_data_wanted};
    bool empty = !r->watch && !r->body.len;
    bool head = s->fields[F_METHOD] && strcmp(s->fields[F_METHOD], "HEAD") == 0;
    if (r->watch) {
        r->watch->ready = on_ready;
        r->watch->ctx = s;
    }
    return nghttp2_submit_response(s->h->session, s->id, nv, n, empty || head ? NULL : &data);
}

static int answer(struct stream *s)
{
    if (s->answered || !s->fields[F_METHOD] || !s->fields[F_PATH])
        return 0;
    const struct sim_request q = {
        .method = s->fields[F_METHOD],
        .target = s->fields[F_PATH],
        .accept = s->fields[F_ACCEPT],
        .content_type = s->fields[F_TYPE],
        .authorization = s->fields[F_AUTH],
        .if_none_match = s->fields[F_MATCH],
        .user_agent = s->fields[F_AGENT],
        .as_user = s->fields[F_AS_USER],
        .as_group = s->fields[F_AS_GROUP],
        .body = buf_str(&s->body),
        .body_len = s->body.len,
        .peer = &s->h->conn->peer,
    };
    s->answered = true;
    if (s->body.over || s->header_bytes > HEADERS_MAX) {
        s->reply = (struct sim_reply){0};
        buf_init(&s->reply.body, BUF_SMALL);
        sim_fail(&s->reply, s->body.over ? 413 : 431, "RequestEntityTooLarge", NULL, NULL,
                 "the request is too large");
    } else {
        sim_answer(s->h->conn->cluster, &q, &s->reply);
    }
    buf_clear(&s->body);
    if (s->reply.hang_up) {
        s->h->conn->broken = s->h->conn->reset = true;
        return -1;
    }
    if (s->reply.leave)
        nghttp2_submit_goaway(s->h->session, NGHTTP2_FLAG_NONE,
                              nghttp2_session_get_last_proc_stream_id(s->h->session),
                              NGHTTP2_NO_ERROR, NULL, 0);
    return send_reply(s);
}

static void on_waited(void *ctx)
{
    struct stream *s = ctx;
    struct sim_conn *c = s->h->conn;
    s->waits = NULL;
    if (answer(s))
        c->broken = true;
    sim_conn_dirty(c);
}

static int answer_in_time(struct stream *s)
{
    struct sim_cluster *c = s->h->conn->cluster;
    int64_t wait = sim_fault_latency_ms(c);
    if (!wait)
        return answer(s);
    if (!s->waits)
        s->waits = loop_after(c->sim->loop, wait, on_waited, s);
    return 0;
}

/* ---- what comes in ---- */

static int on_begin(nghttp2_session *session, const nghttp2_frame *f, void *ctx)
{
    struct h2 *h = ctx;
    if (f->hd.type != NGHTTP2_HEADERS || f->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    struct stream *s = mem_new(struct stream);
    *s = (struct stream){.h = h, .id = f->hd.stream_id, .next = h->streams, .prev = &h->streams};
    buf_init(&s->body, SIM_MAX_BODY);
    if (s->next)
        s->next->prev = &s->next;
    h->streams = s;
    nghttp2_session_set_stream_user_data(session, s->id, s);
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *f, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *ctx)
{
    struct stream *s = nghttp2_session_get_stream_user_data(session, f->hd.stream_id);
    (void)flags;
    (void)ctx;
    if (!s)
        return 0;
    s->header_bytes += name_len + value_len + 32;
    if (s->header_bytes > HEADERS_MAX || memchr(value, '\0', value_len))
        return 0;
    for (size_t i = 0; i < FIELDS; i++) {
        if (strlen(field_names[i]) == name_len && memcmp(field_names[i], name, name_len) == 0 &&
            !s->fields[i])
            s->fields[i] = mem_strndup((const char *)value, value_len);
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
                   size_t len, void *ctx)
{
    struct stream *s = nghttp2_session_get_stream_user_data(session, id);
    (void)flags;
    (void)ctx;
    if (s && !s->answered)
        buf_add(&s->body, data, len);
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *f, void *ctx)
{
    (void)ctx;
    if ((f->hd.type != NGHTTP2_HEADERS && f->hd.type != NGHTTP2_DATA) ||
        !(f->hd.flags & NGHTTP2_FLAG_END_STREAM))
        return 0;
    struct stream *s = nghttp2_session_get_stream_user_data(session, f->hd.stream_id);
    return s && answer_in_time(s) ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static int on_closed(nghttp2_session *session, int32_t id, uint32_t code, void *ctx)
{
    struct stream *s = nghttp2_session_get_stream_user_data(session, id);
    (void)code;
    (void)ctx;
    if (s)
        stream_free(s);
    return 0;
}

/* ---- the protocol ---- */

static void h2_close(void *state)
{
    struct h2 *h = state;
    while (h->streams)
        stream_free(h->streams);
    nghttp2_session_del(h->session);
    mem_free(h);
}

static void *h2_open(struct sim_conn *c)
{
    struct h2 *h = mem_new(struct h2);
    nghttp2_session_callbacks *cb = NULL;
    nghttp2_option *option = NULL;
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, STREAMS},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 256 * 1024},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HEADERS_MAX},
    };
    h->conn = c;
    bool ok = !nghttp2_session_callbacks_new(&cb) && !nghttp2_option_new(&option);
    if (ok) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(cb, on_begin);
        nghttp2_session_callbacks_set_on_header_callback(cb, on_header);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data);
        nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame);
        nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_closed);
        nghttp2_option_set_no_closed_streams(option, 1);
        nghttp2_option_set_max_send_header_block_length(option, HEADERS_MAX);
        ok = !nghttp2_session_server_new2(&h->session, cb, h, option) &&
             !nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings, ARRAY_LEN(settings));
    }
    nghttp2_session_callbacks_del(cb);
    nghttp2_option_del(option);
    if (ok)
        return h;
    h2_close(h);
    return NULL;
}

static bool h2_read(void *state, const char *bytes, size_t len)
{
    struct h2 *h = state;
    return nghttp2_session_mem_recv(h->session, (const uint8_t *)bytes, len) == (ssize_t)len;
}

static bool h2_fill(void *state)
{
    struct h2 *h = state;
    const uint8_t *data;
    while (h->conn->out.len < SIM_OUT_FULL) {
        ssize_t n = nghttp2_session_mem_send(h->session, &data);
        if (n < 0)
            return false;
        if (n == 0)
            break;
        buf_add(&h->conn->out, data, (size_t)n);
    }
    return nghttp2_session_want_read(h->session) || nghttp2_session_want_write(h->session);
}

const struct sim_protocol sim_h2 = {h2_open, h2_read, h2_fill, h2_close};
