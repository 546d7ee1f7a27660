// SPDX-License-Identifier: Apache-2.0
/*
 * The linear face: the same views, commands and dialogs as on a screen, read line by line and
 * steered by numbers and words. One fact a line, the worst first; no cursor moves, nothing is
 * repainted: what changes is said on a line of its own. Needs no terminal. UI thread.
 */
#ifndef LEEWAY_UI_PLAIN_PLAIN_H
#define LEEWAY_UI_PLAIN_PLAIN_H

#include "app/app.h"

struct plain;

struct plain_options {
    bool ascii;   /* the locale cannot show more */
    bool choices; /* false: lists without numbers and without the line that asks: for pipes */
    bool echo;    /* answers come from no terminal: they are written behind the prompt */
};

/* Borrows a. Owned; plain_free. */
struct plain *plain_new(struct app *a, const struct plain_options *opt);
void plain_free(struct plain *p);
/* What was said and not taken yet; the caller writes it out and resets it. */
struct buf *plain_out(struct plain *p);
/* After anything happened to the app: says new messages, a new view as a whole, and of the view
 * that was said before what has changed. False: what was asked for is on its way, call again. */
bool plain_speak(struct plain *p);
/* One answer, without its line end; it is cleaned here. */
void plain_answer(struct plain *p, const char *line);
/* Asks for the next answer, unless it was asked already. */
void plain_prompt(struct plain *p);
/* The words of `wait`; NULL: the next answer can be taken. until_ms: boot time. */
const char *plain_waits(const struct plain *p, int64_t *until_ms);
void plain_wait_failed(struct plain *p);  /* it was too long */
bool plain_failed(const struct plain *p); /* a `wait` was in vain */

/* Reads answers from in_fd and writes to out_fd until it ends: quit, the end of the answers, or a
 * reader that went away. Descriptors are borrowed. wake is called when event_fd is readable. 0;
 * ERR_IO; ERR_TIMEOUT when a `wait` of a script was in vain. */
typedef void plain_wake_fn(struct app *a, void *ctx);
int plain_run(struct app *a, const struct plain_options *opt, int in_fd, int out_fd, int event_fd,
              plain_wake_fn *wake, void *ctx, struct err *e) ERR_CHECKED;

#endif
