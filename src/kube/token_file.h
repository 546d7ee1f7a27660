// SPDX-License-Identifier: Apache-2.0
/*
 * A token that lives in a file and is replaced there (a pod's service account). Read at most every
 * 50 s: client-go keeps one for a minute and takes ten seconds of leeway. When reading fails the
 * last good token stays. Engine thread.
 */
#ifndef LEEWAY_KUBE_TOKEN_FILE_H
#define LEEWAY_KUBE_TOKEN_FILE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define TOKEN_FILE_KEEP_MS 50000

struct token_file {
    char *path;
    char *token; /* NULL: never read well, or dropped */
    int64_t read_at_ms;
};

void token_file_init(struct token_file *f, const char *path); /* path NULL: gives no token */
void token_file_clear(struct token_file *f);
/* The token, borrowed, or NULL with *e. now_ms as clock_boot_ms. */
const char *token_file_get(struct token_file *f, int64_t now_ms, struct err *e);
/* The next _get reads, whatever the time; the old token stays in case that fails. */
void token_file_expire(struct token_file *f);

#endif
