// SPDX-License-Identifier: Apache-2.0
/* A program that gets the terminal for itself: a shell in a container, an editor. */
#ifndef LEEWAY_UI_TERM_CHILD_H
#define LEEWAY_UI_TERM_CHILD_H

#include "term/term.h"

/* Waits for it; its exit status as the shell has it, -1 when it could not run. What it said last
 * stays until a person has read it, when it failed. argv[0] is looked for on the PATH. UI thread;
 * the engine goes on meanwhile. */
int child_run(struct term *t, char *const *argv);

#endif
