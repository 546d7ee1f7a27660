// SPDX-License-Identifier: Apache-2.0
/*
 * HTTP/1.1 over a connection: one request after the other, bodies by Content-Length or chunked,
 * answers with a length, watches chunked. What is malformed gets 400 and the connection ends.
 */
#include "sim/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_MAX = 64 * 1024, IN_MAX = 4 * 1024 * 1024, SKIP_MAX = 64 * 1024 * 1024 };

struct h1 {
    struct sim_conn *conn;
    struct buf in;
    struct sim_watch *watch; /* the answer that is under way, or */
    struct buf body;         /* what is left of it, from body_at on */
    size_t body_at;
    uint64_t skip; /* of a body that was refused: read, so that the client reads why */
    bool last;     /* Connection: close */
    bool waited;   /* a slow server: the request may be answered now */
    struct loop_timer *waits;
};

static bool busy(const struct h1 *h)
{
    return h->watch || h->body.len || h->skip || h->waits;
}

static void *h1_open(struct sim_conn *c)
{
    struct h1 *h = mem_new(struct h1);
    h->conn = c;
    buf_init(&h->in, IN_MAX);
    return h;
}

static void h1_close(void *state)
{
    struct h1 *h = state;
    sim_watch_free(h->watch);
    loop_cancel_timer(h->conn->cluster->sim->loop, h->waits);
    buf_clear(&h->body);
    buf_clear(&h->in);
    mem_free(h);
}

static void on_ready(void *ctx)
{
    struct h1 *h = ctx;
    sim_conn_dirty(h->conn);
}

static void send_reply(struct h1 *h, struct sim_reply *r, bool head_only)
{
    struct buf *b = &h->conn->out;
    buf_printf(b, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n", r->status, sim_status_words(r->status),
               r->type);
    buf_puts(b, "Cache-Control: no-cache, private\r\n");
    if (r->etag[0])
        buf_printf(b, "ETag: %s\r\n", r->etag);
    if (r->warning[0])
        buf_printf(b, "Warning: %s\r\n", r->warning);
    if (r->retry_after_s)
        buf_printf(b, "Retry-After: %d\r\n", r->retry_after_s);
    if (h->last)
        buf_puts(b, "Connection: close\r\n");
    if (r->watch) {
        buf_puts(b, "Transfer-Encoding: chunked\r\n\r\n");
        h->watch = r->watch;
        r->watch = NULL;
        h->watch->ready = on_ready;
        h->watch->ctx = h;
    } else {
        buf_printf(b, "Content-Length: %zu\r\n\r\n", r->body.len);
        if (!head_only && r->body.len) {
            buf_clear(&h->body);
            h->body = r->body;
            h->body_at = 0;
            buf_init(&r->body, 0);
        }
    }
}

static void on_waited(void *ctx)
{
    struct h1 *h = ctx;
    h->waits = NULL;
    h->waited = true;
    sim_conn_dirty(h->conn);
}

/* True: the answer is to come later, and one() is called again then. */
static bool waits(struct h1 *h)
{
    struct sim_cluster *c = h->conn->cluster;
    int64_t ms = h->waited ? 0 : sim_fault_latency_ms(c);
    h->waited = false;
    if (ms)
        h->waits = loop_after(c->sim->loop, ms, on_waited, h);
    return ms > 0;
}

static bool refuse(struct h1 *h, int status)
{
    struct sim_reply r = {.status = status, .type = "text/plain; charset=utf-8"};
    buf_init(&r.body, BUF_SMALL);
    buf_printf(&r.body, "%d %s", status, sim_status_words(status));
    h->last = true;
    send_reply(h, &r, false);
    sim_reply_clear(&r);
    return false;
}

/* ---- reading ---- */

struct head {
    char *method, *target;
    struct sim_request q;
    uint64_t length;
    bool chunked, bad;
};

static void header(struct head *d, char *name, char *value)
{
    const struct {
        const char *name;
        const char **to;
    } known[] = {
        {"accept", &d->q.accept},
        {"content-type", &d->q.content_type},
        {"authorization", &d->q.authorization},
        {"if-none-match", &d->q.if_none_match},
        {"user-agent", &d->q.user_agent},
        {"impersonate-user", &d->q.as_user},
        {"impersonate-group", &d->q.as_group},
    };
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcasecmp(name, known[i].name) == 0 && !*known[i].to)
            *known[i].to = value; /* the first counts, as with net/http */
    if (strcasecmp(name, "content-length") == 0) {
        char *end;
        d->bad = d->bad || *value < '0' || *value > '9';
        d->length = strtoull(value, &end, 10);
        d->bad = d->bad || *end;
    } else if (strcasecmp(name, "transfer-encoding") == 0) {
        d->chunked = strcasecmp(value, "chunked") == 0;
        d->bad = d->bad || !d->chunked;
    }
}

/* text: the head without its empty line, changed in place. */
static bool read_head(struct h1 *h, char *text, struct head *d)
{
    char *line = text, *next = strstr(text, "\r\n");
    if (next)
        *next = '\0';
    d->method = line;
    d->target = strchr(line, ' ');
    if (!d->target)
        return false;
    *d->target++ = '\0';
    char *version = strchr(d->target, ' ');
    if (!version || strncmp(version, " HTTP/1.", 8) != 0)
        return false;
    *version = '\0';
    h->last = h->last || strcmp(version + 1, "HTTP/1.0") == 0;
    while (next) {
        line = next + 2;
        next = strstr(line, "\r\n");
        if (next)
            *next = '\0';
        char *colon = strchr(line, ':');
        if (!colon || colon == line || line[0] == ' ' || line[0] == '\t')
            return false;
        *colon = '\0';
        char *value = colon + 1 + strspn(colon + 1, " \t"), *end = value + strlen(value);
        while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
            *--end = '\0';
        if (strcasecmp(line, "connection") == 0)
            h->last = h->last || strcasecmp(value, "close") == 0;
        header(d, line, value);
    }
    return !d->bad && !(d->chunked && d->length);
}

/* Chunks at text into out: bytes used when the last one is there, 0 when more is needed, -1. */
static long read_chunks(const char *text, size_t len, struct buf *out)
{
    size_t at = 0;
    for (;;) {
        const char *end = memmem(text + at, len - at, "\r\n", 2);
        if (!end)
            return len - at > 64 ? -1 : 0;
        char number[20] = "";
        size_t n = strcspn(text + at, ";\r \t");
        if (n == 0 || n > 8)
            return -1;
        memcpy(number, text + at, n);
        char *stop;
        unsigned long size = strtoul(number, &stop, 16);
        if (*stop || number[0] == '-' || number[0] == '+')
            return -1;
        at = (size_t)(end - text) + 2;
        if (size > SIM_MAX_BODY + 1)
            return -1;
        if (len - at < size + 2)
            return 0;
        if (memcmp(text + at + size, "\r\n", 2) != 0)
            return -1; /* trailers are not used by any client here */
        if (size == 0)
            return (long)(at + 2);
        if (buf_add(out, text + at, size))
            return -1;
        at += size + 2;
    }
}

/* One request from h->in: 1 answered, 0 more is needed, -1 the connection ends. */
static int one(struct h1 *h)
{
    if (!h->in.len)
        return 0;
    char *end = memmem(h->in.data, h->in.len, "\r\n\r\n", 4);
    if (!end)
        return h->in.len > HEAD_MAX ? (refuse(h, 431), -1) : 0;
    size_t head_len = (size_t)(end - h->in.data), body_at = head_len + 4;
    if (head_len > HEAD_MAX || memchr(h->in.data, '\0', head_len)) {
        refuse(h, head_len > HEAD_MAX ? 431 : 400);
        return -1;
    }
    char *text = mem_strndup(h->in.data, head_len);
    struct head d = {0};
    struct buf body;
    buf_init(&body, SIM_MAX_BODY);
    int rc = -1;
    size_t used = 0;
    if (!read_head(h, text, &d)) {
        refuse(h, 400);
        goto out;
    }
    if (d.length > SIM_MAX_BODY) {
        refuse(h, 413);
        if (d.length <= SKIP_MAX && d.length > h->in.len - body_at)
            h->skip = d.length - (h->in.len - body_at);
        goto out;
    }
    if (d.chunked) {
        long n = read_chunks(h->in.data + body_at, h->in.len - body_at, &body);
        rc = n > 0 ? 1 : (int)n;
        if (n <= 0) {
            if (n < 0)
                refuse(h, body.over ? 413 : 400);
            goto out;
        }
        used = body_at + (size_t)n;
    } else if (h->in.len - body_at < d.length) {
        rc = 0;
        goto out;
    } else {
        buf_add(&body, h->in.data + body_at, d.length);
        used = body_at + d.length;
    }
    if (waits(h)) {
        rc = 0;
        goto out;
    }
    d.q.method = d.method;
    d.q.target = d.target;
    d.q.body = buf_str(&body);
    d.q.body_len = body.len;
    d.q.peer = &h->conn->peer;
    struct sim_reply r;
    sim_answer(h->conn->cluster, &d.q, &r);
    if (r.hang_up)
        h->conn->broken = h->conn->reset = true;
    h->last = h->last || r.leave;
    send_reply(h, &r, strcmp(d.method, "HEAD") == 0);
    sim_reply_clear(&r);
    buf_drop(&h->in, used);
    rc = 1;
out:
    buf_clear(&body);
    mem_free(text);
    return rc;
}

/* A refusal's body still has to go out, so the end is told by h1_fill. */
static bool h1_read(void *state, const char *bytes, size_t len)
{
    struct h1 *h = state;
    h->skip -= len < h->skip ? len : h->skip;
    if (h->last)
        return true;
    if (buf_add(&h->in, bytes, len))
        refuse(h, 413);
    int rc = 1;
    while (rc > 0 && !busy(h) && !h->last && h->conn->out.len < SIM_OUT_FULL)
        rc = one(h);
    if (h->last)
        buf_clear(&h->in);
    return true;
}

static void fill_watch(struct h1 *h)
{
    struct sim_watch *w = h->watch;
    struct buf *b = &h->conn->out;
    if (sim_fault_frozen(w->cluster))
        return;
    if (w->out.len) {
        size_t n = w->out.len > SIM_OUT_FULL ? SIM_OUT_FULL : w->out.len;
        buf_printf(b, "%zx\r\n", n);
        buf_add(b, w->out.data, n);
        buf_puts(b, "\r\n");
        buf_drop(&w->out, n);
    } else if (w->ended && w->cut) {
        h->last = true; /* without the last chunk */
        sim_watch_free(w);
        h->watch = NULL;
        return;
    } else if (w->ended) {
        buf_puts(b, "0\r\n\r\n");
        sim_watch_free(w);
        h->watch = NULL;
        return;
    }
    if (!w->out.len)
        buf_clear(&w->out);
}

static bool h1_fill(void *state)
{
    struct h1 *h = state;
    if (h->watch) {
        fill_watch(h);
    } else if (h->body.len) {
        size_t left = h->body.len - h->body_at, n = left > SIM_OUT_FULL ? SIM_OUT_FULL : left;
        buf_add(&h->conn->out, h->body.data + h->body_at, n);
        h->body_at += n;
        if (n == left)
            buf_clear(&h->body);
        h->body.len = n == left ? 0 : h->body.len;
    }
    if (!busy(h) && h->last)
        return false;
    if (!busy(h) && h->in.len && !h->conn->out.len)
        h1_read(h, "", 0);
    if (!h->in.len)
        buf_clear(&h->in);
    return true;
}

const struct sim_protocol sim_h1 = {h1_open, h1_read, h1_fill, h1_close};
