// SPDX-License-Identifier: Apache-2.0
/*
 * One end of a control connection: frames in and out over a stream socket, descriptors with them,
 * everything bounded. Used by control_server.c and control_client.c only. The loop's thread.
 *
 * A frame: length of the JSON (32 bit, big endian), number (32 bit), kind, version, 1 when a
 * descriptor comes with it, 0; then the JSON.
 */
#ifndef LEEWAY_ENGINE_CONTROL_CONN_H
#define LEEWAY_ENGINE_CONTROL_CONN_H

#include "base/vec.h"
#include "engine/beside/control_socket.h"

enum control_kind {
    CONTROL_REQUEST = 1,
    CONTROL_REPLY_MORE,
    CONTROL_REPLY_LAST,
    CONTROL_REPLY_ERROR,
    CONTROL_EVENT,
    CONTROL_KIND_COUNT
};
#define CONTROL_HEADER 12u
#define CONTROL_VERSION 1
#define CONTROL_MAX_FDS 4u /* that wait for their frame */

struct control_conn;

struct control_conn_events {
    /* body lives for the call; fd -1 or the receiver's. The connection may be freed inside. */
    void (*on_frame)(void *ctx, enum control_kind kind, uint32_t id, const struct val *body,
                     int fd);
    void (*on_end)(void *ctx, const struct err *e); /* e NULL: closed by the other side */
    void *ctx;
};

/* Owns fd from now on, whatever happens. */
struct control_conn *control_conn_new(struct loop *loop, int fd,
                                      const struct control_conn_events *events, struct err *e);
void control_conn_free(struct control_conn *c); /* also inside its events; NULL is fine */
/* Queues and sends what goes at once. fd -1 or copied. ERR_LIMIT, ERR_IO; over the backlog's bound
 * the connection ends on the loop's next turn. */
int control_conn_send(struct control_conn *c, enum control_kind kind, uint32_t id,
                      const struct val *body, int fd, struct err *e);
/* 0 when the other side runs under our user id, else ERR_FORBIDDEN. */
int control_check_peer(int fd, int32_t *pid, struct err *e);
/* Fills the address; ERR_LIMIT when the path is too long. len receives its length. */
struct sockaddr_un;
int control_address(const char *path, struct sockaddr_un *out, struct err *e);

#endif
