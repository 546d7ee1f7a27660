// SPDX-License-Identifier: Apache-2.0
/*
 * The tables and logs at which a follower looks: asked of the process that writes the store, which
 * calls them by the number of the request over the socket; here they have the number of the
 * command. When that process ends they are asked for again of whoever comes next. The other side is
 * serve_look.c. Engine thread.
 */
#ifndef LEEWAY_ENGINE_FOLLOW_LOOK_H
#define LEEWAY_ENGINE_FOLLOW_LOOK_H

#include "engine/client.h"
#include "engine/engine_int.h"
#include "leeway/look.h"

struct follow_looks;
struct follow_looks *follow_looks_new(void);
/* Gives the commands of what is open to the client, for the engine or follower that comes next. */
void follow_looks_free(struct follow_looks *f, struct engine_client *client);

/* A LOOK or LOG that was sent as this request; borrows. Other commands are none of its. */
void follow_looks_asked(struct follow_looks *f, const struct engine_command *cmd, uint32_t asked);
/* It came to nothing. */
void follow_looks_failed(struct follow_looks *f, uint32_t asked);
/* The request whose table or log a LOOK_END is about to end; 0: there is none. */
uint32_t follow_looks_ended(struct follow_looks *f, uint64_t id);

/* One entry of a reply. ERR_PROTOCOL, ERR_LIMIT. */
int follow_looks_entry(struct follow_looks *f, struct arena *scratch, const struct val *entry,
                       struct err *e) ERR_CHECKED;
/* After the last entry: into the snapshot. ERR_PROTOCOL. */
int follow_looks_put(struct follow_looks *f, struct leeway_snapshot_builder *b,
                     struct err *e) ERR_CHECKED;

#endif
