// SPDX-License-Identifier: Apache-2.0
/*
 * A person's own keys: keys.yaml, a map from the names of commands to their keys.
 *
 *     keys:
 *       next-problem: [ "]", Ctrl-N ]
 *       accept: Ctrl-K F12
 *
 * What it names loses the keys of the table and has these; everything else keeps its own. No key
 * gets two meanings: a key that another command has is refused there. Every mistake is told, with
 * its place, and what is right is in force all the same. UI thread.
 */
#ifndef LEEWAY_UI_KEYS_FILE_H
#define LEEWAY_UI_KEYS_FILE_H

#include "app/command.h"

/* e: source, line, column, what is wrong and what would be right. c: the command that it is about,
 * CMD_NONE: none. */
typedef void keys_problem_fn(void *ctx, enum command c, const struct err *e);

/* $XDG_CONFIG_HOME/leeway/keys.yaml, else ~/.config/leeway/keys.yaml. Owned; NULL: no home. */
char *keys_file_path(void);
/* *m becomes the table's keys with the file's over them. No file is fine. */
void keys_file_load(const char *path, struct keymap *m, keys_problem_fn *say, void *ctx);
/* The same of a text. */
void keys_file_read(const char *text, size_t len, const char *source, struct keymap *m,
                    keys_problem_fn *say, void *ctx);
/* What a new file begins with: comments that say how it is written. */
extern const char KEYS_FILE_START[];

#endif
