// SPDX-License-Identifier: Apache-2.0
/*
 * Logins that need a person: the credential plugin gets the terminal for as long as it runs, what
 * it prints is the credential and goes to the engine, never to the screen. The UI thread.
 */
#ifndef LEEWAY_UI_LOGIN_H
#define LEEWAY_UI_LOGIN_H

struct app;
struct leeway_event;
struct term;

/* Asks whether to run what an event of kind LEEWAY_EVENT_LOGIN names, on Cancel. term NULL: there
 * is no terminal to give away, so it is only said. The event is borrowed for the call. */
void login_ask(struct app *a, struct term *term, const struct leeway_event *ev);

#endif
