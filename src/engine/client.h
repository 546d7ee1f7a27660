// SPDX-License-Identifier: Apache-2.0
/*
 * The two queues and the newest snapshot between the engine thread and the thread that opened it.
 * Every accepted command has a place kept for its answer until the answer is taken, so neither side
 * ever waits for the other.
 */
#ifndef LEEWAY_ENGINE_CLIENT_H
#define LEEWAY_ENGINE_CLIENT_H

#include "base/loop.h"
#include "engine/engine_int.h"

struct engine_client *engine_client_new(struct err *e);
void engine_client_free(struct engine_client *c); /* both sides are done */

/* ---- the engine's side ---- */

/* From now on the loop is woken; NULL: it is going away. */
void engine_client_attach(struct engine_client *c, struct loop *loop);
struct engine_command *engine_client_next_command(struct engine_client *c);
/* A command that the next engine shall carry out before any other; takes it. */
void engine_client_ask_again(struct engine_client *c, struct engine_command *cmd);
bool engine_client_wants_snapshot(const struct engine_client *c);
void engine_client_publish(struct engine_client *c, struct leeway_snapshot *s); /* references */
/* Takes the event; an answer always fits, anything else is freed and false when nobody reads. */
bool engine_client_push(struct engine_client *c, struct leeway_event *ev, bool answer);
/* A message without an engine: why there is none any more. */
void engine_client_say(struct engine_client *c, const struct err *e);
void engine_client_set_limits(struct engine_client *c, bool read_only, bool spectator,
                              const char *why);

bool engine_client_stopped(const struct engine_client *c); /* the other side wants the end */

/* ---- the other side ---- */

/* Ends the engine's loop; safe while the loop is going away by itself. */
void engine_client_stop(struct engine_client *c);
/* Ends the loop that runs now; another part may be taken up afterwards. */
void engine_client_turn(struct engine_client *c);
int engine_client_fd(const struct engine_client *c);
struct leeway_snapshot *engine_client_take(struct engine_client *c);
struct leeway_event *engine_client_next_event(struct engine_client *c);
uint64_t engine_client_post(struct engine_client *c, const struct leeway_command *cmd,
                            struct err *e);

/* A command of the engine's own: everything is copied. NULL and *e: larger than any command is. */
struct engine_command *engine_command_new(const struct leeway_command *command, struct err *e);
void engine_command_free(struct engine_command *cmd);

#endif
