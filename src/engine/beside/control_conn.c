// SPDX-License-Identifier: Apache-2.0
#include "engine/beside/control_conn.h"

#include "data/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define READ_AT_ONCE 65536u
#define READS_A_TURN 16

struct sent_fd {
    uint64_t at; /* place in the stream of the first byte of its frame */
    int fd;
};

struct control_conn {
    struct loop *loop;
    int fd;
    struct control_conn_events events;
    struct buf in, out;
    size_t out_at;      /* bytes of out that are sent */
    uint64_t out_begin; /* place in the stream of out.data[0] */
    VEC(struct sent_fd) fds;
    int got[CONTROL_MAX_FDS];
    unsigned got_count;
    unsigned busy; /* inside our own events: freeing waits */
    bool doomed, ended, writing;
};

int control_address(const char *path, struct sockaddr_un *out, struct err *e)
{
    memset(out, 0, sizeof(*out));
    out->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof(out->sun_path)) {
        int code = err_set(e, ERR_LIMIT, "the path is too long for a socket (%zu bytes at most)",
                           sizeof(out->sun_path) - 1);
        err_at(e, path, 0, 0);
        err_hint(e, "give the store a shorter path");
        return code;
    }
    memcpy(out->sun_path, path, strlen(path) + 1);
    return 0;
}

int control_check_peer(int fd, int32_t *pid, struct err *e)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return err_set_errno(e, errno, "cannot ask who is at the other end");
    if (peer.uid != geteuid())
        return err_set(e, ERR_FORBIDDEN, "the other end belongs to another user");
    if (pid)
        *pid = peer.pid;
    return 0;
}

static void really_free(struct control_conn *c)
{
    loop_unwatch_fd(c->loop, c->fd);
    close(c->fd);
    for (size_t i = 0; i < c->fds.len; i++)
        close(c->fds.items[i].fd);
    for (unsigned i = 0; i < c->got_count; i++)
        close(c->got[i]);
    vec_clear(&c->fds);
    buf_clear(&c->in);
    buf_clear(&c->out);
    mem_free(c);
}

void control_conn_free(struct control_conn *c)
{
    if (!c)
        return;
    c->doomed = true;
    if (!c->busy)
        really_free(c);
}

static void end(struct control_conn *c, const struct err *e)
{
    if (c->ended || c->doomed)
        return;
    c->ended = true;
    loop_unwatch_fd(c->loop, c->fd);
    c->events.on_end(c->events.ctx, e);
}

/* ---- sending ---- */

static int send_some(struct control_conn *c, struct err *e)
{
    while (c->out_at < c->out.len) {
        uint64_t at = c->out_begin + c->out_at;
        size_t n = c->out.len - c->out_at;
        union {
            char room[CMSG_SPACE(sizeof(int))];
            struct cmsghdr align;
        } control;
        bool with_fd = c->fds.len > 0 && c->fds.items[0].at == at;
        size_t next = with_fd ? 1 : 0; /* the descriptor whose frame bounds this piece */
        if (next < c->fds.len && c->fds.items[next].at - at < n)
            n = (size_t)(c->fds.items[next].at - at);
        struct iovec iov = {c->out.data + c->out_at, n};
        struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
        if (with_fd) {
            memset(&control, 0, sizeof(control));
            m.msg_control = control.room;
            m.msg_controllen = sizeof(control.room);
            struct cmsghdr *h = CMSG_FIRSTHDR(&m);
            h->cmsg_level = SOL_SOCKET;
            h->cmsg_type = SCM_RIGHTS;
            h->cmsg_len = CMSG_LEN(sizeof(int));
            memcpy(CMSG_DATA(h), &c->fds.items[0].fd, sizeof(int));
        }
        ssize_t sent = sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (sent < 0)
            return err_set_errno(e, errno, "cannot send to the other end");
        if (with_fd) {
            close(c->fds.items[0].fd);
            memmove(c->fds.items, c->fds.items + 1, --c->fds.len * sizeof(c->fds.items[0]));
        }
        c->out_at += (size_t)sent;
    }
    if (c->out_at == c->out.len || c->out_at > (1u << 20)) {
        c->out_begin += c->out_at;
        buf_drop(&c->out, c->out_at);
        c->out_at = 0;
    }
    return 0;
}

static void on_ready(void *ctx, int fd, unsigned events);

static int want_write(struct control_conn *c)
{
    bool wanted = c->out_at < c->out.len;
    if (wanted == c->writing)
        return 0;
    c->writing = wanted;
    return loop_watch_fd(c->loop, c->fd, LOOP_READ | (wanted ? LOOP_WRITE : 0), on_ready, c);
}

int control_conn_send(struct control_conn *c, enum control_kind kind, uint32_t id,
                      const struct val *body, int fd, struct err *e)
{
    if (c->ended || c->doomed)
        return err_set(e, ERR_IO, "the connection is over");
    struct buf json;
    buf_init(&json, CONTROL_MAX_FRAME);
    int code = json_write(&json, body, JSON_COMPACT);
    if (code) {
        buf_clear(&json);
        return err_set(e, code, "a message to the other end is too large");
    }
    unsigned char h[CONTROL_HEADER] = {
        (unsigned char)(json.len >> 24),
        (unsigned char)(json.len >> 16),
        (unsigned char)(json.len >> 8),
        (unsigned char)json.len,
        (unsigned char)(id >> 24),
        (unsigned char)(id >> 16),
        (unsigned char)(id >> 8),
        (unsigned char)id,
        (unsigned char)kind,
        CONTROL_VERSION,
        fd >= 0,
        0,
    };
    size_t waiting = c->out.len - c->out_at;
    if (waiting + CONTROL_HEADER + json.len > CONTROL_MAX_BACKLOG) {
        shutdown(c->fd, SHUT_RDWR); /* the loop notices and ends it */
        code = err_set(e, ERR_LIMIT, "the other end does not read");
    } else {
        if (fd >= 0) {
            int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
            if (copy < 0) {
                buf_clear(&json);
                return err_set_errno(e, errno, "cannot pass a descriptor on");
            }
            vec_push(&c->fds, (struct sent_fd){c->out_begin + c->out.len, copy});
        }
        code = buf_add(&c->out, h, sizeof(h));
        if (!code)
            code = buf_add(&c->out, json.data ? json.data : "", json.len);
        if (!code)
            code = send_some(c, e);
        if (!code)
            code = want_write(c);
        if (code)
            code = err_set(e, code, "cannot send to the other end");
    }
    buf_clear(&json);
    return code;
}

/* ---- receiving ---- */

/* 1 something came, 0 nothing now, -1 the end (e set unless closed in order). */
static int receive(struct control_conn *c, struct err *e)
{
    char *room = buf_reserve(&c->in, READ_AT_ONCE);
    if (!room) {
        err_set(e, ERR_PROTOCOL, "the other end sent a frame that is too long");
        return -1;
    }
    union {
        char room[CMSG_SPACE(sizeof(int) * CONTROL_MAX_FDS)];
        struct cmsghdr align;
    } control;
    struct iovec iov = {room, READ_AT_ONCE};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control.room,
                       .msg_controllen = sizeof(control.room)};
    ssize_t n = recvmsg(c->fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return 0;
    if (n < 0) {
        err_set_errno(e, errno, "cannot read from the other end");
        return -1;
    }
    bool too_many = (m.msg_flags & MSG_CTRUNC) != 0;
    for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(int));
            if (c->got_count < CONTROL_MAX_FDS) {
                c->got[c->got_count++] = fd;
            } else {
                close(fd);
                too_many = true;
            }
        }
    }
    if (too_many) {
        err_set(e, ERR_PROTOCOL, "the other end sent too many descriptors");
        return -1;
    }
    if (n == 0)
        return -1;
    buf_commit(&c->in, (size_t)n);
    return 1;
}

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Delivers the first frame when it is whole: 1; 0 not yet; -1 broken. */
static int deliver(struct control_conn *c, struct err *e)
{
    if (c->in.len < CONTROL_HEADER)
        return 0;
    const unsigned char *h = (const unsigned char *)c->in.data;
    uint32_t len = be32(h), id = be32(h + 4);
    if (len > CONTROL_MAX_FRAME || h[8] == 0 || h[8] >= CONTROL_KIND_COUNT ||
        h[9] != CONTROL_VERSION || h[10] > 1 || h[11] || (h[10] && !c->got_count)) {
        err_set(e, ERR_PROTOCOL, "the other end does not speak leeway's protocol");
        return -1;
    }
    if (c->in.len < CONTROL_HEADER + len)
        return 0;
    int fd = -1;
    if (h[10]) {
        fd = c->got[0];
        memmove(c->got, c->got + 1, --c->got_count * sizeof(c->got[0]));
    }
    enum control_kind kind = (enum control_kind)h[8];
    struct val_pool pool;
    val_pool_init_limited(&pool, (size_t)CONTROL_MAX_FRAME * 16);
    struct json_options opt = {.source = "control socket"};
    const struct val *body = json_read(&pool, c->in.data + CONTROL_HEADER, len, &opt, e);
    int rc = 1;
    if (body) {
        c->events.on_frame(c->events.ctx, kind, id, body, fd);
        if (!c->doomed)
            buf_drop(&c->in, CONTROL_HEADER + len);
    } else {
        if (fd >= 0)
            close(fd);
        rc = -1;
    }
    val_pool_clear(&pool);
    return rc;
}

static void on_ready(void *ctx, int fd, unsigned events)
{
    struct control_conn *c = ctx;
    struct err e = ERR_INIT;
    (void)fd;
    c->busy++;
    int came = 1, rc = 0;
    if (events & LOOP_WRITE)
        rc = send_some(c, &e) ? -1 : 0;
    for (int i = 0; i < READS_A_TURN && came > 0 && rc >= 0 && !c->doomed; i++) {
        came = receive(c, &e);
        while (came >= 0 && !c->doomed && (rc = deliver(c, &e)) > 0) {
        }
    }
    if (!c->doomed && (came < 0 || rc < 0))
        end(c, e.code ? &e : NULL);
    else if (!c->doomed && want_write(c) != 0)
        end(c, NULL);
    err_clear(&e);
    if (--c->busy == 0 && c->doomed)
        really_free(c);
}

struct control_conn *control_conn_new(struct loop *loop, int fd,
                                      const struct control_conn_events *events, struct err *e)
{
    struct control_conn *c = mem_new(struct control_conn);
    c->loop = loop;
    c->fd = fd;
    c->events = *events;
    buf_init(&c->in, CONTROL_MAX_FRAME + CONTROL_HEADER + 2 * READ_AT_ONCE);
    buf_init(&c->out, CONTROL_MAX_BACKLOG + (2u << 20));
    int code = loop_watch_fd(loop, fd, LOOP_READ, on_ready, c);
    if (code) {
        err_set(e, code, "cannot watch the connection");
        really_free(c);
        return NULL;
    }
    return c;
}
