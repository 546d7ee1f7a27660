// SPDX-License-Identifier: Apache-2.0
/*
 * A guide through the console: the last row says what to press next and why, and goes on when what
 * that leads to is on the screen. It only looks; nothing is locked, and Ctrl-G skips a step, goes
 * back one, or ends it. UI thread.
 */
#ifndef LEEWAY_UI_APP_GUIDE_H
#define LEEWAY_UI_APP_GUIDE_H

#include "app/app.h"

struct guide_step {
    const char *id;
    const char *see; /* words that are on the screen when it was done; several with | between */
    const char *say; /* at most GUIDE_COLS cells of printable ASCII */
};

enum { GUIDE_COLS = 72 };

/* A step is what the guide asks for now; once for each. NULL: nobody wants to know. */
typedef void guide_fn(void *ctx, const struct guide_step *step);

/* steps live as long as a; after the last of them the guide says it and ends. */
void app_set_guide(struct app *a, const struct guide_step *steps, size_t n, guide_fn *fn,
                   void *ctx);

#endif
