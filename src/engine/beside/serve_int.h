// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of the writing process's side: serve.c (guests, rows of the fleet, commands) and
 * serve_look.c (the tables and logs at which a guest looks). Engine thread.
 */
#ifndef LEEWAY_ENGINE_SERVE_INT_H
#define LEEWAY_ENGINE_SERVE_INT_H

#include "base/vec.h"
#include "engine/beside/control_socket.h"
#include "engine/beside/serve.h"
#include "leeway/look.h"

struct seen { /* one row as the peer has it */
    const void *row;
    uint64_t hash;
};

/* A table or a log that the guest asked for. */
struct guest_look {
    uint64_t id;              /* the engine's */
    uint32_t asked;           /* the guest's request, by which both sides call it */
    struct leeway_look *look; /* as the guest has it, a reference; NULL: not yet */
    size_t rows;              /* of it that the guest has: the first */
    struct leeway_log *log;   /* likewise */
};

struct guest {
    struct guest *next, **link;
    struct serve *serve;
    struct control_peer *peer;
    bool greeted, fleet_sent;
    uint32_t look;                /* the open request; 0: none */
    struct leeway_snapshot *last; /* what it has seen of, keeps the rows in `seen` alive */
    VEC(struct seen) seen[ENGINE_TABLES];
    bool all;               /* it wants every cluster */
    VEC(uint64_t) clusters; /* ids of those it wants */
    VEC(struct guest_look) looks;
};

/* One reply in the making: entries until it is full. */
struct page {
    struct guest *g;
    struct val_pool pool, scratch;
    struct arena heads; /* what entries borrow */
    struct val_builder *b;
    size_t bytes;
    bool begun, any, failed;
};

struct engine *serve_engine(struct serve *s);
uint64_t serve_next_look(struct serve *s); /* another one each time */

/* Opens a map for an entry of about so many bytes, on the next page when this one is full; the
 * caller fills and ends it. What it borrows lives until the page was sent. */
struct val_builder *serve_page_entry(struct page *p, size_t bytes);

/* ---- serve_look.c ---- */

/* Before a LOOK, LOG or LOOK_END of a guest is run: gives it an id that is the engine's own, in
 * place of the request's. false and *err: it may not. */
bool serve_look_command(struct guest *g, uint32_t id, struct engine_command *cmd, struct err *err);
/* The command came to nothing. */
void serve_look_failed(struct guest *g, uint32_t asked);
/* What differs from what the guest has of its tables and logs. */
void serve_look_show(struct guest *g, struct page *p, const struct leeway_snapshot *s);
/* How many rows of a table, from the first, are so many bytes at most. */
size_t serve_look_fits(const struct leeway_look *l, size_t bytes);
/* The guest is gone: ends what it looked at; engine: NULL when that ends, too. */
void serve_look_forget(struct guest *g, struct engine *engine);

#endif
