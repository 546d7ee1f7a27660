// SPDX-License-Identifier: Apache-2.0
/* The asking side of the control socket: a verb or a further console of the same user. */
#include "engine/beside/control_conn.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct control_client {
    struct control_conn *conn;
    struct control_client_handlers handlers;
    uint32_t last_id;
    unsigned open;
};

/* The error a reply carries, as a struct err that is the caller's to clear. */
static struct err error_of(const struct val *body)
{
    struct err e = ERR_INIT;
    int code = ERR_INTERNAL;
    for (int i = 1; i < ERR_CODE_COUNT; i++)
        if (val_str_is(val_get(body, "code"), err_word(i)))
            code = i;
    err_set(&e, code, "%s", val_str(val_get(body, "text"), "it failed without a word"));
    const char *source = val_str(val_get(body, "source"), NULL);
    const char *hint = val_str(val_get(body, "hint"), NULL);
    if (source)
        err_at(&e, source, 0, 0);
    if (hint)
        err_hint(&e, "%s", hint);
    return e;
}

static void on_end(void *ctx, const struct err *e)
{
    struct control_client *c = ctx;
    c->handlers.on_closed(c->handlers.ctx, e);
}

static void on_frame(void *ctx, enum control_kind kind, uint32_t id, const struct val *body, int fd)
{
    struct control_client *c = ctx;
    struct control_client_handlers h = c->handlers; /* c may be freed inside */
    bool last = kind != CONTROL_REPLY_MORE;
    if (kind == CONTROL_EVENT) {
        if (fd >= 0)
            close(fd);
        if (h.on_event)
            h.on_event(h.ctx, body);
    } else if (kind == CONTROL_REQUEST || id == 0 || id > c->last_id) {
        struct err e = ERR_INIT;
        if (fd >= 0)
            close(fd);
        err_set(&e, ERR_PROTOCOL, "the other end answers what was not asked");
        control_conn_free(c->conn);
        c->conn = NULL;
        h.on_closed(h.ctx, &e);
        err_clear(&e);
    } else {
        struct err e = kind == CONTROL_REPLY_ERROR ? error_of(body) : ERR_INIT;
        if (last && c->open)
            c->open--;
        h.on_reply(h.ctx, id, last, e.code ? NULL : body, e.code ? &e : NULL, fd);
        err_clear(&e);
    }
}

struct control_client *control_client_new(struct loop *loop, const char *path,
                                          const struct control_client_handlers *handlers,
                                          struct err *e)
{
    struct sockaddr_un address;
    int fd = -1;
    int code = control_address(path, &address, e);
    if (!code && (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
        code = err_set_errno(e, errno, "cannot make a socket");
    if (!code && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        if (errno == ENOENT || errno == ECONNREFUSED)
            code = err_set(e, ERR_NOT_FOUND, "no leeway has this store open");
        else if (errno == EAGAIN)
            code = err_set(e, ERR_BUSY, "the leeway that has this store open does not answer");
        else
            code = err_set_errno(e, errno, "cannot reach the leeway that has this store open");
    }
    if (!code)
        code = control_check_peer(fd, NULL, e);
    if (code) {
        err_at(e, path, 0, 0);
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    struct control_client *c = mem_new(struct control_client);
    c->handlers = *handlers;
    struct control_conn_events ev = {on_frame, on_end, c};
    c->conn = control_conn_new(loop, fd, &ev, e);
    if (!c->conn) {
        mem_free(c);
        return NULL;
    }
    return c;
}

void control_client_free(struct control_client *c)
{
    if (!c)
        return;
    control_conn_free(c->conn);
    mem_free(c);
}

int control_request(struct control_client *c, const struct val *body, uint32_t *id, struct err *e)
{
    if (!c->conn)
        return err_set(e, ERR_IO, "the connection is over");
    if (c->open >= CONTROL_MAX_OPEN)
        return err_set(e, ERR_BUSY, "too many requests wait for their answers");
    int code = control_conn_send(c->conn, CONTROL_REQUEST, c->last_id + 1, body, -1, e);
    if (code)
        return code;
    *id = ++c->last_id;
    c->open++;
    return 0;
}
