// SPDX-License-Identifier: Apache-2.0
/*
 * A server for tests that misbehaves on purpose. It listens on all of 127.0.0.0/8; each connection
 * gets a thread that runs the test's script, which may speak TLS with any of four identities,
 * HTTP/1.1 through the helpers, or whatever bytes it likes. Every wait inside a script ends when
 * the server is stopped or the peer goes, so a script may be silent for as long as it wants.
 * Identities are made when the server starts: a fresh authority, P-256 keys.
 */
#ifndef LEEWAY_TESTS_HOSTILE_SERVER_H
#define LEEWAY_TESTS_HOSTILE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hostile; /* shared by its threads */
struct peer;    /* one connection; belongs to its thread */

enum hostile_identity {
    HOSTILE_GOOD,       /* localhost and 127.0.0.1, by the authority */
    HOSTILE_EXPIRED,    /* the same, ended yesterday */
    HOSTILE_OTHER_NAME, /* elsewhere.test */
    HOSTILE_OTHER_CA,   /* localhost, by an authority nobody knows */
    HOSTILE_IDENTITIES,
};

typedef void hostile_fn(struct peer *p, void *ctx);

/* Asserts where it cannot be set up: tests only. */
struct hostile *hostile_start(hostile_fn *fn, void *ctx);
void hostile_stop(struct hostile *h); /* ends and joins all; NULL is fine */
unsigned hostile_port(const struct hostile *h);
const char *hostile_ca_pem(const struct hostile *h);
/* From any thread. */
unsigned hostile_connections(struct hostile *h);
unsigned hostile_requests(struct hostile *h);
unsigned hostile_gone(struct hostile *h);    /* scripts that have ended */
uint64_t hostile_written(struct hostile *h); /* plain bytes taken by the sockets */
/* A door a script can wait at until the test opens it. */
void hostile_open_door(struct hostile *h);

struct peer_request {
    char method[16], path[1024], authorization[256], proxy_authorization[256], host[256];
    bool keep; /* the client did not ask to close */
};

unsigned peer_number(const struct peer *p); /* of the connection, from 1 */
void peer_count(struct peer *p);            /* a request that did not come through peer_request */
struct hostile *peer_server(const struct peer *p);
/* All false: the peer went, or the server is being stopped. */
bool peer_tls(struct peer *p, enum hostile_identity who, bool h2);
bool peer_read(struct peer *p, void *out, size_t len); /* exactly so many */
bool peer_write(struct peer *p, const void *bytes, size_t len);
bool peer_puts(struct peer *p, const char *s);
bool peer_printf(struct peer *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool peer_request(struct peer *p, struct peer_request *r); /* HTTP/1.1, its body thrown away */
/* status: "200 OK"; more: further header lines, each with CRLF, or "". */
bool peer_answer(struct peer *p, const char *status, const char *more, const char *body);
bool peer_wait_door(struct peer *p);
void peer_until_gone(struct peer *p); /* silent, reading nothing away */
/* Passes bytes both ways between the peer and a port of this machine, until one of them ends. */
void peer_relay(struct peer *p, unsigned port);

#endif
