// SPDX-License-Identifier: Apache-2.0
/* The writing process's side of the control socket: who may connect, which requests are open. */
#include "engine/beside/control_conn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct control_peer {
    struct control_peer *next, **link;
    struct control_server *server;
    struct control_conn *conn;
    int32_t pid;
    uint32_t open[CONTROL_MAX_OPEN];
    unsigned open_count;
};

struct control_server {
    struct loop *loop;
    char *path;
    int fd;
    struct control_handlers handlers;
    struct control_peer *peers;
    unsigned peer_count;
};

char *control_socket_path(const char *store_path)
{
    size_t len = strlen(store_path);
    if (len > 3 && strcmp(store_path + len - 3, ".db") == 0)
        len -= 3;
    return mem_printf("%.*s.sock", (int)len, store_path);
}

static void drop(struct control_peer *p)
{
    struct control_server *s = p->server;
    *p->link = p->next;
    if (p->next)
        p->next->link = p->link;
    s->peer_count--;
    if (s->handlers.on_gone)
        s->handlers.on_gone(s->handlers.ctx, p);
    control_conn_free(p->conn);
    mem_free(p);
}

static void on_end(void *ctx, const struct err *e)
{
    (void)e;
    drop(ctx);
}

static int find_open(const struct control_peer *p, uint32_t id)
{
    for (unsigned i = 0; i < p->open_count; i++)
        if (p->open[i] == id)
            return (int)i;
    return -1;
}

static void on_frame(void *ctx, enum control_kind kind, uint32_t id, const struct val *body, int fd)
{
    struct control_peer *p = ctx;
    if (fd >= 0)
        close(fd); /* nobody hands us descriptors */
    if (kind != CONTROL_REQUEST || id == 0 || p->open_count == CONTROL_MAX_OPEN ||
        find_open(p, id) >= 0) {
        drop(p);
        return;
    }
    p->open[p->open_count++] = id;
    p->server->handlers.on_request(p->server->handlers.ctx, p, id, body);
}

static void on_connection(void *ctx, int fd, unsigned events)
{
    struct control_server *s = ctx;
    (void)events;
    int peer_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (peer_fd < 0)
        return;
    int32_t pid = 0;
    if (s->peer_count >= CONTROL_MAX_PEERS || control_check_peer(peer_fd, &pid, NULL) != 0) {
        close(peer_fd);
        return;
    }
    struct control_peer *p = mem_new(struct control_peer);
    struct control_conn_events ev = {on_frame, on_end, p};
    p->server = s;
    p->pid = pid;
    p->conn = control_conn_new(s->loop, peer_fd, &ev, NULL);
    if (!p->conn) {
        mem_free(p);
        return;
    }
    p->next = s->peers;
    p->link = &s->peers;
    if (p->next)
        p->next->link = &p->next;
    s->peers = p;
    s->peer_count++;
}

/* A socket that a dead process left; anything else is not ours to remove. */
static int remove_stale(const char *path, struct err *e)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? 0 : err_set_errno(e, errno, "cannot look at the control socket");
    if (!S_ISSOCK(st.st_mode) || st.st_uid != geteuid())
        return err_set(e, ERR_EXISTS, "something else lies where the control socket goes");
    if (unlink(path) != 0 && errno != ENOENT)
        return err_set_errno(e, errno, "cannot remove the old control socket");
    return 0;
}

struct control_server *control_server_new(struct loop *loop, const char *path,
                                          const struct control_handlers *handlers, struct err *e)
{
    struct sockaddr_un address;
    struct control_server *s = NULL;
    int fd = -1;
    int code = control_address(path, &address, e);
    if (!code)
        code = remove_stale(path, e);
    if (!code && (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
        code = err_set_errno(e, errno, "cannot make the control socket");
    if (!code && bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        code = err_set_errno(e, errno, "cannot name the control socket");
    /* nobody can connect before listen, so the mode is right in time */
    if (!code && (chmod(path, 0600) != 0 || listen(fd, 16) != 0))
        code = err_set_errno(e, errno, "cannot listen on the control socket");
    if (!code) {
        s = mem_new(struct control_server);
        s->loop = loop;
        s->path = mem_strdup(path);
        s->fd = fd;
        s->handlers = *handlers;
        code = loop_watch_fd(loop, fd, LOOP_READ, on_connection, s);
        if (code) {
            err_set(e, code, "cannot watch the control socket");
            control_server_free(s, false);
            return NULL;
        }
    } else {
        err_at(e, path, 0, 0);
        if (fd >= 0)
            close(fd);
    }
    return s;
}

void control_server_free(struct control_server *s, bool keep_file)
{
    if (!s)
        return;
    while (s->peers)
        drop(s->peers);
    loop_unwatch_fd(s->loop, s->fd);
    if (!keep_file)
        unlink(s->path);
    close(s->fd);
    mem_free(s->path);
    mem_free(s);
}

/* ---- answers ---- */

static int reply(struct control_peer *p, uint32_t id, enum control_kind kind,
                 const struct val *body, int fd, struct err *e)
{
    int at = find_open(p, id);
    if (at < 0)
        return err_set(e, ERR_NOT_FOUND, "no such request is open");
    int code = control_conn_send(p->conn, kind, id, body, fd, e);
    if (!code && kind != CONTROL_REPLY_MORE)
        p->open[at] = p->open[--p->open_count];
    return code;
}

int control_reply(struct control_peer *peer, uint32_t id, enum control_more more,
                  const struct val *body, int fd, struct err *e)
{
    return reply(peer, id, more == CONTROL_MORE ? CONTROL_REPLY_MORE : CONTROL_REPLY_LAST, body, fd,
                 e);
}

int control_reply_error(struct control_peer *peer, uint32_t id, const struct err *error)
{
    struct val_pool pool;
    val_pool_init(&pool);
    const char *fields[][2] = {
        {"code", err_word(error->code)},
        {"text", error->text},
        {"source", error->source},
        {"hint", error->hint},
    };
    struct val_entry entries[ARRAY_LEN(fields)];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (fields[i][1])
            entries[n++] = (struct val_entry){
                .key = val_intern(&pool, fields[i][0], strlen(fields[i][0])),
                .value = val_of_str(&pool, fields[i][1]),
            };
    int code = reply(peer, id, CONTROL_REPLY_ERROR, val_map_of(&pool, entries, n), -1, NULL);
    val_pool_clear(&pool);
    return code;
}

int control_send_event(struct control_peer *peer, const struct val *body, struct err *e)
{
    return control_conn_send(peer->conn, CONTROL_EVENT, 0, body, -1, e);
}

void control_send_event_to_all(struct control_server *s, const struct val *body)
{
    for (struct control_peer *p = s->peers; p; p = p->next)
        if (control_send_event(p, body, NULL)) {
            /* it is over, or does not read and will be dropped: the loop says so */
        }
}

int32_t control_peer_pid(const struct control_peer *peer)
{
    return peer->pid;
}
