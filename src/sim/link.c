// SPDX-License-Identifier: Apache-2.0
/*
 * A slow network under a connection: every byte that comes in waits for the round trip, the first
 * ones for a second one (the TCP handshake, which the kernel did already), and what goes out keeps
 * to the bandwidth. TLS reads from memory then, so its handshake is as slow as it would be.
 */
#include "sim/live.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>

enum { HELD_MAX = 8 * 1024 * 1024, STEP_MS = 20 };

struct part {
    int64_t due_ms;
    size_t len;
};

struct sim_link {
    BIO *bio; /* the SSL's */
    struct buf held;
    VEC(struct part) parts;
    struct loop_timer *timer;
    void (*go)(struct sim_conn *c);
    bool ended, began; /* something came in */
};

static void on_due(void *ctx);

static void arm(struct sim_conn *c)
{
    struct sim_link *l = c->link;
    struct loop *loop = c->cluster->sim->loop;
    if (!l->timer && l->parts.len) {
        int64_t wait = l->parts.items[0].due_ms - loop_now_ms(loop);
        l->timer = loop_after(loop, wait > 0 ? wait : 0, on_due, c);
    }
}

static void on_due(void *ctx)
{
    struct sim_conn *c = ctx;
    struct sim_link *l = c->link;
    int64_t now = loop_now_ms(c->cluster->sim->loop);
    size_t n = 0;
    l->timer = NULL;
    while (l->parts.len && l->parts.items[0].due_ms <= now) {
        n += l->parts.items[0].len;
        memmove(l->parts.items, l->parts.items + 1, --l->parts.len * sizeof(*l->parts.items));
    }
    if (n) {
        BIO_write(l->bio, l->held.data, (int)n);
        buf_drop(&l->held, n);
    }
    if (!l->held.len)
        buf_clear(&l->held);
    if (l->ended && !l->parts.len)
        BIO_set_mem_eof_return(l->bio, 0);
    arm(c);
    l->go(c); /* c may be gone */
}

static bool open_link(struct sim_conn *c, void (*go)(struct sim_conn *c))
{
    struct sim_link *l = mem_new(struct sim_link);
    l->bio = BIO_new(BIO_s_mem());
    if (!l->bio) {
        mem_free(l);
        return false;
    }
    BIO_set_mem_eof_return(l->bio, -1);
    buf_init(&l->held, HELD_MAX);
    l->go = go;
    SSL_set0_rbio(c->ssl, l->bio);
    c->link = l;
    return true;
}

bool sim_link_reads(struct sim_conn *c, void (*go)(struct sim_conn *c))
{
    char bytes[16384];
    int trip = c->cluster->faults.round_trip_ms;
    if (!c->link && (!trip || !open_link(c, go)))
        return false;
    struct sim_link *l = c->link;
    int64_t due = loop_now_ms(c->cluster->sim->loop) + (l->began ? trip : 2 * trip);
    while (!l->ended) {
        ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (n <= 0 || buf_add(&l->held, bytes, (size_t)n)) {
            l->ended = true;
            vec_push(&l->parts, (struct part){due, 0});
            loop_unwatch_fd(c->cluster->sim->loop, c->fd);
            continue;
        }
        vec_push(&l->parts, (struct part){due, (size_t)n});
        l->began = true;
    }
    arm(c);
    return true;
}

bool sim_link_ended(const struct sim_conn *c)
{
    return c->link && c->link->ended;
}

void sim_link_free(struct sim_conn *c)
{
    struct sim_link *l = c->link;
    if (!l)
        return;
    loop_cancel_timer(c->cluster->sim->loop, l->timer);
    buf_clear(&l->held);
    vec_clear(&l->parts);
    mem_free(l);
    c->link = NULL;
}

size_t sim_link_allows(struct sim_conn *c, size_t wanted, int64_t *wait_ms)
{
    int64_t rate = c->cluster->faults.bandwidth, now = loop_now_ms(c->cluster->sim->loop);
    *wait_ms = 0;
    if (rate <= 0)
        return wanted;
    if (now - c->sent_ms > 1000 || !c->sent_ms) {
        c->sent_ms = now;
        c->sent_bytes = 0;
    }
    int64_t room = rate * (now - c->sent_ms + STEP_MS) / 1000 - c->sent_bytes;
    if (room <= 0) {
        *wait_ms = STEP_MS;
        return 0;
    }
    size_t n = (size_t)room < wanted ? (size_t)room : wanted;
    c->sent_bytes += (int64_t)n;
    return n;
}
