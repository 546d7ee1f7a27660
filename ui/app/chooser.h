// SPDX-License-Identifier: Apache-2.0
/*
 * Help, palette and command line: one dialog with a text field and a list of rows, made of the
 * table of commands, the key map in force and the screen in view. Help keeps its sections and says
 * why a command does not work here; the palette sorts by how well a row matches; the command line
 * takes names of commands. UI thread.
 */
#ifndef LEEWAY_UI_APP_CHOOSER_H
#define LEEWAY_UI_APP_CHOOSER_H

#include "app/app.h"

/* Given to app_push. */
struct view *chooser_help(struct app *a);
struct view *chooser_palette(struct app *a);
struct view *chooser_command_line(struct app *a);
bool chooser_is(const struct view *v);

/* For palette sources: label "go to payments-dev", note "environment, 1 unexpected". run is called
 * after the palette closed. why: NULL, or why it cannot be done now. All texts are copied. */
typedef void palette_run_fn(struct app *a, void *ctx, uint64_t arg);
void palette_add(struct palette *p, struct text key, struct text label, struct text note,
                 const char *why, palette_run_fn *run, void *ctx, uint64_t arg);

#endif
