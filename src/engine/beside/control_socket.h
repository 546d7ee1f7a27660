// SPDX-License-Identifier: Apache-2.0
/*
 * The Unix socket beside the store on which the writing process takes commands from verbs and
 * further consoles of the same user. Transport only: frames of known length with JSON inside; what
 * a request means is its handler's business.
 *
 * A frame is 12 bytes (length of the JSON, big endian, 32 bit; number of the exchange, 32 bit;
 * kind; version 1; two zero bytes) and the JSON. The client numbers its requests; replies carry the
 * number: any number of CONTROL_MORE ones and one last. Events carry 0. A reply can carry one
 * descriptor (SCM_RIGHTS), such as the store's lock.
 *
 * The peer's user id is asked of the kernel on both sides and must be ours. Sizes, connections,
 * requests in flight and what waits to be sent are bounded; a peer that breaks a bound or the
 * format is dropped. Everything runs on the loop's thread; nothing blocks.
 */
#ifndef LEEWAY_ENGINE_CONTROL_SOCKET_H
#define LEEWAY_ENGINE_CONTROL_SOCKET_H

#include "base/err.h"
#include "base/loop.h"
#include "data/val.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_MAX_FRAME (8u * 1024u * 1024u)    /* of one JSON text */
#define CONTROL_MAX_BACKLOG (32u * 1024u * 1024u) /* bytes that wait for one peer */
#define CONTROL_MAX_PEERS 64u
#define CONTROL_MAX_OPEN 256u /* requests of one peer without their last reply */

enum control_more { CONTROL_LAST, CONTROL_MORE };

/* PATH with .db replaced by .sock; the caller frees with mem_free. */
char *control_socket_path(const char *store_path);

/* ---- the writing process ---- */

struct control_server;
struct control_peer; /* one connection; lives until its on_gone */

struct control_handlers {
    /* body lives for the call. Answer now or later with control_reply. */
    void (*on_request)(void *ctx, struct control_peer *peer, uint32_t id, const struct val *body);
    void (*on_gone)(void *ctx, struct control_peer *peer); /* or NULL; peer is freed afterwards */
    void *ctx;
};

/* Only under the store's lock: what a dead process left at path is removed first. ERR_IO, ERR_LIMIT
 * (path too long for a socket). Mode 0600. handlers are copied. */
struct control_server *control_server_new(struct loop *loop, const char *path,
                                          const struct control_handlers *handlers,
                                          struct err *e) ERR_CHECKED;
/* Drops all peers (what was queued is tried once) and removes the socket; keep_file: leaves it to
 * the process that got the lock. NULL is fine. */
void control_server_free(struct control_server *s, bool keep_file);

/* fd -1: none, else a copy is sent and the caller's stays open. ERR_LIMIT: the body is too large or
 * the peer does not read (it is dropped soon after); ERR_NOT_FOUND: no such request is open. */
int control_reply(struct control_peer *peer, uint32_t id, enum control_more more,
                  const struct val *body, int fd, struct err *e);
/* An error as a last reply: code word, text, source, hint. */
int control_reply_error(struct control_peer *peer, uint32_t id, const struct err *error);
int control_send_event(struct control_peer *peer, const struct val *body, struct err *e);
void control_send_event_to_all(struct control_server *s, const struct val *body);
int32_t control_peer_pid(const struct control_peer *peer); /* as the kernel says */

/* ---- the other side ---- */

struct control_client;

struct control_client_handlers {
    /* body lives for the call; error (owned by the transport) instead of it when the reply is one.
     * fd: -1, or the caller's to close. */
    void (*on_reply)(void *ctx, uint32_t id, bool last, const struct val *body,
                     const struct err *error, int fd);
    void (*on_event)(void *ctx, const struct val *body); /* or NULL */
    /* The connection is over; e says why (NULL: it was closed). Free the client here or later. */
    void (*on_closed)(void *ctx, const struct err *e);
    void *ctx;
};

/* ERR_NOT_FOUND nobody listens; ERR_FORBIDDEN somebody else's socket; ERR_IO. */
struct control_client *control_client_new(struct loop *loop, const char *path,
                                          const struct control_client_handlers *handlers,
                                          struct err *e) ERR_CHECKED;
void control_client_free(struct control_client *c); /* NULL is fine; also inside handlers */
/* The number of the request in *id. ERR_LIMIT, ERR_BUSY (too many open), ERR_IO (closed). */
int control_request(struct control_client *c, const struct val *body, uint32_t *id, struct err *e);

#endif
