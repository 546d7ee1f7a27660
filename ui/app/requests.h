// SPDX-License-Identifier: Apache-2.0
/*
 * Commands to the engine and their answers. A view posts a command and says who hears the answer;
 * when the view is gone by then nobody does, and a failure becomes a message. UI thread.
 */
#ifndef LEEWAY_UI_APP_REQUESTS_H
#define LEEWAY_UI_APP_REQUESTS_H

#include "app/app.h"
#include "leeway/leeway.h"

/* leeway_post, or what a test puts in its place: the request's number, or 0 with *e. */
typedef uint64_t app_post_fn(void *ctx, const struct leeway_command *c, struct err *e);
/* Set once at the start; without it every request fails with a message. */
void app_set_post(struct app *a, app_post_fn *post, void *ctx);

/* The answer; borrowed. What it wants to keep (plan, object) it references. */
typedef void app_answer_fn(struct app *a, struct view *owner, const struct leeway_event *ev);
/* Posts c. fn is called with the answer while owner lives; with fn NULL success is silent and
 * failure a message. The request's number; 0: it could not be posted, which was said. */
uint64_t app_request(struct app *a, struct view *owner, const struct leeway_command *c,
                     app_answer_fn *fn);
/* Gives ev to who waits for it; unheard failures and messages go to the message row. True when the
 * event was for the console; false for what only the caller can do (LEEWAY_EVENT_LOGIN). */
bool app_answer(struct app *a, const struct leeway_event *ev);
/* Ends a table or a log of the snapshot (LEEWAY_CMD_LOOK_END), later when the engine is busy now.
 */
void app_end_look(struct app *a, uint64_t look);
/* Says an event of kind FAILED: what happened, where, and what to do. */
void app_say_failed(struct app *a, const struct leeway_event *ev);

#endif
