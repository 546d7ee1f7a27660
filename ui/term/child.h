// SPDX-License-Identifier: Apache-2.0
/* A program that gets the terminal for itself: a login, a shell in a container, an editor. */
#ifndef LEEWAY_UI_TERM_CHILD_H
#define LEEWAY_UI_TERM_CHILD_H

#include "term/term.h"

enum child_kind {
    /* A credential plugin: it prints the credential on standard output, which is not for the screen
     * or its scroll-back, and talks to the person on standard error. */
    CHILD_LOGIN,
    /* Talks as it likes; a person sees what it said last before the console comes back, when it
     * failed. */
    CHILD_PROGRAM,
};

/* Waits for it; its exit status as the shell has it, -1 when it could not run. argv[0] is looked
 * for on the PATH. UI thread; the engine goes on meanwhile. */
int child_run(struct term *t, char *const *argv, enum child_kind kind);

#endif
