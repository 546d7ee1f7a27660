// SPDX-License-Identifier: Apache-2.0
/* The one loop: terminal, signals and the engine's events to the app, frames back. */
#ifndef LEEWAY_UI_APP_RUN_H
#define LEEWAY_UI_APP_RUN_H

#include "app/app.h"
#include "term/term.h"

/* Called when event_fd is readable: take what is there, then app_data_changed if it matters. */
typedef void app_wake_fn(struct app *a, void *ctx);

/* Until the app quits or the terminal is gone (ERR_IO). event_fd -1: none. */
int app_run(struct app *a, struct term *t, int event_fd, app_wake_fn *wake, void *ctx,
            struct err *e) ERR_CHECKED;

#endif
