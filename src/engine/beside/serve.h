// SPDX-License-Identifier: Apache-2.0
/*
 * The writing process as others of the same user see it: on the socket beside the store they take
 * its snapshots (only rows that changed, when they ask), its messages, and give it commands, which
 * it carries out as if its own console had given them. The other side is follower.c. Engine thread.
 *
 * Requests (JSON): {"do": "hello", "wire", "program", "clusters": [{"name", "server"}]} first;
 * {"do": "look"} is answered when there is something new, also in the tables and logs at which they
 * look (serve_look.c); {"do": "command", "command": {…}} is answered with the event that answers
 * it.
 */
#ifndef LEEWAY_ENGINE_SERVE_H
#define LEEWAY_ENGINE_SERVE_H

#include "engine/engine_int.h"

struct serve;

/* The asker of a command that came over the socket. */
struct serve_asker;

/* NULL when the socket cannot be had: said in the log, others are then refused as before. */
struct serve *serve_new(struct engine *e);
void serve_free(struct serve *s, bool keep_file); /* NULL is fine */
bool serve_wants_snapshot(const struct serve *s); /* NULL: no */
void serve_published(struct serve *s);            /* there is a newer snapshot */
/* Everybody who follows; borrows. NULL is fine. */
void serve_event(struct serve *s, const struct leeway_event *ev);
/* The answer to a command of another process; takes ev and frees the asker. */
void serve_answer(struct serve_asker *asker, struct leeway_event *ev);
/* Commands of others that wait for their answers. */
size_t serve_open(const struct serve *s);

#endif
