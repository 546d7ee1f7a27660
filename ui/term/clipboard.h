// SPDX-License-Identifier: Apache-2.0
/*
 * How a text gets to a person's clipboard: by OSC 52 where the terminal may know it, through tmux
 * as well where one is between, else into a file. Nothing tells whether a terminal took it, so
 * where that is in doubt the file is written as well, and what was done is always said. UI thread.
 */
#ifndef LEEWAY_UI_TERM_CLIPBOARD_H
#define LEEWAY_UI_TERM_CLIPBOARD_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

enum clipboard_way {
    CLIPBOARD_TERMINAL, /* OSC 52 */
    CLIPBOARD_TMUX,     /* the same, also wrapped for the terminal outside; and the file */
    CLIPBOARD_FILE,     /* the terminal knows none, or the text is too long for it */
};

/* name: $TERM; tmux: $TMUX or NULL. */
enum clipboard_way clipboard_way(const char *name, const char *tmux, size_t len);
/* The bytes for the terminal. */
int clipboard_put(struct buf *out, enum clipboard_way way, const char *bytes,
                  size_t len) ERR_CHECKED;
/* ${XDG_CACHE_HOME:-~/.cache}/leeway/clip, made anew with mode 0600. *path is the caller's. */
int clipboard_save(const char *bytes, size_t len, char **path, struct err *e) ERR_CHECKED;

#endif
