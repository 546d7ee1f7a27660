// SPDX-License-Identifier: Apache-2.0
/*
 * A program run to its end, by argv, never through a shell: with a file as its standard input, a
 * bound on what it says and a deadline. Blocks; for verbs and workers, never for the threads of the
 * screen or the engine. Any thread.
 */
#ifndef LEEWAY_BASE_RUN_H
#define LEEWAY_BASE_RUN_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct run_options {
    const char *const *argv; /* NULL-terminated; looked up in PATH */
    const char *input;       /* a file as standard input; NULL: none */
    int64_t timeout_ms;
    struct buf *out;    /* standard output, at most out->max bytes: past it the program is ended */
    struct buf *errors; /* standard error, what is past its maximum is dropped; NULL: ours */
    bool with_person;   /* it may ask at the terminal: stays in our process group */
};

/* 0 and *status (as waitpid has it) when the program ran to its end; ERR_NOT_FOUND (there is no
 * such program), ERR_IO (cannot be started), ERR_TIMEOUT, ERR_LIMIT: then it was ended. */
int run_wait(const struct run_options *o, int *status, struct err *e) ERR_CHECKED;

#endif
